import assert from 'node:assert/strict'
import { test } from 'node:test'
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

const mayBeMissing = ({ gone, restored }: Life, lane: 't' | 'e', seq: number) =>
  lane === 't' && (gone.unacked.has(seq) || (restored && gone.acked.has(seq)))
