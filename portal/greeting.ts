import type { Language } from '#edge/wire/page.ts'
import { CITY_OFFSET_MS, DAY_MS } from './city-time.ts'
import type { WordKey } from './words/id.ts'
import { CITY_TIME, locales } from './words/speak.ts'

/** The five-day market week, in order. */
const PASARAN = ['Legi', 'Pahing', 'Pon', 'Wage', 'Kliwon'] as const
/** 1 January 1970 was Kemis Wage. */
const PASARAN_OF_DAY_ZERO = 3

export function pasaran(now: number): (typeof PASARAN)[number] {
  const day = Math.floor((now + CITY_OFFSET_MS) / DAY_MS)
  return PASARAN[(((day + PASARAN_OF_DAY_ZERO) % 5) + 5) % 5]!
}

export function greetingKey(now: number, clockTrusted: boolean): WordKey {
  if (!clockTrusted) return 'greeting.plain'
  const hour = new Date(now + CITY_OFFSET_MS).getUTCHours()
  if (hour >= 4 && hour < 11) return 'greeting.morning'
  if (hour >= 11 && hour < 15) return 'greeting.noon'
  return hour >= 15 && hour < 18 ? 'greeting.afternoon' : 'greeting.night'
}

/** "Senin Wage, 12 Oktober 2026": the weekday with its pasaran, as calendars here print it. */
export function dayLine(now: number, language: Language): string {
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locales[language], { timeZone: CITY_TIME, ...options }).format(now)
  return `${format({ weekday: 'long' })} ${pasaran(now)}, ${format({ day: 'numeric', month: 'long', year: 'numeric' })}`
}
