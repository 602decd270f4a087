import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { dayLine, greetingKey, pasaran } from '#portal/greeting.ts'

const wib = (text: string) => Date.parse(`${text}+07:00`)

test('known days fall on their pasaran', () => {
  equal(pasaran(wib('1945-08-17T10:00')), 'Legi')
  equal(pasaran(wib('1970-01-01T00:00')), 'Wage')
  equal(pasaran(wib('1965-09-30T12:00')), 'Kliwon')
})

test('the pasaran changes at midnight in Madiun, not in Greenwich, and comes back after five days', () => {
  const evening = wib('2026-10-12T23:59:59')
  equal(pasaran(evening + 1_000) === pasaran(evening), false)
  equal(pasaran(wib('2026-10-13T00:00')), pasaran(wib('2026-10-13T06:59')))
  equal(pasaran(evening + 5 * 86_400_000), pasaran(evening))
})

test('the day line reads as a printed calendar', () => {
  const now = wib('2026-10-12T08:15')
  equal(dayLine(now, 'id'), `Senin ${pasaran(now)}, 12 Oktober 2026`)
  equal(dayLine(now, 'en'), `Monday ${pasaran(now)}, 12 October 2026`)
  equal(dayLine(now, 'jv').startsWith('Senin '), true)
})

test('the greeting follows the hour in Madiun', () => {
  const at = (hour: string) => greetingKey(wib(`2026-10-12T${hour}`), true)
  equal(at('03:59'), 'greeting.night')
  equal(at('04:00'), 'greeting.morning')
  equal(at('11:00'), 'greeting.noon')
  equal(at('15:00'), 'greeting.afternoon')
  equal(at('18:00'), 'greeting.night')
})

test('a clock that is not trusted greets without the hour', () => {
  equal(greetingKey(wib('2026-10-12T04:00'), false), 'greeting.plain')
})
