/** Days and working days of the city (five-day week, WIB), pure. A day is `YYYY-MM-DD`. */

/** Waktu Indonesia Barat, Keppres 41/1987: UTC+7 all year. */
const WIB_MILLISECONDS = 7 * 3_600_000
export const DAY_MILLISECONDS = 86_400_000
/** What arrives after the counter closes counts as the next working day's. */
const CUT_OFF_MILLISECONDS = (15 * 60 + 30) * 60_000
/** Longer than any deadline in law here (60 working days); past it the calendar itself must be wrong. */
const SEARCH_DAYS_MAX = 1_000

export type Calendar = {
  /** National holidays, cuti bersama and local ones. */
  holidays: ReadonlySet<string>
  /** The last year whose official list is loaded; dates beyond it are only a guess. */
  lastLoadedYear: number
}

/** `provisional`: the count ran past the last loaded year, so the date may still move. Screens say so. */
export type Deadline = { day: string; provisional: boolean }

export const dayInCity = (at: number): string => new Date(at + WIB_MILLISECONDS).toISOString().slice(0, 10)
export const startOfDay = (day: string): number => Date.parse(`${day}T00:00:00Z`) - WIB_MILLISECONDS
/** The last millisecond of a day: a deadline "on" a day is kept until midnight. */
export const endOfDay = (day: string): number => startOfDay(day) + DAY_MILLISECONDS - 1

const nextDay = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MILLISECONDS).toISOString().slice(0, 10)

export function isWorkingDay(day: string, calendar: Calendar): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !calendar.holidays.has(day)
}

/** The n-th working day after `day`, which itself does not count. */
export function addWorkingDays(day: string, n: number, calendar: Calendar): Deadline {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`${n} working days`)
  let current = day
  let left = n
  for (let searched = 0; left > 0; searched++) {
    if (searched > SEARCH_DAYS_MAX) throw new RangeError(`no ${n} working days within ${SEARCH_DAYS_MAX} days after ${day}`)
    current = nextDay(current)
    if (isWorkingDay(current, calendar)) left -= 1
  }
  return { day: current, provisional: Number(current.slice(0, 4)) > calendar.lastLoadedYear }
}

/** The day an arrival counts as: after the cut-off, at a weekend or on a holiday, the next working day. */
export function countingDay(at: number, calendar: Calendar): Deadline {
  const day = dayInCity(at)
  const late = at - startOfDay(day) > CUT_OFF_MILLISECONDS
  if (!late && isWorkingDay(day, calendar)) return { day, provisional: Number(day.slice(0, 4)) > calendar.lastLoadedYear }
  return addWorkingDays(day, 1, calendar)
}

/** When n working days after `at` are over, in Unix milliseconds. */
export function dueAfter(at: number, n: number, calendar: Calendar): { at: number; provisional: boolean } {
  const from = countingDay(at, calendar)
  const deadline = addWorkingDays(from.day, n, calendar)
  return { at: endOfDay(deadline.day), provisional: from.provisional || deadline.provisional }
}
