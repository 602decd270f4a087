/** How long to wait before the next try to connect. */
export type Backoff = { firstMilliseconds: number; maxMilliseconds: number }

/** Doubles up to the limit, and lies anywhere between half and one and a half of that: a thousand boxes that lost one broker must not return at once. */
export function backoffMilliseconds(failures: number, { firstMilliseconds, maxMilliseconds }: Backoff, random: number): number {
  const middle = Math.min(maxMilliseconds, firstMilliseconds * 2 ** Math.min(failures, 20))
  return Math.min(maxMilliseconds, middle * (0.5 + random))
}
