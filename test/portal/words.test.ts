import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { SESSION_END_CAUSES } from '#edge/wire/session.ts'
import { id } from '#portal/words/id.ts'
import { speak, WORDS } from '#portal/words/speak.ts'

/** What is wrong with a language beside Indonesian: keys without words, words without keys, blanks that differ. */
function faults(words: Record<string, string>): string[] {
  const blanks = (text: string) => (text.match(/\{\w+\}/g) ?? []).toSorted().join()
  const reference: Record<string, string> = id
  return [
    ...Object.keys(reference).filter((key) => !words[key]?.trim()),
    ...Object.keys(words).filter((key) => !Object.hasOwn(reference, key)),
    ...Object.keys(reference).filter((key) => words[key] && blanks(words[key]) !== blanks(reference[key]!)),
  ]
}

test('every language says everything, with the same blanks', () => {
  for (const words of Object.values(WORDS)) deepEqual(faults(words), [])
})

test('a missing word, an unknown word and a lost blank are found', () => {
  const { 'continue.button': _button, ...rest } = WORDS.en
  deepEqual(faults(rest), ['continue.button'])
  deepEqual(faults({ ...WORDS.jv, 'no.such.key': 'x' }), ['no.such.key'])
  deepEqual(faults({ ...WORDS.en, 'continue.wait': 'Continue soon' }), ['continue.wait'])
  deepEqual(faults({ ...WORDS.en, 'nav.home': ' ' }), ['nav.home'])
})

test('durations use at most two units, in the words of the language', () => {
  equal(speak('id').duration(23), '23 detik')
  equal(speak('id').duration(5025), '1 jam 23 menit')
  equal(speak('en').duration(1), '1 second')
  equal(speak('en').duration(61), '1 minute 1 second')
  equal(speak('en').duration(7200), '2 hours')
  equal(speak('jv').duration(-4), '0 detik')
  equal(speak('id').duration(47 * 3_600), '47 jam')
  equal(speak('en').duration(604_800), '7 days')
})

test('octets are counted in decimal units, with the comma of the language', () => {
  equal(speak('id').amount(186_400_000), '186,4 MB')
  equal(speak('en').amount(1_250_000_000), '1.3 GB')
  equal(speak('id').amount(900), '0,9 kB')
})

test('words that hold braces of their own survive filling', () => {
  equal(speak('id').say('ticket.office', { office: '{kind}' }), 'Ditangani {kind}')
})

test('speeds are told as subscriptions tell them', () => {
  equal(speak('id').speed(1_500), '1,5\u00a0Mbit/s')
  equal(speak('en').speed(512), '512\u00a0kbit/s')
  equal(speak('jv').speed(0), 'tanpa wates')
})

test('a time to come is told as people say it, by the city’s clock', () => {
  // Monday 12 October 2026, 08:15 in Madiun.
  const now = Date.UTC(2026, 9, 12, 1, 15)
  const hours = (count: number) => now + count * 3_600_000
  equal(speak('id').until(hours(3), now), 'hari ini pukul 11.15')
  equal(speak('en').until(hours(15), now), 'today at 23:15')
  equal(speak('id').until(Date.UTC(2026, 9, 12, 17), now), 'nanti tengah malam, pukul 00.00')
  equal(speak('en').until(hours(24), now), 'tomorrow at 08:15')
  equal(speak('id').until(Date.UTC(2026, 9, 13, 17), now), 'Rabu, 14 Oktober pukul 00.00')
  equal(speak('en').until(hours(24 * 400), now), 'on Tuesday, 16 November 2027 at 08:15')
})

test('every way a session can end has its words', () => {
  for (const cause of SESSION_END_CAUSES) equal(Object.hasOwn(id, `ended.${cause}`), true, cause)
})
