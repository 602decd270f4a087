/** Who is asking. Positions decide, not people (definitive holder, Plt, Plh). */
import type { Role } from '../accounts/api.ts'

export type Caller = {
  userId: number
  name: string
  positions: { id: number; name: string; role: Role; opdId: number; as: 'definitif' | 'Plt' | 'Plh' }[]
}

/**
 * Nobody's hand: a deadline that ran out, a machine's report. Holds no position, sees every case, and may do only what a
 * module's table leaves to it. Never the caller of an HTTP request.
 */
export const SYSTEM = 'system'
export type Actor = Caller | typeof SYSTEM

export const hasRole = (caller: Caller, ...roles: Role[]): boolean => caller.positions.some((position) => roles.includes(position.role))
