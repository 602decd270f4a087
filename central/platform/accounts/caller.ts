import { dayInCity } from '../calendar/days.ts'
import type { Db } from '../db/database.ts'
import type { Caller } from '../policy/port.ts'
import type { Me } from './api.ts'
import { sessionByToken } from './session-store.ts'
import { positionsOf, userById } from './store.ts'

export type SignedIn = { caller: Caller; sessionId: string; mustSetPassword: boolean; me: Me }

/** Who a token stands for at this moment: positions are looked up each time, so an appointment or its end counts at once. */
export async function signedIn(db: Db, token: string, at: number, peek = false): Promise<SignedIn | null> {
  const session = await sessionByToken(db, token, at, peek)
  const user = session && (await userById(db, session.userId))
  if (!user || user.disabledAt !== null) return null
  const held = await positionsOf(db, user.id, dayInCity(at))
  const mustSetPassword = session.byCode === 1
  const positions = held.map(({ id, name, role, opdId, as }) => ({ id, name, role, opdId, as }))
  return {
    caller: { userId: user.id, name: user.name, positions },
    sessionId: session.id,
    mustSetPassword,
    me: {
      userId: user.id,
      name: user.name,
      username: user.username ?? '',
      positions: held.map(({ id, name, role, opd }) => ({ id, name, role, opd })),
      mustSetPassword,
    },
  }
}
