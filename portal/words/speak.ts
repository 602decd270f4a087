import type { Language } from '#edge/wire/page.ts'
import { en } from './en.ts'
import { id, type WordKey, type Words } from './id.ts'
import { jv } from './jv.ts'

export const WORDS: Record<Language, Words> = { id, en, jv }

export type Speak = ReturnType<typeof speak>

/** A language's voice: its words with their blanks filled, and its durations. */
export function speak(language: Language) {
  const words = WORDS[language]
  const plural = new Intl.PluralRules(language)
  const say = (key: WordKey, blanks: Record<string, string | number> = {}): string =>
    words[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(blanks[name] ?? whole))
  const counted = (unit: 'seconds' | 'minutes' | 'hours', n: number) =>
    say(`time.${unit}.${plural.select(n) === 'one' ? 'one' : 'other'}`, { n })
  /** At most two units: nobody plans by the second when hours are left. */
  const duration = (seconds: number): string => {
    const whole = Math.max(0, Math.round(seconds))
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
    if (hours > 0) return minutes > 0 ? `${counted('hours', hours)} ${counted('minutes', minutes)}` : counted('hours', hours)
    if (minutes >= 10 || (minutes > 0 && rest === 0)) return counted('minutes', minutes)
    return minutes > 0 ? `${counted('minutes', minutes)} ${counted('seconds', rest)}` : counted('seconds', rest)
  }
  /** Decimal megabytes, as phones and data plans count. */
  const amount = (octets: number): string => {
    const [value, unit] = octets >= 1e9 ? [octets / 1e9, 'GB'] : octets >= 1e6 ? [octets / 1e6, 'MB'] : [octets / 1e3, 'kB']
    return `${new Intl.NumberFormat(language === 'en' ? 'en' : 'id-ID', { maximumFractionDigits: 1 }).format(value)} ${unit}`
  }
  const moment = (at: number): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeStyle: 'short', timeZone: CITY_TIME }).format(at)
  return { language, say, duration, amount, moment, plural: (n: number): 'one' | 'other' => (plural.select(n) === 'one' ? 'one' : 'other') }
}

/** Western Indonesia Time; the city has one zone and no summer time. */
export const CITY_TIME = 'Asia/Jakarta'

export const locales: Record<Language, string> = { id: 'id-ID', en: 'en-GB', jv: 'jv' }
