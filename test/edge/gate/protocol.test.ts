import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as check, json, object, oneof, property, string } from 'fast-check'
import { ADMISSIONS_MAX, BLOCKED_MAX, LINE_BYTES_MAX, parseRequest } from '#edge/gate/protocol.ts'

const mac = '02:77:00:00:00:11'
const line = (value: unknown): string => JSON.stringify(value)
const refusal = (value: unknown): string => {
  const parsed = parseRequest(typeof value === 'string' ? value : line(value))
  assert.equal(parsed.ok, false, `${String(value)} was taken`)
  return parsed.ok ? '' : parsed.reason
}

test('each verb is understood when every field is right', () => {
  for (const request of [
    { id: 1, verb: 'admit', mac, clientId: 1, seconds: 1 },
    { id: 2, verb: 'evict', mac },
    { id: 3, verb: 'limit', clientId: 65_535, upKbps: 0, downKbps: 5_000 },
    { id: 4, verb: 'counters' },
    { id: 5, verb: 'reconcile', admissions: [{ mac, clientId: 7, seconds: 60 }] },
    { id: 6, verb: 'who-has', address: 'fd77::11' },
    { id: 7, verb: 'state' },
    { id: 8, verb: 'admit', mac, clientId: 1, seconds: 1, addresses: ['10.77.0.11', '10.77.0.12'], rate: { upKbps: 0, downKbps: 9 } },
    { id: 9, verb: 'block', devices: [{ mac, seconds: 31_536_000 }] },
    { id: 10, verb: 'block', devices: [] },
    { id: 11, verb: 'strangers' },
    { id: 12, verb: 'forget-garden' },
  ]) {
    const parsed = parseRequest(line(request))
    assert.deepEqual(parsed, { ok: true, request })
  }
})

test('a MAC is six lower-case pairs of one device, nothing that could mean something to nft', () => {
  for (const bad of [
    '02:77:00:00:00:1',
    '02-77-00-00-00-11',
    '02:77:00:00:00:AA',
    `${mac} }; flush ruleset`,
    `${mac}\n`,
    '01:00:5e:00:00:01',
    'ff:ff:ff:ff:ff:ff',
    '',
    7,
    null,
    [mac],
  ]) {
    assert.match(refusal({ id: 1, verb: 'evict', mac: bad }), /mac/)
  }
})

test('numbers out of range, fractions and numerals in text are refused', () => {
  for (const seconds of [0, -1, 1.5, '60', 604_801, 1e300, null]) refusal({ id: 1, verb: 'admit', mac, clientId: 1, seconds })
  for (const clientId of [0, 65_536, -5, '1', 2.2]) refusal({ id: 1, verb: 'admit', mac, clientId, seconds: 5 })
  for (const upKbps of [-1, 10_000_001, '0; tc']) refusal({ id: 1, verb: 'limit', clientId: 1, upKbps, downKbps: 0 })
})

test('bound addresses are one to four of IPv4, spelled as nft spells them, and a rate has both directions', () => {
  const admit = { id: 1, verb: 'admit', mac, clientId: 1, seconds: 5 }
  for (const addresses of [
    [],
    ['10.0.0.256'],
    ['010.0.0.1'],
    ['10.0.0.1 }; flush ruleset'],
    ['fd77::11'],
    [167_772_161],
    '10.0.0.1',
    Array.from({ length: 5 }, (_, i) => `10.0.0.${i}`),
  ])
    assert.match(refusal({ ...admit, addresses }), /addresses/)
  for (const rate of [{}, { upKbps: 1 }, { upKbps: 1, downKbps: 1.5 }, { upKbps: 1, downKbps: 10_000_001 }, 5])
    assert.match(refusal({ ...admit, rate }), /rate/)
  const one = { mac, clientId: 1, seconds: 5, addresses: ['10.0.0.999'] }
  assert.match(refusal({ id: 1, verb: 'reconcile', admissions: [one] }), /addresses/)
})

test('a block names each device once, with an end', () => {
  assert.match(
    refusal({
      id: 1,
      verb: 'block',
      devices: [
        { mac, seconds: 5 },
        { mac, seconds: 6 },
      ],
    }),
    /device appears twice/,
  )
  for (const seconds of [0, -1, 0.5, 31_536_001, undefined]) refusal({ id: 1, verb: 'block', devices: [{ mac, seconds }] })
  refusal({ id: 1, verb: 'block', devices: Array.from({ length: BLOCKED_MAX + 1 }, () => ({ mac, seconds: 5 })) })
})

test('an address must be one', () => {
  for (const address of ['10.0.0', '10.0.0.256', 'internet.test', '10.0.0.1; ls', '::g', '']) refusal({ id: 1, verb: 'who-has', address })
})

test('unknown verbs, missing and extra fields are refused with the reason', () => {
  assert.equal(refusal({ id: 1, verb: 'flush' }), 'unknown verb')
  assert.equal(refusal({ id: 1, verb: '__proto__' }), 'unknown verb')
  assert.equal(refusal({ id: 1 }), 'unknown verb')
  assert.equal(refusal('nonsense'), 'not JSON')
  assert.equal(refusal('[]'), 'not an object')
  assert.equal(refusal('null'), 'not an object')
  assert.match(refusal({ id: 1, verb: 'evict' }), /required|mac/)
  refusal({ id: 1, verb: 'evict', mac, shell: 'rm' })
  refusal({ verb: 'state' })
  refusal({ id: 'x', verb: 'state' })
})

test('a reconcile names each device and each client id once, and not more than the bound', () => {
  const one = { mac, clientId: 1, seconds: 5 }
  assert.match(refusal({ id: 1, verb: 'reconcile', admissions: [one, { ...one, clientId: 2 }] }), /device appears twice/)
  assert.match(refusal({ id: 1, verb: 'reconcile', admissions: [one, { ...one, mac: '02:77:00:00:00:12' }] }), /id appears twice/)
  refusal({ id: 1, verb: 'reconcile', admissions: Array.from({ length: ADMISSIONS_MAX + 1 }, () => one) })
})

test('the longest reconcile that is allowed fits into one line', () => {
  const admissions = Array.from({ length: ADMISSIONS_MAX }, (_, i) => ({
    mac: `02:77:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    clientId: 10_000 + i,
    seconds: 604_800,
    addresses: Array.from({ length: 4 }, (__, last) => `100.100.${100 + (i >> 8)}.${200 + last}`),
    rate: { upKbps: 10_000_000, downKbps: 10_000_000 },
  }))
  const text = line({ id: Number.MAX_SAFE_INTEGER, verb: 'reconcile', admissions })
  assert.ok(text.length <= LINE_BYTES_MAX, `${text.length} bytes`)
  assert.equal(parseRequest(text).ok, true)
})

test('no text at all makes the parser throw', () => {
  check(
    property(oneof(string(), json(), object().map(line)), (text) => {
      parseRequest(text)
    }),
    { numRuns: 500 },
  )
})
