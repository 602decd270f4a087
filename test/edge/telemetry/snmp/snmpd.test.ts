/** Both libraries against Debian's snmpd. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { DeviceConfig } from '#edge/config.ts'
import { openSnmp } from '#edge/telemetry/snmp/open.ts'
import { SnmpError, type SnmpSession } from '#edge/telemetry/snmp/port.ts'
import { readDevice } from '#edge/telemetry/snmp/reading.ts'
import { readTable } from '#edge/telemetry/snmp/walk.ts'
import { freePort } from '#test/support/free-port.ts'
import { snmpdMissing, startAgent, V2C, V3, type Agent, type AgentOptions } from '#test/support/snmpd.ts'
import { ARUBA, MIKROTIK, SWITCH, UNIFI } from './devices.ts'

const missing = { skip: snmpdMissing() ?? false }
const BOTH = [V2C, V3] as const

async function asked<T>(
  at: Pick<Agent, 'address' | 'port'>,
  snmp: DeviceConfig['snmp'],
  what: (session: SnmpSession) => Promise<T>,
): Promise<T> {
  const session = await openSnmp({ address: at.address, port: at.port, snmp })
  try {
    return await what(session)
  } finally {
    session.close()
  }
}
const look = (at: Pick<Agent, 'address' | 'port'>, snmp: DeviceConfig['snmp'] = V2C) => asked(at, snmp, readDevice)
const kindOfError = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof SnmpError ? error.kind : String(error)),
  )
const agent = (t: TestContext, options?: AgentOptions) => startAgent(t, options)

test('v2c and v3 tell the same of one device', missing, async (t) => {
  const at = await agent(t)
  const [v2c, v3] = [await look(at, V2C), await look(at, V3)]
  const lasting = ({ model, sysName, objectId, ports }: Awaited<ReturnType<typeof look>>) => ({
    model,
    sysName,
    objectId,
    ports: ports.map(({ index, name, up, speedMbps, bits }) => ({ index, name, up, speedMbps, bits })),
  })
  assert.deepEqual(lasting(v2c), lasting(v3))
  assert.equal(v2c.model, 'Titik akses uji')
  assert.equal(v2c.sysName, 'ap-uji')
  assert.match(v2c.objectId ?? '', /^1\.3\.6\.1\.4\.1\.8072\.3\.2\./)
  assert.ok((v2c.upTicks ?? -1) >= 0)
  assert.ok(!v2c.ports.some(({ name }) => name === 'lo'), 'loopback carries what others carry')
  for (const { bits, inOctets } of v2c.ports) assert.ok(bits === 64 && typeof inOctets === 'bigint')
})

test('a wrong community and a dead device are no answer; a wrong user or key is told from them', missing, async (t) => {
  const at = await agent(t)
  const wrong = { ...V3, auth: { ...V3.auth, key: 'kunci-yang-salah' } }
  const outcomes = await Promise.all([
    kindOfError(look(at, { ...V2C, community: 'salah' })),
    kindOfError(look({ address: '127.0.0.1', port: await freePort() })),
    kindOfError(look({ address: '127.0.0.1', port: await freePort() }, V3)),
    kindOfError(look(at, { ...V3, user: 'orang-lain' })),
    kindOfError(look(at, wrong)),
    // Without our privacy key it cannot read the question, and says nothing (RFC 3414 §3.2).
    kindOfError(look(at, { ...V3, priv: { ...V3.priv, key: 'kunci-yang-salah' } })),
  ])
  assert.deepEqual(outcomes, ['no-answer', 'no-answer', 'no-answer', 'auth', 'auth', 'no-answer'])
})

test('a closed session answers at once, and closing it twice is once', missing, async (t) => {
  const at = await agent(t)
  for (const snmp of BOTH) {
    const session = await openSnmp({ address: at.address, port: at.port + 1, snmp })
    const waiting = kindOfError(session.get(['1.3.6.1.2.1.1.3.0']))
    session.close()
    session.close()
    assert.equal(await waiting, 'no-answer')
    assert.equal(await kindOfError(session.get(['1.3.6.1.2.1.1.3.0'])), 'no-answer')
  }
})

test('a name that does not exist has no value, and a table that does not exist has no rows', missing, async (t) => {
  const at = await agent(t)
  for (const snmp of BOTH)
    await asked(at, snmp, async (session) => {
      const [name, nothing] = await session.get(['1.3.6.1.2.1.1.5.0', '1.3.6.1.2.1.999.1.0'])
      assert.deepEqual([Buffer.from(name!.value as Uint8Array).toString(), nothing!.value], ['ap-uji', undefined])
      assert.equal((await readTable(session, ['1.3.6.1.2.1.999.1.1', '1.3.6.1.2.1.999.1.2'])).rows.size, 0)
    })
})

test('numbers are exact up to 64 bits, and signed ones keep their sign', missing, async (t) => {
  const root = '1.3.6.1.4.1.55555.1'
  const rows = [
    [`${root}.1.0`, 'counter64', '18446744073709551615'],
    [`${root}.2.0`, 'integer', -103],
    [`${root}.3.0`, 'gauge', 4_294_967_295],
    [`${root}.4.0`, 'counter64', 0],
  ] satisfies NonNullable<AgentOptions['tables']>[number]['rows']
  const at = await agent(t, { tables: [{ root, rows }] })
  for (const snmp of BOTH) {
    const values = await asked(at, snmp, (session) => session.get(rows.map(([oid]) => oid)))
    assert.deepEqual(
      values.map(({ value }) => value),
      [18_446_744_073_709_551_615n, -103n, 4_294_967_295n, 0n],
    )
  }
})

test('a table of more rows than allowed is read up to there and said to be incomplete', missing, async (t) => {
  const root = '1.3.6.1.4.1.55555.2'
  const rows = Array.from({ length: 40 }, (_, i) => [`${root}.1.${i + 1}`, 'integer', i] as [string, 'integer', number])
  const at = await agent(t, { tables: [{ root, rows }] })
  for (const snmp of BOTH)
    await asked(at, snmp, async (session) => {
      const table = await readTable(session, [`${root}.1`], 10)
      assert.deepEqual([table.rows.size, table.complete], [10, false])
      const whole = await readTable(session, [`${root}.1`])
      assert.deepEqual([whole.rows.size, whole.complete, whole.rows.get('40')], [40, true, [39n]])
    })
})

test('radios: MikroTik’s table gives channel by frequency, clients and noise, named by interface', missing, async (t) => {
  const at = await agent(t, { sysObjectId: MIKROTIK.sysObjectId, tables: [MIKROTIK.table] })
  const { radios, ports } = await look(at)
  const named = (index: number) => ports.find((port) => port.index === index)?.name ?? 'lo'
  assert.equal(radios.length, 2)
  assert.deepEqual(radios[0], { name: radios[0]!.name, clients: 11, channel: 6, noiseDbm: -103 })
  assert.deepEqual(radios[1], { name: radios[1]!.name, clients: 3, channel: 44, noiseDbm: -98 })
  assert.equal(radios[0]!.name, named(1))
})

test('radios: UniFi’s network names are added up by radio, and the channel’s use is joined to them', missing, async (t) => {
  const { radios } = await look(await agent(t, { tables: [UNIFI.table] }))
  assert.deepEqual(radios, [
    { name: 'ng', channel: 6, clients: 7, utilisation: 0.41 },
    { name: 'na', channel: 44, clients: 9, utilisation: 0.07 },
  ])
})

test('radios: Aruba’s text channels and unsigned noise are read, and the address in the index stays here', missing, async (t) => {
  const { radios } = await look(await agent(t, { sysObjectId: ARUBA.sysObjectId, tables: [ARUBA.table] }), V3)
  assert.deepEqual(radios, [
    { name: 'radio 1', channel: 36, noiseDbm: -94, utilisation: 0.12, clients: 8 },
    { name: 'radio 2', channel: 6, noiseDbm: -89, utilisation: 0.55, clients: 21 },
  ])
})

test('a switch: learned addresses are counted and never named, and the power it gives is read', missing, async (t) => {
  const told = await look(await agent(t, { sysObjectId: SWITCH.sysObjectId, tables: SWITCH.tables }))
  assert.equal(told.bridgePorts, 8)
  assert.equal(told.learnedAddresses, 2)
  assert.deepEqual(told.poe, { watts: 37, limitWatts: 370 })
})
