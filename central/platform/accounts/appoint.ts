import { appendAudit } from '../audit/store.ts'
import { dayInCity } from '../calendar/days.ts'
import type { Database } from '../db/database.ts'
import { insertHolder, positionExists, updateUser, userById, userByName } from './store.ts'
import { endAllSessions } from './session-store.ts'

type By = { byUserId: number; byPositionId: number | null; at: number }

/** Plt or Plh for a time, by decree: while it lasts the position is theirs and the definitive holder's rests. */
export async function appoint(
  database: Database,
  order: By & { positionId: number; username: string; as: 'Plt' | 'Plh'; from: string; until: string; decree: string },
): Promise<{ ok: true } | { ok: false; reason: 'not-found' | 'bad-dates' }> {
  const { positionId, as, from, until, decree, at } = order
  if (until < from || until < dayInCity(at)) return { ok: false, reason: 'bad-dates' }
  return database.transaction(async (trx) => {
    const user = await userByName(trx, order.username)
    if (!user || user.disabledAt !== null || !(await positionExists(trx, positionId))) return { ok: false, reason: 'not-found' }
    await insertHolder(trx, { positionId, userId: user.id, heldAs: as, fromDay: from, untilDay: until, decree })
    await appendAudit(trx, {
      at,
      userId: order.byUserId,
      positionId: order.byPositionId,
      subject: 'accounts',
      action: 'appoint',
      payload: { summary: `Penunjukan ${as}`, positionId, userId: user.id, from, until, decree },
    })
    return { ok: true }
  })
}

/** Ends every session at once and lets nobody in by this account again. */
export async function disableUser(database: Database, order: By & { userId: number }): Promise<boolean> {
  const { userId, at } = order
  return database.transaction(async (trx) => {
    if (!(await userById(trx, userId))) return false
    await updateUser(trx, userId, { disabledAt: at })
    await endAllSessions(trx, userId, at)
    await trx.updateTable('oneTimeCodes').set({ usedAt: at }).where('userId', '=', userId).where('usedAt', 'is', null).execute()
    await appendAudit(trx, {
      at,
      userId: order.byUserId,
      positionId: order.byPositionId,
      subject: 'accounts',
      action: 'disable',
      payload: { summary: 'Akun dinonaktifkan', userId },
    })
    return true
  })
}
