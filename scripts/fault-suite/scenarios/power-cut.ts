/** The power goes at any moment: outbox, central's databases and the small files are replayed from recordings of what was written. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { centralSubject } from '../power-cut/central.ts'
import { outboxSubject } from '../power-cut/outbox.ts'
import { record } from '../power-cut/record.ts'
import { replay, type Replay } from '../power-cut/replay.ts'
import { settingsSubject } from '../power-cut/settings.ts'
import type { Subject } from '../power-cut/subject.ts'
import type { Control } from '../power-cut/weaken.ts'
import { gccMissing } from '../missing.ts'
import { noBooks, type Outcome, type Scenario } from '../scenario.ts'

/** What the recorded programs do: enough for the outbox to fill, drop, checkpoint and restart several times. */
const RECORDED_ROUNDS: Record<string, { smoke: number; full: number }> = {
  outbox: { smoke: 250, full: 600 },
  central: { smoke: 30, full: 120 },
  settings: { smoke: 40, full: 120 },
}
/** A control run only has to find what is surely there. */
const CONTROL_POINTS = { smoke: 5, full: 25 }
const SHARED_MEMORY = '/dev/shm'

export const powerCut: Scenario = {
  name: 'power-cut',
  what: 'outbox, central and settings after a power cut at any write, with control runs that must lose',
  missing: gccMissing,
  rounds: { unit: 'moments, each cut in four ways, in each of three recordings', smoke: 34, full: 350 },
  async run({ seed, rounds, smoke }) {
    const outcome: Outcome = { ...noBooks(), faults: '', notes: [], failures: [] }
    const size = smoke ? 'smoke' : 'full'
    let powerCuts = 0
    let deaths = 0
    for (const subject of [outboxSubject, centralSubject, settingsSubject]) {
      const recorded = RECORDED_ROUNDS[subject.name]![size]
      const done = await recordAndReplay({ subject, seed, rounds: recorded, points: rounds })
      for (const { cut, states, bad, first } of done.tallies) {
        if (cut === 'process') deaths += states
        else powerCuts += states
        if (bad > 0) outcome.failures.push(`${subject.name}: ${bad} of ${states} states are wrong; ${first}`)
      }
      const { accepted, stored, quarantined, counted } = done.last
      outcome.accepted += accepted
      outcome.stored += stored
      outcome.quarantined += quarantined
      outcome.counted += counted
      outcome.notes.push(`${subject.name}: ${lineOf(done)}`)
      const controlPoints = Math.min(rounds, CONTROL_POINTS[size])
      for (const control of smoke ? subject.controls.slice(0, 1) : subject.controls) {
        const weakened = await recordAndReplay({ subject, seed, rounds: recorded, points: controlPoints, control })
        outcome.notes.push(`${subject.name}, control ${control}: ${lineOf(weakened)}`)
        if (weakened.tallies.every(({ cut, bad }) => cut === 'process' || bad === 0))
          outcome.failures.push(`${subject.name}: the control run with ${control} lost nothing, so this suite could not find a loss`)
      }
    }
    outcome.faults = `${powerCuts} power-cut states, ${deaths} process deaths`
    return outcome
  },
}

async function recordAndReplay(at: { subject: Subject; seed: number; rounds: number; points: number; control?: Control }): Promise<Replay> {
  const { subject, seed, rounds, points, control } = at
  const outside = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), 'power-cut-'))
  try {
    const folder = join(outside, 'recorded')
    const steps = await record(subject.program, { folder, seed, rounds, ...(control && { control }) }, outside)
    const believed = control === 'no-fsync' ? steps.filter(({ is }) => is !== 'sync' && is !== 'sync-folder') : steps
    return await replay({ subject, steps: believed, recordedFolder: folder, scratch: outside, points, seed })
  } finally {
    rmSync(outside, { recursive: true, force: true })
  }
}

function lineOf({ tallies, promises }: Replay): string {
  const cuts = tallies.filter(({ cut }) => cut !== 'process')
  const sum = (of: 'states' | 'bad' | 'unreadable') => cuts.reduce((total, tally) => total + tally[of], 0)
  const worst = Math.max(...cuts.map(({ lost }) => lost))
  return `${sum('states')} power-cut states, ${sum('bad')} wrong, ${sum('unreadable')} unreadable, worst loss ${worst}, after up to ${promises} promises`
}
