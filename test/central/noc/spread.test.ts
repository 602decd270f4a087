import { test } from 'node:test'
import assert from 'node:assert/strict'
import { assert as holds, integer, property } from 'fast-check'
import { cityDayOf, EARLIEST_MS, FUTURE_MS_MAX, placeRecord } from '#central/noc/ingest/clock.ts'
import { spreadOverMinutes } from '#central/noc/ingest/spread.ts'
import { usage } from '#test/support/records.ts'

const MINUTE = 60_000
const T = Date.UTC(2026, 5, 1, 8, 0, 0)

test('A record that ends on the minute belongs to that one minute', () => {
  assert.deepEqual(spreadOverMinutes(usage({ online: 2 }), T + MINUTE), [
    { t: T, onlineMs: 120_000, coveredMs: 60_000, downOctets: 50_000, upOctets: 1_000, admitted: 1 },
  ])
})

test('A record across a minute is shared by time, and people are counted where it ends', () => {
  const parts = spreadOverMinutes(usage({ online: 1, downOctets: 100, admitted: 2 }), T + 15_000)
  assert.deepEqual(
    parts.map(({ t, coveredMs, downOctets, admitted }) => ({ t, coveredMs, downOctets, admitted })),
    [
      { t: T - MINUTE, coveredMs: 45_000, downOctets: 75, admitted: 0 },
      { t: T, coveredMs: 15_000, downOctets: 25, admitted: 2 },
    ],
  )
})

test('The parts sum up to exactly the record, whatever its length and place', () => {
  const octets = integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
  holds(
    property(
      integer({ min: 1, max: 3_600 }),
      integer({ min: 0, max: 10_000 }),
      octets,
      octets,
      integer({ min: 0, max: 86_400_000 }),
      (seconds, online, downOctets, upOctets, offset) => {
        const parts = spreadOverMinutes(usage({ seconds, online, downOctets, upOctets, admitted: 7 }), T + offset)
        const sum = (of: (part: (typeof parts)[number]) => number) => parts.reduce((total, part) => total + of(part), 0)
        assert.equal(
          sum((part) => part.downOctets),
          downOctets,
        )
        assert.equal(
          sum((part) => part.upOctets),
          upOctets,
        )
        assert.equal(
          sum((part) => part.onlineMs),
          online * seconds * 1_000,
        )
        assert.equal(
          sum((part) => part.coveredMs),
          seconds * 1_000,
        )
        assert.equal(
          sum((part) => part.admitted),
          7,
        )
        assert.ok(parts.every((part) => part.downOctets >= 0 && part.upOctets >= 0 && part.coveredMs > 0))
      },
    ),
    { numRuns: 1_000 },
  )
})

test('A record from the future or from before the product is placed at its arrival and flagged', () => {
  assert.deepEqual(placeRecord({ at: T, clock: 'ntp' }, T + 1), { placedAt: T, flag: null })
  assert.deepEqual(placeRecord({ at: T + FUTURE_MS_MAX, clock: 'ntp' }, T), { placedAt: T + FUTURE_MS_MAX, flag: null })
  assert.deepEqual(placeRecord({ at: T + FUTURE_MS_MAX + 1, clock: 'ntp' }, T), { placedAt: T, flag: 'future' })
  assert.deepEqual(placeRecord({ at: T + 10 * 365 * 86_400_000, clock: 'ntp' }, T), { placedAt: T, flag: 'future' })
  assert.deepEqual(placeRecord({ at: 1_000, clock: 'none' }, T), { placedAt: T, flag: 'no-clock' })
  assert.deepEqual(placeRecord({ at: EARLIEST_MS, clock: 'none' }, T), { placedAt: EARLIEST_MS, flag: null })
})

test('The city’s day begins at midnight in Madiun', () => {
  const midnight = Date.UTC(2026, 4, 31, 17)
  assert.equal(cityDayOf(midnight), midnight)
  assert.equal(cityDayOf(midnight - 1), midnight - 86_400_000)
  assert.equal(cityDayOf(midnight + 86_399_999), midnight)
})
