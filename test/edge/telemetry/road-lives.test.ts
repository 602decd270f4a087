/** The outbox, the conversation and central's rule, run through thousands of seeded lives in simulated time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from './judged-life.ts'
import { liveOnce } from './simulated-road.ts'

const SEEDS = 10_000

test(`in ${SEEDS} seeded lives of kills, power cuts, full disks, swapped cards, restores and a bad road nothing is lost and nothing doubled`, (t) => {
  const lives = { restores: 0, swaps: 0, images: 0, powerCuts: 0, drops: 0, refused: 0 }
  const sums = { accepted: 0, stored: 0, counted: 0, cardGone: 0, shadowed: 0 }
  for (let seed = 1; seed <= SEEDS; seed++) {
    const life = liveOnce(seed)
    const judgement = judge(life)
    assert.deepEqual(judgement.wrong, [], `seed ${seed}; again: ./scripts/faults lives --seed ${seed} --rounds 1`)
    for (const name of Object.keys(lives) as (keyof typeof lives)[]) lives[name] += Number(life.happened[name] > 0)
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += judgement[name]
  }
  t.diagnostic(`facts: ${JSON.stringify(sums)}; lives in which it happened: ${JSON.stringify(lives)}`)
  assert.equal(sums.accepted, sums.stored + sums.counted + sums.cardGone + sums.shadowed)
  // A simulation in which nothing happens proves nothing.
  for (const [name, count] of Object.entries(lives)) assert.ok(count > SEEDS / 10, `${name} in ${count} lives only`)
})

test('the same seed lives the same life', () => {
  // The epochs of a card put back from an image come from the machine's chance; what happens under them does not.
  const story = (seed: number) => {
    const { facts, happened, stepsAfterCalm } = liveOnce(seed)
    return { happened, stepsAfterCalm, facts: [...facts].map(([id, { lane, seq }]) => [id, lane, seq]) }
  }
  for (const seed of [7, 67, 166]) assert.deepEqual(story(seed), story(seed))
})
