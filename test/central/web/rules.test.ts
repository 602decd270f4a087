/** Rules of the staff screens that need no browser. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filled, paths, withGaps } from '#central/platform/ui/chart-data.ts'
import { clock, milliseconds, octets, rate, span, wibDate, wibDateValue, wibHour } from '#central/platform/ui/format.ts'
import { changed } from '#central/platform/ui/query.ts'
import { rowsIn } from '#central/platform/ui/window-rows.ts'
import { say } from '#central/platform/ui/words.ts'
import { countsOf, listQuery, matching, patched, sorted } from '#central/noc/pages/hotspot-list.ts'
import { columns } from '#central/noc/pages/series.ts'
import { burnInShift, dotsOf, emergency, freshness, moved, settledDay } from '#central/noc/pages/wall-view.ts'
import { actFrom, firstFields } from '#central/modules/complaints/pages/act-form.ts'
import { apiQuery } from '#central/modules/complaints/pages/case-query.ts'
import { dueInstant, dueShape } from '#central/modules/complaints/pages/due.ts'
import { changesSince } from '#central/modules/complaints/pages/stale.ts'
import { snapshot } from '#central/modules/complaints/pages/telemetry.ts'
import { photoAddress } from '#central/modules/complaints/pages/photo.ts'
import { COMPLAINT_CATEGORIES } from '#edge/wire/complaint.ts'
import { CATEGORIES } from '#central/modules/complaints/pages/categories.ts'
import { COMPLAINT_STATES } from '#central/modules/complaints/api.ts'
import { STATES as CASE_STATES } from '#central/modules/complaints/pages/case-query.ts'
import { ROLES } from '#central/platform/accounts/api.ts'
import { homeFor, SCREENS, screenAt, screensFor } from '#central/web/screens.ts'
import * as made from './fixtures.ts'

const root = join(import.meta.dirname, '../../..')
const WORDS = ['central/web', 'central/platform/ui', 'central/noc/pages', 'central/modules/complaints/pages']
/** 2 December 2026, 10.00 WIB. */
const AT = Date.parse('2026-12-02T03:00:00Z')
const HOUR = 3_600_000

const read = (path: string): Record<string, string> => JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, string>

for (const folder of WORDS) {
  test(`every word of ${folder} stands in Indonesian and in English, with the same blanks to fill`, () => {
    const id = read(`${folder}/words/id.json`)
    const en = read(`${folder}/words/en.json`)
    assert.deepEqual(Object.keys(en).sort(), Object.keys(id).sort())
    const blanks = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join()
    for (const [key, text] of Object.entries(id)) {
      assert.notEqual(text.trim(), '', key)
      const forms = (en[key] ?? '').split('|')
      for (const form of forms) assert.equal(blanks(form), blanks(text), `${folder} ${key}`)
    }
  })

  test(`no word of ${folder} is left that no screen says`, () => {
    const sources = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => readFileSync(join(root, folder, entry.name), 'utf8'))
    // The words of the shared components are said by all folders.
    const all = folder === 'central/platform/ui' ? WORDS.flatMap((each) => readFolder(each)) : sources
    const text = all.join('\n')
    const unsaid = Object.keys(read(`${folder}/words/id.json`)).filter((key) => {
      const family = key.replace(/[^.]+$/, '')
      return !text.includes(`'${key}'`) && !text.includes(`\`${family}`) && !text.includes(`'${family}'`) && !spoken(text, key)
    })
    assert.deepEqual(unsaid, [])
  })
}
function readFolder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => readFileSync(join(root, folder, entry.name), 'utf8'))
}
/** Keys made of a longer stem and a code: `form.due-${choice}`, `health.gate-` + code. */
const spoken = (text: string, key: string) => {
  const stem = key.slice(0, key.indexOf('-') + 1)
  return stem !== '' && (text.includes(`\`${stem}\${`) || text.includes(`'${stem}'`))
}

test('every category, state and role that the server knows has words and a place on the screens', () => {
  assert.deepEqual([...CATEGORIES], [...COMPLAINT_CATEGORIES])
  assert.deepEqual([...CASE_STATES], [...COMPLAINT_STATES])
  const shared = read('central/platform/ui/words/id.json')
  for (const category of COMPLAINT_CATEGORIES) assert.ok(shared[`category.${category}`], category)
  for (const state of COMPLAINT_STATES) assert.ok(shared[`case.${state}`], state)
  const shell = read('central/web/words/id.json')
  for (const role of ROLES) assert.ok(shell[`role.${role}`], role)
})

test('every role has a first screen that it may open', () => {
  for (const role of ROLES) {
    const home = homeFor([role])
    assert.ok(
      screensFor([role]).some((screen) => screen.path === home),
      role,
    )
  }
  assert.equal(homeFor(['opd-head']), '/aduan')
  assert.equal(homeFor(['noc']), '/noc')
  assert.ok(SCREENS.every((screen) => screen.roles.length > 0))
})

test('an address belongs to its nearest screen, so that a refusal names the right positions', () => {
  assert.equal(screenAt('/noc/karantina')?.title, 'nav.quarantine')
  assert.equal(screenAt('/noc/h/hs-0001')?.title, 'nav.noc')
  assert.equal(screenAt('/aduan/12')?.title, 'nav.complaints')
  assert.equal(screenAt('/aduanku'), undefined)
  assert.equal(screenAt('/'), undefined)
})

test('a message takes its number in the grouping and plural of its language', () => {
  assert.equal(say('{n} hotspot|{n} hotspots', { n: 1 }, 'en'), '1 hotspot')
  assert.equal(say('{n} hotspot|{n} hotspots', { n: 2_500 }, 'en'), '2,500 hotspots')
  assert.equal(say('{n} hotspot', { n: 2_500 }, 'id'), '2.500 hotspot')
  assert.equal(say('di {place}', {}, 'id'), 'di {place}', 'a blank that nobody filled stays visible')
})

test('times are WIB whatever zone the browser stands in, and amounts read as on a data plan', () => {
  assert.equal(clock(AT, 'id'), '10.00')
  assert.equal(clock(AT, 'en'), '10:00')
  assert.equal(octets(1_540_000_000, 'id'), '1,5 GB')
  assert.equal(rate(125_000, 'id'), '1 Mb/s')
  assert.deepEqual(span(90_000), { unit: 'minute', n: 1 })
  assert.deepEqual(span(-5), { unit: 'second', n: 0 }, 'a clock that is ahead never shows a negative age')
  assert.equal(wibHour(AT, 1, 16), Date.parse('2026-12-03T09:00:00Z'))
  assert.equal(
    wibHour(Date.parse('2026-12-02T18:30:00Z'), 0, 16),
    Date.parse('2026-12-03T09:00:00Z'),
    'after 01.30 WIB it is already the 3rd',
  )
  assert.equal(wibDate('2026-12-09', 16), Date.parse('2026-12-09T09:00:00Z'))
  assert.equal(wibDate('9 Des', 16), null)
  assert.equal(wibDateValue(Date.parse('2026-12-02T18:30:00Z')), '2026-12-03')
  assert.equal(milliseconds(0.4, 'id'), '< 1 ms')
  assert.equal(milliseconds(12.6, 'id'), '13 ms')
})

test('silence in a series is drawn as a gap, never as a line between two truths', () => {
  const { times, lines } = withGaps([0, 60_000, 300_000], [[1, 2, 3]], 60_000)
  assert.deepEqual(times, [0, 60_000, 120_000, 300_000])
  assert.deepEqual(lines, [[1, 2, null, 3]])
  const box = { width: 100, height: 10 }
  const drawn = paths([0, 1, 2, 3, 4], [1, 2, null, 4, 4], box, 4)
  assert.equal(drawn.length, 2)
  assert.ok(drawn[0]?.startsWith('M0.0 7.5'))
  assert.ok(filled(drawn[0] ?? '', box).endsWith('Z'))
  assert.deepEqual(paths([0, 1], [3, null], box, 4), ['M0.0 2.5h1'], 'a lone point is seen')
  assert.deepEqual(paths([], [], box, 4), [])
})

test('octets of an interval are charted as a rate, and what was not received stays unknown', () => {
  const point = { t: 0, online: 2, downOctets: 6_000, upOctets: null, cpu: null, memoryUsed: null, uplinkMilliseconds: null }
  assert.deepEqual(columns([point], 60).downRate, [100])
  assert.deepEqual(columns([point], 60).upRate, [null])
  const unheard = { ...point, t: 60, online: null, downOctets: null }
  assert.deepEqual(
    columns([unheard, point, unheard, unheard], 60).online,
    [null, 2],
    'the line ends with the last point that says something',
  )
})

test('the list of hotspots is filtered by words, place and state, and counts the states of what it shows', () => {
  const rows = made.hotspots(AT, 60)
  const query = listQuery({ q: 'rt klegen', state: 'nonsense', sort: 'nonsense' })
  assert.equal(query.state, null)
  assert.equal(query.sort, 'state')
  const found = matching(rows, query)
  assert.ok(found.length > 0 && found.every((row) => row.kelurahanName === 'Klegen'))
  assert.equal(matching(rows, { q: '', kelurahan: '35.77.01.1003' }).length, found.length)
  const counts = countsOf(rows)
  assert.equal(counts.online + counts.degraded + counts.offline + counts.new, 60)
  assert.equal(sorted(rows, { sort: 'state', dir: 'asc' })[0]?.state, 'offline', 'trouble stands first')
  const byOnline = sorted(rows, { sort: 'online', dir: 'desc' })
  assert.ok((byOnline[0]?.online ?? 0) >= (byOnline.at(-1)?.online ?? 0))
})

test('a live event changes its row, and one that is older than the row changes nothing', () => {
  const row = { ...made.hotspots(AT, 1)[0]!, heardAt: AT, state: 'online' as const, stateSince: AT - HOUR }
  const event = { type: 'hotspot' as const, node: row.node, state: 'degraded' as const, reason: 'disk', online: 9, heardAt: AT + 1 }
  const now = patched([row], new Map([[row.node, event]]))[0]!
  assert.equal(now.state, 'degraded')
  assert.equal(now.stateSince, AT + 1)
  assert.equal(patched([row], new Map([[row.node, { ...event, heardAt: AT - 1 }]]))[0]?.state, 'online')
})

test('of 2,500 rows only those near the window are drawn', () => {
  const middle = rowsIn(2_500, 36, 36 * 1_000, 900)
  assert.ok(middle.start <= 1_000 && middle.end >= 1_025 && middle.end - middle.start < 60)
  assert.deepEqual(rowsIn(0, 36, 0, 900), { start: 0, end: 0 })
  assert.equal(rowsIn(2_500, 36, 36 * 2_500, 900).end, 2_500)
})

test('an address keeps only the filters that are set', () => {
  assert.equal(changed({ q: 'a', state: 'offline' }, { state: '', page: '2' }), '?q=a&page=2')
  assert.equal(changed({ q: 'a' }, { q: '' }), '')
  assert.equal(
    apiQuery({ state: 'masuk', mine: '1', page: '2', q: 'x'.repeat(200), evil: '1' }),
    `?state=masuk&q=${'x'.repeat(80)}&mine=1&page=2`,
  )
  assert.equal(apiQuery({ state: 'nonsense', mine: 'yes', page: '-1' }), '')
})

test('the wall says when its numbers are old, by the answer or by the silence of the hotspots', () => {
  const city = made.city(AT, made.hotspots(AT, 60))
  assert.equal(freshness(city, AT + 5_000), 'fresh')
  assert.equal(freshness(city, AT + 45_000), 'ageing')
  assert.equal(freshness(city, AT + 150_000), 'old')
  const silent = { ...city, ingest: { ...city.ingest, lastAt: AT - 200_000 } }
  assert.equal(freshness(silent, AT + 1_000), 'old')
})

test('the wall draws as many dots as there are hotspots and is taken over only by an event', () => {
  const rows = made.hotspots(AT, 60)
  const city = made.city(AT, rows)
  const dots = dotsOf(city.kelurahan)
  assert.equal(dots.length, 60)
  assert.equal(new Set(dots.map((dot) => dot.id)).size, 60)
  assert.equal(dots.filter((dot) => dot.state === 'new').length, 1)
  const calm = { ...city, counts: { online: 59, degraded: 0, offline: 1, new: 0 } }
  assert.equal(emergency(calm), null)
  const storm = made.city(
    AT,
    rows.map((row, index) => (index < 20 ? { ...row, state: 'offline' as const } : { ...row, state: 'online' as const })),
  )
  const alarm = emergency(storm)
  assert.equal(alarm?.offline, 20)
  assert.ok((alarm?.worst.length ?? 0) <= 5 && (alarm?.worst[0]?.offline ?? 0) >= 1)
})

test('the day ends with the last step that is over', () => {
  const day = [0, 300, 600].map((t) => ({ t, online: 5, downOctets: 0 }))
  assert.deepEqual(
    settledDay({ day, at: 899 }).map(({ t }) => t),
    [0, 300],
  )
  assert.equal(settledDay({ day, at: 900 }).length, 3)
  assert.deepEqual(settledDay({ day: [], at: 900 }), [])
})

test('areas blink only where visitors came or went, and the picture wanders a few pixels against burn-in', () => {
  const city = made.city(AT, made.hotspots(AT, 60))
  const first = city.kelurahan[0]!
  const later = {
    ...city,
    kelurahan: city.kelurahan.map((area) => (area.code === first.code ? { ...area, visitors: area.visitors + 1 } : area)),
  }
  assert.deepEqual(moved(null, city), [])
  assert.deepEqual(moved(city, later), [first.code])
  const steps = Array.from({ length: 24 }, (_, minute) => burnInShift(minute * 60_000))
  assert.ok(new Set(steps.map(({ x, y }) => `${x},${y}`)).size > 12)
  assert.ok(steps.every(({ x, y }) => Math.abs(x) <= 6 && Math.abs(y) <= 6))
})

test('a deadline has its own shape before, near and after its end', () => {
  assert.equal(dueShape(null, false, AT), 'new')
  assert.equal(dueShape(AT + 50 * HOUR, false, AT), 'online')
  assert.equal(dueShape(AT + 5 * HOUR, false, AT), 'degraded')
  assert.equal(dueShape(AT + 5 * HOUR, true, AT), 'offline', 'the server decides what is late')
  assert.equal(dueInstant('today', AT), wibHour(AT, 0, 16))
  assert.equal(dueInstant('today', wibHour(AT, 0, 15) + 1), wibHour(AT, 0, 24) - 1)
})

test('an instruction is complete when it opens: two taps send it to the first holder, due tomorrow', () => {
  const row = made.complaintRows(AT, made.hotspots(AT, 60))[0]!
  const page = made.complaintPage(AT, row, ['instruksikan'])
  const fields = firstFields('instruksikan', page, AT, { phrase: 'Cek lokasi hari ini.', positions: [4] })
  assert.deepEqual(actFrom('instruksikan', fields, 3, AT), {
    action: 'instruksikan',
    version: 3,
    text: 'Cek lokasi hari ini.',
    toPositionId: 5,
    dueAt: wibHour(AT, 1, 16),
  })
  assert.equal(actFrom('instruksikan', { ...fields, due: 'date', date: 'kapan-kapan' }, 3, AT), null)
  assert.equal(firstFields('instruksikan', page, AT, { phrase: '', positions: [5] })['toPositionId'], '6', 'not to oneself')
  const friday = AT + 2 * 24 * HOUR
  assert.equal(firstFields('instruksikan', page, friday, { phrase: '', positions: [] })['due'], '3', 'not due on a Saturday')
  assert.equal(actFrom('jawab', { text: '   ' }, 3, AT), null)
  assert.deepEqual(actFrom('teruskan', firstFields('teruskan', page, AT, { phrase: '', positions: [] }), 3, AT), {
    action: 'teruskan',
    version: 3,
    opdId: 4,
  })
})

test('a stale case names exactly what happened since it was read', () => {
  const row = made.complaintRows(AT, made.hotspots(AT, 60))[0]!
  const seen = made.complaintPage(AT, row, [])
  const entry = { at: AT, actor: 'Agus', position: 'Verifikator', action: 'arsipkan', summary: 'Diarsipkan', auditNumber: 4_300 }
  assert.deepEqual(changesSince(seen, { ...seen, history: [...seen.history, entry] }), [entry])
  assert.deepEqual(changesSince(seen, seen), [])
})

test('a snapshot of any shape is read without guessing', () => {
  for (const nothing of [null, 3, 'x', [], {}, { series: 'x' }, { series: [null, { online: 3 }] }]) assert.equal(snapshot(nothing), null)
  assert.equal(snapshot({ state: 'online', simulated: 'yes' })?.simulated, false)
  const read = snapshot({
    simulated: true,
    health: { gate: 'enforcing', uplinkMilliseconds: 'fast' },
    series: [
      { t: 2, online: 4 },
      { t: 1, online: null },
    ],
  })
  assert.deepEqual(read, { state: null, simulated: true, uplinkMilliseconds: null, gate: 'enforcing', times: [1, 2], online: [null, 4] })
})

test('a photo is shown only from the file store', () => {
  assert.equal(photoAddress('a'.repeat(64)), `/api/files/${'a'.repeat(64)}`)
  for (const other of [null, '', 'javascript:alert(1)', 'https://example.org/x.png', '../etc']) assert.equal(photoAddress(other), null)
})
