/**
 * What becomes of a change that an access point was asked for, RFC 5176. Pure; times are Unix milliseconds.
 *
 * An ACK says that the access point means to do it; that it did is known when the session's Stop comes (or, for new limits,
 * its next interim). Some answer ACK and go on all the same, so what was acknowledged and still runs is asked for again.
 */
import { errorCause } from '../dictionary/standard.ts'

export type ChangeKind = 'disconnect' | 'coa'
/** blocked, closed, quota: by the access policy · removed: the account is gone · limits: the group's have changed · asked: by a person */
export type ChangeReason = 'blocked' | 'closed' | 'quota' | 'removed' | 'limits' | 'asked'
/** silent: it answers nothing, and is asked again when it is next heard of. */
type ChangeState = 'asking' | 'acknowledged' | 'confirmed' | 'refused' | 'silent'

export type Change = {
  readonly sessionKey: string
  readonly generation: number
  readonly kind: ChangeKind
  readonly reason: ChangeReason
  readonly state: ChangeState
  readonly askedAt: number
  /** Null while something is still to come. */
  readonly settledAt: number | null
  /** Requests sent in this round. */
  readonly attempts: number
  /** Rounds: one more for each time it was acknowledged and not done, or fell silent and was heard again. */
  readonly rounds: number
  /** When it is next asked; meaningless unless asking. */
  readonly nextAt: number
  /** What the access point said, or did not. */
  readonly detail: string | null
}

export type ChangeEvent =
  | { is: 'sent' }
  | { is: 'ack' }
  /** Error-Cause, where it gave one. */
  | { is: 'nak'; cause: number | undefined }
  | { is: 'record'; status: 'Start' | 'Interim-Update' | 'Stop' }

const FIRST_WAIT_MS = 2_000
const LONGEST_WAIT_MS = 64_000
/** Two minutes in all: a rebooting access point is back by then, or will be heard of. */
const ATTEMPTS_MAX = 6
const ROUNDS_MAX = 3

/** RFC 5176 §3.5: the session is not there. */
const SESSION_NOT_FOUND = 503
/** What asking again may mend: no route, resources, a session that is just then being set up. */
const PASSING: ReadonlySet<number | undefined> = new Set([502, 504, 505, 506, 507])

export const newChange = (of: Pick<Change, 'sessionKey' | 'generation' | 'kind' | 'reason'>, at: number): Change => ({
  ...of,
  state: 'asking',
  askedAt: at,
  settledAt: null,
  attempts: 0,
  rounds: 1,
  nextAt: at,
  detail: null,
})

export const isSettled = ({ settledAt }: Change): boolean => settledAt !== null

export function afterEvent(change: Change, event: ChangeEvent, at: number): Change {
  if (isSettled(change)) return change
  switch (event.is) {
    case 'sent':
      return afterSending(change, at)
    case 'ack':
      return { ...change, state: 'acknowledged', detail: null }
    case 'nak':
      return afterRefusal(change, event.cause, at)
    case 'record':
      return afterRecord(change, event.status, at)
  }
}

function afterSending(change: Change, at: number): Change {
  if (change.attempts >= ATTEMPTS_MAX) return { ...change, state: 'silent', detail: change.detail ?? 'no answer' }
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** change.attempts)
  return { ...change, attempts: change.attempts + 1, nextAt: at + wait }
}

function afterRefusal(change: Change, cause: number | undefined, at: number): Change {
  const detail = cause === undefined ? 'refused without a cause' : errorCause(cause)
  if (cause === SESSION_NOT_FOUND) return settle({ ...change, detail }, change.kind === 'disconnect' ? 'confirmed' : 'refused', at)
  if (PASSING.has(cause)) return { ...change, detail }
  return settle({ ...change, detail }, 'refused', at)
}

function afterRecord(change: Change, status: 'Start' | 'Interim-Update' | 'Stop', at: number): Change {
  if (status === 'Stop') return settle(change, 'confirmed', at)
  if (change.state === 'acknowledged')
    return change.kind === 'coa' ? settle(change, 'confirmed', at) : anotherRound(change, 'acknowledged, but the session goes on', at)
  return change.state === 'silent' ? anotherRound(change, change.detail, at) : change
}

function anotherRound(change: Change, detail: string | null, at: number): Change {
  if (change.rounds >= ROUNDS_MAX) return settle({ ...change, detail }, 'refused', at)
  return { ...change, state: 'asking', attempts: 0, rounds: change.rounds + 1, nextAt: at, detail }
}

const settle = (change: Change, state: 'confirmed' | 'refused', at: number): Change => ({ ...change, state, settledAt: at })
