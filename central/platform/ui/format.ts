/** Numbers and times as Madiun reads them: Indonesian grouping and WIB (Asia/Jakarta), whatever the browser's own zone. */
import type { Language } from './language.ts'

const LOCALE: Record<Language, string> = { id: 'id-ID', en: 'en-GB' }
const ZONE = 'Asia/Jakarta'
const SECOND = 1_000
const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000
/** WIB has no daylight saving time. */
const WIB_OFFSET = 7 * HOUR

const formats = new Map<string, Intl.DateTimeFormat>()
function timeFormat(lang: Language, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = lang + name
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(LOCALE[lang], { timeZone: ZONE, ...options })
  formats.set(key, made)
  return made
}

export const number = (value: number, lang: Language, digits = 0): string =>
  value.toLocaleString(LOCALE[lang], { maximumFractionDigits: digits })

/** 14.05 in Indonesian, 14:05 in English. */
export const clock = (at: number, lang: Language): string => timeFormat(lang, 'clock', { hour: '2-digit', minute: '2-digit' }).format(at)
export const clockSeconds = (at: number, lang: Language): string =>
  timeFormat(lang, 'clockSeconds', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at)
export const day = (at: number, lang: Language): string =>
  timeFormat(lang, 'day', { weekday: 'short', day: 'numeric', month: 'short' }).format(at)
export const longDay = (at: number, lang: Language): string =>
  timeFormat(lang, 'longDay', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(at)
/** "3 Des 2027": of a day that may be another year's. */
export const dateWithYear = (at: number, lang: Language): string =>
  timeFormat(lang, 'dateWithYear', { day: 'numeric', month: 'short', year: 'numeric' }).format(at)
/** "3 Des, 14.05" */
export const moment = (at: number, lang: Language): string =>
  `${timeFormat(lang, 'moment', { day: 'numeric', month: 'short' }).format(at)}, ${clock(at, lang)}`
/** The whole truth, for tooltips. */
export const absolute = (at: number, lang: Language): string => `${longDay(at, lang)} ${clockSeconds(at, lang)} WIB`

export type Span = { unit: 'second' | 'minute' | 'hour' | 'day'; n: number }
export function span(milliseconds: number): Span {
  const ms = Math.max(0, milliseconds)
  if (ms < MINUTE) return { unit: 'second', n: Math.floor(ms / SECOND) }
  if (ms < HOUR) return { unit: 'minute', n: Math.floor(ms / MINUTE) }
  if (ms < 2 * DAY) return { unit: 'hour', n: Math.floor(ms / HOUR) }
  return { unit: 'day', n: Math.floor(ms / DAY) }
}

const UNITS = ['', 'k', 'M', 'G', 'T', 'P']
function scaled(value: number, lang: Language, unit: string): string {
  let rest = value
  let step = 0
  while (rest >= 1_000 && step < UNITS.length - 1) {
    rest /= 1_000
    step += 1
  }
  return `${number(rest, lang, rest < 10 && step > 0 ? 1 : 0)} ${UNITS[step]}${unit}`
}
/** Decimal units, as on a data plan: 1 GB = 10⁹ octets. */
export const octets = (value: number, lang: Language): string => scaled(value, lang, 'B')
/** Octets per second shown as bits per second, as network people speak. */
export const rate = (octetsPerSecond: number, lang: Language): string => scaled(octetsPerSecond * 8, lang, 'b/s')
/** A waiting time; what is quicker than a millisecond is not nothing. */
export const milliseconds = (value: number, lang: Language): string => (value > 0 && value < 1 ? '< 1 ms' : `${number(value, lang)} ms`)
export const percent = (fraction: number, lang: Language): string => `${number(fraction * 100, lang)}%`

/** The instant of `hour`:00 WIB, `days` calendar days after the day of `at`. */
export function wibHour(at: number, days: number, hour: number): number {
  const midnight = Math.floor((at + WIB_OFFSET) / DAY) * DAY - WIB_OFFSET
  return midnight + days * DAY + hour * HOUR
}
/** The value of an `<input type="date">`, read as `hour`:00 WIB of that day; null when it is not a date. */
export function wibDate(value: string, hour: number): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return null
  const midnight = Date.parse(`${value}T00:00:00+07:00`)
  return Number.isNaN(midnight) ? null : midnight + hour * HOUR
}
export const wibDateValue = (at: number): string => new Date(at + WIB_OFFSET).toISOString().slice(0, 10)
