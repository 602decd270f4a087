/** A short run of every fault of scripts/faults, and of the control runs that must find a loss. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { imbalance } from '#scripts/fault-suite/scenario.ts'
import { SCENARIOS } from '#scripts/fault-suite/scenarios.ts'

const SEED = 20_264

for (const scenario of SCENARIOS) {
  void test(`${scenario.name}: ${scenario.what}`, { skip: scenario.missing?.() ?? false, timeout: 120_000 }, async (t) => {
    const outcome = await scenario.run({ seed: SEED, rounds: scenario.rounds.smoke, smoke: true })
    const { accepted, stored, quarantined, counted, lost, duplicated, faults, notes } = outcome
    t.diagnostic(
      `${faults}; seed ${SEED}; accepted ${accepted} = stored ${stored} + quarantined ${quarantined} + given up by count ${counted}`,
    )
    for (const note of notes) t.diagnostic(note)
    assert.deepEqual([...imbalance(outcome), ...outcome.failures], [])
    assert.deepEqual({ lost, duplicated }, { lost: 0, duplicated: 0 })
    assert.ok(accepted > 100, 'something was at stake')
  })
}

test('wrong words on the command line get one clear line and end with 2', async () => {
  const script = join(import.meta.dirname, '../../scripts/fault-suite/run.ts')
  for (const [words, line] of [
    [['earthquake'], /^Unknown scenario: earthquake\. There are: lives, power-cut, .*\n$/],
    [['--seed', '-1'], /^--seed needs a whole number from 1 to 4294967295, not "-1"\n$/],
    [['--rounds'], /^--rounds needs a whole number from 1 to 1000000, not nothing\n$/],
    [['--fast'], /^Unknown option: --fast\. There are --seed N, --rounds N, --smoke, --list and --help\n$/],
  ] as const) {
    await assert.rejects(
      promisify(execFile)(process.execPath, [script, ...words]),
      (error: { code: number; stderr: string; stdout: string }) => {
        assert.equal(error.code, 2)
        assert.match(error.stderr, line)
        assert.equal(error.stdout, '')
        return true
      },
    )
  }
})
