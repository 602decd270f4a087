/** The benchmark's hundred kills, a few of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killUnderLoad } from '#scripts/benchmarks/radius/kills.ts'

test('a box that is killed again and again under load keeps every record it acknowledged, once', async (t) => {
  const books = await killUnderLoad(6)
  t.diagnostic(JSON.stringify(books))
  assert.ok(books.acknowledged > 60, 'too few were acknowledged to say anything')
  assert.deepEqual([books.lost, books.doubled], [0, 0])
})
