import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import type { DeviceConfig } from '#edge/config.ts'
import type { Recorder } from '#edge/telemetry/port.ts'
import { untilNextLook, watchDevices, type DeviceWatch } from '#edge/telemetry/snmp/watch-devices.ts'
import type { Device } from '#edge/wire/device.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { COMMUNITY, snmpdMissing, startAgent, V2C, V3 } from '#test/support/snmpd.ts'

const missing = { skip: snmpdMissing() ?? false }

function watched(t: TestContext, devices: DeviceConfig[], lookMilliseconds?: number) {
  const records: Device[] = []
  const told: string[] = []
  const lines: string[] = []
  const recorder: Recorder = {
    record(kind, body) {
      assert.deepEqual(decodeBody(kind, body), { ok: true, value: body })
      records.push(body as Device)
      return records.length
    },
    eventDelivered: () => false,
  }
  const watch: DeviceWatch = watchDevices({
    devices,
    recorder,
    notices: { tell: (kind, of) => told.push(`${kind} ${of?.detail}`) },
    log: (line) => lines.push(line),
    ...(lookMilliseconds !== undefined && { lookMilliseconds }),
  })
  t.after(() => watch.close())
  return { watch, told, lines, of: (name: string) => records.filter((record) => record.name === name) }
}

test('a device that dies is told of once, and again when it is back', missing, async (t) => {
  const agent = await startAgent(t)
  const { watch, told, lines, of } = watched(t, [{ name: 'AP', address: agent.address, port: agent.port, everySeconds: 1, snmp: V3 }])
  await eventually('two answered looks', () => of('AP').filter(({ reachable }) => reachable).length >= 2)
  assert.ok(of('AP')[1]!.ports!.some(({ inOctets }) => inOctets !== undefined))
  assert.deepEqual(watch.silent(), [])

  await agent.end('SIGKILL')
  await eventually('it to be called silent', () => watch.silent().length > 0, 30_000)
  assert.deepEqual(watch.silent(), ['AP'])
  assert.deepEqual(of('AP').at(-1), { name: 'AP', kind: 'unknown', reachable: false, problem: 'no-answer' })

  await startAgent(t, { port: agent.port })
  await eventually('it to be back', () => watch.silent().length === 0, 30_000)
  assert.deepEqual(told, ['device-silent AP', 'device-back AP'])
  assert.match(lines.join('\n'), /"AP" does not answer[^]*"AP" answers again/)
  for (const secret of [COMMUNITY, V3.auth.key, V3.priv.key, V3.user]) assert.ok(!lines.join().includes(secret), 'no secret in the log')
})

test('another device in the same place is told of, once', missing, async (t) => {
  const first = await startAgent(t, { sysName: 'ap-lama' })
  const { told, of } = watched(t, [{ name: 'AP', address: first.address, port: first.port, everySeconds: 1, snmp: V2C }])
  await eventually('the first one', () => of('AP').some(({ sysName }) => sysName === 'ap-lama'))
  await first.end()
  await startAgent(t, { sysName: 'ap-baru', port: first.port })
  await eventually('two looks at the second one', () => of('AP').filter(({ sysName }) => sysName === 'ap-baru').length >= 2, 30_000)
  const seen = of('AP').filter(({ sysName }) => sysName === 'ap-baru')
  assert.deepEqual(
    seen.slice(0, 2).map(({ replaced }) => replaced),
    [true, undefined],
  )
  assert.equal(told.filter((line) => line === 'device-replaced AP').length, 1)
})

test('dead, lying and endless devices cost the living one nothing', missing, async (t) => {
  const agent = await startAgent(t)
  const rubbish = createSocket('udp4')
  rubbish.on('message', (_question, { port }) => rubbish.send('bukan SNMP', port, '127.0.0.1'))
  rubbish.bind(0, '127.0.0.1')
  await once(rubbish, 'listening')
  t.after(() => void rubbish.close())
  const at = { address: '127.0.0.1', everySeconds: 1 }
  const dead = await Promise.all(
    Array.from({ length: 3 }, async (_, i) => ({ ...at, name: `mati ${i}`, port: await freePort(), snmp: V2C })),
  )
  const { of } = watched(
    t,
    [
      ...dead,
      { ...at, name: 'bohong', port: rubbish.address().port, snmp: V3 },
      { ...at, name: 'terlarang', port: agent.port, snmp: { ...V3, user: 'orang-lain' } },
      { ...at, name: 'hidup', port: agent.port, snmp: V2C },
    ],
    1_000,
  )
  await eventually('five answers of the living one', () => of('hidup').filter(({ reachable }) => reachable).length >= 5, 60_000)
  const last = (name: string) => of(name).at(-1)?.problem
  await eventually('all to have been looked at', () => [...dead.map(({ name }) => name), 'bohong', 'terlarang'].every(last))
  assert.deepEqual(
    dead.map(({ name }) => last(name)),
    ['no-answer', 'no-answer', 'no-answer'],
  )
  assert.deepEqual([last('bohong'), last('terlarang')], ['unreadable', 'auth'])
  assert.ok(of('hidup').every(({ reachable }) => reachable))
})

test('closing ends a look that waits, and nothing is written after it', async (t) => {
  const { watch, of } = watched(t, [{ name: 'mati', address: '127.0.0.1', port: await freePort(), everySeconds: 1, snmp: V2C }])
  await eventually('a first outcome', () => of('mati').length >= 1, 30_000)
  await watch.close()
  const before = of('mati').length
  await watch.close()
  assert.equal(of('mati').length, before)
})

test('a first silence is looked into soon, a lasting one ever less often, down to every five minutes or as the site says', () => {
  const seconds = (every: number, failures: number) => untilNextLook(every, failures, 0.5) / 1_000
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 9, 1_000].map((failures) => Math.round(seconds(60, failures))),
    [60, 15, 60, 120, 240, 300, 300, 300],
  )
  assert.equal(Math.round(seconds(600, 9)), 600)
  assert.deepEqual(
    [0, 1].map((random) => Math.round(untilNextLook(60, 0, random) / 1_000)),
    [57, 63],
  )
})
