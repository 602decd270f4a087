/** An access point on the hotspot's LAN asks the real box over RADIUS, through the real gate, and the NOC shows what came of it. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { Health } from '#edge/wire/health.ts'
import type { HotspotPage } from '#central/noc/api.ts'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { cityFor, NODE, RADIUS, startBox, writeBoxConfig } from '#test/support/product.ts'
import { signInByCode } from '#test/support/staff.ts'

const AUTH = 1812
const ACCT = 1813

/** One request and one retransmission; each is waited for a second. */
async function radclient(lab: Lab, where: Place, port: number, kind: 'auth' | 'acct', attributes: string[], secret = RADIUS.secret) {
  const server = `${where === 'internet' ? lab.addresses.edge.wan4 : lab.addresses.edge.lan4}:${port}`
  const { code, stdout, stderr } = await lab.exec(where, ['radclient', '-x', '-t', '1', '-r', '2', server, kind, secret], {
    input: attributes.join(','),
  })
  return { answered: code === 0 || /Received/.test(stdout), said: stdout + stderr }
}

const login = (password: string): string[] => [`User-Name=${RADIUS.user}`, `User-Password=${password}`]
const SIGNED = 'Message-Authenticator=0x00'
const VISIT = ['Acct-Session-Id=lab-77', 'NAS-Identifier=ap-balai-kota', 'Calling-Station-Id=02-77-00-00-00-99', `User-Name=${RADIUS.user}`]

test('an access point is served through the gate, and its sessions reach the NOC', { timeout: 90_000 }, async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  if ((await lab.exec('edge', ['sh', '-c', 'command -v radclient'])).code !== 0)
    return t.skip('radclient is not installed (Debian package freeradius-utils)')
  await gateIn(t, lab, { openPorts: [`udp:${AUTH}`, `udp:${ACCT}`] })
  const host = lab.addresses.host.management
  const [webPort, mqttPort] = [await freePort(), await freePort(host)]
  const city = await cityFor(t, { host, webPort, mqttPort })
  await city.startCentral()
  const box = await startBox(lab, await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, { everySeconds: 1 }))
  t.after(() => box.end())
  const admin = await signInByCode(city.origin, city.adminCode, { username: 'pengelola', name: 'Pengelola Sistem' })
  const page = () => admin.get<HotspotPage>(`/api/noc/hotspots/${NODE}?range=1h`)
  const ask = (kind: 'auth' | 'acct', attributes: string[], secret?: string) =>
    radclient(lab, 'phone1', kind === 'auth' ? AUTH : ACCT, kind, attributes, secret)

  await t.test('the right password is accepted and a wrong one refused', async () => {
    assert.match((await ask('auth', [...login(RADIUS.password), SIGNED])).said, /Received Access-Accept[^]*Session-Timeout = 3600/)
    assert.match((await ask('auth', [...login('salah'), SIGNED])).said, /Received Access-Reject/)
  })

  await t.test('a wrong secret and a missing Message-Authenticator get silence', async () => {
    const asked = await Promise.all([
      ask('auth', [...login(RADIUS.password), SIGNED], 'bukan-rahasia-kotak-ini'),
      ask('auth', login(RADIUS.password)),
      ask('acct', ['Acct-Status-Type=Start', ...VISIT], 'bukan-rahasia-kotak-ini'),
    ])
    assert.deepEqual(
      asked.map(({ answered }) => answered),
      [false, false, false],
    )
  })

  await t.test('Start, Interim and Stop are each answered', async () => {
    for (const attributes of [
      ['Acct-Status-Type=Start', ...VISIT],
      ['Acct-Status-Type=Interim-Update', ...VISIT, 'Acct-Session-Time=60', 'Acct-Input-Octets=1500', 'Acct-Output-Octets=90000'],
      [
        'Acct-Status-Type=Stop',
        ...VISIT,
        'Acct-Session-Time=95',
        'Acct-Input-Octets=2500',
        'Acct-Output-Octets=705032704',
        'Acct-Output-Gigawords=1',
        'Acct-Terminate-Cause=User-Request',
      ],
    ])
      assert.match((await ask('acct', attributes)).said, /Received Accounting-Response/)
  })

  await t.test('the session is on the hotspot’s page with its octets and its duration, and nobody’s MAC address', async () => {
    await until('the session’s end', async () => (await page()).sessions.some(({ open }) => !open), { everyMs: 200 })
    const { sessions } = await page()
    assert.equal(sessions.length, 1)
    const { id, device, startedAt, ...facts } = sessions[0]!
    assert.deepEqual(facts, {
      source: 'radius',
      seconds: 95,
      upOctets: 2500,
      downOctets: 5_000_000_000,
      open: false,
      cause: 'User Request',
      group: null,
    })
    assert.match(device, /^[0-9a-f]{16}$/)
    assert.doesNotMatch(JSON.stringify([id, device]), /02-?77-?00-?00-?00-?99/)
    assert.ok(Math.abs(startedAt - Date.now()) < 300_000)
  })

  await t.test('the counters of what was answered and what was left in silence are in the box’s health', async () => {
    // Each of the three was sent twice.
    const wanted = { accepts: 1, rejects: 1, accounting: 3, discarded: 6 }
    let radius: Health['radius'] | undefined
    await until(
      'the counters at central',
      async () => {
        radius = ((await page()).health as Health | null)?.radius
        return radius?.discarded === wanted.discarded && radius.accounting === wanted.accounting
      },
      { everyMs: 200, detail: () => JSON.stringify(radius) },
    )
    assert.deepEqual(radius, wanted)
    assert.equal((await page()).hotspot.reason, null)
  })

  await t.test('nobody on the internet side reaches these ports at all', async () => {
    const before = ((await page()).health as Health).radius.discarded
    assert.equal((await radclient(lab, 'internet', AUTH, 'auth', [...login(RADIUS.password), SIGNED])).answered, false)
    const { healthAt } = await page()
    await until('two more samples', async () => ((await page()).healthAt ?? 0) > (healthAt ?? 0) + 1_500, { everyMs: 200 })
    assert.equal(((await page()).health as Health).radius.discarded, before, 'the gate dropped them; RADIUS did not even see them')
  })
})
