import { LANGUAGES, type Language } from '../wire/page.ts'

const isLanguage = (word: string): word is Language => (LANGUAGES as readonly string[]).includes(word)

/** What was chosen by hand (`b` in the address or the form) wins; then the phone's own preference; then Bahasa Indonesia. */
export const chooseLanguage = (chosen: Language | undefined, acceptLanguage: string | undefined): Language =>
  chosen ?? preferred(acceptLanguage) ?? 'id'

export const explicitLanguage = (chosen: unknown): Language | undefined =>
  typeof chosen === 'string' && isLanguage(chosen) ? chosen : undefined

/** A header longer than any phone sends is not read to its end. */
const HEADER_LENGTH_MAX = 200

function preferred(header: string | undefined): Language | undefined {
  let best: { language: Language; weight: number } | undefined
  for (const part of (header ?? '').slice(0, HEADER_LENGTH_MAX).split(',')) {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
    const language = range.split('-', 1)[0] ?? ''
    if (!isLanguage(language)) continue
    const quality = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('q='))
    const weight = quality === undefined ? 1 : Number(quality.slice(2))
    if (weight > 0 && weight > (best?.weight ?? 0)) best = { language, weight }
  }
  return best?.language
}

/** Phones' sign-in sheets keep no cookies, so the box remembers a choice made by hand. Ten times the devices one box is built for. */
const REMEMBERED_MAX = 10_000

export function createLanguageMemory() {
  const chosen = new Map<string, Language>()
  return {
    of(mac: string, explicit: Language | undefined): Language | undefined {
      if (explicit === undefined) return chosen.get(mac)
      chosen.delete(mac)
      chosen.set(mac, explicit)
      if (chosen.size > REMEMBERED_MAX) chosen.delete(chosen.keys().next().value!)
      return explicit
    },
  }
}
