/** The smallest module there can be, written only against the kernel: what it gets is what every module gets. */
import assert from 'node:assert/strict'
import { act } from '#central/platform/cases/act.ts'
import type { CaseAccess } from '#central/platform/cases/access.ts'
import { inbox } from '#central/platform/cases/inbox.ts'
import type { Kernel } from '#central/platform/cases/kernel.ts'
import { allowedActions, type Machine } from '#central/platform/cases/machine.ts'
import { openCase } from '#central/platform/cases/open.ts'
import { readCase } from '#central/platform/cases/store.ts'
import { caseHistory, verifyChain } from '#central/platform/audit/store.ts'
import { migrations } from '#central/prepare.ts'
import type { Database } from '#central/platform/db/database.ts'
import { idColumn, migrate, type Migration } from '#central/platform/db/migrate.ts'
import { deliverDue } from '#central/platform/notify/outbox.ts'
import type { Caller } from '#central/platform/policy/port.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { centralOn, FRIDAY, opdId, person, positionId, prepareDatabase } from '#test/support/central.ts'

// ---- The module -----------------------------------------------------------------------------------------------------

type UjiState = 'terbuka' | 'lulus'
type UjiFacts = { luluskan: { score: number } }

const ujiAccess: CaseAccess = { module: 'uji', seesAll: ['executive'], seesOffice: ['opd-head'] }

const ujiMachine: Machine<UjiState, UjiFacts> = {
  module: 'uji',
  states: { terbuka: { final: false }, lulus: { final: true } },
  start: 'terbuka',
  actions: {
    luluskan: {
      from: ['terbuka'],
      to: (_subject, _acting, { score }) => (score >= 60 ? 'lulus' : 'terbuka'),
      by: (caller, subject) => caller.positions.find(({ role, opdId: opd }) => role === 'opd-head' && opd === subject.opdId) ?? null,
      effects: () => ({ dueAt: null }),
      number: 'UJI',
    },
  },
}

type UjiTables = { ujiMarks: { id: number; caseId: number; score: number } }
const ujiMigrations: Migration[] = [
  {
    name: 'uji-001',
    up: async (db, dialect) => {
      await db.schema
        .createTable('uji_marks')
        .addColumn(...idColumn(dialect))
        .addColumn('case_id', 'bigint', (c) => c.notNull().references('cases.id'))
        .addColumn('score', 'integer', (c) => c.notNull())
        .execute()
    },
  },
]

const openUji = (kernel: Kernel, order: { key: string; opd: number; examiner: number }) =>
  openCase(kernel, ujiMachine, {
    kind: 'uji',
    title: 'Uji kelayakan',
    idempotencyKey: order.key,
    userId: null,
    area: null,
    lat: null,
    lon: null,
    secrecy: 'biasa',
    effects: async (_trx, at) => ({
      opdId: order.opd,
      ownerPositionId: order.examiner,
      dueAt: at + 1_000,
      tasks: [{ positionId: order.examiner, action: 'luluskan', dueAt: at + 1_000 }],
    }),
    write: async () => ({ summary: 'Uji dibuka' }),
  })

const pass = (kernel: Kernel, caller: Caller, order: { caseId: number; version: number; score: number }) =>
  act(kernel, ujiMachine, 'luluskan', {
    ...order,
    caller,
    facts: async () => (order.score > 100 ? { invalid: 'bad-score' } : { facts: { score: order.score } }),
    write: async (trx, { after, acting, facts }) => {
      await trx
        .withTables<{ ujiMarks: Omit<UjiTables['ujiMarks'], 'id'> }>()
        .insertInto('ujiMarks')
        .values({ caseId: after.id, score: facts.score })
        .execute()
      const words = { number: after.number, by: acting.name }
      return { summary: `Nilai ${facts.score}`, messages: [{ channel: 'uji', key: `uji:${after.id}:${after.version}`, payload: words }] }
    },
  })

// ---- What it gets ---------------------------------------------------------------------------------------------------

const onBoth = onBothDatabases(async (database: Database) => {
  await prepareDatabase(database)
  await migrate(database, [...migrations, ...ujiMigrations])
})

onBoth('a second module opens, acts, is numbered, audited, told of and delivered by the kernel alone', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const kernel: Kernel = { ...parts.kernel, access: [...parts.kernel.access, ujiAccess] }
  const head = await person(parts, 'Kepala Dinas Perhubungan')
  const foreign = await person(parts, 'Kepala Dinas Perdagangan')
  const mayor = await person(parts, 'Wali Kota')
  const heard: [string, string, readonly number[]][] = []
  t.after(kernel.news.subscribe(({ event, audience }) => heard.push([event.module, event.state, audience.opdIds])))
  const opd = await opdId(database, 'Dishub')
  const examiner = await positionId(database, 'Kepala Dinas Perhubungan')

  const [first, again] = [await openUji(kernel, { key: 'a', opd, examiner }), await openUji(kernel, { key: 'a', opd, examiner })]
  assert.deepEqual(again, { caseId: first.caseId, fresh: false })
  const { caseId } = first
  const read = (caller: Caller, module = 'uji') => readCase(database.db, { caseId, module, caller, access: kernel.access })
  assert.deepEqual(
    [(await read(head))?.state, (await read(mayor))?.state, await read(foreign), await read(head, 'complaints')],
    ['terbuka', 'terbuka', undefined, undefined],
  )
  assert.deepEqual(
    (await inbox(database.db, head)).map(({ module, title, action, dueAt }) => [module, title, action, dueAt]),
    [['uji', 'Uji kelayakan', 'luluskan', FRIDAY + 1_000]],
  )
  const subject = (await read(head))! as Parameters<typeof allowedActions<UjiState, UjiFacts>>[2]
  assert.deepEqual([allowedActions(ujiMachine, head, subject), allowedActions(ujiMachine, mayor, subject)], [['luluskan'], []])

  const refusals = [
    await pass(kernel, foreign, { caseId, version: 1, score: 80 }),
    await pass(kernel, mayor, { caseId, version: 1, score: 80 }),
    await pass(kernel, head, { caseId, version: 7, score: 80 }),
    await pass(kernel, head, { caseId, version: 1, score: 101 }),
  ]
  assert.deepEqual(
    refusals.map((outcome) => !outcome.ok && outcome.reason),
    ['not-found', 'not-allowed', 'stale', 'invalid'],
  )

  const short = await pass(kernel, head, { caseId, version: 1, score: 40 })
  assert.ok(short.ok)
  assert.deepEqual([short.case.state, short.case.number, short.case.finishedAt], ['terbuka', 'UJI-2026-000001', null])
  assert.equal((await inbox(database.db, head)).length, 1, 'the state was not left, so its task stays')
  const passed = await pass(kernel, head, { caseId, version: 2, score: 80 })
  assert.ok(passed.ok)
  assert.deepEqual([passed.case.state, passed.case.number, passed.case.finishedAt], ['lulus', 'UJI-2026-000001', FRIDAY])
  assert.deepEqual(await inbox(database.db, head), [])
  const late = await pass(kernel, head, { caseId, version: 3, score: 90 })
  assert.equal(!late.ok && late.reason, 'not-now')

  assert.deepEqual(
    (await caseHistory(database.db, caseId)).map(({ action, summary, position }) => [action, summary, position]),
    [
      ['open', 'Uji dibuka', null],
      ['luluskan', 'Nilai 40', 'Kepala Dinas Perhubungan'],
      ['luluskan', 'Nilai 80', 'Kepala Dinas Perhubungan'],
    ],
  )
  assert.equal((await verifyChain(database.db)).ok, true)
  assert.deepEqual(heard, [
    ['uji', 'terbuka', [opd]],
    ['uji', 'terbuka', [opd]],
    ['uji', 'lulus', [opd]],
  ])
  const delivered: unknown[] = []
  await deliverDue(database, { uji: async (payload) => void delivered.push(payload) }, FRIDAY)
  const words = { number: 'UJI-2026-000001', by: 'Kepala Dinas Perhubungan' }
  assert.deepEqual(delivered, [words, words])
  const marks = await database.db.withTables<UjiTables>().selectFrom('ujiMarks').select('score').orderBy('id').execute()
  assert.deepEqual(marks, [{ score: 40 }, { score: 80 }], 'what was refused wrote nothing')
})
