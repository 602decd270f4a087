/** What the schedules of a policy do to one group at one moment. Pure; times are Unix milliseconds. */
import type { Schedule } from '../wire/policy.ts'
import { cityDay, dayNamed, timeOn, weekdayOf } from './day.ts'

export type Regime = {
  /** Whose rules the group goes by meanwhile. */
  lends?: string
  /** Nobody of the group is online; `until` is when it next opens. */
  closed?: { until: number; note?: string }
  /** When it next closes, within the longest session there is. */
  closesAt?: number
  /** The answer is the same for every moment in [from, until). */
  from: number
  until: number
}

/** Where no schedule has a say. */
export const AT_REST: Regime = { from: -Infinity, until: Infinity }

/** The longest session of a policy is a week; a closing beyond it concerns nobody who is online. */
const CLOSING_AHEAD_DAYS = 8
/** Windows that join one another are followed this far; "closed until then, at least" is good enough beyond. */
const JOINED_WINDOWS_MAX = 60

type Window = { from: number; to: number }

/** `close` wins over everything; among those that lend rules the later in the list wins. */
export function regimeOf(schedules: readonly Schedule[], group: string, at: number): Regime {
  const mine = schedules.filter(({ groups }) => groups.includes(group))
  const today = cityDay(at)
  const regime: Regime = { from: timeOn(today), until: timeOn(today + 1) }
  for (const edge of mine.flatMap((schedule) => edgesAround(schedule, today))) {
    if (edge <= at) regime.from = Math.max(regime.from, edge)
    else regime.until = Math.min(regime.until, edge)
  }
  for (const { effect, ...schedule } of mine) {
    if ('use' in effect && runningAt(schedule, at)) regime.lends = effect.use
  }
  const closing = mine.filter(({ effect }) => 'close' in effect)
  const shut = closing.find((schedule) => runningAt(schedule, at))
  if (shut) regime.closed = { until: opensAgain(closing, at), ...(shut.note === undefined ? {} : { note: shut.note }) }
  const closesAt = nextBeginning(closing, at)
  if (!shut && closesAt !== undefined) regime.closesAt = closesAt
  return regime
}

/** The window that begins on this day; one that ends before it begins runs over midnight. */
function windowOn(schedule: Omit<Schedule, 'effect'>, day: number): Window | undefined {
  if (!schedule.days.includes(weekdayOf(day)) || day > dayNamed(schedule.endsOn)) return undefined
  if (schedule.startsOn !== undefined && day < dayNamed(schedule.startsOn)) return undefined
  const from = minutesOf(schedule.from)
  const to = minutesOf(schedule.to)
  return { from: timeOn(day, from), to: timeOn(to > from ? day : day + 1, to) }
}

function runningAt(schedule: Omit<Schedule, 'effect'>, at: number): Window | undefined {
  const today = cityDay(at)
  return [windowOn(schedule, today - 1), windowOn(schedule, today)].find((window) => window && window.from <= at && at < window.to)
}

function edgesAround(schedule: Schedule, today: number): number[] {
  return [windowOn(schedule, today - 1), windowOn(schedule, today)].flatMap((window) => (window ? [window.from, window.to] : []))
}

function opensAgain(closing: readonly Schedule[], at: number): number {
  let until = at
  for (let joined = 0; joined < JOINED_WINDOWS_MAX; joined++) {
    const ends = closing.flatMap((schedule) => runningAt(schedule, until)?.to ?? [])
    if (ends.length === 0) break
    until = Math.max(...ends)
  }
  return until
}

function nextBeginning(closing: readonly Schedule[], at: number): number | undefined {
  const today = cityDay(at)
  let soonest = Infinity
  for (let day = today; day < today + CLOSING_AHEAD_DAYS; day++) {
    for (const schedule of closing) {
      const from = windowOn(schedule, day)?.from ?? Infinity
      if (from > at) soonest = Math.min(soonest, from)
    }
    if (soonest < Infinity) return soonest
  }
  return undefined
}

function minutesOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number)
  return hours * 60 + minutes
}
