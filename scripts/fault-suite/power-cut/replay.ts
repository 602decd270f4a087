/** From one recording the states a disk could hold at many moments, each opened and looked at. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { createDisk, CUTS, type Cut, type DiskState } from './disk.ts'
import type { Step } from './recording.ts'
import { nothingFound, type Finding, type Subject } from './subject.ts'

/** What all states of one cut had in common. */
export type Tally = {
  cut: Cut
  states: number
  /** States in which something was wrong. */
  bad: number
  unreadable: number
  /** Of the worst state. */
  lost: number
  duplicated: number
  /** The first bad state, in words. */
  first?: string
}

export type Replay = { tallies: Tally[]; promises: number; last: Finding }

export async function replay(at: {
  subject: Subject
  steps: readonly Step[]
  /** The recorded program's folder: names in the steps begin with it. */
  recordedFolder: string
  /** RAM disk for the states. */
  scratch: string
  points: number
  seed: number
}): Promise<Replay> {
  const { steps } = at
  const random = seededRandom(at.seed)
  const moments = new Set<number>()
  while (moments.size < Math.min(at.points, steps.length)) moments.add(Math.floor(random() * steps.length))
  const tallies = CUTS.map((cut): Tally => ({ cut, states: 0, bad: 0, unreadable: 0, lost: 0, duplicated: 0 }))
  const disk = createDisk()
  const said: unknown[] = []
  let last = nothingFound()
  for (const [i, step] of steps.entries()) {
    disk.take(step)
    if (step.is === 'said') said.push(step.line)
    if (!moments.has(i)) continue
    for (const tally of tallies) {
      const state = disk.after(tally.cut, random, steps[i + 1])
      last = await inspected(at, state, said)
      count(tally, last, `after step ${i} of ${steps.length}`)
    }
  }
  return { tallies, promises: said.length, last }
}

async function inspected(
  { subject, recordedFolder, scratch }: { subject: Subject; recordedFolder: string; scratch: string },
  state: DiskState,
  said: readonly unknown[],
): Promise<Finding> {
  const folder = mkdtempSync(join(scratch, 'state-'))
  try {
    for (const [path, content] of state) {
      if (path.endsWith('-shm') || subject.leavesOut?.(path)) continue
      const file = join(folder, relative(recordedFolder, path))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
    }
    return await subject.inspect(folder, said)
  } catch (error) {
    return { ...nothingFound(), unreadable: true, faults: [(error as Error).message] }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function count(tally: Tally, { lost, duplicated, unreadable, faults }: Finding, where: string): void {
  tally.states += 1
  tally.lost = Math.max(tally.lost, lost)
  tally.duplicated = Math.max(tally.duplicated, duplicated)
  if (unreadable) tally.unreadable += 1
  if (lost + duplicated + faults.length === 0 && !unreadable) return
  tally.bad += 1
  const words = [`lost ${lost}`, `duplicated ${duplicated}`, ...(unreadable ? ['unreadable'] : []), ...faults.slice(0, 1)]
  tally.first ??= `${tally.cut} ${where}: ${words.join(', ')}`
}
