import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
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
})

test('octets are counted in decimal units, with the comma of the language', () => {
  equal(speak('id').amount(186_400_000), '186,4 MB')
  equal(speak('en').amount(1_250_000_000), '1.3 GB')
  equal(speak('id').amount(900), '0,9 kB')
})

test('words that hold braces of their own survive filling', () => {
  equal(speak('id').say('ticket.office', { office: '{kind}' }), 'Ditangani {kind}')
})
