/** Who is asking. Positions decide, not people (definitive holder, Plt, Plh). */
import type { Role } from '../accounts/api.ts'

export type Caller = {
  userId: number
  name: string
  positions: { id: number; name: string; role: Role; opdId: number; as: 'definitif' | 'Plt' | 'Plh' }[]
}

export const hasRole = (caller: Caller, ...roles: Role[]): boolean => caller.positions.some((position) => roles.includes(position.role))
