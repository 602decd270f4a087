/** One-time codes: how a person gets an account without anyone ever knowing a password of theirs. */
import { appendAudit } from '../audit/store.ts'
import { DAY_MILLISECONDS, dayInCity } from '../calendar/days.ts'
import type { Database, Db, Trx } from '../db/database.ts'
import { codeHash, newCode } from './codes.ts'
import { endDefinitive, holdersOf, insertHolder, insertUser, positionExists, positionIdsByRole, userById, userByName } from './store.ts'
import { holdersOn } from './holders.ts'
import { endAllSessions, startSession } from './session-store.ts'

/** The person at the terminal signs in today; a code on a lost note dies. */
export const ADMIN_CODE_MILLISECONDS = 24 * 3_600_000
/** Handed over in person or by official letter, over a long weekend at most. */
const INVITE_CODE_MILLISECONDS = 72 * 3_600_000

export type Code = { code: string; expiresAt: number }

/**
 * The only way to the first account, and back in when the administrator is locked out: made at the server's own console,
 * never by whoever visits first. Codes made before lose their power.
 */
export async function createAdminCode(database: Database, at: number): Promise<Code> {
  return database.transaction(async (trx) => {
    await trx.updateTable('oneTimeCodes').set({ usedAt: at }).where('purpose', '=', 'admin').where('usedAt', 'is', null).execute()
    const admin = await adminUserId(trx, at)
    const code = await insertCode(trx, { purpose: 'admin', userId: admin, at, lives: ADMIN_CODE_MILLISECONDS })
    await appendAudit(trx, {
      at,
      userId: null,
      subject: 'accounts',
      action: 'admin-code',
      payload: { summary: 'Kode sekali pakai untuk administrator dibuat di server' },
    })
    return code
  })
}

/** Whether someone can already sign in as administrator. */
export async function hasAdmin(db: Db, at: number): Promise<boolean> {
  const userId = await adminUserId(db, at)
  const user = userId === null ? undefined : await userById(db, userId)
  return user !== undefined && user.passwordHash !== null && user.disabledAt === null
}

async function adminUserId(db: Db, at: number): Promise<number | null> {
  const [position] = await positionIdsByRole(db, 'admin')
  if (position === undefined) throw new Error('no administrator position: the city is not seeded')
  return holdersOn(await holdersOf(db, position), dayInCity(at)).get(position)?.userId ?? null
}

export type InviteOutcome = { ok: true; invited: Code } | { ok: false; reason: 'not-found' | 'username-taken' }

/** Makes the person the position's definitive holder and gives a code to set a password with. A second invitation replaces the first. */
export async function invite(
  database: Database,
  order: { positionId: number; name: string; username: string; byUserId: number; byPositionId: number | null; at: number },
): Promise<InviteOutcome> {
  const { positionId, at } = order
  return database.transaction(async (trx): Promise<InviteOutcome> => {
    if (!(await positionExists(trx, positionId))) return { ok: false, reason: 'not-found' }
    const known = await userByName(trx, order.username)
    const present = holdersOn(
      (await holdersOf(trx, positionId)).filter((holder) => holder.heldAs === 'definitif'),
      dayInCity(at),
    ).get(positionId)
    // Someone who has signed in once keeps their account; only a pending invitation may be issued anew.
    if (known && (known.passwordHash !== null || present?.userId !== known.id)) return { ok: false, reason: 'username-taken' }
    const userId = known?.id ?? (await insertUser(trx, { username: order.username, name: order.name, at }))
    if (known) await trx.updateTable('users').set({ name: order.name }).where('id', '=', known.id).execute()
    else await appointDefinitive(trx, positionId, userId, at)
    await trx.updateTable('oneTimeCodes').set({ usedAt: at }).where('userId', '=', userId).where('usedAt', 'is', null).execute()
    const invited = await insertCode(trx, { purpose: 'invite', userId, at, lives: INVITE_CODE_MILLISECONDS })
    await appendAudit(trx, {
      at,
      userId: order.byUserId,
      positionId: order.byPositionId,
      subject: 'accounts',
      action: 'invite',
      payload: { summary: 'Pemegang jabatan diundang', positionId, userId },
    })
    return { ok: true, invited }
  })
}

async function appointDefinitive(trx: Trx, positionId: number, userId: number, at: number): Promise<void> {
  await endDefinitive(trx, positionId, dayInCity(at - DAY_MILLISECONDS))
  await insertHolder(trx, { positionId, userId, heldAs: 'definitif', fromDay: dayInCity(at), untilDay: null, decree: null })
}

/** Unknown, used and expired codes are all `null`: whoever guesses learns nothing. */
export async function redeemCode(
  database: Database,
  order: { typed: string; userAgent: string; at: number },
): Promise<{ userId: number; token: string } | null> {
  const { at } = order
  return database.transaction(async (trx) => {
    const code = await trx
      .updateTable('oneTimeCodes')
      .set({ usedAt: at })
      .where('codeHash', '=', codeHash(order.typed))
      .where('usedAt', 'is', null)
      .where('expiresAt', '>', at)
      .returning(['userId', 'purpose'])
      .executeTakeFirst()
    if (!code) return null
    const userId = code.userId ?? (await firstAdmin(trx, at))
    const user = await userById(trx, userId)
    if (!user || user.disabledAt !== null) return null
    // A recovery code takes the account back from whoever sits in it.
    await endAllSessions(trx, userId, at)
    const { token } = await startSession(trx, { userId, byCode: true, userAgent: order.userAgent, at })
    await appendAudit(trx, {
      at,
      userId,
      subject: 'accounts',
      action: 'sign-in-code',
      payload: { summary: 'Masuk dengan kode sekali pakai' },
    })
    return { userId, token }
  })
}

async function firstAdmin(trx: Trx, at: number): Promise<number> {
  const [position] = await positionIdsByRole(trx, 'admin')
  const userId = await insertUser(trx, { username: null, name: 'Administrator', at })
  await appointDefinitive(trx, position!, userId, at)
  return userId
}

async function insertCode(
  trx: Trx,
  order: { purpose: 'admin' | 'invite'; userId: number | null; at: number; lives: number },
): Promise<Code> {
  const code = newCode()
  const { purpose, userId, at } = order
  const expiresAt = at + order.lives
  await trx
    .insertInto('oneTimeCodes')
    .values({ codeHash: codeHash(code), purpose, userId, createdAt: at, expiresAt, usedAt: null })
    .execute()
  return { code, expiresAt }
}
