/** What a counter says since the last look. Pure. A counter that began anew says nothing, and is not guessed at. */

export type CounterBits = 32 | 64
export type Elapsed = {
  seconds: number
  /** The device or this interface's counters began anew meanwhile (sysUpTime, ifCounterDiscontinuityTime). */
  beganAnew: boolean
  /** Of the line, where known. */
  speedMbps?: number | undefined
}

const WRAP_32 = 2n ** 32n
/** 100 Gbit/s: no port of a hotspot has more. Above it the counter jumped. */
const OCTETS_PER_SECOND_MAX = 12_500_000_000

/** @returns octets; undefined when they cannot be known. */
export function octetsSince(
  before: bigint | undefined,
  now: bigint | undefined,
  bits: CounterBits,
  { seconds, beganAnew, speedMbps }: Elapsed,
): number | undefined {
  if (before === undefined || now === undefined || beganAnew) return undefined
  const linePassed = (speedMbps ?? 0) * 125_000 * seconds
  // At 1 Gbit/s 32 bits are full after 34 seconds: how often it went round is not known then.
  if (bits === 32 && linePassed >= Number(WRAP_32)) return undefined
  let passed = now - before
  if (passed < 0n) {
    if (bits === 64) return undefined
    passed += WRAP_32
    // Backwards by a little is a reset, not nearly 4 GiB.
    if (passed > (linePassed > 0 ? BigInt(Math.ceil(linePassed * 1.1)) : WRAP_32 / 2n)) return undefined
  }
  return passed > BigInt(Math.ceil(OCTETS_PER_SECOND_MAX * seconds)) ? undefined : Number(passed)
}

/** Errors and discards are rare: one that fell began anew. */
export function eventsSince(before: bigint | undefined, now: bigint | undefined, { beganAnew }: Elapsed): number {
  if (before === undefined || now === undefined || beganAnew || now < before) return 0
  return Number(now - before)
}

const TICKS_WRAP = 4_294_967_296
/** The device's clock and ours differ a little over a day. */
const DRIFT = 0.01
const DRIFT_TICKS = 500

/** @param before,now sysUpTime, hundredths of a second. 497 days after a start it begins at 0 without one. */
export function restartedSince(before: number, now: number, seconds: number): boolean {
  if (now >= before) return false
  const expected = (before + seconds * 100) % TICKS_WRAP
  const wrapped = before + seconds * 100 * (1 + DRIFT) + DRIFT_TICKS >= TICKS_WRAP
  return !wrapped || Math.abs(now - expected) > seconds * 100 * DRIFT + DRIFT_TICKS
}
