import type { Db, Dialect, Trx } from '../db/database.ts'
import type { Actor, Caller } from '../policy/port.ts'
import { visibleTo, type CaseAccess } from './access.ts'
import type { Case, Effects, TaskOrder } from './machine.ts'

type CaseOrder = { caseId: number; module: string; caller: Actor; access: readonly CaseAccess[] }

/**
 * Only what the caller may see. PostgreSQL locks first and looks afterwards: in one statement it would judge whose task
 * it is by the moment before it waited, and show the case to an office that has just lost it.
 */
export async function lockCase(trx: Trx, dialect: Dialect, order: CaseOrder): Promise<Case | undefined> {
  if (dialect === 'postgres') await trx.selectFrom('cases').select('id').where('id', '=', order.caseId).forUpdate().execute()
  return readCase(trx, order)
}

export async function readCase(db: Db, order: CaseOrder): Promise<Case | undefined> {
  return db
    .selectFrom('cases')
    .selectAll()
    .where('id', '=', order.caseId)
    .where('module', '=', order.module)
    .where(visibleTo(order.caller, order.access))
    .executeTakeFirst()
}

export type NewCase = Pick<
  Case,
  'module' | 'kind' | 'title' | 'state' | 'number' | 'area' | 'lat' | 'lon' | 'secrecy' | 'createdBy' | 'rulesDay'
> & {
  idempotencyKey: string | null
}

/** @returns undefined when a case with this key is there already. */
export async function insertCase(trx: Trx, fresh: NewCase, effects: Effects, at: number): Promise<Case | undefined> {
  return trx
    .insertInto('cases')
    .values({
      ...fresh,
      version: 1,
      opdId: effects.opdId ?? null,
      ownerPositionId: effects.ownerPositionId ?? null,
      dueAt: effects.dueAt ?? null,
      pausedSince: null,
      createdAt: at,
      updatedAt: at,
      finishedAt: null,
    })
    .onConflict((conflict) => conflict.columns(['module', 'idempotencyKey']).doNothing())
    .returningAll()
    .executeTakeFirst()
}

export async function caseIdByKey(db: Db, module: string, idempotencyKey: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('cases')
    .select('id')
    .where('module', '=', module)
    .where('idempotencyKey', '=', idempotencyKey)
    .executeTakeFirst()
  return row?.id
}

/** The next version of a case; undefined when another writer was faster. */
export async function updateCase(
  trx: Trx,
  subject: Case,
  next: { state: string; number: string | null; finishedAt: number | null; at: number },
  effects: Effects,
): Promise<Case | undefined> {
  return trx
    .updateTable('cases')
    .set({
      state: next.state,
      version: subject.version + 1,
      number: next.number,
      opdId: effects.opdId === undefined ? subject.opdId : effects.opdId,
      ownerPositionId: effects.ownerPositionId === undefined ? subject.ownerPositionId : effects.ownerPositionId,
      dueAt: effects.dueAt === undefined ? subject.dueAt : effects.dueAt,
      updatedAt: next.at,
      finishedAt: next.finishedAt,
    })
    .where('id', '=', subject.id)
    .where('version', '=', subject.version)
    .returningAll()
    .executeTakeFirst()
}

export async function openTasks(trx: Trx, caseId: number, tasks: readonly TaskOrder[], at: number): Promise<void> {
  if (tasks.length === 0) return
  const rows = tasks.map((task) => ({ ...task, caseId, createdAt: at, readAt: null, doneAt: null, outcome: null }))
  await trx.insertInto('tasks').values(rows).execute()
}

export async function closeTasks(trx: Trx, caseId: number, outcome: string, at: number): Promise<void> {
  await trx.updateTable('tasks').set({ doneAt: at, outcome }).where('caseId', '=', caseId).where('doneAt', 'is', null).execute()
}

export async function openTaskPositions(db: Db, caseId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('tasks')
    .select('positionId')
    .distinct()
    .where('caseId', '=', caseId)
    .where('doneAt', 'is', null)
    .execute()
  return rows.map((row) => row.positionId)
}

/** The caller has seen the case: their open tasks on it are no longer new. */
export async function markRead(db: Db, caseId: number, caller: Caller, at: number): Promise<void> {
  const positions = caller.positions.map((position) => position.id)
  if (positions.length === 0) return
  await db
    .updateTable('tasks')
    .set({ readAt: at })
    .where('caseId', '=', caseId)
    .where('positionId', 'in', positions)
    .where('readAt', 'is', null)
    .execute()
}
