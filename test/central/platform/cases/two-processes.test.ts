/** Two centrals on one PostgreSQL: what a single process cannot get wrong. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { sql } from 'kysely'
import { perform } from '#central/modules/complaints/perform.ts'
import { verifyChain } from '#central/platform/audit/store.ts'
import { openDatabase } from '#central/platform/db/database.ts'
import { arrival, centralOn, opdId, person, prepareDatabase } from '#test/support/central.ts'
import { eventually } from '#test/support/eventually.ts'
import type { KernelDone, KernelWork } from '#test/support/kernel-process.ts'
import { postgresMissing, startPostgres } from '#test/support/postgres.ts'

const SHARED = 20
const OPENS = 40

async function inAnotherProcess(url: string, work: KernelWork): Promise<KernelDone> {
  const script = join(import.meta.dirname, '..', '..', '..', 'support', 'kernel-process.ts')
  const child = spawn(process.execPath, [script, url], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(JSON.stringify(work))
  const [out, problem] = await Promise.all([text(child.stdout), text(child.stderr)])
  assert.notEqual(out, '', problem)
  return JSON.parse(out) as KernelDone
}

test('two processes number without a gap, chain without a break, and never both win', { skip: postgresMissing() ?? false }, async (t) => {
  const server = await startPostgres()
  t.after(() => server.stop())
  const database = await openDatabase({ url: server.url })
  t.after(() => database.close())
  await prepareDatabase(database)
  const parts = centralOn(database)
  t.after(parts.forget)
  const { userId } = await person(parts, 'Verifikator Aduan')
  const shared: number[] = []
  for (let n = 0; n < SHARED; n++) shared.push((await parts.complaints.receive(arrival())).caseId)
  const offices = [await opdId(database, 'Dishub'), await opdId(database, 'DLH')]
  const before = await verifyChain(database.db)
  assert.ok(before.ok)

  const done = await Promise.all(
    offices.map((office, n) => inAnotherProcess(server.url, { prefix: `P${n}`, opens: OPENS, shared, userId, opdId: office })),
  )
  assert.deepEqual(
    done.map(({ opened }) => opened),
    [OPENS, OPENS],
  )
  assert.deepEqual([done[0]!.won + done[1]!.won, done[0]!.lost + done[1]!.lost], [SHARED, SHARED])
  const rows = await database.db.selectFrom('cases').select('number').orderBy('number').execute()
  const total = SHARED + 2 * OPENS
  assert.deepEqual(
    rows.map(({ number }) => number),
    Array.from({ length: total }, (_, n) => `LP-2026-${String(n + 1).padStart(6, '0')}`),
  )
  const after = await verifyChain(database.db)
  assert.ok(after.ok)
  assert.equal(after.entries - before.entries, 2 * OPENS + SHARED, 'each step once, none of a loser')
  const open = await database.db
    .selectFrom('tasks')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('caseId', 'in', shared)
    .where('doneAt', 'is', null)
    .executeTakeFirstOrThrow()
  assert.equal(open.n, SHARED, 'one open task on each')
})

test('an office that loses a case while it waits for it is told it is not there', { skip: postgresMissing() ?? false }, async (t) => {
  const server = await startPostgres()
  t.after(() => server.stop())
  const database = await openDatabase({ url: server.url })
  t.after(() => database.close())
  await prepareDatabase(database)
  const parts = centralOn(database)
  t.after(parts.forget)
  const camat = await person(parts, 'Camat Taman')
  const { caseId } = await parts.complaints.receive(arrival())
  // The camat sees it by a task alone.
  const task = {
    caseId,
    positionId: camat.positions[0]!.id,
    action: 'terima',
    createdAt: 1,
    dueAt: null,
    readAt: null,
    doneAt: null,
    outcome: null,
  }
  await database.db.insertInto('tasks').values(task).execute()
  let waiting: ReturnType<typeof perform> | undefined
  await database.db.transaction().execute(async (trx) => {
    await trx.updateTable('cases').set({ version: 2 }).where('id', '=', caseId).execute()
    await trx.updateTable('tasks').set({ doneAt: 2 }).where('caseId', '=', caseId).execute()
    waiting = perform(parts.kernel, camat, caseId, { action: 'terima', version: 1 })
    await lockWaiter(database)
  })
  assert.deepEqual(await waiting, { ok: false, reason: 'not-found' })
})

/** Resolves once a connection stands before a lock. */
async function lockWaiter({ db }: Awaited<ReturnType<typeof openDatabase>>): Promise<void> {
  await eventually('somebody waits for the lock', async () => {
    const { rows } = await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'`.execute(db)
    return rows.length > 0
  })
}
