/** A schedule as stretches of the week, in minutes from Monday 00.00. Pure, for checks and for the picture of a week. */
import type { Schedule } from '#edge/wire/policy.ts'

const DAY = 24 * 60
const WEEK = 7 * DAY
export type Stretch = { from: number; to: number }

export const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** `to` before `from` runs over midnight; what runs over Sunday's comes back on Monday. */
export function stretches(schedule: Pick<Schedule, 'days' | 'from' | 'to'>): Stretch[] {
  const from = minutesOf(schedule.from)
  const length = (minutesOf(schedule.to) - from + DAY) % DAY
  return schedule.days
    .map((day) => (day - 1) * DAY + from)
    .flatMap((begin) => {
      const end = begin + length
      return end <= WEEK
        ? [{ from: begin, to: end }]
        : [
            { from: begin, to: WEEK },
            { from: 0, to: end - WEEK },
          ]
    })
    .sort((a, b) => a.from - b.from)
}

export function overlap(a: Schedule, b: Schedule): boolean {
  if (a.endsOn < (b.startsOn ?? '') || b.endsOn < (a.startsOn ?? '')) return false
  return stretches(a).some((one) => stretches(b).some((other) => one.from < other.to && other.from < one.to))
}
