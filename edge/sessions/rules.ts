/** What happens to a visitor and when: facts in, decision out. No clock is read and nothing is stored here. */
import { secondsBetween, type Moment } from './moment.ts'

/** A device that waits on the welcome page. */
export type Watch = { mac: string; clip: string; nonce: string; began: Moment; /** The last time it asked for anything. */ seen: Moment }

/** A device past the gate. `usedSeconds` had been used up at `anchor`. */
export type Stay = { grantedSeconds: number; usedSeconds: number; anchor: Moment }

/** The phone's countdown starts after the page has travelled, yet its timer may fire a little early. */
const WATCH_TOLERANCE_SECONDS = 1
/**
 * A phone's sign-in sheet is closed and opened again: within this time the wait goes on where it was. After it the
 * device is forgotten, which is also what the portal promises those who leave.
 */
const WATCH_KEPT_SECONDS = 600
/** A player skips its last range now and then; from this share on the clip counts as sent. */
const WATCHED_SHARE = 0.9

export type ProceedDecision =
  | { may: true; how: 'watched' | 'fallback' }
  | { may: false; reason: 'too-early'; secondsLeft: number }
  /** No wait is known for this device, or the token was used up, altered, or belongs to another device. */
  | { may: false; reason: 'stale' }

/**
 * Only the box's own clock decides. Whether the clip could play never does: where it did not, the visitor
 * has waited just as long and the record says `fallback`.
 */
export function decideProceed(facts: {
  now: Moment
  /** How long the welcome page is shown to the device's group before the gate opens. */
  watchSeconds: number
  watch: Watch | undefined
  tokenFits: boolean
  sentShare: number
}): ProceedDecision {
  const { now, watchSeconds, watch, tokenFits, sentShare } = facts
  if (!watch || !tokenFits || !isKept(watch, now)) return { may: false, reason: 'stale' }
  const secondsLeft = watchLeft(watch, watchSeconds, now)
  if (secondsLeft > 0) return { may: false, reason: 'too-early', secondsLeft }
  return { may: true, how: sentShare >= WATCHED_SHARE ? 'watched' : 'fallback' }
}

export const isKept = (watch: Watch, now: Moment): boolean => secondsBetween(watch.seen, now) < WATCH_KEPT_SECONDS

/** Whole seconds still to wait; 0 = may continue now. */
export function watchLeft(watch: Watch, watchSeconds: number, now: Moment): number {
  const left = watchSeconds - secondsBetween(watch.began, now)
  return left <= WATCH_TOLERANCE_SECONDS ? 0 : Math.ceil(left)
}

export const stayUsed = (stay: Stay, now: Moment): number =>
  Math.min(stay.grantedSeconds, stay.usedSeconds + secondsBetween(stay.anchor, now))

export const stayLeft = (stay: Stay, now: Moment): number => Math.max(0, stay.grantedSeconds - stayUsed(stay, now))

/** Octets that went through since the last reading; a counter that shrank was made anew and counts from 0. */
export const octetsSince = (before: number, reading: number): number => (reading >= before ? reading - before : reading)

const CLIENT_IDS = 65_535

/** The next free number after the one issued last, so that a number rests as long as possible before it means another device. */
export function nextClientId(lastIssued: number, taken: { has(id: number): boolean }): number | undefined {
  for (let step = 1; step <= CLIENT_IDS; step++) {
    const id = ((lastIssued + step - 1) % CLIENT_IDS) + 1
    if (!taken.has(id)) return id
  }
  return undefined
}
