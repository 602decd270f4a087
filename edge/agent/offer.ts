/** What to do with settings that central has signed. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { DecodedDesired, Desired, Reported } from '../wire/desired.ts'

export type Refused = NonNullable<Reported['refused']>

export type Verdict =
  /** Signed before what is in force: replayed, or overtaken on the road. */
  | { is: 'old' }
  /** In force already. */
  | { is: 'known' }
  | { is: 'new'; desired: Desired }
  | { is: 'refused'; refused: Refused }
  /** It does not even say which version it is. */
  | { is: 'unreadable'; reason: string }

/**
 * Taken while central's clock was years ahead, settings would shut out every later one until then. A day is more than any
 * time zone or drift explains.
 */
const AHEAD_MILLISECONDS_MAX = 86_400_000

/** @param trustedNow Unix milliseconds; undefined while the box cannot tell the time. */
export function judge(decoded: DecodedDesired, inForce: Desired | undefined, trustedNow: number | undefined): Verdict {
  const { version, sentAt } = decoded.ok ? decoded.value : decoded
  if (version === undefined || sentAt === undefined) return { is: 'unreadable', reason: decoded.ok ? '' : decoded.reason }
  if (inForce && sentAt < inForce.sentAt) return { is: 'old' }
  if (!decoded.ok) return { is: 'refused', refused: { version, reason: decoded.reason } }
  if (trustedNow !== undefined && sentAt > trustedNow + AHEAD_MILLISECONDS_MAX)
    return { is: 'refused', refused: { version, reason: 'signed more than a day ahead of this box’s clock' } }
  const isKnown = inForce?.version === version && isDeepStrictEqual(inForce.policy, decoded.value.policy)
  return isKnown ? { is: 'known' } : { is: 'new', desired: decoded.value }
}
