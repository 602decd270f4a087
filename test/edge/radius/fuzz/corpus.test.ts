import assert from 'node:assert/strict'
import { test } from 'node:test'
import { corpus } from './corpus.ts'
import { mutator } from './mutate.ts'
import { examine } from './target.ts'

const EXECUTIONS = 30_000
/** Fixed, so that a red run is red again; the ten million of the nightly run take a new one each time and print it. */
const SEED = 20_260_114

test('every packet of the corpus is refused or read, and never worse', () => {
  const outcomes = corpus().map(examine)
  assert.ok(outcomes.includes('refused') && outcomes.includes('decoded'))
})

test('no damage done to them makes the codec throw, read outside a packet or write something else', () => {
  const { next } = mutator(corpus(), SEED)
  let decoded = 0
  for (let i = 0; i < EXECUTIONS; i++) if (examine(next()) === 'decoded') decoded++
  // Else it is only the door that is tested.
  assert.ok(decoded > EXECUTIONS / 10, `${decoded} of ${EXECUTIONS} got past the door`)
})
