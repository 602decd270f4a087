/**
 * Words of the screens: each folder of pages keeps flat `words/id.json` and `words/en.json` and makes its own `t` here,
 * so that an unknown key is a type error. A value with `|` holds the singular and the plural; `{n}` chooses.
 */
import { type Language, language } from './language.ts'

export type Fill = Record<string, string | number>
export type Dictionary<Key extends string = string> = Record<Language, Record<Key, string>>

const plurals: Record<Language, Intl.PluralRules> = { id: new Intl.PluralRules('id-ID'), en: new Intl.PluralRules('en-GB') }
const numbers: Record<Language, Intl.NumberFormat> = { id: new Intl.NumberFormat('id-ID'), en: new Intl.NumberFormat('en-GB') }

export function say(message: string, fill: Fill, lang: Language): string {
  const forms = message.split('|')
  const n = typeof fill['n'] === 'number' ? fill['n'] : 1
  const form = (plurals[lang].select(n) === 'one' ? forms[0] : forms.at(-1)) ?? message
  return form.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = fill[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? numbers[lang].format(value) : value
  })
}

export type Words<Key extends string> = ((key: Key, fill?: Fill) => string) & {
  /** For codes that come from the server: the words for `prefix` + code, or the code itself when it is new to this screen. */
  code(prefix: string, code: string, fill?: Fill): string
}

export function words<Key extends string>(dictionary: Dictionary<Key>): Words<Key> {
  const t = (key: Key, fill: Fill = {}) => say(dictionary[language.value][key], fill, language.value)
  const code = (prefix: string, name: string, fill: Fill = {}) => {
    const known: Record<string, string> = dictionary[language.value]
    const message = Object.hasOwn(known, prefix + name) ? known[prefix + name] : undefined
    return message === undefined ? name : say(message, fill, language.value)
  }
  return Object.assign(t, { code })
}
