import type { Language } from '#edge/wire/page.ts'
import { CITY_OFFSET_MS, DAY_MS } from '../city-time.ts'
import { en } from './en.ts'
import { id, type WordKey, type Words } from './id.ts'
import { jv } from './jv.ts'

export const WORDS: Record<Language, Words> = { id, en, jv }

export type Speak = ReturnType<typeof speak>

/** A language's voice: its words with their blanks filled, and its durations. */
export function speak(language: Language) {
  const words = WORDS[language]
  const plural = new Intl.PluralRules(language)
  const number = new Intl.NumberFormat(language === 'en' ? 'en' : 'id-ID', { maximumFractionDigits: 1 })
  const say = (key: WordKey, blanks: Record<string, string | number> = {}): string =>
    words[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(blanks[name] ?? whole))
  const counted = (unit: 'seconds' | 'minutes' | 'hours' | 'days', n: number) =>
    say(`time.${unit}.${plural.select(n) === 'one' ? 'one' : 'other'}`, { n })
  /** At most two units: nobody plans by the second when hours are left. */
  const duration = (seconds: number): string => {
    const whole = Math.max(0, Math.round(seconds))
    // A voucher of a week: nobody counts 168 hours.
    if (whole >= DAYS_FROM_SECONDS) return counted('days', Math.round(whole / 86_400))
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
    if (hours > 0) return minutes > 0 ? `${counted('hours', hours)} ${counted('minutes', minutes)}` : counted('hours', hours)
    if (minutes >= 10 || (minutes > 0 && rest === 0)) return counted('minutes', minutes)
    return minutes > 0 ? `${counted('minutes', minutes)} ${counted('seconds', rest)}` : counted('seconds', rest)
  }
  /** Decimal megabytes, as phones and data plans count. */
  const amount = (octets: number): string => {
    const [value, unit] = octets >= 1e9 ? [octets / 1e9, 'GB'] : octets >= 1e6 ? [octets / 1e6, 'MB'] : [octets / 1e3, 'kB']
    return `${number.format(value)} ${unit}`
  }
  /** kbit/s, as subscriptions and speed tests write it; figure and unit stay on one line. */
  const speed = (kbps: number): string => {
    if (kbps === 0) return say('status.speed.free')
    return kbps >= 1_000 ? `${number.format(kbps / 1_000)}\u00a0Mbit/s` : `${number.format(kbps)}\u00a0kbit/s`
  }
  const moment = (at: number): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short', timeZone: CITY_TIME }).format(at)
  /** A time to come, as people say it: today, tomorrow, tonight at midnight, or the day by its name. */
  const until = (at: number, now: number): string => {
    const clock = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(locales[language], { timeZone: CITY_TIME, ...options }).format(at)
    const time = clock({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    const days = cityDay(at) - cityDay(now)
    if (days === 0) return say('time.today', { time })
    if (days === 1) return say(at % DAY_MS === cityMidnight ? 'time.midnight' : 'time.tomorrow', { time })
    const far = days > YEAR_DAYS ? ({ year: 'numeric' } as const) : {}
    return say('time.on', { day: clock({ weekday: 'long', day: 'numeric', month: 'long', ...far }), time })
  }
  const form = (n: number): 'one' | 'other' => (plural.select(n) === 'one' ? 'one' : 'other')
  return { language, say, duration, amount, speed, moment, until, plural: form }
}

/** From two days on, days say more than hours. */
const DAYS_FROM_SECONDS = 2 * 86_400
/** A date within the year needs no year. */
const YEAR_DAYS = 360

/** Western Indonesia Time; the city has one zone and no summer time. */
export const CITY_TIME = 'Asia/Jakarta'

export const locales: Record<Language, string> = { id: 'id-ID', en: 'en-GB', jv: 'jv' }

const cityDay = (at: number): number => Math.floor((at + CITY_OFFSET_MS) / DAY_MS)
/** Where the city's midnight falls in the day of UTC. */
const cityMidnight = DAY_MS - CITY_OFFSET_MS
