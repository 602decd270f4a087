/** The site's access point is a real snmpd on the hotspot's LAN: the box asks it through the real gate, and the NOC sees it live, die and come back. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { HotspotPage } from '#central/noc/api.ts'
import type { Device } from '#edge/wire/device.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { cityFor, NODE, startBox, writeBoxConfig } from '#test/support/product.ts'
import { COMMUNITY, snmpdMissing, startAgent, V2C, V3, type Agent, type AgentOptions } from '#test/support/snmpd.ts'
import { signInByCode } from '#test/support/staff.ts'

const NAME = 'AP lapangan'
const PORT = 161
const EVERY_SECONDS = 1
const MAC = /[0-9a-f]{2}([:-][0-9a-f]{2}){5}/i

/** Three ports: one in use, one with nothing plugged in, and the uplink to the box. */
async function accessPoint(t: TestContext, lab: Lab, options: AgentOptions = {}): Promise<Agent> {
  const spawn: AgentOptions['spawn'] = (argv, env) => lab.spawn('phone1', argv, { env })
  return startAgent(t, { address: lab.addresses.phones[0]!.v4, port: PORT, spawn, ...options })
}

async function plugPorts(lab: Lab): Promise<void> {
  for (const line of [
    'link add port1 type veth peer name plug1',
    'link add port2 type veth peer name plug2',
    'link set port1 up',
    'link set plug1 up',
    'link set port2 up',
  ])
    assert.equal((await lab.exec('phone1', ['ip', ...line.split(' ')])).code, 0, line)
}

test(
  'an access point is seen at the NOC with its ports, its silence makes the hotspot degraded, and its return ends that',
  { timeout: 150_000 },
  async (t) => {
    const lab = await labFor(t, { phones: 2 })
    if (!lab) return
    if (snmpdMissing() !== undefined) return t.skip(snmpdMissing())
    await gateIn(t, lab)
    await plugPorts(lab)
    let agent = await accessPoint(t, lab, { sysName: 'ap-lapangan 02:77:00:00:00:11' })
    const host = lab.addresses.host.management
    const [webPort, mqttPort] = [await freePort(), await freePort(host)]
    const city = await cityFor(t, { host, webPort, mqttPort })
    await city.startCentral()
    const address = lab.addresses.phones[0]!.v4
    const devices = [
      { name: NAME, address, everySeconds: EVERY_SECONDS, snmp: V3 },
      { name: 'Yang sama lewat v2c', address, everySeconds: EVERY_SECONDS, snmp: V2C },
    ]
    const box = await startBox(lab, await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, { everySeconds: 1, devices }))
    t.after(() => box.end())
    const admin = await signInByCode(city.origin, city.adminCode, { username: 'pengelola', name: 'Pengelola Sistem' })
    const page = () => admin.get<HotspotPage>(`/api/noc/hotspots/${NODE}?range=1h`)
    const deviceNow = async (name = NAME) => (await page()).devices.find((device) => device.name === name)
    const saidNow = async (name = NAME) => ((await deviceNow(name))?.said ?? undefined) as Device | undefined
    const portsNow = async () => (await saidNow())?.ports ?? []
    let seen = ''
    const stateNow = async () => {
      const { state, reason, reasonDetail } = (await page()).hotspot
      seen = [state, reason, reasonDetail].join(' ')
      return seen
    }
    const looking = { everyMs: 200, withinMs: 40_000, detail: () => seen }

    await t.test('ports with name, state and traffic arrive, over v3 and v2c alike', async () => {
      await until(
        'traffic on the uplink port',
        async () => (await portsNow()).some(({ name, inOctets = 0 }) => name === 'eth0' && inOctets > 0),
        {
          everyMs: 200,
        },
      )
      const ports = await portsNow()
      const up = Object.fromEntries(ports.map(({ name, up }) => [name, up]))
      assert.deepEqual([up['eth0'], up['port1'], up['port2'], up['plug2']], [true, true, false, false])
      assert.ok(!ports.some(({ name }) => name === 'lo'))
      await until('the same by v2c', async () => (await deviceNow('Yang sama lewat v2c'))?.reachable === true, { everyMs: 200 })
      const other = await saidNow('Yang sama lewat v2c')
      assert.deepEqual(
        other?.ports?.map(({ name, up }) => [name, up]),
        ports.map(({ name, up }) => [name, up]),
      )
      assert.equal(await stateNow(), 'online  ')
    })

    await t.test('no address and no secret comes along', async () => {
      const whole = JSON.stringify(await page())
      assert.doesNotMatch(whole, MAC)
      for (const secret of [COMMUNITY, V3.auth.key, V3.priv.key]) assert.ok(!whole.includes(secret) && !box.log().includes(secret))
      assert.equal((await saidNow())?.sysName, 'ap-lapangan …')
    })

    await t.test('a cable that is pulled is seen', async () => {
      await lab.exec('phone1', ['ip', 'link', 'set', 'plug1', 'down'])
      await until('port1 down', async () => (await portsNow()).some(({ name, up }) => name === 'port1' && !up), { everyMs: 200 })
    })

    await t.test('snmpd dies: the hotspot is degraded and names it, with what it said last', async () => {
      await agent.end('SIGKILL')
      await until('the hotspot degraded', async () => (await stateNow()) === `degraded device ${NAME}, Yang sama lewat v2c`, looking)
      const device = await deviceNow()
      assert.deepEqual([device?.reachable, device?.problem], [false, 'no-answer'])
      assert.ok(((await saidNow())?.ports?.length ?? 0) >= 4)
      assert.ok((await page()).notices.some(({ kind, detail }) => kind === 'device-silent' && (detail ?? '').length > 0))
    })

    await t.test('it is back, and is another one than before: the hotspot is well again, and the NOC is told', async () => {
      agent = await accessPoint(t, lab, { sysName: 'ap-pengganti' })
      await until('the hotspot online', async () => (await stateNow()) === 'online  ', looking)
      await until('the notice', async () => (await page()).notices.some(({ kind }) => kind === 'device-replaced'), { everyMs: 200 })
      await until('its new name', async () => (await saidNow())?.sysName === 'ap-pengganti', { everyMs: 200 })
    })

    await t.test('the hours say how often it answered', async () => {
      const { day } = (await deviceNow())!
      assert.ok(day.answered > 0 && day.looks > day.answered, JSON.stringify(day))
      assert.ok(day.inOctets > 0)
    })

    await t.test('the uplink’s probes are counted', async () => {
      const { uplinkProbes } = (await page()).health as { uplinkProbes?: { sent: number; answered: number } }
      assert.ok((uplinkProbes?.sent ?? 0) >= 1)
      assert.equal(uplinkProbes?.answered, uplinkProbes?.sent)
    })
  },
)
