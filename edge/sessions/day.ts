/** Days of the city's calendar, as whole numbers since 1970-01-01; times are Unix milliseconds. */
import { CITY_OFFSET_MINUTES } from '../wire/policy.ts'

const DAY_MILLISECONDS = 86_400_000
const OFFSET_MILLISECONDS = CITY_OFFSET_MINUTES * 60_000

export const cityDay = (at: number): number => Math.floor((at + OFFSET_MILLISECONDS) / DAY_MILLISECONDS)

/** The city's midnight that begins a day, plus so many minutes. */
export const timeOn = (day: number, minutes = 0): number => day * DAY_MILLISECONDS - OFFSET_MILLISECONDS + minutes * 60_000

/** 1 = Monday … 7 = Sunday (ISO 8601); 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1

/** @param name `2026-11-22`. */
export function dayNamed(name: string): number {
  const [year = 0, month = 1, day = 1] = name.split('-').map(Number)
  return Date.UTC(year, month - 1, day) / DAY_MILLISECONDS
}
