import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { converse } from '#edge/telemetry/conversation.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { usage } from './bodies.ts'

test('an emptied lane whose numbers go on does not keep the other lane waiting', (t) => {
  const outbox = openedOutbox(t)
  outbox.record('usage', usage(1))
  outbox.flush()
  const sent: string[] = []
  const talk = converse({
    node: 'klegen-01',
    version: 'test',
    // As after years of acked events whose rows have gone, asked by a central that knows this box no more.
    outbox: { ...outbox, bounds: (lane) => (lane === 'e' ? { lo: 7, hi: 6 } : outbox.bounds(lane)) },
    publish: (leaf) => sent.push(leaf),
    isRoadBusy: () => false,
    isRoadFull: () => false,
    ackTimeoutSeconds: 15,
    now: () => 0,
    steady: () => 0,
  })
  talk.ask()
  talk.takeAck(encodePacket({ v: 1, epoch: outbox.epoch(), t: 0, e: 0, at: 0, window: 4 }))
  assert.deepEqual(sent, ['hello', 't'])
})

test('an ack that the disk cannot take in is not believed: the box asks again', (t) => {
  const outbox = openedOutbox(t)
  let clock = 0
  const sent: string[] = []
  const talk = converse({
    node: 'klegen-01',
    version: 'test',
    outbox: {
      ...outbox,
      acked() {
        throw new Error('database or disk is full')
      },
    },
    publish: (leaf) => sent.push(leaf),
    isRoadBusy: () => false,
    isRoadFull: () => false,
    ackTimeoutSeconds: 15,
    now: () => 0,
    steady: () => clock,
  })
  talk.ask()
  const taken = talk.takeAck(encodePacket({ v: 1, epoch: outbox.epoch(), t: 0, e: 0, at: 0, window: 4 }))
  assert.deepEqual(taken, { ok: false, reason: 'the ack could not be taken in: database or disk is full' })
  clock = 15_000
  talk.tick()
  assert.deepEqual(sent, ['hello', 'hello'])
})

test('on a full road nothing is added to the queue, and each packet the broker takes lets the next one go', (t) => {
  const outbox = openedOutbox(t)
  for (let i = 0; i < 3_000; i++) outbox.record('usage', usage(i))
  outbox.flush()
  const onTheRoad: string[] = []
  const sent: number[] = []
  const talk = converse({
    node: 'klegen-01',
    version: 'test',
    outbox,
    publish(leaf, message) {
      onTheRoad.push(leaf)
      if ('json' in message) sent.push(message.first)
    },
    isRoadBusy: () => onTheRoad.length > 0,
    isRoadFull: () => onTheRoad.length >= 2,
    ackTimeoutSeconds: 15,
    now: () => 0,
    steady: () => 0,
  })
  const take = () => {
    onTheRoad.shift()
    talk.brokerTook()
  }
  talk.ask()
  take()
  talk.takeAck(encodePacket({ v: 1, epoch: outbox.epoch(), t: 0, e: 0, at: 0, window: 16 }))
  assert.equal(sent.length, 2, 'central would allow sixteen')
  take()
  assert.equal(sent.length, 3)
  take()
  take()
  assert.deepEqual(
    sent,
    [...sent].sort((a, b) => a - b),
  )
  assert.equal(new Set(sent).size, 5)
})

function openedOutbox(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'conversation-'))
  const outbox = openOutbox({ file: join(folder, 'outbox.db'), bytesMax: 8 * 1024 * 1024, groupSeconds: 60 })
  t.after(() => {
    outbox.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return outbox
}
