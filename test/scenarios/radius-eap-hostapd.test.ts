/**
 * A whole WPA-Enterprise chain without a radio: wpa_supplicant on a cable, hostapd as the access point (its `wired`
 * driver), our RADIUS behind it. The RADIUS part of hostapd's file is that of edge/radius/eap/README.md.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { hasRoot } from '#scripts/network-lab/lab.ts'
import { exec, mustExec } from '#scripts/network-lab/namespaces.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { PASSWORD, radiusConfig, startBox, USER } from '#test/edge/radius/box.ts'
import { testAuthority } from '#test/edge/radius/eap/certificates.ts'
import { SECRET_TEXT } from '#test/edge/radius/client.ts'

type Cable = { box: string; accessPoint: string; own: string; device: string; [Symbol.asyncDispose](): Promise<void> }

/** host 10.x.x.1 — 10.x.x.2 access point — device, each in a namespace of its own but the first. */
async function layCable(): Promise<Cable> {
  const id = randomInt(0x1000000).toString(16).padStart(6, '0')
  const [accessPoint, device, uplink] = [`eap-ap-${id}`, `eap-dev-${id}`, `eap${id}`]
  const net = `10.${randomInt(200, 250)}.${randomInt(256)}`
  const [box, own] = [`${net}.1`, `${net}.2`]
  for (const name of [accessPoint, device]) await mustExec(['ip', 'netns', 'add', name])
  const lines = [
    `link add ${uplink} type veth peer name uplink netns ${accessPoint}`,
    `addr add ${box}/30 dev ${uplink}`,
    `link set ${uplink} up`,
  ]
  await mustExec(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
  const inside = [
    `addr add ${own}/30 dev uplink`,
    'link set uplink up',
    `link add wire0 type veth peer name wire0 netns ${device}`,
    'link set wire0 up',
  ]
  await mustExec(['ip', '-n', accessPoint, '-batch', '-'], { input: `${inside.join('\n')}\n` })
  await mustExec(['ip', '-n', device, 'link', 'set', 'wire0', 'up'])
  return {
    box,
    accessPoint,
    own,
    device,
    async [Symbol.asyncDispose]() {
      for (const name of [accessPoint, device]) await exec(['ip', 'netns', 'del', name])
    },
  }
}

type Program = { output(): string; [Symbol.asyncDispose](): Promise<void> }

function run(namespace: string, argv: string[]): Program {
  const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')))
  return {
    output: () => output,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

const hostapd = (cable: Cable, authPort: number, acctPort: number): string => `
interface=wire0
driver=wired
logger_stdout=-1
logger_stdout_level=1
ieee8021x=1
use_pae_group_addr=1
eap_reauth_period=0

own_ip_addr=${cable.own}
nas_identifier=ap-balai-kota
auth_server_addr=${cable.box}
auth_server_port=${authPort}
auth_server_shared_secret=${SECRET_TEXT}
acct_server_addr=${cable.box}
acct_server_port=${acctPort}
acct_server_shared_secret=${SECRET_TEXT}
`

const supplicant = (authority: string, password: string): string => `
ap_scan=0
network={
  key_mgmt=IEEE8021X
  eapol_flags=0
  eap=TTLS
  identity="${USER}"
  anonymous_identity="anonymous"
  password="${password}"
  phase2="auth=PAP"
  ca_cert="${authority}"
}
`

function canPlay(t: TestContext): boolean {
  const missing = ['hostapd', 'wpa_supplicant'].filter((program) => spawnSync(program, ['-v']).error)
  if (!hasRoot()) t.skip('needs root: played in network namespaces')
  else if (missing.length > 0) t.skip(`${missing.join(', ')} not installed (Debian packages hostapd, wpasupplicant)`)
  else return true
  return false
}

test('hostapd opens its port for the right password, accounts for the visit, and keeps it shut for a wrong one', async (t) => {
  if (!canPlay(t)) return
  const folder = mkdtempSync(join(tmpdir(), 'eap-hostapd-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const authority = await testAuthority()
  const own = await authority.issue({ name: 'radius.uji.example', usage: 'serverAuth' })
  await using cable = await layCable()
  const eap = {
    methods: ['ttls' as const],
    innerMethods: ['pap' as const],
    keyFile: file('server.key', own.key),
    certificateFile: file('server.pem', own.certificate),
  }
  const clients = [{ name: 'ap-balai-kota', address: cable.own, secret: SECRET_TEXT }]
  await using box = await startBox({ config: radiusConfig({ host: cable.box, clients, eap }) })
  await using accessPoint = run(cable.accessPoint, [
    'hostapd',
    file('hostapd.conf', hostapd(cable, box.radius.authPort, box.radius.acctPort)),
  ])
  await until('hostapd to be ready', () => accessPoint.output().includes('AP-ENABLED'))

  const trust = file('authority.pem', authority.certificate)
  const device = (password: string): Program =>
    run(cable.device, ['wpa_supplicant', '-D', 'wired', '-i', 'wire0', '-c', file(`${password}.conf`, supplicant(trust, password))])
  {
    await using wrong = device('salah')
    await until('the wrong password to be refused', () => wrong.output().includes('CTRL-EVENT-EAP-FAILURE'))
    assert.deepEqual([box.radius.counters().accepts, box.radius.eapCounters()?.rejects['wrong-credentials']], [0, 1])
    assert.ok(!/authenticated - /.test(accessPoint.output()))
  }
  // hostapd lets a device that was refused wait for a minute (IEEE 802.1X quietPeriod), so another one comes.
  await mustExec(['ip', '-n', cable.device, 'link', 'set', 'wire0', 'address', '02:00:00:00:00:77'])
  await using right = device(PASSWORD)
  await until('the right password to be accepted', () => right.output().includes('CTRL-EVENT-CONNECTED'), {
    detail: () => right.output() + accessPoint.output(),
  })
  await until('hostapd to open its port', () => /IEEE 802.1X: authenticated/.test(accessPoint.output()))
  assert.equal(box.radius.counters().accepts, 1)
  await until('the start of the visit to be accounted for', () => box.recorded.some(({ event }) => event === 'start'))
})
