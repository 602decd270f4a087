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

export const kills: Scenario = {
  name: 'kills',
  what: 'SIGKILL of broker (which forgets everything), central (also at named points of a commit) and box, under traffic',
  rounds: { unit: 'kills, two thirds over Mosquitto, the rest over the embedded broker', smoke: 12, full: 1_000 },
  missing: mosquittoMissing,
  async run({ seed, rounds }) {
    const overMosquitto = Math.ceil((rounds * 2) / 3)
    const outcomes = [await killOn('mosquitto', ['broker', 'central', 'box'], overMosquitto, seed)]
    if (rounds > overMosquitto) outcomes.push(await killOn('embedded', ['central', 'box'], rounds - overMosquitto, seed + 1))
    return together(outcomes)
  },
}

async function killOn(broker: 'mosquitto' | 'embedded', parts: readonly Part[], count: number, seed: number): Promise<Outcome> {
  const random = seededRandom(seed)
  const killed = new Map<string, number>()
  await using road = await openRoad({ broker })
  for (let i = 0; i < count; i++) {
    await setTimeout(random() * BETWEEN_MILLISECONDS)
    const part = parts[i % parts.length]!
    // Every other time central dies by itself at a point of its own work.
    const point = part === 'central' && random() < 0.5 ? POINTS[Math.floor(random() * POINTS.length)]! : undefined
    await road.kill(part)
    if (point) {
      await road.start('central', { at: point, nth: 1 + Math.floor(random() * 4) })
      await diedBySelf(road, point)
    }
    const name = point ? `central when ${point}` : part
    killed.set(name, (killed.get(name) ?? 0) + (point ? 2 : 1))
    await setTimeout(random() * AWAY_MILLISECONDS)
    await road.start(part)
  }
  const told = [...killed].map(([name, n]) => `${name} ${n}`).join(', ')
  const total = [...killed.values()].reduce((sum, n) => sum + n, 0)
  return await settle(road, `${total} kills over ${broker}`, DRAIN_SECONDS_MAX, [`over ${broker}: ${told}`])
}

async function diedBySelf(road: Road, point: string): Promise<void> {
  const until = performance.now() + POINT_SECONDS_MAX * 1000
  while (road.isUp('central')) {
    if (performance.now() > until)
      throw new Error(`central did not reach the point "${point}" within ${POINT_SECONDS_MAX} s\n${road.whatTheySay()}`)
    await setTimeout(10)
  }
}
