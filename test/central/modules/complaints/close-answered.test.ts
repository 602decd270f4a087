/** The clock's own work on complaints: what is answered and met with silence closes. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { act } from '#central/platform/cases/act.ts'
import { inbox } from '#central/platform/cases/inbox.ts'
import { readCase } from '#central/platform/cases/store.ts'
import { caseHistory, verifyChain } from '#central/platform/audit/store.ts'
import { endOfDay } from '#central/platform/calendar/days.ts'
import type { Database } from '#central/platform/db/database.ts'
import { deliverDue } from '#central/platform/notify/outbox.ts'
import { SYSTEM, type Caller } from '#central/platform/policy/port.ts'
import { closeAnswered } from '#central/modules/complaints/close-answered.ts'
import { complaintMachine } from '#central/modules/complaints/machine.ts'
import { perform } from '#central/modules/complaints/perform.ts'
import type { ComplaintAct, TicketNews } from '#central/modules/complaints/api.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { arrival, centralOn, opdId, person, prepareDatabase, type Parts } from '#test/support/central.ts'

const onBoth = onBothDatabases(prepareDatabase)

/** Ten working days after Friday 13 March 2026: Nyepi, Idul Fitri, their cuti bersama and Good Friday lie between. */
const END = endOfDay('2026-04-06')

type Answered = { parts: Parts; desk: Caller; head: Caller; caseId: number }
async function answered(database: Database, t: TestContext): Promise<Answered> {
  const parts = centralOn(database)
  t.after(parts.forget)
  const desk = await person(parts, 'Verifikator Aduan')
  const head = await person(parts, 'Kepala Dinas Perhubungan')
  return { parts, desk, head, caseId: await answerOne(parts, desk, head) }
}

async function answerOne(parts: Parts, desk: Caller, head: Caller): Promise<number> {
  const { caseId } = await parts.complaints.receive(arrival())
  const steps: [Caller, ComplaintAct][] = [
    [desk, { action: 'teruskan', version: 1, opdId: await opdId(parts.database, 'Dishub') }],
    [head, { action: 'terima', version: 2 }],
    [head, { action: 'jawab', version: 3, text: 'Lampu sudah menyala.' }],
  ]
  for (const [caller, body] of steps) {
    const outcome = await perform(parts.kernel, caller, caseId, body)
    assert.ok(outcome.ok, JSON.stringify(outcome))
  }
  return caseId
}

const now = ({ parts, caseId }: Answered, caller: Caller) =>
  readCase(parts.database.db, { caseId, module: 'complaints', caller, access: parts.kernel.access })

onBoth('an answer without a reaction closes after ten working days, holidays not counted, and not a moment before', async (database, t) => {
  const story = await answered(database, t)
  const { parts, desk, caseId } = story
  assert.equal((await now(story, desk))?.dueAt, END)
  parts.clock.now = END
  await parts.complaints.tidy()
  assert.equal((await now(story, desk))?.state, 'dijawab')
  assert.equal((await inbox(database.db, desk)).length, 1)

  parts.clock.now = END + 1
  const heard: string[] = []
  t.after(parts.kernel.news.subscribe(({ event }) => heard.push(event.state)))
  await parts.complaints.tidy()
  const closed = await now(story, desk)
  assert.deepEqual([closed?.state, closed?.version, closed?.finishedAt, closed?.dueAt], ['selesai', 5, END + 1, null])
  assert.deepEqual(await inbox(database.db, desk), [], 'the desk has nothing left to do')
  assert.deepEqual(heard, ['selesai'])
  const line = (await caseHistory(database.db, caseId)).at(-1)
  assert.deepEqual(
    [line?.action, line?.actor, line?.position, line?.summary],
    ['tutup-otomatis', null, null, 'Ditutup otomatis: 10 hari kerja tanpa tanggapan'],
  )
  assert.equal((await verifyChain(database.db)).ok, true)
  const news: TicketNews[] = []
  await deliverDue(
    database,
    parts.complaints.channels(async (ticket) => void news.push(ticket)),
    parts.clock.now,
  )
  assert.deepEqual(
    [news.at(-1)?.version, news.at(-1)?.status, news.at(-1)?.answer],
    [5, 'selesai', 'Lampu sudah menyala.'],
    'the citizen keeps the answer',
  )
  parts.clock.now += 366 * 86_400_000
  await parts.complaints.tidy()
  const contacts = await database.db
    .withTables<{ complaintContacts: { caseId: number } }>()
    .selectFrom('complaintContacts')
    .selectAll()
    .execute()
  assert.deepEqual(contacts, [], 'the contact is forgotten as after any other end')
})

onBoth('the clock runs again and again, in two processes at once, and closes each once', async (database, t) => {
  const story = await answered(database, t)
  const { parts, desk, head } = story
  const second = await answerOne(parts, desk, head)
  parts.clock.now = END + 1
  const runs = await Promise.all([closeAnswered(parts.kernel), closeAnswered(parts.kernel), closeAnswered(parts.kernel)])
  assert.equal(
    runs.reduce((sum, closed) => sum + closed, 0),
    2,
  )
  assert.equal(await closeAnswered(parts.kernel), 0)
  for (const caseId of [story.caseId, second]) {
    const actions = (await caseHistory(database.db, caseId)).map((line) => line.action)
    assert.deepEqual(actions, ['open', 'teruskan', 'terima', 'jawab', 'tutup-otomatis'])
  }
  assert.equal((await verifyChain(database.db)).ok, true)
})

onBoth('of the clock and an officer at the same moment one is first, and the other changes nothing', async (database, t) => {
  const story = await answered(database, t)
  const { parts, desk, caseId } = story
  parts.clock.now = END + 1
  const [closed, back] = await Promise.all([
    closeAnswered(parts.kernel),
    perform(parts.kernel, desk, caseId, { action: 'kembalikan', version: 4, reason: 'Foto sesudahnya belum ada.' }),
  ])
  assert.equal(closed + Number(back.ok), 1)
  if (!back.ok) assert.equal(back.reason, 'stale')
  const present = await now(story, desk)
  assert.deepEqual([present?.state, present?.version], [back.ok ? 'ditangani' : 'selesai', 5])
  assert.equal((await caseHistory(database.db, caseId)).length, 5)
  await parts.complaints.tidy()
  assert.equal((await now(story, desk))?.version, 5, 'sent back, its clock is another one')
})

onBoth('the days are those of the law in force when the complaint came in', async (database, t) => {
  const story = await answered(database, t)
  const { parts, desk, head } = story
  const shorter = { key: 'complaints.closing-days', value: '2', validFrom: '2026-03-17', basis: 'uji' }
  await database.db.insertInto('rules').values(shorter).execute()
  parts.clock.now = Date.parse('2026-03-17T09:00:00+07:00')
  const later = await answerOne(parts, desk, head)
  // Two working days after Tuesday 17 March: the holidays end on the 24th.
  parts.clock.now = endOfDay('2026-03-26') + 1
  assert.equal(await closeAnswered(parts.kernel), 1)
  assert.equal((await now({ ...story, caseId: later }, desk))?.state, 'selesai')
  assert.equal((await now(story, desk))?.state, 'dijawab')
  assert.match((await caseHistory(database.db, later)).at(-1)!.summary, /: 2 hari kerja/)
})

onBoth('what the clock does no person may do, and what people do the clock may not', async (database, t) => {
  const { parts, desk, caseId } = await answered(database, t)
  const write = async () => assert.fail('nothing may be written')
  const step = { caseId, version: 4, write }
  const asPerson = await act(parts.kernel, complaintMachine, 'tutup-otomatis', {
    ...step,
    caller: desk,
    facts: async () => ({ facts: { workingDays: 10 } }),
  })
  const asSystem = await act(parts.kernel, complaintMachine, 'selesaikan', {
    ...step,
    caller: SYSTEM,
    facts: async () => ({ facts: null }),
  })
  for (const outcome of [asPerson, asSystem]) assert.equal(!outcome.ok && outcome.reason, 'not-allowed')
})

onBoth('one complaint that cannot be closed does not keep the others open', async (database, t) => {
  const story = await answered(database, t)
  const { parts, desk, head } = story
  const sound = await answerOne(parts, desk, head)
  // A day before any rule of law was entered: a fault of the installation.
  await database.db.updateTable('cases').set({ rulesDay: '1990-01-01' }).where('id', '=', story.caseId).execute()
  parts.clock.now = END + 1
  await assert.rejects(closeAnswered(parts.kernel), /1 of 2 answered complaints/)
  assert.deepEqual([(await now(story, desk))?.state, (await now({ ...story, caseId: sound }, desk))?.state], ['dijawab', 'selesai'])
})
