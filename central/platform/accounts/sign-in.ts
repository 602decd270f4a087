import { appendAudit } from '../audit/store.ts'
import type { Database } from '../db/database.ts'
import { endAllSessions, startSession } from './session-store.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { updateUser, userById, userByName } from './store.ts'
import { weakness, type Weakness } from './weak-password.ts'

/** Null for an unknown user, a wrong password and a disabled account alike, after the same work. */
export async function signIn(
  database: Database,
  order: { username: string; password: string; userAgent: string; at: number },
): Promise<{ userId: number; token: string } | null> {
  const user = await userByName(database.db, order.username.trim().toLowerCase())
  const right = await verifyPassword(order.password, user?.passwordHash ?? null)
  if (!user || !right || user.disabledAt !== null) return null
  const { at, userAgent } = order
  return database.transaction(async (trx) => {
    const { token } = await startSession(trx, { userId: user.id, byCode: false, userAgent, at })
    await appendAudit(trx, { at, userId: user.id, subject: 'accounts', action: 'sign-in', payload: { summary: 'Masuk' } })
    return { userId: user.id, token }
  })
}

export type PasswordOutcome =
  | { ok: true; token: string }
  | { ok: false; reason: 'weak-password'; why: Weakness }
  | { ok: false; reason: 'wrong-credentials' | 'username-needed' | 'username-taken' | 'username-fixed' }

/**
 * Sets or changes one's own password. A session opened by a one-time code may also choose the username and name; any other
 * must show the present password. All other sessions end and this one gets a new token.
 */
export async function setPassword(
  database: Database,
  order: {
    userId: number
    byCode: boolean
    username?: string | undefined
    name?: string | undefined
    current?: string | undefined
    password: string
    userAgent: string
    at: number
  },
): Promise<PasswordOutcome> {
  const { userId, at } = order
  const user = await userById(database.db, userId)
  if (!user) return { ok: false, reason: 'wrong-credentials' }
  if (!order.byCode && !(await verifyPassword(order.current ?? '', user.passwordHash))) return { ok: false, reason: 'wrong-credentials' }
  const username = order.username ?? user.username
  if (username === null) return { ok: false, reason: 'username-needed' }
  if (username !== user.username) {
    if (!order.byCode) return { ok: false, reason: 'username-fixed' }
    if (await userByName(database.db, username)) return { ok: false, reason: 'username-taken' }
  }
  const name = order.byCode ? (order.name ?? user.name) : user.name
  const offices = (await database.db.selectFrom('opd').select('short').execute()).map((row) => row.short)
  const weak = weakness(order.password, { username, name, offices })
  if (weak) return { ok: false, reason: 'weak-password', why: weak }
  // Outside the transaction: hashing takes tens of milliseconds and SQLite has one writer.
  const passwordHash = await hashPassword(order.password)
  return database.transaction(async (trx): Promise<PasswordOutcome> => {
    await updateUser(trx, userId, { username, name, passwordHash })
    await endAllSessions(trx, userId, at)
    const { token } = await startSession(trx, { userId, byCode: false, userAgent: order.userAgent, at })
    await appendAudit(trx, { at, userId, subject: 'accounts', action: 'password', payload: { summary: 'Kata sandi ditetapkan' } })
    return { ok: true, token }
  })
}
