/** The list as one box is sent it: in parts of one version and one signing. Pure. */
import { RADIUS_USERS_PER_PART_MAX, type RadiusAccounts } from '#edge/wire/radius-accounts.ts'
import type { Accounts } from './store.ts'

/** @param recoverable whether the box takes NT hashes: one that does not would refuse the whole list. */
export function partsFor({ version, users }: Accounts, recoverable: boolean, sentAt: number): RadiusAccounts[] {
  const told = recoverable ? users : users.map(({ ntHash: _, ...user }) => user)
  // An empty list is a word too: it takes everybody's leave away.
  const parts = Math.max(1, Math.ceil(told.length / RADIUS_USERS_PER_PART_MAX))
  return Array.from({ length: parts }, (_, i) => ({
    v: 1,
    version,
    sentAt,
    part: i + 1,
    parts,
    users: told.slice(i * RADIUS_USERS_PER_PART_MAX, (i + 1) * RADIUS_USERS_PER_PART_MAX),
  }))
}
