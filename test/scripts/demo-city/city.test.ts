import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { KELURAHAN } from '#central/platform/city/kelurahan.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import { NODE_NAME_PATTERN } from '#edge/wire/topics.ts'
import { loadState, pastBegins, saveState } from '#scripts/demo-city/city-state.ts'
import { usageAt, visitorsAt } from '#scripts/demo-city/day.ts'
import { devicesAt } from '#scripts/demo-city/devices.ts'
import { openDiary, type DiaryOptions } from '#scripts/demo-city/diary.ts'
import { sessionsBetween, type GuestBook } from '#scripts/demo-city/guests.ts'
import { mishapAt } from '#scripts/demo-city/mishaps.ts'
import { generatePlaces, PROFILES } from '#scripts/demo-city/places.ts'
import { complaintOf, noticeOf } from '#scripts/demo-city/residents.ts'
import { silentDevicesAt } from '#scripts/demo-city/sites.ts'
import type { Diary, Said } from '#scripts/fleet-engine/diary.ts'

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

const SELF = { bootedAt: MONDAY - DAY, outbox: { records: 2, oldestAgeSeconds: 40, dropped: 0, damaged: 0 } }
const PLACE = { node: 'klegen-01', profile: 'sekolah' as const }
const openLife = (options: Partial<DiaryOptions> = {}) => openDiary({ place: PLACE, everySeconds: 60, version: '0.1.0', ...options })

/** All looks between two moments, with what was said at each. */
function readDiary(diary: Diary, from: number, to: number): { end: number; said: Said[] }[] {
  const looks = []
  for (let end = diary.nextAt(from); end <= to; end = diary.nextAt(end)) looks.push({ end, said: diary.at(end, SELF) })
  return looks
}

test('a diary says the same whenever it is read, and every word fits the wire', () => {
  const looks = readDiary(openLife(), MONDAY + 6 * HOUR, MONDAY + 9 * HOUR)
  assert.deepEqual(readDiary(openLife(), MONDAY + 6 * HOUR, MONDAY + 9 * HOUR), looks)
  const kinds = new Set<string>()
  for (const { kind, body } of looks.flatMap(({ said }) => said)) {
    kinds.add(kind)
    const decoded = decodeBody(kind, body)
    assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason)
  }
  for (const kind of ['usage', 'health', 'device', 'play', 'session']) assert.ok(kinds.has(kind), kind)
})

test('a box samples once an interval on a second of its own, looks about more often, and sums plays over five', () => {
  const looks = readDiary(openLife(), MONDAY, MONDAY + HOUR)
  const of = (kind: string) => looks.filter(({ said }) => said.some((each) => each.kind === kind)).map(({ end }) => end)
  assert.equal(looks.length, 360)
  assert.equal(of('usage').length, 60)
  assert.equal(of('play').length, 12)
  assert.deepEqual(new Set(of('usage').map((end) => end % 60_000)).size, 1)
})

test('guests who begin also end, with as much as they had used at least', () => {
  const book: GuestBook = {
    node: 'klegen-01',
    takenAt: (at) => visitorsAt({ ...PLACE, at }),
    places: 90,
    radiusShare: 0.3,
    interimSeconds: 300,
    endsOnly: false,
  }
  const from = MONDAY + 8 * HOUR
  const told = Array.from({ length: 2_160 }, (_, i) => sessionsBetween(book, from + i * 10_000, from + (i + 1) * 10_000)).flat()
  const begun = told.filter(({ event }) => event === 'start').map(({ id }) => id)
  assert.ok(begun.length > 100, `${begun.length} guests in six hours of a school`)
  assert.equal(new Set(begun).size, begun.length)
  const early = new Set(begun.slice(0, 50))
  for (const id of early) {
    const own = told.filter((each) => each.id === id)
    assert.equal(own.at(-1)?.event, 'stop', id)
    assert.ok(own.every(({ downOctets }, i) => i === 0 || downOctets >= own[i - 1]!.downOctets))
  }
  assert.ok(told.some(({ event, source }) => event === 'update' && source === 'radius'))
})

test('a rate that is asked for is kept', () => {
  const looks = readDiary(openLife({ recordsPerMinute: 20 }), MONDAY, MONDAY + 2 * HOUR)
  const perMinute = looks.reduce((sum, { said }) => sum + said.length, 0) / 120
  assert.ok(perMinute > 19 && perMinute < 21.5, `${perMinute} records a minute`)
})

test('the past is told by the interval, without troubles, and one guest an hour or so', () => {
  const looks = readDiary(openLife({ presentFrom: MONDAY + DAY }), MONDAY, MONDAY + DAY)
  assert.equal(looks.length, 1_440)
  const said = looks.flatMap(({ said }) => said)
  assert.equal(said.filter(({ kind }) => kind === 'notice').length, 0)
  assert.equal(said.filter(({ kind }) => kind === 'device').length, (4 * 1_440) / 5)
  // The box's own count of what waits is about the telling of the past, not about the past.
  const waiting = { ...SELF, outbox: { records: 9_000, oldestAgeSeconds: 86_400, dropped: 0, damaged: 0 } }
  const life = openLife({ presentFrom: MONDAY })
  assert.equal(life.latest(MONDAY + 5_000, waiting).health?.outboxRecords, 2)
  assert.equal(life.latest(MONDAY + 2 * DAY, waiting).health?.outboxRecords, 9_000)
  const guests = said.filter(({ kind }) => kind === 'session').length
  assert.ok(guests > 3 && guests < 150, `${guests} guests`)
})

test('access points and switches carry what the hotspot carries, and the one that fell silent is named', () => {
  const places = generatePlaces(60)
  const silent = places.flatMap((place) =>
    Array.from({ length: 24 * 14 }, (_, i) => ({ ...place, at: MONDAY + i * 30 * 60_000, everySeconds: 60 })).filter(
      (moment) => mishapAt(moment.node, moment.at) === 'device' && (silentDevicesAt(moment)?.length ?? 0) > 0,
    ),
  )
  assert.ok(silent.length > 0, 'no access point fell silent in two weeks')
  for (const moment of silent) {
    const names = devicesAt(moment).flatMap(({ reachable, name }) => (reachable ? [] : [name]))
    assert.deepEqual(names, silentDevicesAt(moment))
  }
  const moment = { ...PLACE, at: MONDAY + 10 * HOUR, everySeconds: 60 }
  const devices = devicesAt(moment)
  const { online } = usageAt(moment)
  const clients = devices.reduce((sum, device) => sum + (device.clients ?? 0), 0)
  assert.equal(devices.length, 4)
  assert.ok(Math.abs(clients - online) <= 2, `${clients} on the radios, ${online} past the gate`)
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

test('a box that joins a city gets its whole past, one that was there only what it missed', () => {
  const state = { v: 1 as const, base: MONDAY, everySeconds: 60, generation: '00112233aabbccdd', savedAt: MONDAY + DAY, nodes: ['a'] }
  assert.equal(pastBegins(state, 'a'), MONDAY + DAY)
  assert.equal(pastBegins(state, 'b'), MONDAY)
  const { nodes: _, ...older } = state
  assert.equal(pastBegins({ ...older, events: { a: {} } }, 'a'), MONDAY + DAY, 'a state of before boxes had cards')
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
