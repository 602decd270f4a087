/**
 * The nightly fuzz run of the RADIUS codec: what must hold for any octets (test/edge/radius/fuzz/target.ts), ten million
 * times over damaged packets from a new seed. A failure ends it with the seed and the packet, which belongs in the corpus.
 */
import { randomInt } from 'node:crypto'
import { corpus } from '#test/edge/radius/fuzz/corpus.ts'
import { mutator } from '#test/edge/radius/fuzz/mutate.ts'
import { examine } from '#test/edge/radius/fuzz/target.ts'
import type { BenchRow } from '../row.ts'

const EXECUTIONS = 10_000_000
const TOLD_EVERY = 1_000_000

/** @throws Error with seed and packet when the codec does what it must not. */
export function fuzz(): BenchRow[] {
  const seed = randomInt(2 ** 31)
  process.stderr.write(`  radius --fuzz: seed ${seed}, ${EXECUTIONS} executions …\n`)
  const { next } = mutator(corpus(), seed)
  const began = performance.now()
  let decoded = 0
  for (let execution = 1; execution <= EXECUTIONS; execution++) {
    const octets = next()
    try {
      if (examine(octets) === 'decoded') decoded++
    } catch (cause) {
      throw new Error(`execution ${execution} of seed ${seed} failed on ${octets.toString('hex')}: ${(cause as Error).message}`, { cause })
    }
    if (execution % TOLD_EVERY === 0) process.stderr.write(`  ${execution} done, ${decoded} past the door\n`)
  }
  const method = `seed ${seed}; damage to ${corpus().length} packets; ${((100 * decoded) / EXECUTIONS).toFixed(0)} % decoded; ${((performance.now() - began) / 1000).toFixed(0)} s`
  return [
    { benchmark: 'radius', figure: 'fuzz executions', unit: '', value: EXECUTIONS, method, target: '10,000,000 without a finding: met' },
  ]
}
