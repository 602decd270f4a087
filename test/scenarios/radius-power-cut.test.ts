/** The power goes at any moment of accounting under load: what was acknowledged is there. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gccMissing } from '#scripts/fault-suite/missing.ts'
import { record } from '#scripts/fault-suite/power-cut/record.ts'
import { replay, type Replay } from '#scripts/fault-suite/power-cut/replay.ts'
import { accountingSubject } from '#test/edge/radius/power-cut/subject.ts'

const SHARED_MEMORY = '/dev/shm'
const ROUNDS = 150
const POINTS = 25
const SEED = 20_260_115

async function cutEverywhere(t: TestContext, believesSyncs: boolean): Promise<Replay> {
  const outside = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), 'radius-power-cut-'))
  t.after(() => rmSync(outside, { recursive: true, force: true }))
  const folder = join(outside, 'recorded')
  const steps = await record(accountingSubject.program, { folder, seed: SEED, rounds: ROUNDS }, outside)
  const believed = believesSyncs ? steps : steps.filter(({ is }) => is !== 'sync' && is !== 'sync-folder')
  return replay({ subject: accountingSubject, steps: believed, recordedFolder: folder, scratch: outside, points: POINTS, seed: SEED })
}

test('cut at any write, in four ways, no acknowledged record is lost and no file unreadable', async (t) => {
  if (gccMissing()) return t.skip('the recorder needs gcc')
  const { tallies, promises } = await cutEverywhere(t, true)
  assert.ok(promises > 500, `${promises} promises say nothing`)
  for (const { cut, states, bad, unreadable, lost, first } of tallies)
    assert.deepEqual([cut, states, bad, unreadable, lost], [cut, POINTS, 0, 0, 0], `${cut}: ${first}`)
})

test('a disk that only claims to have synced does lose some, so that this suite could find it', async (t) => {
  if (gccMissing()) return t.skip('the recorder needs gcc')
  const { tallies } = await cutEverywhere(t, false)
  assert.ok(tallies.some(({ cut, lost }) => cut !== 'process' && lost > 0))
})
