/** Which running sessions the access policy wants ended or changed. Pure. */
import type { AcctSession } from '../accounting.ts'
import type { Group } from '../../wire/policy.ts'
import type { ChangeKind, ChangeReason } from './rules.ts'

export type Wanted = { session: AcctSession; kind: ChangeKind; reason: ChangeReason }

export type PolicyFacts = {
  /** By pseudonym. */
  isBlocked(device: string): boolean
  isClosed(group: string): boolean
  group(name: string): Group | undefined
  /** Accounts that were taken from the list, by pseudonym. */
  isRemoved(account: string): boolean
  /** Groups whose limits are others than their sessions were let in with. */
  hasNewLimits(group: string): boolean
}

export function changesWanted(sessions: readonly AcctSession[], policy: PolicyFacts): Wanted[] {
  return sessions.flatMap((session): Wanted[] => {
    const reason = endsFor(session, policy)
    if (reason !== undefined) return [{ session, kind: 'disconnect', reason }]
    return session.group !== null && policy.hasNewLimits(session.group) ? [{ session, kind: 'coa', reason: 'limits' }] : []
  })
}

function endsFor(session: AcctSession, policy: PolicyFacts): ChangeReason | undefined {
  if (policy.isBlocked(session.device)) return 'blocked'
  if (session.account !== null && policy.isRemoved(session.account)) return 'removed'
  if (session.group === null) return undefined
  if (policy.isClosed(session.group)) return 'closed'
  const octets = policy.group(session.group)?.sessionOctets
  return octets !== undefined && session.upOctets + session.downOctets >= octets ? 'quota' : undefined
}

/** What a group's sessions are told at their login and would have to be told anew. */
export const limitsOf = ({ rate, idleSeconds, sessionOctets }: Group): string =>
  JSON.stringify([rate?.upKbps ?? 0, rate?.downKbps ?? 0, idleSeconds ?? 0, sessionOctets ?? 0])
