import { test } from 'node:test'
import assert from 'node:assert/strict'
import { array, assert as holds, integer, property, record } from 'fast-check'
import { planBatch } from '#central/noc/ingest/plan.ts'

test('A batch that continues the mark is taken whole', () => {
  assert.deepEqual(planBatch(10, { lo: 1, first: 11, last: 20 }), { take: true, from: 11, mark: 20 })
})

test('Of a batch that overlaps the mark only the new part is taken', () => {
  assert.deepEqual(planBatch(15, { lo: 1, first: 11, last: 20 }), { take: true, from: 16, mark: 20 })
})

test('A redelivered batch is known', () => {
  assert.deepEqual(planBatch(20, { lo: 1, first: 11, last: 20 }), { take: false, why: 'known' })
})

test('A batch after a hole waits for what is missing', () => {
  assert.deepEqual(planBatch(10, { lo: 5, first: 12, last: 20 }), { take: false, why: 'ahead' })
})

test('A jump is believed only from the oldest record the box still has, and is counted', () => {
  assert.deepEqual(planBatch(10, { lo: 15, first: 15, last: 20 }), { take: true, from: 15, mark: 20, gap: { fromSeq: 11, toSeq: 14 } })
  assert.deepEqual(planBatch(10, { lo: 14, first: 15, last: 20 }), { take: false, why: 'ahead' })
})

test('Whatever order and repetition batches arrive in, each seq is taken at most once and none is skipped unseen', () => {
  const arrivals = array(
    record({ first: integer({ min: 1, max: 60 }), size: integer({ min: 1, max: 12 }), lo: integer({ min: 1, max: 60 }) }),
    {
      maxLength: 60,
    },
  )
  holds(
    property(arrivals, (list) => {
      let mark = 0
      const taken = new Set<number>()
      let missing = 0
      for (const { first, size, lo } of list) {
        const plan = planBatch(mark, { lo: Math.min(lo, first), first, last: first + size - 1 })
        if (!plan.take) continue
        for (let seq = plan.from; seq <= plan.mark; seq++) {
          assert.ok(!taken.has(seq), `seq ${seq} twice`)
          taken.add(seq)
        }
        if (plan.gap) missing += plan.gap.toSeq - plan.gap.fromSeq + 1
        mark = plan.mark
      }
      assert.equal(taken.size + missing, mark)
    }),
    { numRuns: 2_000 },
  )
})
