/**
 * Whether central's clock may be believed when it is about to decide what is old. A clock that leaps years ahead would make
 * everything old at once. It has leapt when much more time went by than between two looks, unless boxes whose own clocks are
 * set by NTP say the same time: then central was only away for long.
 */
import type { SqlPort } from './sql-port.ts'

/** Retention looks every ten minutes; a long weekend without central needs nobody's word. */
const STEP_MS_MAX = 4 * 86_400_000
/** Within it a box and central mean the same day: all that retention asks of a clock. */
const SKEW_MS_MAX = 86_400_000
/** Boxes say the time every minute; what they said before the leap says nothing about it. */
const WITNESS_MS = 10 * 60_000
/** The class under which a person's word for the clock stands among the reports. */
export const CLOCK_CLASS = 'clock'

/** `agree`, `differ`: boxes with NTP that said the time just now. */
export type ClockDoubt = { lastAt: number; agree: number; differ: number }

const isDoubtful = (now: number, { lastAt, agree, differ }: ClockDoubt): boolean => now - lastAt > STEP_MS_MAX && agree <= differ

/** Null: nothing speaks against the clock. Before the first look there is nothing to compare with, and nothing old. */
export async function clockDoubt(sql: SqlPort, now: number): Promise<ClockDoubt | null> {
  const [last] = await sql.all<{ at: number | null }>('SELECT MAX(at) AS at FROM retention_report')
  if (last?.at == null) return null
  const [witnesses] = await sql.all<{ agree: number; heard: number }>(
    `SELECT COUNT(CASE WHEN ABS(skew_ms) <= ${SKEW_MS_MAX} THEN 1 END) AS agree, COUNT(*) AS heard
     FROM node_state WHERE clock = 'ntp' AND status_at - skew_ms >= $1 AND status_at - skew_ms <= $2`,
    [now - WITNESS_MS, now],
  )
  const { agree, heard } = witnesses!
  const doubt = { lastAt: last.at, agree, differ: heard - agree }
  return isDoubtful(now, doubt) ? doubt : null
}
