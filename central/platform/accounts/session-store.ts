import type { Db, Trx } from '../db/database.ts'
import { newSessionId, newToken, tokenHash } from './codes.ts'

/** Staff leave their desks: half an hour without a request ends a session, and a working day does in any case. */
export const IDLE_MILLISECONDS = 30 * 60_000
export const ABSOLUTE_MILLISECONDS = 12 * 3_600_000
/** Not every request writes: the idle clock is only this exact. */
const TOUCH_MILLISECONDS = 60_000
const USER_AGENT_CHARACTERS_MAX = 200
/** Someone with more open sessions is being helped by nobody: the oldest end. */
export const SESSIONS_PER_USER_MAX = 20

export type Session = { id: string; userId: number; byCode: 0 | 1; createdAt: number; lastSeenAt: number; userAgent: string }
const SESSION = ['id', 'userId', 'byCode', 'createdAt', 'lastSeenAt', 'userAgent'] as const

export async function startSession(
  trx: Trx,
  order: { userId: number; byCode: boolean; userAgent: string; at: number },
): Promise<{ id: string; token: string }> {
  const token = newToken()
  const id = newSessionId()
  const { userId, at } = order
  const userAgent = order.userAgent.slice(0, USER_AGENT_CHARACTERS_MAX)
  await trx
    .insertInto('sessions')
    .values({
      id,
      tokenHash: tokenHash(token),
      userId,
      byCode: order.byCode ? 1 : 0,
      createdAt: at,
      lastSeenAt: at,
      userAgent,
      endedAt: null,
    })
    .execute()
  const open = await listSessions(trx, userId, at)
  for (const old of open.slice(SESSIONS_PER_USER_MAX)) await endSession(trx, userId, old.id, at)
  return { id, token }
}

/** The living session of a token; its idle clock starts anew unless `peek`. */
export async function sessionByToken(db: Db, token: string, at: number, peek = false): Promise<Session | undefined> {
  const session = await living(db, at).where('tokenHash', '=', tokenHash(token)).executeTakeFirst()
  if (session && !peek && at - session.lastSeenAt >= TOUCH_MILLISECONDS) {
    await db.updateTable('sessions').set({ lastSeenAt: at }).where('id', '=', session.id).execute()
  }
  return session
}

export async function listSessions(db: Db, userId: number, at: number): Promise<Session[]> {
  return living(db, at).where('userId', '=', userId).orderBy('createdAt', 'desc').orderBy('id').execute()
}

const living = (db: Db, at: number) =>
  db
    .selectFrom('sessions')
    .select(SESSION)
    .where('endedAt', 'is', null)
    .where('lastSeenAt', '>', at - IDLE_MILLISECONDS)
    .where('createdAt', '>', at - ABSOLUTE_MILLISECONDS)

/** @returns false when the user has no such session. */
export async function endSession(db: Db, userId: number, id: string, at: number): Promise<boolean> {
  const result = await db
    .updateTable('sessions')
    .set({ endedAt: at })
    .where('id', '=', id)
    .where('userId', '=', userId)
    .where('endedAt', 'is', null)
    .executeTakeFirst()
  return Number(result.numUpdatedRows) > 0
}

export async function endAllSessions(db: Db, userId: number, at: number): Promise<void> {
  await db.updateTable('sessions').set({ endedAt: at }).where('userId', '=', userId).where('endedAt', 'is', null).execute()
}

/** Forgets sessions that ended long ago: who sat where is kept no longer than it is needed. */
const FORGET_MILLISECONDS = 30 * 86_400_000
export async function forgetOldSessions(db: Db, at: number): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('lastSeenAt', '<', at - FORGET_MILLISECONDS)
    .execute()
}
