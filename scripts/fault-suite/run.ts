/** Runs the faults one after another. Each prints its seed and commit, so that it can be had again, and both ends' books. */
import { randomInt } from 'node:crypto'
import { commitOf } from '#scripts/fleet-engine/commit.ts'
import { readOptions } from './options.ts'
import { imbalance, noBooks, type Outcome, type Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

const options = readOptions(
  process.argv.slice(2),
  SCENARIOS.map(({ name }) => name),
)
if (typeof options === 'string') {
  process.stderr.write(`${options}\n`)
  process.exit(2)
}
if (options.list) {
  for (const { name, what } of SCENARIOS) print(`${name.padEnd(16)} ${what}`)
  process.exit(0)
}

const { names, smoke } = options
const seed = options.seed ?? randomInt(1, 2 ** 32)
const commit = commitOf()
const failed: string[] = []
for (const scenario of SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const missing = scenario.missing?.()
  if (missing !== undefined) {
    print(`${scenario.name}: SKIPPED, ${missing}`)
    // Who asked for it by name must not take silence for a pass.
    if (names.includes(scenario.name)) failed.push(scenario.name)
    continue
  }
  const rounds = options.rounds ?? scenario.rounds[smoke ? 'smoke' : 'full']
  const begun = performance.now()
  const outcome = await outcomeOf(scenario, rounds)
  const failures = [...imbalance(outcome), ...outcome.failures]
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  print(
    `${scenario.name}: ${failures.length === 0 ? 'ok' : 'FAILED'}, ${outcome.faults} · seed ${seed} · rounds ${rounds} · commit ${commit} · ${seconds} s`,
  )
  print(
    `    accepted ${outcome.accepted} = stored ${outcome.stored} + quarantined ${outcome.quarantined} + given up by count ${outcome.counted}; lost ${outcome.lost}, duplicated ${outcome.duplicated}`,
  )
  for (const note of outcome.notes) print(`    ${note}`)
  for (const failure of failures) print(`    ✗ ${failure}`)
  if (failures.length === 0) continue
  failed.push(scenario.name)
  print(`    again: ./scripts/faults ${scenario.name} --seed ${seed} --rounds ${rounds}${smoke ? ' --smoke' : ''}`)
}
if (failed.length > 0) process.stderr.write(`FAILED: ${failed.join(', ')}\n`)
process.exit(failed.length > 0 ? 1 : 0)

async function outcomeOf(scenario: Scenario, rounds: number): Promise<Outcome> {
  try {
    return await scenario.run({ seed, rounds, smoke })
  } catch (error) {
    return { ...noBooks(), faults: 'ended early', notes: [], failures: [(error as Error).message] }
  }
}
