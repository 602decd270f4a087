import { test } from 'node:test'
import assert from 'node:assert/strict'
import { addWorkingDays, countingDay, dayInCity, dueAfter, endOfDay, isWorkingDay, type Calendar } from '#central/platform/calendar/days.ts'
import { HOLIDAYS } from '#central/platform/calendar/holidays.ts'

const calendar: Calendar = { holidays: new Set(HOLIDAYS.map((row) => row.day)), lastLoadedYear: 2026 }
const wib = (text: string) => Date.parse(`${text}+07:00`)

for (const [from, n, expected] of [
  ['2026-03-13', 3, '2026-03-25'],
  ['2026-03-13', 5, '2026-03-27'],
  ['2026-03-13', 14, '2026-04-10'],
  ['2026-03-13', 60, '2026-06-24'],
  ['2026-08-14', 3, '2026-08-20'],
  ['2026-08-14', 10, '2026-09-01'],
] as const) {
  test(`${n} working days after ${from} is ${expected}, over Nyepi, Idul Fitri and cuti bersama`, () => {
    assert.deepEqual(addWorkingDays(from, n, calendar), { day: expected, provisional: false })
  })
}

test('2026 has 240 working days', () => {
  let days = 0
  for (let at = Date.parse('2026-01-01'); at <= Date.parse('2026-12-31'); at += 86_400_000) {
    if (isWorkingDay(new Date(at).toISOString().slice(0, 10), calendar)) days += 1
  }
  assert.equal(days, 240)
})

test('a deadline that runs past the last loaded year says that it may still move', () => {
  assert.deepEqual(addWorkingDays('2026-12-21', 3, calendar), { day: '2026-12-28', provisional: false })
  assert.equal(addWorkingDays('2026-12-21', 10, calendar).provisional, true)
})

test('what arrives after the counter closes, or on a day off, counts as the next working day', () => {
  assert.equal(countingDay(wib('2026-03-13T15:30:00'), calendar).day, '2026-03-13')
  assert.equal(countingDay(wib('2026-03-13T15:30:01'), calendar).day, '2026-03-16')
  assert.equal(countingDay(wib('2026-03-14T09:00:00'), calendar).day, '2026-03-16')
  assert.equal(countingDay(wib('2026-03-19T09:00:00'), calendar).day, '2026-03-25')
})

test('the day of the city begins at midnight in Madiun, not in London', () => {
  assert.equal(dayInCity(wib('2026-03-13T00:00:00')), '2026-03-13')
  assert.equal(dayInCity(wib('2026-03-12T23:59:59')), '2026-03-12')
  assert.equal(endOfDay('2026-03-13'), wib('2026-03-14T00:00:00') - 1)
  assert.equal(dueAfter(wib('2026-03-13T10:00:00'), 3, calendar).at, wib('2026-03-26T00:00:00') - 1)
})

test('no day count below zero and no calendar without working days', () => {
  assert.throws(() => addWorkingDays('2026-03-13', -1, calendar), RangeError)
  const never: Calendar = { holidays: { has: () => true } as unknown as ReadonlySet<string>, lastLoadedYear: 2026 }
  assert.throws(() => addWorkingDays('2026-03-13', 1, never), RangeError)
})
