import { LANGUAGES, type Language } from '../wire/page.ts'

const isLanguage = (word: string): word is Language => (LANGUAGES as readonly string[]).includes(word)

/** `b` in the address or the form wins; then the phone's own preference; then Bahasa Indonesia. */
export function chooseLanguage(chosen: unknown, acceptLanguage: string | undefined): Language {
  return explicitLanguage(chosen) ?? preferred(acceptLanguage) ?? 'id'
}

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
