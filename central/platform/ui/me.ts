/** Who is signed in, as the screens know it. Rights are the server's to decide; this only hides what would be refused. */
import { signal } from '@preact/signals'
import type { Me, Role } from '../accounts/api.ts'

/** `undefined` until the server has answered; null when nobody is signed in. */
export const me = signal<Me | null | undefined>(undefined)

export const mayBe = (...roles: readonly Role[]): boolean => me.value?.positions.some((position) => roles.includes(position.role)) ?? false
