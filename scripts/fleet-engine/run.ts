/** A run of the fleet from its first connection to its last ack. */
import { seededRandom } from '#scripts/demo-city/random.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { startFleetProcesses, type Fleet } from './processes.ts'
import type { OwnCentral } from './own-central.ts'
import type { CentralAddress } from './identity.ts'
import type { Report, RunSettings } from './settings.ts'
import type { FleetNote } from './store.ts'

export type RunOptions = {
  folder: string
  note: FleetNote
  settings: RunSettings
  central: CentralAddress
  /** To be killed and started again so many times, at moments that follow from the seed. */
  kills?: { central: OwnCentral; count: number }
  say: (line: string) => void
  /** Ends the run early, in order. */
  stop?: AbortSignal
}

export type Run = {
  report: Report
  /** From the end of the run until every box had central's word for everything; undefined when some never had. */
  caughtUpSeconds: number | undefined
}

/** Kills keep away from the very beginning and leave the end to see what came of them. */
const KILLS_WITHIN = { from: 0.2, to: 0.85 }
const AWAY_MILLISECONDS_MAX = 3_000
const PROGRESS_MILLISECONDS = 10_000
/** A box waits up to a minute before it tries again; the promise for a city is two. */
export const CAUGHT_UP_SECONDS_MAX = 180
const MINUTE = 60_000

export async function runFleet(options: RunOptions): Promise<Run> {
  const { folder, note, settings, central, kills, say } = options
  const fleet = startFleetProcesses({ settings, central, folder, life: note.life, processes: note.processes, boxes: note.boxes })
  try {
    await live(fleet, options)
    if (kills) await kills.central.start().catch(() => undefined)
    say('settling: lines and power come back')
    fleet.tell('settle')
    await fleet.until(({ on, boxes }) => on === boxes, CAUGHT_UP_SECONDS_MAX)
    fleet.tell('stop')
    const caughtUpSeconds = await fleet.until(allArrived, CAUGHT_UP_SECONDS_MAX)
    const report = fleet.report()
    const { accepted } = await fleet.end()
    return { report: { ...report, accepted }, caughtUpSeconds }
  } catch (error) {
    await fleet.kill()
    throw error
  }
}

/** A report of before the last word would say so too. */
export const allArrived = ({ silent, caughtUp, boxes }: Report): boolean => silent === boxes && caughtUp === boxes

async function live(fleet: Fleet, { settings, kills, say, stop, note }: RunOptions): Promise<void> {
  const begun = performance.now()
  const length = settings.minutes * MINUTE
  const elapsed = () => performance.now() - begun
  const moments = kills ? killMoments(settings.seed, kills.count, length) : []
  let told = 0
  const isOver = () => elapsed() >= length || stop?.aborted === true
  while (!isOver()) {
    await fleet.until(() => true, 0)
    const due = moments[0]
    if (kills && due && elapsed() >= due.at) {
      moments.shift()
      await kills.central.kill()
      await pause(due.away)
      await kills.central.start()
    }
    if (elapsed() - told >= PROGRESS_MILLISECONDS) {
      told = elapsed()
      say(`${Math.round(told / 1_000)} s of ${Math.round(length / 1_000)}: ${progress(fleet.report(), note.boxes.length)}`)
    }
    await pause(Math.min(100, Math.max(1, length - elapsed())), undefined, { signal: stop }).catch(() => undefined)
  }
}

function killMoments(seed: number, count: number, length: number): { at: number; away: number }[] {
  const random = seededRandom(seed)
  const { from, to } = KILLS_WITHIN
  return Array.from({ length: count }, () => ({
    at: length * (from + random() * (to - from)),
    away: random() * Math.min(AWAY_MILLISECONDS_MAX, length / 10),
  })).toSorted((a, b) => a.at - b.at)
}

const progress = ({ connected, accepted, waiting }: Report, boxes: number): string =>
  `${connected} of ${boxes} connected, ${accepted.toLocaleString('en')} records accepted, ${waiting.toLocaleString('en')} not acked yet`
