import type { Db, Trx } from '../db/database.ts'
import type { HeldAs } from '../db/tables.ts'
import type { Caller } from '../policy/port.ts'
import type { Opd, Position } from './api.ts'
import { holdersOn, type Holder } from './holders.ts'

export type User = { id: number; username: string | null; name: string; passwordHash: string | null; disabledAt: number | null }

const USER = ['id', 'username', 'name', 'passwordHash', 'disabledAt'] as const

export async function userById(db: Db, id: number): Promise<User | undefined> {
  return db.selectFrom('users').select(USER).where('id', '=', id).executeTakeFirst()
}

export async function userByName(db: Db, username: string): Promise<User | undefined> {
  return db.selectFrom('users').select(USER).where('username', '=', username).executeTakeFirst()
}

export async function insertUser(trx: Trx, user: { username: string | null; name: string; at: number }): Promise<number> {
  const { id } = await trx
    .insertInto('users')
    .values({ username: user.username, name: user.name, createdAt: user.at, passwordHash: null, disabledAt: null })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export async function updateUser(
  trx: Trx,
  id: number,
  change: { username?: string; name?: string; passwordHash?: string; disabledAt?: number },
): Promise<void> {
  await trx.updateTable('users').set(change).where('id', '=', id).execute()
}

/** Every position the person fills on `day`. */
export async function positionsOf(db: Db, userId: number, day: string): Promise<(Caller['positions'][number] & { opd: Opd })[]> {
  const held = await db
    .selectFrom('holders')
    .selectAll()
    .where('positionId', 'in', (e) => e.selectFrom('holders').select('positionId').where('userId', '=', userId))
    .execute()
  const mine = [...holdersOn(held, day).values()].filter((holder) => holder.userId === userId)
  if (mine.length === 0) return []
  const ids = mine.map((holder) => holder.positionId)
  const rows = await positionRows(db).where('positions.id', 'in', ids).orderBy('positions.id').execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    role: row.role,
    opdId: row.opdId,
    opd: { id: row.opdId, name: row.opdName, short: row.opdShort },
    as: mine.find((holder) => holder.positionId === row.id)!.heldAs,
  }))
}

const positionRows = (db: Db) =>
  db
    .selectFrom('positions')
    .innerJoin('opd', 'opd.id', 'positions.opdId')
    .select(['positions.id', 'positions.name', 'positions.role', 'positions.opdId', 'opd.name as opdName', 'opd.short as opdShort'])

/** All positions, or those of one office, with who fills them on `day`. */
export async function listPositions(db: Db, day: string, opdId?: number): Promise<Position[]> {
  const rows = await positionRows(db)
    .$if(opdId !== undefined, (query) => query.where('positions.opdId', '=', opdId!))
    .orderBy('opd.name')
    .orderBy('positions.id')
    .execute()
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const held = holdersOn(await db.selectFrom('holders').selectAll().where('positionId', 'in', ids).execute(), day)
  const userIds = [...held.values()].map((holder) => holder.userId)
  const users = userIds.length === 0 ? [] : await db.selectFrom('users').select(USER).where('id', 'in', userIds).execute()
  return rows.map((row) => {
    const holder = held.get(row.id)
    const user = holder && users.find((candidate) => candidate.id === holder.userId)
    return {
      id: row.id,
      name: row.name,
      role: row.role,
      opd: { id: row.opdId, name: row.opdName, short: row.opdShort },
      holder:
        holder && user
          ? { userId: user.id, name: user.name, as: holder.heldAs, active: user.passwordHash !== null && user.disabledAt === null }
          : null,
    }
  })
}

export async function positionIdsByRole(db: Db, role: Position['role'], opdId?: number): Promise<number[]> {
  const rows = await db
    .selectFrom('positions')
    .select('id')
    .where('role', '=', role)
    .$if(opdId !== undefined, (query) => query.where('opdId', '=', opdId!))
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}

export async function positionExists(db: Db, id: number): Promise<boolean> {
  return (await db.selectFrom('positions').select('id').where('id', '=', id).executeTakeFirst()) !== undefined
}

export async function holdersOf(db: Db, positionId: number): Promise<Holder[]> {
  return db.selectFrom('holders').selectAll().where('positionId', '=', positionId).execute()
}

/** A new definitive holder ends the one before, the day before. */
export async function endDefinitive(trx: Trx, positionId: number, untilDay: string): Promise<void> {
  await trx
    .updateTable('holders')
    .set({ untilDay })
    .where('positionId', '=', positionId)
    .where('heldAs', '=', 'definitif')
    .where('untilDay', 'is', null)
    .execute()
}

export async function insertHolder(
  trx: Trx,
  holder: { positionId: number; userId: number; heldAs: HeldAs; fromDay: string; untilDay: string | null; decree: string | null },
): Promise<void> {
  await trx.insertInto('holders').values(holder).execute()
}
