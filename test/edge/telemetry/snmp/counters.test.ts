import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as check, bigInt, constantFrom, integer, property } from 'fast-check'
import { eventsSince, octetsSince, restartedSince } from '#edge/telemetry/snmp/counters.ts'

const MINUTE = { seconds: 60, beganAnew: false }
const WRAP = 2n ** 32n

test('what passed is the difference, of either width', () => {
  assert.equal(octetsSince(1_000n, 61_000n, 32, MINUTE), 60_000)
  assert.equal(octetsSince(2n ** 40n, 2n ** 40n + 5n, 64, MINUTE), 5)
  assert.equal(octetsSince(7n, 7n, 64, MINUTE), 0)
})

test('a 32-bit counter that goes round is counted on, on a line where once is all that is possible', () => {
  assert.equal(octetsSince(WRAP - 100n, 900n, 32, { ...MINUTE, speedMbps: 100 }), 1_000)
  assert.equal(octetsSince(WRAP - 100n, 900n, 32, MINUTE), 1_000)
})

test('a 32-bit counter on a line that fills it within the minute says nothing, whichever way it went', () => {
  assert.equal(octetsSince(WRAP - 100n, 900n, 32, { ...MINUTE, speedMbps: 1_000 }), undefined)
  assert.equal(octetsSince(100n, 900n, 32, { ...MINUTE, speedMbps: 1_000 }), undefined)
})

test('a counter that fell to near nothing was reset: no four gigabytes are made of it', () => {
  assert.equal(octetsSince(1_000_000n, 50n, 32, { ...MINUTE, speedMbps: 100 }), undefined)
  assert.equal(octetsSince(1_000_000n, 50n, 32, MINUTE), undefined)
  assert.equal(octetsSince(2n ** 63n, 50n, 64, MINUTE), undefined)
})

test('a jump beyond any line, a missing value and counters that began anew say nothing', () => {
  assert.equal(octetsSince(0n, 2n ** 62n, 64, MINUTE), undefined)
  assert.equal(octetsSince(undefined, 5n, 64, MINUTE), undefined)
  assert.equal(octetsSince(5n, undefined, 64, MINUTE), undefined)
  assert.equal(octetsSince(5n, 10n, 64, { ...MINUTE, beganAnew: true }), undefined)
})

test('errors that fell are not counted, and never below zero', () => {
  assert.equal(eventsSince(3n, 8n, MINUTE), 5)
  assert.equal(eventsSince(8n, 3n, MINUTE), 0)
  assert.equal(eventsSince(3n, 8n, { ...MINUTE, beganAnew: true }), 0)
})

test('the time since the start falls at a restart, and by itself only after 497 days', () => {
  assert.equal(restartedSince(100_000, 106_000, 60), false)
  assert.equal(restartedSince(100_000, 500, 60), true)
  assert.equal(restartedSince(4_294_967_296 - 3_000, 3_000, 60), false)
  assert.equal(restartedSince(4_294_967_296 - 3_000, 500_000, 60), true)
  assert.equal(restartedSince(4_294_967_296 - 900_000, 6_000, 60), true)
})

test('whatever two looks say, octets are a whole number from 0 to what a line can carry, or unknown', () => {
  const counter = bigInt({ min: 0n, max: 2n ** 64n - 1n })
  check(
    property(counter, counter, constantFrom(32 as const, 64 as const), integer({ min: 1, max: 604_800 }), (a, b, bits, seconds) => {
      const [before, now] = bits === 32 ? [a % WRAP, b % WRAP] : [a, b]
      const octets = octetsSince(before, now, bits, { seconds, beganAnew: false })
      assert.ok(octets === undefined || (Number.isSafeInteger(octets) && octets >= 0 && octets <= 12_500_000_000 * seconds))
    }),
    { seed: 20_261_122, numRuns: 5_000 },
  )
})
