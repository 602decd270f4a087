import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cover, coveredShare, type Coverage } from '#edge/sessions/coverage.ts'
import { decideProceed, nextClientId, octetsSince, stayLeft, isKept, watchLeft, type Watch } from '#edge/sessions/rules.ts'
import { MAC, POLICY, testClock } from './box.ts'

function waitingSince() {
  const clock = testClock()
  const began = clock.now()
  const watch: Watch = { mac: MAC, clip: 'clip', nonce: 'n', began, seen: began }
  const proceed = (facts: { tokenFits?: boolean; sentShare?: number } = {}) =>
    decideProceed({ now: clock.now(), watchSeconds: POLICY.watchSeconds, watch, tokenFits: true, sentShare: 1, ...facts })
  return { clock, watch, proceed }
}

test('a visitor may continue one second before the 30 are over, and not before', () => {
  const { clock, proceed } = waitingSince()
  clock.pass(28.9)
  assert.deepEqual(proceed(), { may: false, reason: 'too-early', secondsLeft: 2 })
  clock.pass(0.1)
  assert.deepEqual(proceed(), { may: true, how: 'watched' })
})

test('a clip that was sent to nine tenths counts as watched, less of it as fallback, and both let the visitor through', () => {
  const { clock, proceed } = waitingSince()
  clock.pass(30)
  assert.deepEqual(proceed({ sentShare: 0.9 }), { may: true, how: 'watched' })
  assert.deepEqual(proceed({ sentShare: 0.89 }), { may: true, how: 'fallback' })
  assert.deepEqual(proceed({ sentShare: 0 }), { may: true, how: 'fallback' })
})

test('skipping forward in the clip does not shorten the wait', () => {
  const { clock, proceed } = waitingSince()
  clock.pass(5)
  assert.deepEqual(proceed({ sentShare: 1 }), { may: false, reason: 'too-early', secondsLeft: 25 })
})

test('a token that does not fit is refused however long the wait was', () => {
  const { clock, proceed } = waitingSince()
  clock.pass(300)
  assert.deepEqual(proceed({ tokenFits: false }), { may: false, reason: 'stale' })
})

test('opened again after 9 minutes the wait goes on, after 11 it begins anew', () => {
  const { clock, watch } = waitingSince()
  clock.pass(9 * 60)
  assert.equal(isKept(watch, clock.now()), true)
  assert.equal(watchLeft(watch, POLICY.watchSeconds, clock.now()), 0)
  clock.pass(2 * 60)
  assert.equal(isKept(watch, clock.now()), false)
})

test('a wall clock that jumps ten years either way changes nothing for a visitor who waits or is online', () => {
  const tenYears = 10 * 365 * 86_400
  for (const jump of [tenYears, -tenYears, -Date.UTC(2026, 10, 22, 8) / 1000]) {
    const { clock, proceed } = waitingSince()
    const stay = { grantedSeconds: 3600, usedSeconds: 0, anchor: clock.now() }
    clock.pass(10)
    clock.jump(jump)
    assert.deepEqual(proceed(), { may: false, reason: 'too-early', secondsLeft: 20 })
    assert.equal(stayLeft(stay, clock.now()), 3590)
    clock.pass(20)
    assert.deepEqual(proceed(), { may: true, how: 'watched' })
    assert.equal(stayLeft(stay, clock.now()), 3570)
  }
})

test('a stay ends to the second', () => {
  const clock = testClock()
  const stay = { grantedSeconds: 60, usedSeconds: 0, anchor: clock.now() }
  clock.pass(59.5)
  assert.equal(stayLeft(stay, clock.now()), 0.5)
  clock.pass(0.5)
  assert.equal(stayLeft(stay, clock.now()), 0)
})

test('a counter that shrank counts from nought', () => {
  assert.equal(octetsSince(100, 250), 150)
  assert.equal(octetsSince(100, 100), 0)
  assert.equal(octetsSince(100, 30), 30)
})

test('a client id rests as long as possible, and none is issued when all are taken', () => {
  assert.equal(nextClientId(0, new Set()), 1)
  assert.equal(nextClientId(7, new Set([8, 9])), 10)
  assert.equal(nextClientId(65_535, new Set([1])), 2)
  assert.equal(nextClientId(5, { has: (id) => id !== 5 }), 5)
  assert.equal(nextClientId(5, { has: () => true }), undefined)
})

test('one half sent twice is half a clip', () => {
  const coverage: Coverage = { size: 1000, spans: [] }
  cover(coverage, 0, 500)
  cover(coverage, 0, 500)
  assert.equal(coveredShare(coverage), 0.5)
  cover(coverage, 900, 1000)
  cover(coverage, 400, 950)
  assert.equal(coveredShare(coverage), 1)
  assert.deepEqual(coverage.spans, [[0, 1000]])
})

test('a device that asks for a thousand scattered bytes does not grow the books', () => {
  const coverage: Coverage = { size: 10_000, spans: [] }
  for (let at = 0; at < 10_000; at += 10) cover(coverage, at, at + 1)
  assert.ok(coverage.spans.length <= 64)
})
