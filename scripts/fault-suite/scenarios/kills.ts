/** Broker, central and box killed again and again under traffic, central also at the named points of a commit. */
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { settle, together } from '../end.ts'
import { mosquittoMissing } from '../missing.ts'
import { openRoad, type Part, type Road } from '../road.ts'
import type { Outcome, Scenario } from '../scenario.ts'

const POINTS = ['received', 'inserted', 'committed', 'acked'] as const
/** The longest time between two kills, and how long what was killed stays away. */
const BETWEEN_MILLISECONDS = 700
const AWAY_MILLISECONDS = 400
const POINT_SECONDS_MAX = 15
const DRAIN_SECONDS_MAX = 60
/** Sessions of one box; several roads share the machine, and their programs have to start again and again. */
const EVERY_MILLISECONDS = 15
const PROGRESS_KILLS = 50

type Lane = { name: string; broker: 'mosquitto' | 'embedded'; parts: readonly Part[] }
/** Roads of their own, side by side: most of a kill is waiting. */
const LANES: readonly Lane[] = [
  { name: 'Mosquitto', broker: 'mosquitto', parts: ['broker', 'central', 'box'] },
  { name: 'Mosquitto', broker: 'mosquitto', parts: ['broker', 'central', 'box'] },
  { name: 'the embedded broker', broker: 'embedded', parts: ['central', 'box'] },
]

export const kills: Scenario = {
  name: 'kills',
  what: 'SIGKILL of broker (which forgets everything), central (also at named points of a commit) and box, under traffic',
  rounds: { unit: 'kills, on three roads at once: two over Mosquitto, one over the embedded broker', smoke: 12, full: 1_000 },
  missing: mosquittoMissing,
  async run({ seed, rounds }) {
    const stop = new AbortController()
    const done = progress(rounds)
    const lanes = LANES.map((lane, i) =>
      killOn(lane, Math.ceil((rounds - i) / LANES.length), seed + i, { signal: stop.signal, done }).catch((error: unknown) => {
        stop.abort()
        throw error
      }),
    )
    const ended = await Promise.allSettled(lanes)
    const failed = ended.find((each) => each.status === 'rejected')
    if (failed) throw failed.reason as Error
    return together(await Promise.all(lanes))
  },
}

type Watch = { signal: AbortSignal; done: (kills: number) => void }

async function killOn({ name, broker, parts }: Lane, count: number, seed: number, { signal, done }: Watch): Promise<Outcome> {
  const random = seededRandom(seed)
  const killed = new Map<string, number>()
  const total = () => [...killed.values()].reduce((sum, n) => sum + n, 0)
  await using road = await openRoad({ broker, box: { everyMilliseconds: EVERY_MILLISECONDS } })
  while (total() < count && !signal.aborted) {
    await setTimeout(random() * BETWEEN_MILLISECONDS)
    const part = parts[Math.floor(random() * parts.length)]!
    // Every other time central dies by itself at a point of its own work.
    const point = part === 'central' && random() < 0.5 ? POINTS[Math.floor(random() * POINTS.length)]! : undefined
    await road.kill(part)
    if (point) {
      await road.start('central', { at: point, nth: 1 + Math.floor(random() * 4) })
      await diedBySelf(road, point)
    }
    const what = point ? `central when ${point}` : part
    killed.set(what, (killed.get(what) ?? 0) + (point ? 2 : 1))
    done(point ? 2 : 1)
    await setTimeout(random() * AWAY_MILLISECONDS)
    await road.start(part)
  }
  const told = [...killed].map(([what, n]) => `${what} ${n}`).join(', ')
  return await settle(road, `${total()} kills over ${name}`, DRAIN_SECONDS_MAX, [`over ${name}: ${told}`])
}

async function diedBySelf(road: Road, point: string): Promise<void> {
  const until = performance.now() + POINT_SECONDS_MAX * 1000
  while (road.isUp('central')) {
    if (performance.now() > until)
      throw new Error(`central did not reach the point "${point}" within ${POINT_SECONDS_MAX} s\n${await road.whatTheySay()}`)
    await setTimeout(10)
  }
}

/** Minutes go by: somebody watches. */
function progress(all: number): (kills: number) => void {
  let done = 0
  return (kills) => {
    const before = done
    done += kills
    if (Math.floor(done / PROGRESS_KILLS) > Math.floor(before / PROGRESS_KILLS)) process.stderr.write(`    ${done} of ${all} kills\n`)
  }
}
