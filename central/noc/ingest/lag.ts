/** How late records arrive, counted in steps: sums of counts can be added over minutes and workers, percentiles cannot. Pure. */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Each step's upper end. A usage record is sent some ten to thirty seconds after it was made; a drain carries days. */
const LAG_STEPS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 20, 30, 45].map((n) => n * SECOND),
  ...[1, 2, 3, 5, 10, 30].map((n) => n * MINUTE),
  ...[1, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 30].map((n) => n * DAY),
]
/** The last step is open upwards: what waited longer than a month. */
const LAG_LONGEST_MS = 3_650 * DAY

/** A box whose clock runs a little ahead sends records "from the future": they did not wait. */
export const lagStep = (lagMs: number): number => LAG_STEPS_MS.find((upTo) => lagMs <= upTo) ?? LAG_LONGEST_MS

export type LagCount = { upTo: number; records: number }

/** The step within which `share` of the records arrived; null without records. */
export function lagWithin(counts: readonly LagCount[], share: number): number | null {
  const total = counts.reduce((sum, { records }) => sum + records, 0)
  if (total === 0) return null
  let seen = 0
  for (const { upTo, records } of counts.toSorted((a, b) => a.upTo - b.upTo)) {
    seen += records
    if (seen >= share * total) return upTo
  }
  return LAG_LONGEST_MS
}
