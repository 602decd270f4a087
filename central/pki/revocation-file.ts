/**
 * The revocation list as a file, for a broker that is a program of its own (Mosquitto's `crlfile`). Such a broker refuses
 * everybody once the list is over, so it is written anew long before, changed or not.
 */
import { replaceDurably } from '../platform/files/kept-once.ts'
import type { Authority, RevokedSerial } from './authority.ts'

const DAY_MS = 86_400_000
/** How long central may be gone before its broker turns everybody away. */
const VALID_MS = 60 * DAY_MS
const WRITE_AGAIN_MS = DAY_MS
/** It holds numbers and dates, and another user's program reads it. */
const MODE = 0o644

/** @returns a function that writes the list if it is another array than last time, or the file has had its day. */
export function revocationFile(at: { file: string; authority: Authority; now: () => number }) {
  let written: { revoked: readonly RevokedSerial[]; at: number } | undefined
  return async (revoked: readonly RevokedSerial[]): Promise<void> => {
    const now = at.now()
    // A clock that was put back counts as a day, too.
    if (written?.revoked === revoked && Math.abs(now - written.at) < WRITE_AGAIN_MS) return
    await replaceDurably(at.file, await at.authority.revocationList(revoked, now + VALID_MS), MODE)
    written = { revoked, at: now }
  }
}
