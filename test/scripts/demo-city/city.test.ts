import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KELURAHAN } from '#central/platform/city/kelurahan.ts'
import { isRecordKind, decodeBody } from '#edge/wire/schemas.ts'
import { NODE_NAME_PATTERN } from '#edge/wire/topics.ts'
import { loadState, saveState } from '#scripts/demo-city/city-state.ts'
import { visitorsAt } from '#scripts/demo-city/day.ts'
import { mishapAt } from '#scripts/demo-city/mishaps.ts'
import { generatePlaces, PROFILES } from '#scripts/demo-city/places.ts'
import { complaintOf, noticeOf, sessionOf } from '#scripts/demo-city/residents.ts'
import { openTape } from '#scripts/demo-city/tape.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A Monday, 00:00 WIB. */
const MONDAY = Date.UTC(2026, 8, 20, 17)

test('places cover every kelurahan, have names of their own, and stay where they are when the city grows', () => {
  const places = generatePlaces(60)
  assert.deepEqual(generatePlaces(200).slice(0, 60), places)
  assert.equal(new Set(places.map(({ node }) => node)).size, 60)
  assert.deepEqual(new Set(places.map(({ kelurahan }) => kelurahan)), new Set(KELURAHAN.map(({ code }) => code)))
  assert.deepEqual(new Set(places.map(({ profile }) => profile)), new Set(PROFILES))
  for (const { node, lat, lon, kelurahan } of generatePlaces(2_500)) {
    assert.match(node, new RegExp(NODE_NAME_PATTERN))
    const middle = KELURAHAN.find(({ code }) => code === kelurahan)!
    assert.ok(Math.hypot(lat - middle.lat, lon - middle.lon) < 0.0025, node)
  }
})

test('a tape reads the same wherever one begins, every record is valid, and seqs have no holes', () => {
  const options = { node: 'klegen-01', profile: 'taman' as const, base: MONDAY, everySeconds: 60, version: '0.1.0' }
  const tape = openTape(options)
  const hi = tape.hi(MONDAY + 6 * HOUR)
  assert.ok(hi > 6 * 60 * 2 && hi <= (6 * 60 * 11) / 5)
  let before = 0
  for (let seq = 1; seq <= hi; seq++) {
    const record = tape.record(seq)
    assert.equal(record.seq, seq)
    assert.ok(record.at >= before && record.at <= MONDAY + 6 * HOUR, `record ${seq} lies in the future or before its predecessor`)
    before = record.at
    assert.ok(isRecordKind(record.kind))
    const body = decodeBody(record.kind, record.body)
    assert.ok(body.ok, body.ok ? '' : body.reason)
  }
  const again = openTape(options)
  for (const seq of [hi, 11, 1, 400]) assert.deepEqual(again.record(seq), tape.record(seq))
})

test('a tape grows by one interval at the moment it says', () => {
  const tape = openTape({ node: 'klegen-01', profile: 'taman', base: MONDAY, everySeconds: 60, version: '0.1.0' })
  const at = tape.nextAt(MONDAY + HOUR)
  const growth = tape.hi(at) - tape.hi(at - 1)
  assert.ok(growth === 2 || growth === 3, `${growth} records`)
  assert.equal(tape.nextAt(at), at + 60_000)
})

test('schools are busy in the morning of a working day, parks in the late afternoon, and nights are quiet', () => {
  const people = (profile: 'sekolah' | 'taman', day: number, hour: number) =>
    Array.from({ length: 40 }, (_, i) => visitorsAt({ node: `box-${i}`, profile, at: MONDAY + day * DAY + hour * HOUR })).reduce(
      (a, b) => a + b,
    )
  assert.ok(people('sekolah', 1, 10) > 5 * people('sekolah', 1, 19))
  assert.ok(people('sekolah', 1, 10) > 4 * people('sekolah', 6, 10), 'Sunday')
  assert.ok(people('taman', 1, 17) > 3 * people('taman', 1, 2))
})

test('troubles come and go: a city of sixty nearly always has some, and never many', () => {
  const nodes = generatePlaces(60).map(({ node }) => node)
  const counts = Array.from(
    { length: 24 * 14 },
    (_, i) => nodes.filter((node) => mishapAt(node, MONDAY + i * 30 * 60_000) !== undefined).length,
  )
  const mean = counts.reduce((a, b) => a + b) / counts.length
  assert.ok(mean > 0.5 && mean < 6, `${mean} on average`)
  assert.ok(Math.max(...counts) < 20)
})

test('what residents say and do fits the wire', () => {
  const codes = new Set<string>()
  for (let i = 0; i < 600; i++) {
    const complaint = complaintOf(`box-${i % 60}`, MONDAY + i * 137_000)
    codes.add(complaint.code)
    const decoded = decodeBody('complaint', complaint)
    assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason)
    const session = decodeBody('session', sessionOf(`box-${i % 60}`, MONDAY + i * 137_000))
    assert.ok(session.ok, session.ok ? '' : session.reason)
  }
  assert.equal(codes.size, 600)
})

test('the city goes on after a stop, begins anew after a long one or a new rhythm, and survives a torn state file', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'city-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'state.json')
  const first = loadState(file, MONDAY, 60, DAY)
  assert.ok(first.isNew)
  assert.ok(first.state.base <= MONDAY - DAY && first.state.base > MONDAY - DAY - 60_001)
  saveState(file, first.state, MONDAY)

  const soon = loadState(file, MONDAY + 3 * HOUR, 60, DAY)
  assert.ok(!soon.isNew)
  assert.equal(soon.state.generation, first.state.generation)
  assert.ok(loadState(file, MONDAY + 2 * DAY, 60, DAY).isNew)
  assert.ok(loadState(file, MONDAY + HOUR, 30, DAY).isNew)
  writeFileSync(file, '{"v":1,')
  assert.ok(loadState(file, MONDAY + HOUR, 60, DAY).isNew)
})

test('A simulated box tells of its troubles when they begin and when they end, and of little else', () => {
  const STEP = 10_000
  const nodes = generatePlaces(60).map(({ node }) => node)
  const steps = Array.from({ length: 8_640 }, (_, i) => MONDAY + i * STEP)
  const told = nodes.flatMap((node) => steps.flatMap((at) => noticeOf(node, at, STEP) ?? []))
  const count = (kind: string) => told.filter((notice) => notice.kind === kind).length
  const troubled = nodes.filter((node) => steps.some((at) => mishapAt(node, at) === 'dns'))
  assert.ok(troubled.length > 0 && count('dns-down') >= troubled.length)
  assert.ok(Math.abs(count('dns-down') - count('dns-up')) <= 2, 'what begins ends, but for the day’s edges')
  assert.ok(count('table-rewritten') > 0 && count('address-spoofed') > 0 && told.length < 200, `${told.length} notices a day`)
  for (const notice of told) assert.ok(decodeBody('notice', notice).ok)
})
