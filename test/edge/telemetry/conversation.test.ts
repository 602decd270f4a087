import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { converse } from '#edge/telemetry/conversation.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { usage } from './bodies.ts'
import { liveOnce, type Life } from './simulated-road.ts'

const SEEDS = 1_500
const CALM_STEPS_MAX = 2_000

test(`in ${SEEDS} seeded lives of loss, repetition, kills, restores and evictions nothing is lost and nothing doubled`, () => {
  let restores = 0
  let evictions = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const life = liveOnce(seed)
    for (const lane of ['t', 'e'] as const) {
      for (let seq = 1; seq <= life.hi[lane]; seq++) {
        const times = life.stored[lane].get(seq) ?? 0
        assert.ok(times === 1 || (times === 0 && mayBeMissing(life, lane, seq)), `seed ${seed}: ${lane} ${seq} was stored ${times} times`)
      }
    }
    assert.ok(life.stepsAfterCalm < CALM_STEPS_MAX, `seed ${seed}: the rest did not arrive after the faults had ended`)
    if (life.restored) restores += 1
    if (life.gone.unacked.size > 0) evictions += 1
  }
  // A simulation in which nothing happens proves nothing.
  assert.ok(restores > SEEDS / 4 && evictions > SEEDS / 10, `${restores} lives with a restore, ${evictions} with an eviction`)
})

test('the same seed lives the same life', () => {
  assert.deepEqual(liveOnce(7), liveOnce(7))
})

test('on a full road nothing is added to the queue, and each packet the broker takes lets the next one go', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'conversation-'))
  const outbox = openOutbox({ file: join(folder, 'outbox.db'), bytesMax: 8 * 1024 * 1024, groupSeconds: 60 })
  t.after(() => {
    outbox.close()
    rmSync(folder, { recursive: true, force: true })
  })
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
      if ('records' in message) sent.push(message.records[0]!.seq)
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

const mayBeMissing = ({ gone, restored }: Life, lane: 't' | 'e', seq: number) =>
  lane === 't' && (gone.unacked.has(seq) || (restored && gone.acked.has(seq)))
