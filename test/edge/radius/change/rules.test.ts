import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { afterEvent, isSettled, newChange, type Change, type ChangeEvent, type ChangeKind } from '#edge/radius/change/rules.ts'

const T0 = 1_800_000_000_000
const asked = (kind: ChangeKind = 'disconnect'): Change => newChange({ sessionKey: 'abc', generation: 0, kind, reason: 'blocked' }, T0)
const play = (change: Change, ...events: ChangeEvent[]): Change =>
  events.reduce((now, event, i) => afterEvent(now, event, T0 + i * 1000), change)
const sent: ChangeEvent = { is: 'sent' }
const ack: ChangeEvent = { is: 'ack' }
const stop: ChangeEvent = { is: 'record', status: 'Stop' }
const interim: ChangeEvent = { is: 'record', status: 'Interim-Update' }

test('an acknowledged disconnect counts only when the session has stopped', () => {
  const acknowledged = play(asked(), sent, ack)
  assert.deepEqual([acknowledged.state, isSettled(acknowledged)], ['acknowledged', false])
  assert.equal(play(acknowledged, stop).state, 'confirmed')
})

test('a session that goes on after the ACK is asked again, three times and no more, and then told', () => {
  let change = play(asked(), sent, ack, interim)
  assert.deepEqual([change.state, change.rounds, change.attempts], ['asking', 2, 0])
  change = play(change, sent, ack, interim, sent, ack, interim)
  assert.deepEqual([change.state, change.detail], ['refused', 'acknowledged, but the session goes on'])
})

test('new limits are confirmed by the next interim after the ACK, and not by one before it', () => {
  assert.equal(play(asked('coa'), sent, interim).state, 'asking')
  assert.equal(play(asked('coa'), sent, interim, ack, interim).state, 'confirmed')
})

test('without an answer it is asked again after 2, 4, 8 … seconds, then silent until the access point is heard again', () => {
  let change = asked()
  const waits: number[] = []
  while (change.state === 'asking') {
    const at = change.nextAt
    change = afterEvent(change, sent, at)
    if (change.state === 'asking') waits.push((change.nextAt - at) / 1000)
  }
  assert.deepEqual(waits, [2, 4, 8, 16, 32, 64])
  assert.deepEqual([change.state, change.detail, isSettled(change)], ['silent', 'no answer', false])
  assert.equal(play(change, interim).state, 'asking')
  assert.equal(play(change, stop).state, 'confirmed')
})

test('a session that is not there is as good as disconnected, and cannot be given new limits', () => {
  const nak: ChangeEvent = { is: 'nak', cause: 503 }
  assert.deepEqual([play(asked(), sent, nak).state, play(asked('coa'), sent, nak).state], ['confirmed', 'refused'])
  assert.equal(play(asked('coa'), sent, nak).detail, 'Session-Context-Not-Found')
})

test('a passing trouble is waited out; a plain no is the end', () => {
  assert.deepEqual(
    [play(asked(), sent, { is: 'nak', cause: 506 }).state, play(asked(), sent, { is: 'nak', cause: 506 }).detail],
    ['asking', 'Resources-Unavailable'],
  )
  for (const cause of [undefined, 401, 403, 405, 501])
    assert.equal(play(asked(), sent, { is: 'nak', cause }).state, 'refused', String(cause))
})

test('whatever happens in whatever order, what is settled stays, and a round has an end', () => {
  const event = fc.constantFrom<ChangeEvent>(
    sent,
    ack,
    stop,
    interim,
    { is: 'record', status: 'Start' },
    { is: 'nak', cause: 503 },
    { is: 'nak', cause: 506 },
    { is: 'nak', cause: 401 },
  )
  fc.assert(
    fc.property(fc.constantFrom<ChangeKind>('disconnect', 'coa'), fc.array(event, { maxLength: 60 }), (kind, events) => {
      let change = asked(kind)
      for (const [i, one] of events.entries()) {
        const next = afterEvent(change, one, T0 + i)
        if (isSettled(change)) assert.deepEqual(next, change)
        assert.ok(next.attempts <= 6 && next.rounds <= 3)
        assert.equal(isSettled(next), next.state === 'confirmed' || next.state === 'refused')
        change = next
      }
    }),
  )
})
