/**
 * How long each class of telemetry is kept, and why: one table for the job that removes, the page that reports and the tests.
 * A row is gone at the latest when its days are over. UU 27/2022 (Personal Data Protection) articles 43 and 44: what is past
 * its purpose is erased and destroyed. Three months for sessions follow Permenkominfo 26/2007 as amended by 5/2017; the city's
 * legal office has to confirm that term.
 */
export type RetentionClass = keyof typeof DAYS
/** Null: for ever. */
const DAYS = {
  raw: 14,
  minute: 35,
  hour: 400,
  day: null,
  session: 90,
  notice: 90,
  quarantine: 30,
  gap: 400,
  kept: 365,
  counter: 14,
} as const

/** The basis is a code; the screens have the words. `pdp`: may concern a person · `log`: connection records · `none`: sums. */
export const RETENTION_CLASSES: readonly { name: RetentionClass; days: number | null; basis: 'pdp' | 'log' | 'none' }[] = [
  { name: 'raw', days: DAYS.raw, basis: 'pdp' },
  { name: 'minute', days: DAYS.minute, basis: 'none' },
  { name: 'hour', days: DAYS.hour, basis: 'none' },
  { name: 'day', days: DAYS.day, basis: 'none' },
  // Holds the pseudonym of the visitor's device; what remains of it afterwards is in the hours.
  { name: 'session', days: DAYS.session, basis: 'log' },
  { name: 'notice', days: DAYS.notice, basis: 'pdp' },
  // May hold a citizen's words.
  { name: 'quarantine', days: DAYS.quarantine, basis: 'pdp' },
  { name: 'gap', days: DAYS.gap, basis: 'none' },
  { name: 'kept', days: DAYS.kept, basis: 'pdp' },
  { name: 'counter', days: DAYS.counter, basis: 'none' },
]

const DAY_MS = 86_400_000
export const keptFrom = (name: Exclude<RetentionClass, 'day'>, now: number): number => now - DAYS[name] * DAY_MS

/** What one class lost on one day, and when it was last looked through. */
export type RetentionReport = { class: string; day: number; removed: number; tookMs: number; at: number }
