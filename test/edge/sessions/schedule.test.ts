import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cityDay, dayNamed, timeOn, weekdayOf } from '#edge/sessions/day.ts'
import { regimeOf } from '#edge/sessions/schedule.ts'
import type { Schedule } from '#edge/wire/policy.ts'

/** City time. 2026-11-23 is a Monday. */
const at = (day: string, time = '00:00'): number => Date.parse(`${day}T${time}:00+07:00`)

const schedule = (change: Partial<Schedule> = {}): Schedule => ({
  id: 's',
  groups: ['public'],
  days: [1, 2, 3, 4, 5],
  from: '22:00',
  to: '05:00',
  endsOn: '2026-12-31',
  effect: { close: true },
  ...change,
})

const MONDAY = '2026-11-23'
const shut = (schedules: Schedule[], when: number, group = 'public') => regimeOf(schedules, group, when).closed?.until

test('days are the city’s: midnight is 17:00 UTC, and a week begins on Monday', () => {
  assert.equal(timeOn(dayNamed(MONDAY)), Date.UTC(2026, 10, 22, 17))
  assert.equal(cityDay(Date.UTC(2026, 10, 22, 17) - 1), dayNamed('2026-11-22'))
  assert.equal(weekdayOf(dayNamed(MONDAY)), 1)
  assert.equal(weekdayOf(dayNamed('1969-12-28')), 7)
})

test('a window over midnight belongs to the day it began on', () => {
  const nights = [schedule()]
  assert.equal(shut(nights, at(MONDAY, '21:59')), undefined)
  assert.equal(shut(nights, at(MONDAY, '22:00')), at('2026-11-24', '05:00'))
  // Friday's night runs into Saturday; Saturday has none of its own, and Sunday's would be Monday's early hours.
  assert.equal(shut(nights, at('2026-11-28', '04:59')), at('2026-11-28', '05:00'))
  assert.equal(shut(nights, at('2026-11-28', '23:00')), undefined)
  assert.equal(shut(nights, at(MONDAY, '01:00')), undefined)
})

test('both the first and the last day belong to a schedule, and the last night ends in the morning after', () => {
  const nights = [schedule({ days: [1, 2, 3, 4, 5, 6, 7], startsOn: '2026-11-24', endsOn: '2026-11-25' })]
  assert.equal(shut(nights, at(MONDAY, '23:00')), undefined)
  assert.equal(shut(nights, at('2026-11-24', '04:00')), undefined)
  assert.notEqual(shut(nights, at('2026-11-24', '22:00')), undefined)
  assert.equal(shut(nights, at('2026-11-26', '04:59')), at('2026-11-26', '05:00'))
  assert.equal(shut(nights, at('2026-11-26', '22:00')), undefined)
})

test('closing wins over lent rules, and of two that lend the later in the list does', () => {
  const all = { days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '12:00' }
  const lending = [schedule({ ...all, effect: { use: 'slow' } }), schedule({ ...all, effect: { use: 'exam' } })]
  assert.equal(regimeOf(lending, 'public', at(MONDAY, '09:00')).lends, 'exam')
  assert.equal(regimeOf(lending.toReversed(), 'public', at(MONDAY, '09:00')).lends, 'slow')
  assert.equal(shut([...lending, schedule({ ...all, to: '10:00' })], at(MONDAY, '09:00')), at(MONDAY, '10:00'))
  assert.deepEqual(regimeOf(lending, 'staff', at(MONDAY, '09:00')).lends, undefined)
})

test('windows that join one another are told as one closing', () => {
  const joined = [
    schedule({ from: '08:00', to: '10:00' }),
    schedule({ from: '10:00', to: '12:00' }),
    schedule({ from: '11:30', to: '13:00' }),
  ]
  assert.equal(shut(joined, at(MONDAY, '08:30')), at(MONDAY, '13:00'))
})

test('a group that is always closed is told a time far ahead and costs a bounded look', () => {
  const always = [schedule({ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00', endsOn: '2999-12-31' })]
  const until = shut(always, at(MONDAY, '12:00'))!
  assert.ok(until > at('2027-01-01'))
})

test('an answer is good until the next edge, and the next closing is known ahead', () => {
  const regime = regimeOf([schedule()], 'public', at(MONDAY, '12:00'))
  assert.equal(regime.closesAt, at(MONDAY, '22:00'))
  assert.equal(regime.from, at(MONDAY, '00:00'))
  assert.equal(regime.until, at(MONDAY, '22:00'))
  assert.equal(regimeOf([schedule({ days: [7] })], 'public', at(MONDAY, '06:00')).closesAt, at('2026-11-29', '22:00'))
})

test('within [from, until) the answer is the same at every minute, and another one begins at until', () => {
  const mixed = [
    schedule(),
    schedule({ from: '07:15', to: '09:45', effect: { use: 'exam' } }),
    schedule({ days: [6, 7], from: '13:00', to: '13:30' }),
  ]
  const said = (when: number) => {
    const { lends, closed } = regimeOf(mixed, 'public', when)
    return { lends, closed: closed !== undefined }
  }
  for (let minute = 0; minute < 8 * 1440; minute += 7) {
    const when = at(MONDAY) + minute * 60_000
    const { from, until } = regimeOf(mixed, 'public', when)
    assert.ok(from <= when && when < until)
    assert.deepEqual(said(from), said(when))
    assert.deepEqual(said(until - 1), said(when))
  }
})
