/** Where a record is put on charts when the box's clock cannot be believed. Pure. */
import type { ClockTrust } from '#edge/wire/envelope.ts'

/** A box a little ahead is normal; further ahead it would write into minutes that have not happened. */
export const FUTURE_MS_MAX = 5 * 60_000
/** No box of this product existed before: a clock that says so was never set. */
export const EARLIEST_MS = Date.UTC(2025, 0, 1)

export type Placed = { placedAt: number; flag: 'future' | 'no-clock' | null }

export function placeRecord(record: { at: number; clock: ClockTrust }, receivedAt: number): Placed {
  if (record.at > receivedAt + FUTURE_MS_MAX) return { placedAt: receivedAt, flag: 'future' }
  if (record.at < EARLIEST_MS) return { placedAt: receivedAt, flag: 'no-clock' }
  return { placedAt: record.at, flag: null }
}

/** Waktu Indonesia Barat, all year: the city's day begins at 17:00 UTC. */
const CITY_OFFSET_MS = 7 * 3_600_000
const DAY_MS = 86_400_000

export const cityDayOf = (at: number): number => at - ((at + CITY_OFFSET_MS) % DAY_MS)
export const hourOf = (at: number): number => at - (at % 3_600_000)
export const minuteOf = (at: number): number => at - (at % 60_000)
