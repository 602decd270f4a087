import { test } from 'node:test'
import assert from 'node:assert/strict'
import sharp from 'sharp'
import { complaintPage } from '#central/modules/complaints/page.ts'
import { perform } from '#central/modules/complaints/perform.ts'
import { publicStatus } from '#central/modules/complaints/public-status.ts'
import { listComplaints } from '#central/modules/complaints/queries.ts'
import { routeFor, type Route } from '#central/modules/complaints/routing.ts'
import { COMPLAINT_STATES, type ComplaintAct, type TicketNews } from '#central/modules/complaints/api.ts'
import { deliverDue, retryAfter } from '#central/platform/notify/outbox.ts'
import { readCase } from '#central/platform/cases/store.ts'
import { endOfDay } from '#central/platform/calendar/days.ts'
import type { Caller } from '#central/platform/policy/port.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { arrival, centralOn, FRIDAY, opdId, person, positionId, prepareDatabase, type Parts } from '#test/support/central.ts'

const onBoth = onBothDatabases(prepareDatabase)

/** Delivers everything that waits and gives back what the hotspots were told. */
async function delivered(parts: Parts): Promise<TicketNews[]> {
  const news: TicketNews[] = []
  await deliverDue(
    parts.database,
    parts.complaints.channels(async (ticket) => void news.push(ticket)),
    parts.clock.now,
  )
  return news
}
async function go(parts: Parts, caller: Caller, caseId: number, ...bodies: ComplaintAct[]): Promise<void> {
  for (const body of bodies) {
    const outcome = await perform(parts.kernel, caller, caseId, body)
    assert.ok(outcome.ok, JSON.stringify(outcome))
  }
}
async function pageFor(parts: Parts, caller: Caller, caseId: number) {
  const subject = await readCase(parts.database.db, { caseId, module: 'complaints', caller, access: parts.kernel.access })
  return subject && complaintPage(parts.database.db, caller, subject, parts.clock.now)
}

onBoth('a complaint delivered again, or ten times at once, is one case with one number', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const ticket = arrival()
  const opened = await Promise.all(Array.from({ length: 10 }, () => parts.complaints.receive(ticket)))
  assert.equal(new Set(opened.map(({ caseId }) => caseId)).size, 1)
  assert.equal(opened.filter(({ fresh }) => fresh).length, 1)
  const cases = await database.db.selectFrom('cases').select(['number', 'dueAt', 'state']).execute()
  assert.deepEqual(cases, [{ number: 'LP-2026-000001', state: 'masuk', dueAt: endOfDay('2026-03-25') }])
  assert.equal((await delivered(parts)).length, 1)
})

onBoth('a box that sends another box’s ticket code opens its own case and cannot speak for the other', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const mine = arrival()
  const theirs = { ...mine, text: 'Kode orang lain.', hotspot: { ...mine.hotspot, node: 'taman-rt01' } }
  const first = await parts.complaints.receive(mine)
  const second = await parts.complaints.receive(theirs)
  assert.notEqual(first.caseId, second.caseId)
  assert.deepEqual(
    (await delivered(parts)).map(({ node, code }) => [node, code]),
    [
      ['klegen-rt03', mine.code],
      ['taman-rt01', mine.code],
    ],
  )
})

onBoth('the citizen reads each step at the hotspot where it began, and the answer with its photo', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const desk = await person(parts, 'Verifikator Aduan')
  const head = await person(parts, 'Kepala Dinas Perhubungan')
  const dishub = await opdId(database, 'Dishub')
  const ticket = arrival()
  const { caseId } = await parts.complaints.receive(ticket)
  const jpeg = await sharp({ create: { width: 900, height: 700, channels: 3, background: '#468' } })
    .jpeg()
    .toBuffer()
  const stored = await parts.files.store(jpeg, head.userId)
  assert.ok(stored.ok)
  await go(parts, desk, caseId, { action: 'teruskan', version: 1, opdId: dishub })
  await go(parts, head, caseId, { action: 'kembalikan', version: 2, reason: 'Tiangnya milik taman kota.' })
  await go(parts, desk, caseId, { action: 'teruskan', version: 3, opdId: dishub })
  await go(
    parts,
    head,
    caseId,
    { action: 'terima', version: 4 },
    { action: 'jawab', version: 5, text: 'Lampu sudah menyala.', photo: stored.file.sha256 },
  )
  await go(parts, desk, caseId, { action: 'selesaikan', version: 6 })
  const news = await delivered(parts)
  assert.deepEqual(
    news.map(({ version, status, office, answer }) => [version, status, office ?? null, answer ?? null]),
    [
      [1, 'menunggu', null, null],
      [2, 'disposisi', 'Dinas Perhubungan', null],
      [3, 'koordinasi', null, null],
      [4, 'disposisi', 'Dinas Perhubungan', null],
      [5, 'proses', 'Dinas Perhubungan', null],
      [6, 'selesai', 'Dinas Perhubungan', 'Lampu sudah menyala.'],
      [7, 'selesai', 'Dinas Perhubungan', 'Lampu sudah menyala.'],
    ],
  )
  const photo = news.at(-1)?.photo ?? ''
  assert.ok(photo.length > 0 && photo.length <= 120_000)
  assert.equal((await sharp(Buffer.from(photo, 'base64')).metadata()).format, 'jpeg')
  assert.doesNotMatch(JSON.stringify(news.map(({ photo: _, ...rest }) => rest)), /0812/)
})

onBoth('a hotspot that cannot be told is told later, in growing steps, and only once', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  await parts.complaints.receive(arrival())
  let told = 0
  let broken = true
  const channels = parts.complaints.channels(async () => {
    if (broken) throw new Error('broker away')
    told += 1
  })
  await deliverDue(database, channels, FRIDAY)
  assert.equal(await deliverDue(database, channels, FRIDAY + retryAfter(0) - 1), 0)
  await deliverDue(database, channels, FRIDAY + retryAfter(0))
  broken = false
  assert.equal(await deliverDue(database, channels, FRIDAY + retryAfter(0) + retryAfter(1) - 1), 0)
  await deliverDue(database, channels, FRIDAY + retryAfter(0) + retryAfter(1))
  await deliverDue(database, channels, FRIDAY + 86_400_000)
  assert.equal(told, 1)
  assert.equal(retryAfter(50), 10 * 60_000)
})

onBoth('someone else’s photo cannot be attached by knowing its hash', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const desk = await person(parts, 'Verifikator Aduan')
  const head = await person(parts, 'Kepala Dinas Perhubungan')
  const { caseId } = await parts.complaints.receive(arrival())
  await go(parts, desk, caseId, { action: 'teruskan', version: 1, opdId: await opdId(database, 'Dishub') })
  await go(parts, head, caseId, { action: 'terima', version: 2 })
  const stored = await parts.files.store(
    await sharp({ create: { width: 50, height: 50, channels: 3, background: '#a00' } })
      .jpeg()
      .toBuffer(),
    desk.userId,
  )
  assert.ok(stored.ok)
  const outcome = await perform(parts.kernel, head, caseId, { action: 'jawab', version: 3, text: 'Sudah.', photo: stored.file.sha256 })
  assert.deepEqual(outcome, { ok: false, reason: 'invalid', why: 'unknown-photo' })
  assert.equal(await parts.files.read(stored.file.sha256, head), null)
  assert.ok(await parts.files.read(stored.file.sha256, desk))
})

onBoth(
  'the contact is seen by the desk and the office at work, by nobody when anonymous, and is forgotten in time',
  async (database, t) => {
    const parts = centralOn(database)
    t.after(parts.forget)
    const desk = await person(parts, 'Verifikator Aduan')
    const mayor = await person(parts, 'Wali Kota')
    const head = await person(parts, 'Kepala Dinas Perhubungan')
    const dishub = await opdId(database, 'Dishub')
    const open = (await parts.complaints.receive(arrival())).caseId
    const hidden = (await parts.complaints.receive(arrival({ anonymous: true }))).caseId
    for (const caseId of [open, hidden]) await go(parts, desk, caseId, { action: 'teruskan', version: 1, opdId: dishub })
    const contact = async (caller: Caller, caseId: number) => (await pageFor(parts, caller, caseId))?.contact
    assert.deepEqual(
      [await contact(desk, open), await contact(head, open), await contact(mayor, open)],
      ['0812 3456 7890', '0812 3456 7890', null],
    )
    assert.deepEqual([await contact(desk, hidden), await contact(head, hidden)], [null, null])
    await go(parts, head, open, { action: 'terima', version: 2 }, { action: 'jawab', version: 3, text: 'Sudah menyala.' })
    await go(parts, desk, open, { action: 'selesaikan', version: 4 })
    await parts.complaints.tidy()
    assert.equal(await contact(desk, open), '0812 3456 7890')
    parts.clock.now += 366 * 86_400_000
    await parts.complaints.tidy()
    assert.equal(await contact(desk, open), null)
    const left = await database.db
      .withTables<{ complaintContacts: { caseId: number } }>()
      .selectFrom('complaintContacts')
      .select('caseId')
      .execute()
    assert.deepEqual(left, [{ caseId: hidden }], 'an open case keeps its contact')
  },
)

onBoth('each sees their own: lists, counts and searches hold nothing of another office', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const desk = await person(parts, 'Verifikator Aduan')
  const head = await person(parts, 'Kepala Dinas Perhubungan')
  const other = await person(parts, 'Kepala Dinas Lingkungan Hidup')
  const lamp = (await parts.complaints.receive(arrival())).caseId
  const waste = (await parts.complaints.receive(arrival({ category: 'sampah', text: 'Sampah menumpuk 100% penuh_di pasar.' }))).caseId
  await parts.complaints.receive(arrival({ category: 'wifi' }))
  await go(parts, desk, lamp, { action: 'teruskan', version: 1, opdId: await opdId(database, 'Dishub') })
  await go(parts, desk, waste, { action: 'teruskan', version: 1, opdId: await opdId(database, 'DLH') })
  const list = async (caller: Caller, filter = {}) => listComplaints(database.db, caller, filter, parts.clock.now)
  const ids = async (caller: Caller, filter = {}) => (await list(caller, filter)).rows.map((row) => row.caseId)
  assert.deepEqual(await ids(head), [lamp])
  assert.deepEqual(await ids(other), [waste])
  assert.deepEqual(await ids(other, { q: 'balai' }), [waste], 'the hotspot’s name matches, the other office’s row does not appear')
  const empty = { masuk: 0, diteruskan: 0, ditangani: 0, dijawab: 0, selesai: 0, diarsip: 0, overdue: 0, mine: 0 }
  assert.deepEqual((await list(head)).counts, { ...empty, diteruskan: 1, mine: 1 })
  const all = await list(desk)
  assert.deepEqual([all.total, all.counts.masuk, all.counts.diteruskan], [3, 1, 2])
  assert.deepEqual([(await list(desk, { state: 'masuk' })).total, (await list(desk, { state: 'masuk' })).counts.diteruskan], [1, 2])
  assert.deepEqual(await ids(desk, { q: '100%' }), [waste], 'a percent sign is a percent sign')
  assert.deepEqual(await ids(desk, { q: 'penuh_di' }), [waste])
  assert.deepEqual(await ids(desk, { q: `' or 1=1 --` }), [])
  assert.deepEqual(await ids(desk, { q: 'lp-2026-000001' }), [lamp])
  assert.deepEqual(await ids(head, { mine: '1' }), [lamp])
  assert.deepEqual((await ids(desk, { mine: '1' })).length, 1)
  assert.deepEqual(await ids(head, { opd: await opdId(database, 'DLH') }), [])
  assert.deepEqual(Object.fromEntries(await parts.complaints.openByNode()), { 'klegen-rt03': 3 })
  const numbers = await parts.complaints.numbers()
  assert.deepEqual([numbers.open, numbers.overdue, numbers.today, numbers.answeredToday, numbers.latest.length], [3, 0, 3, 0, 3])
  parts.clock.now += 30 * 86_400_000
  assert.equal((await parts.complaints.numbers()).overdue, 3)
})

onBoth('what is overdue and what is mine is counted across the states, over the same filter and my own rows', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const desk = await person(parts, 'Verifikator Aduan')
  const head = await person(parts, 'Kepala Dinas Perhubungan')
  const mayor = await person(parts, 'Wali Kota')
  const nobody = await person(parts, 'Camat Taman')
  const dishub = await opdId(database, 'Dishub')
  const ids: number[] = []
  for (const category of ['lampu', 'lampu', 'lampu', 'wifi']) ids.push((await parts.complaints.receive(arrival({ category }))).caseId)
  const [first, second, third] = ids
  await go(parts, desk, first!, { action: 'teruskan', version: 1, opdId: dishub })
  await go(parts, desk, second!, { action: 'teruskan', version: 1, opdId: dishub })
  await go(parts, desk, third!, { action: 'arsipkan', version: 1, reason: 'Sudah ada.' })
  const counts = async (caller: Caller, filter = {}) => {
    const { counts: all, total } = await listComplaints(database.db, caller, filter, parts.clock.now)
    return [total, all.overdue, all.mine]
  }
  assert.deepEqual(await counts(desk), [4, 0, 1])
  // Past the three days of verification and before the five of the first response.
  parts.clock.now = endOfDay('2026-03-25') + 1
  assert.deepEqual(await counts(desk), [4, 1, 1])
  assert.deepEqual(await counts(desk, { state: 'diarsip' }), [1, 1, 1], 'whatever state is looked at')
  assert.deepEqual(await counts(desk, { category: 'lampu' }), [3, 0, 0])
  assert.deepEqual(await counts(desk, { mine: '1' }), [1, 1, 1])
  assert.deepEqual(await counts(head), [2, 0, 2], 'an office counts its own')
  await go(parts, head, first!, { action: 'terima', version: 2 })
  parts.clock.now += 30 * 86_400_000
  assert.deepEqual(await counts(head), [2, 2, 2])
  assert.deepEqual(await counts(mayor), [4, 3, 0])
  assert.deepEqual(await counts(nobody), [0, 0, 0])
})

onBoth('the page tells the desk which office, offers only what may be done now, and hides the ticket code', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const desk = await person(parts, 'Verifikator Aduan')
  const head = await person(parts, 'Kepala Dinas Perhubungan')
  const mayor = await person(parts, 'Wali Kota')
  const ticket = arrival()
  const { caseId } = await parts.complaints.receive(ticket)
  const first = await pageFor(parts, desk, caseId)
  assert.deepEqual([first?.suggestedOpd?.short, first?.actions, first?.opds.length], ['Dishub', ['teruskan', 'arsipkan'], 28])
  assert.equal(first?.codeHint, ticket.code.slice(-4))
  assert.ok(!JSON.stringify(first).includes(ticket.code))
  await go(parts, desk, caseId, { action: 'teruskan', version: 1, opdId: await opdId(database, 'Dishub') })
  assert.deepEqual((await pageFor(parts, head, caseId))?.actions, ['terima', 'instruksikan', 'kembalikan'])
  assert.deepEqual((await pageFor(parts, mayor, caseId))?.actions, ['instruksikan'])
  assert.deepEqual((await pageFor(parts, desk, caseId))?.actions, [])
  const toPositionId = await positionId(database, 'Staf Pelayanan Dishub')
  const dueAt = parts.clock.now + 86_400_000
  await go(parts, head, caseId, { action: 'instruksikan', version: 2, text: 'Cek malam ini.', toPositionId, dueAt })
  const page = await pageFor(parts, head, caseId)
  assert.deepEqual(
    page?.instructions.map(({ from, to, text, doneAt }) => [from, to, text, doneAt]),
    [['Kepala Dinas Perhubungan', 'Staf Pelayanan Dishub', 'Cek malam ini.', null]],
  )
  assert.deepEqual(page?.actions, ['instruksikan', 'jawab', 'kembalikan'])
})

onBoth('a deadline in a year without an official calendar says that it may still move', async (database, t) => {
  const parts = centralOn(database, Date.parse('2026-12-30T09:00:00+07:00'))
  t.after(parts.forget)
  const desk = await person(parts, 'Verifikator Aduan')
  await parts.complaints.receive(arrival())
  const [late] = (await listComplaints(database.db, desk, {}, parts.clock.now)).rows
  assert.deepEqual([late?.dueAt, late?.dueProvisional], [endOfDay('2027-01-05'), true])
  parts.clock.now = FRIDAY
  const { caseId } = await parts.complaints.receive(arrival())
  assert.equal((await pageFor(parts, desk, caseId))?.row.dueProvisional, false)
})

test('every state has a word for the citizen', () => {
  const words = COMPLAINT_STATES.map((state) => publicStatus({ state, returned: false }))
  assert.deepEqual(words, ['menunggu', 'disposisi', 'proses', 'selesai', 'selesai', 'ditutup'])
  assert.equal(publicStatus({ state: 'masuk', returned: true }), 'koordinasi')
})

test('a route for the kelurahan comes before the city’s, and a newer one before an older once it is in force', () => {
  const route = (opd: number, kelurahan: string | null, validFrom: string): Route => ({
    category: 'lampu',
    kelurahan,
    opdId: opd,
    validFrom,
  })
  const routes = [route(1, null, '2021-01-01'), route(2, null, '2026-01-01'), route(3, '35.77.03.1009', '2022-01-01')]
  assert.equal(routeFor(routes, 'lampu', '35.77.01.1003', '2025-12-31'), 1)
  assert.equal(routeFor(routes, 'lampu', '35.77.01.1003', '2026-01-01'), 2)
  assert.equal(routeFor(routes, 'lampu', '35.77.03.1009', '2026-06-01'), 3)
  assert.equal(routeFor(routes, 'lampu', '35.77.03.1009', '2021-06-01'), 1)
  assert.equal(routeFor(routes, 'lainnya', '35.77.03.1009', '2026-06-01'), null)
})
