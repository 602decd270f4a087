import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked, isOverdue, nextToSend, onAck, onBrokerTook, onSent } from '#edge/telemetry/window.ts'

const highest = { t: 100, e: 100 }
const answered = (t: number, e: number, window = 2) => onAck(asked(0), { t, e, window }, 0)

test('nothing is sent before central has stated its marks', () => {
  assert.equal(nextToSend(asked(0), highest), undefined)
})

test('events go before telemetry, each from after central’s mark', () => {
  let window = answered(40, 70)
  assert.deepEqual(nextToSend(window, highest), { lane: 'e', afterSeq: 70 })
  window = onSent(window, 'e', 100, 1)
  assert.deepEqual(nextToSend(window, highest), { lane: 't', afterSeq: 40 })
})

test('no more batches are in flight than central allows, and an ack makes room', () => {
  let window = answered(0, 100)
  window = onSent(onSent(window, 't', 10, 1), 't', 20, 1)
  assert.equal(nextToSend(window, highest), undefined)
  window = onAck(window, { t: 10, e: 100, window: 2 }, 2)
  assert.deepEqual(nextToSend(window, highest), { lane: 't', afterSeq: 20 })
  assert.equal(nextToSend(onAck(window, { t: 10, e: 100, window: 1 }, 2), highest), undefined, 'central asked for less')
})

test('an ack lower than before sends again from there at once', () => {
  const window = onSent(answered(50, 100), 't', 60, 1)
  assert.deepEqual(nextToSend(onAck(window, { t: 20, e: 100, window: 2 }, 2), highest), { lane: 't', afterSeq: 20 })
})

test('silence is overdue only while something is owed, counted from the last thing that moved', () => {
  const idle = answered(100, 100)
  assert.ok(!isOverdue(idle, 1_000_000, 1_000))
  const sent = onSent(answered(0, 100), 't', 10, 5_000)
  assert.ok(!isOverdue(sent, 5_999, 1_000))
  assert.ok(isOverdue(sent, 6_000, 1_000))
  assert.ok(!isOverdue(onBrokerTook(sent, 5_800), 6_000, 1_000), 'a slow road is not a silent central')
  assert.ok(!isOverdue(onAck(sent, { t: 5, e: 100, window: 2 }, 5_900), 6_000, 1_000))
  assert.ok(isOverdue(onAck(sent, { t: 0, e: 100, window: 2 }, 5_900), 6_000, 1_000), 'an ack without progress is no progress')
  assert.ok(isOverdue(asked(0), 1_000, 1_000), 'an unanswered question too')
})

test('a new question forgets what was sent, not what was acked', () => {
  const window = asked(9, onSent(answered(30, 40), 't', 90, 1))
  assert.deepEqual([window.lanes.t.sent, window.lanes.e.sent, window.asking], [30, 40, true])
})
