/** Times on screens: what a person says, with the absolute truth in the tooltip. */
import { language } from './language.ts'
import { absolute, clock, moment, span } from './format.ts'
import { now } from './now.ts'
import { ui } from './ui-words.ts'

const SOON_MS = 3_000

/** "4 detik lalu"; grey once older than `staleAfter`. */
export function Age({ at, staleAfter }: { at: number; staleAfter?: number }) {
  const age = now.value - at
  const { unit, n } = span(age)
  const stale = staleAfter !== undefined && age > staleAfter
  return (
    <time dateTime={new Date(at).toISOString()} title={absolute(at, language.value)} class={stale ? 'tabular stale' : 'tabular'}>
      {age < SOON_MS ? ui('age.now') : ui(`age.${unit}`, { n })}
    </time>
  )
}

export function Moment({ at, only }: { at: number; only?: 'clock' }) {
  const lang = language.value
  return (
    <time class="tabular" dateTime={new Date(at).toISOString()} title={absolute(at, lang)}>
      {only === 'clock' ? clock(at, lang) : moment(at, lang)}
    </time>
  )
}
