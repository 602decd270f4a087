/** The kernel at work, through its first module: what holds here holds for every module that stands on it. */
import assert from 'node:assert/strict'
import { act } from '#central/platform/cases/act.ts'
import { inbox } from '#central/platform/cases/inbox.ts'
import { readCase } from '#central/platform/cases/store.ts'
import { appoint } from '#central/platform/accounts/appoint.ts'
import { caseHistory, verifyChain } from '#central/platform/audit/store.ts'
import { complaintMachine } from '#central/modules/complaints/machine.ts'
import { perform } from '#central/modules/complaints/perform.ts'
import type { ComplaintAct } from '#central/modules/complaints/api.ts'
import type { Caller } from '#central/platform/policy/port.ts'
import type { TestContext } from 'node:test'
import type { Database } from '#central/platform/db/database.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { arrival, callerOf, centralOn, opdId, person, positionId, prepareDatabase, type Parts } from '#test/support/central.ts'

const onBoth = onBothDatabases(prepareDatabase)

type Staff = { desk: Caller; head: Caller; staff: Caller; foreign: Caller; dishub: number }
async function office(database: Database, t: TestContext): Promise<{ parts: Parts; people: Staff; caseId: number }> {
  const parts = centralOn(database)
  t.after(parts.forget)
  const people = {
    desk: await person(parts, 'Verifikator Aduan'),
    head: await person(parts, 'Kepala Dinas Perhubungan'),
    staff: await person(parts, 'Staf Pelayanan Dishub'),
    foreign: await person(parts, 'Kepala Dinas Kesehatan, Pengendalian Penduduk dan Keluarga Berencana'),
    dishub: await opdId(database, 'Dishub'),
  }
  const { caseId } = await parts.complaints.receive(arrival())
  return { parts, people, caseId }
}
const does = (parts: Parts, caller: Caller, caseId: number, body: ComplaintAct) => perform(parts.kernel, caller, caseId, body)

onBoth('a complaint goes from the desk to the office to the answer to its end', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  const steps: [Caller, ComplaintAct, string][] = [
    [people.desk, { action: 'teruskan', version: 1, opdId: people.dishub }, 'diteruskan'],
    [people.head, { action: 'terima', version: 2 }, 'ditangani'],
    [people.staff, { action: 'jawab', version: 3, text: 'Lampu sudah diganti pagi ini.' }, 'dijawab'],
    [people.desk, { action: 'selesaikan', version: 4 }, 'selesai'],
  ]
  for (const [caller, body, state] of steps) {
    const outcome = await does(parts, caller, caseId, body)
    assert.ok(outcome.ok, JSON.stringify(outcome))
    assert.equal(outcome.case.state, state)
    assert.equal(outcome.case.version, body.version + 1)
  }
  const ended = await readCase(database.db, { caseId, module: 'complaints', caller: people.desk, access: parts.kernel.access })
  assert.equal(ended?.number, 'LP-2026-000001')
  assert.equal(ended?.finishedAt, parts.clock.now)
  assert.equal(ended?.dueAt, null)
  const history = await caseHistory(database.db, caseId)
  assert.deepEqual(
    history.map((line) => line.action),
    ['open', 'teruskan', 'terima', 'jawab', 'selesaikan'],
  )
  assert.equal((await verifyChain(database.db)).ok, true)
})

onBoth('a step that skips the way is refused, and nothing is written', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  const before = await verifyChain(database.db)
  const outcome = await does(parts, people.desk, caseId, { action: 'selesaikan', version: 1 })
  assert.deepEqual(!outcome.ok && outcome.reason, 'not-now')
  assert.deepEqual(await verifyChain(database.db), before)
})

onBoth('a stale version is refused with the present state', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  await does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: people.dishub })
  const outcome = await does(parts, people.desk, caseId, { action: 'arsipkan', version: 1, reason: 'salah alamat' })
  assert.ok(!outcome.ok && outcome.reason === 'stale')
  assert.equal(outcome.now.state, 'diteruskan')
  assert.equal(outcome.now.version, 2)
})

onBoth('of two officers at once one wins and the other is told', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  const dinkes = await opdId(database, 'Dinkes')
  const outcomes = await Promise.all([
    does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: people.dishub }),
    does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: dinkes }),
  ])
  assert.deepEqual(outcomes.map((outcome) => (outcome.ok ? 'won' : outcome.reason)).sort(), ['stale', 'won'])
  const open = await database.db.selectFrom('tasks').selectAll().where('caseId', '=', caseId).where('doneAt', 'is', null).execute()
  assert.equal(open.length, 1)
})

onBoth('only the position whose turn it is may act', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  await does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: people.dishub })
  const byDesk = await does(parts, people.desk, caseId, { action: 'terima', version: 2 })
  assert.equal(!byDesk.ok && byDesk.reason, 'not-allowed')
  const byForeign = await does(parts, people.foreign, caseId, { action: 'terima', version: 2 })
  assert.equal(!byForeign.ok && byForeign.reason, 'not-found')
  const never = await does(parts, people.foreign, 999_999, { action: 'terima', version: 2 })
  assert.deepEqual(byForeign, never)
})

onBoth('while the head is away the Plh acts, the head does not, and the history says so', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  await does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: people.dishub })
  const deputy = await person(parts, 'Sekretaris Daerah')
  const headOf = await positionId(database, 'Kepala Dinas Perhubungan')
  const order = {
    positionId: headOf,
    username: deputy.username,
    as: 'Plh',
    from: '2026-03-13',
    until: '2026-03-20',
    decree: 'ST 800/12/2026',
  } as const
  assert.deepEqual(await appoint(database, { ...order, byUserId: 0, byPositionId: null, at: parts.clock.now }), { ok: true })
  const head = await callerOf(parts, people.head.userId)
  const plh = await callerOf(parts, deputy.userId)
  const byHead = await does(parts, head, caseId, { action: 'terima', version: 2 })
  assert.equal(!byHead.ok && byHead.reason, 'not-found')
  const byPlh = await does(parts, plh, caseId, { action: 'terima', version: 2 })
  assert.ok(byPlh.ok)
  const line = (await caseHistory(database.db, caseId)).at(-1)
  assert.deepEqual([line?.heldAs, line?.position], ['Plh', 'Kepala Dinas Perhubungan'])
  parts.clock.now += 8 * 86_400_000
  assert.equal((await callerOf(parts, people.head.userId)).positions.length, 1)
  assert.ok(!(await callerOf(parts, deputy.userId)).positions.some((position) => position.id === headOf))
})

onBoth('leaving a state closes its tasks and opens the next position’s', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  assert.deepEqual(
    (await inbox(database.db, people.desk)).map((row) => row.action),
    ['teruskan'],
  )
  await does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: people.dishub })
  assert.deepEqual(await inbox(database.db, people.desk), [])
  const [task] = await inbox(database.db, people.head)
  assert.deepEqual([task?.action, task?.unread, task?.caseId], ['terima', true, caseId])
})

onBoth('the head instructs in one act: the office has accepted and the person has a task by the date', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  await does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: people.dishub })
  const toPositionId = await positionId(database, 'Staf Pelayanan Dishub')
  const dueAt = parts.clock.now + 2 * 86_400_000
  const outcome = await does(parts, people.head, caseId, {
    action: 'instruksikan',
    version: 2,
    text: 'Ganti hari ini.',
    toPositionId,
    dueAt,
  })
  assert.ok(outcome.ok)
  assert.equal(outcome.case.state, 'ditangani')
  const again = await does(parts, people.head, caseId, {
    action: 'instruksikan',
    version: 3,
    text: 'Foto sesudahnya.',
    toPositionId,
    dueAt,
  })
  assert.ok(again.ok && again.case.state === 'ditangani' && again.case.version === 4)
  assert.deepEqual(
    (await inbox(database.db, people.staff)).map((row) => [row.action, row.dueAt]),
    [
      ['jawab', dueAt],
      ['jawab', dueAt],
    ],
  )
  const outside = await positionId(database, 'Staf Pelayanan Dinkes')
  const foreign = await does(parts, people.head, caseId, {
    action: 'instruksikan',
    version: 4,
    text: 'Tolong bantu.',
    toPositionId: outside,
    dueAt,
  })
  assert.deepEqual(foreign, { ok: false, reason: 'invalid', why: 'unknown-position' })
})

onBoth('an office sends back what is not its own, and no longer sees it', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  await does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: people.dishub })
  const outcome = await does(parts, people.head, caseId, { action: 'kembalikan', version: 2, reason: 'Milik Dinas Pekerjaan Umum.' })
  assert.ok(outcome.ok && outcome.case.state === 'masuk' && outcome.case.opdId === null)
  const access = { caseId, module: 'complaints', access: parts.kernel.access }
  assert.equal(await readCase(database.db, { ...access, caller: people.head }), undefined)
  assert.ok(await readCase(database.db, { ...access, caller: people.desk }))
})

onBoth('when the module’s own writing fails nothing of the act remains', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  const before = await verifyChain(database.db)
  await assert.rejects(
    act(parts.kernel, complaintMachine, 'arsipkan', {
      caseId,
      version: 1,
      caller: people.desk,
      facts: async () => ({ facts: null }),
      write: async () => {
        throw new Error('planted')
      },
    }),
    /planted/,
  )
  const now = await readCase(database.db, { caseId, module: 'complaints', caller: people.desk, access: parts.kernel.access })
  assert.deepEqual([now?.state, now?.version], ['masuk', 1])
  assert.deepEqual(await verifyChain(database.db), before)
})

onBoth('numbers are consecutive when many arrive at once, and each year begins at one', async (database, t) => {
  const { parts } = await office(database, t)
  await Promise.all(Array.from({ length: 12 }, () => parts.complaints.receive(arrival())))
  parts.clock.now = Date.parse('2027-01-01T00:00:00+07:00')
  await parts.complaints.receive(arrival())
  const rows = await database.db.selectFrom('cases').select('number').orderBy('number').execute()
  const expected = [...Array.from({ length: 13 }, (_, n) => `LP-2026-${String(n + 1).padStart(6, '0')}`), 'LP-2027-000001']
  assert.deepEqual(
    rows.map((row) => row.number),
    expected,
  )
})

onBoth('those who may see a case are told of it, and the office it left too', async (database, t) => {
  const { parts, people, caseId } = await office(database, t)
  const heard: { state: string; opdIds: readonly number[] }[] = []
  t.after(parts.kernel.news.subscribe(({ event, audience }) => heard.push({ state: event.state, opdIds: audience.opdIds })))
  await does(parts, people.desk, caseId, { action: 'teruskan', version: 1, opdId: people.dishub })
  await does(parts, people.head, caseId, { action: 'kembalikan', version: 2, reason: 'Bukan tugas kami.' })
  assert.deepEqual(heard, [
    { state: 'diteruskan', opdIds: [people.dishub] },
    { state: 'masuk', opdIds: [people.dishub] },
  ])
})
