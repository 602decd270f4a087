import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceRecord, kindOf, unanswered } from '#edge/telemetry/snmp/device-record.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import { port, reading } from './devices.ts'

const AP = { name: 'AP lapangan' }
const first = { at: 0, reading: reading() }
const minuteLater = (changes: Parameters<typeof reading>[0] = {}) => ({ at: 60_000, reading: reading({ upTicks: 106_000, ...changes }) })

test('the first look knows names and states, and no traffic', () => {
  const record = deviceRecord(AP, undefined, first)
  assert.deepEqual(record, {
    name: 'AP lapangan',
    kind: 'unknown',
    reachable: true,
    model: 'Titik akses',
    sysName: 'ap-1',
    objectId: '1.3.6.1.4.1.14988.1',
    uptimeSeconds: 1_000,
    ports: [{ name: 'ether1', up: true, speedMbps: 1_000 }],
  })
})

test('the second look says what passed, what was damaged and what was thrown away', () => {
  const now = minuteLater({ ports: [port({ inOctets: 61_000n, outOctets: 2_500n, errors: 2n, discards: 7n })] })
  const record = deviceRecord(AP, first, now)
  assert.equal(record.seconds, 60)
  assert.deepEqual(record.ports, [{ name: 'ether1', up: true, speedMbps: 1_000, inOctets: 60_000, outOctets: 500, errors: 2, discards: 7 }])
})

test('a restart, and counters that began anew on one port, make what passed unknown and not wrong', () => {
  const restarted = deviceRecord(AP, first, minuteLater({ upTicks: 900, ports: [port({ inOctets: 5_000n, errors: 9n })] }))
  assert.deepEqual(restarted.ports, [{ name: 'ether1', up: true, speedMbps: 1_000 }])
  assert.equal(restarted.uptimeSeconds, 9)
  const cleared = deviceRecord(AP, first, minuteLater({ ports: [port({ inOctets: 5_000n, countedSince: 104_000n })] }))
  assert.deepEqual(cleared.ports, [{ name: 'ether1', up: true, speedMbps: 1_000 }])
})

test('a 32-bit counter that goes round is counted on', () => {
  const slow = { bits: 32 as const, speedMbps: 100, outOctets: undefined }
  const before = { at: 0, reading: reading({ ports: [port({ ...slow, inOctets: 2n ** 32n - 500n })] }) }
  const record = deviceRecord(AP, before, minuteLater({ ports: [port({ ...slow, inOctets: 1_500n })] }))
  assert.deepEqual(record.ports, [{ name: 'ether1', up: true, speedMbps: 100, inOctets: 2_000 }])
})

test('another device in the same place is said to be one, and its counters are not compared with the old one’s', () => {
  for (const changes of [{ sysName: 'ap-2' }, { objectId: '1.3.6.1.4.1.25053.3.1.4' }]) {
    const record = deviceRecord(AP, first, minuteLater({ ...changes, ports: [port({ inOctets: 9_000n })] }))
    assert.equal(record.replaced, true)
    assert.equal(record.seconds, undefined)
    assert.deepEqual(record.ports, [{ name: 'ether1', up: true, speedMbps: 1_000 }])
  }
})

test('a port that moved to another number is a new port', () => {
  const record = deviceRecord(AP, first, minuteLater({ ports: [port({ index: 1, name: 'sfp1', inOctets: 9_000n })] }))
  assert.deepEqual(record.ports, [{ name: 'sfp1', up: true, speedMbps: 1_000 }])
})

test('a device is what it has, unless the site says what it is', () => {
  assert.equal(kindOf(reading({ radios: [{ name: 'wlan1', channel: 6 }], routes: true })), 'ap')
  assert.equal(kindOf(reading({ poe: { watts: 1, limitWatts: 2 }, routes: true })), 'switch')
  assert.equal(kindOf(reading({ routes: true, bridgePorts: 5 })), 'router')
  assert.equal(kindOf(reading({ bridgePorts: 24 })), 'switch')
  assert.equal(kindOf(reading()), 'unknown')
  assert.equal(deviceRecord({ ...AP, kind: 'router' }, undefined, first).kind, 'router')
  const ap = { at: 0, reading: reading({ radios: [{ name: 'wlan1' }] }) }
  assert.equal(unanswered(AP, ap, 'no-answer').kind, 'ap', 'a silent one is what it was')
  assert.equal(unanswered(AP, undefined, 'no-answer').kind, 'unknown')
})

test('clients are those of all radios', () => {
  const radios = [{ name: 'wlan1', clients: 11 }, { name: 'wlan2', clients: 3 }, { name: 'wlan3' }]
  assert.equal(deviceRecord(AP, undefined, { at: 0, reading: reading({ radios }) }).clients, 14)
  assert.equal(deviceRecord(AP, undefined, first).clients, undefined)
})

test('of three hundred ports those that are up come first, the rest is a number, and the record fits its schema and 20 kB', () => {
  const ports = Array.from({ length: 300 }, (_, i) =>
    port({ index: i + 1, name: `GigabitEthernet1/0/${i + 1}`, alias: `Ruang ${i}`, up: i >= 200, inOctets: BigInt(i) * 10n ** 9n }),
  )
  const later = ports.map((each) => ({ ...each, inOctets: (each.inOctets ?? 0n) + 123_456_789n, errors: 3n }))
  const record = deviceRecord(AP, { at: 0, reading: reading({ ports }) }, minuteLater({ ports: later }))
  assert.equal(record.ports?.length, 128)
  assert.equal(record.portsLeftOut, 172)
  assert.equal(record.ports?.filter(({ up }) => up).length, 100)
  assert.deepEqual([record.ports?.[0]?.name, record.ports?.at(-1)?.name], ['GigabitEthernet1/0/1', 'GigabitEthernet1/0/300'])
  assert.deepEqual(decodeBody('device', record), { ok: true, value: record })
  assert.ok(JSON.stringify(record).length < 20_000, `${JSON.stringify(record).length} octets`)
})
