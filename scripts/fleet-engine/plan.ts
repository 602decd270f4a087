/** What happens to each box during a run, and when. Pure: the same seed, node and length give the same misfortunes. */
import { hashOf, seededRandom } from '#scripts/demo-city/random.ts'
import { OF_1970, offBy, RIGHT, type WallClock } from './wall-clock.ts'

/** `at`: milliseconds since the run began. */
export type Misfortune = { at: number } & (
  | { what: 'line'; state: 'cut' | 'deaf' | 'open' }
  | { what: 'power'; state: 'off' | 'on' }
  /** An image of the card is put aside, put in instead of the card, or an empty card is put in; the box is without power then. */
  | { what: 'card'; state: 'image' | 'restored' | 'swapped' }
  | { what: 'clock'; name: string; wall: WallClock }
)

export type Weather = (typeof WEATHERS)[number]
export const WEATHERS = ['calm', 'city', 'rough'] as const

/** The share of boxes that each happens to within one run, whatever its length. */
type Chances = { flaps: number; deaf: number; outage: number; power: number; restored: number; swapped: number; clock: number }
const CHANCES: Record<Weather, Chances> = {
  calm: { flaps: 0, deaf: 0, outage: 0, power: 0, restored: 0, swapped: 0, clock: 0 },
  city: { flaps: 0.04, deaf: 0.02, outage: 0.04, power: 0.04, restored: 0.005, swapped: 0.005, clock: 0.06 },
  rough: { flaps: 0.2, deaf: 0.1, outage: 0.15, power: 0.2, restored: 0.05, swapped: 0.03, clock: 0.3 },
}

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR
/** A flap is a line that goes and comes a few times in a row. */
const FLAPS_MAX = 4
/** Whatever was on its way from the old card has arrived by then; putting in another takes longer in any street. */
const CARD_AWAY_MILLISECONDS_MIN = 3_000
/** Faults end in time for the end of the run to see what came of them. */
const FAULTS_SHARE = 0.85

/**
 * @param milliseconds length of the run.
 * @returns in the order of their times. Line and power are open and on again at the end; a wrong clock may stay wrong.
 */
export function planOf(seed: number, node: string, weather: Weather, milliseconds: number): Misfortune[] {
  const random = seededRandom(hashOf(seed, node, 'plan'))
  const chances = CHANCES[weather]
  const length = milliseconds * FAULTS_SHARE
  const moment = (from: number, to: number) => Math.round(length * (from + random() * (to - from)))
  const happens = (chance: number) => random() < chance
  const plan: Misfortune[] = []

  if (happens(chances.clock)) plan.push(...wrongClock(random, moment))
  // One story of the line and one of the power at a time: a box without power has no line to lose.
  const line = random()
  if (line < chances.flaps) plan.push(...flapping(random, moment))
  else if (line < chances.flaps + chances.deaf) plan.push(...lineStory('deaf', moment(0.1, 0.5), moment(0.5, 1)))
  else if (line < chances.flaps + chances.deaf + chances.outage) plan.push(...lineStory('cut', moment(0.1, 0.4), moment(0.5, 1)))
  else if (happens(chances.restored)) plan.push(...cardStory('restored', moment, length))
  else if (happens(chances.swapped)) plan.push(...cardStory('swapped', moment, length))
  else if (happens(chances.power)) plan.push(...powerStory(moment(0.1, 0.6), moment(0.65, 1)))
  return plan.toSorted((a, b) => a.at - b.at)
}

/** Such boxes need a line of their own, which can be cut. */
export const needsLine = (plan: readonly Misfortune[]): boolean => plan.some(({ what }) => what === 'line' || what === 'power')

type Moment = (from: number, to: number) => number

function wrongClock(random: () => number, moment: Moment): Misfortune[] {
  const kind = random()
  const right = (): Misfortune => ({ at: moment(0.5, 1), what: 'clock', name: 'right', wall: RIGHT })
  if (kind < 0.4) return [{ at: 0, what: 'clock', name: '1970', wall: OF_1970 }, ...(random() < 0.7 ? [right()] : [])]
  if (kind < 0.7) {
    const skew = Math.round((random() * 2 - 1) * 20 * 60_000)
    return [{ at: 0, what: 'clock', name: 'skew', wall: offBy(skew, random() < 0.5) }]
  }
  const leap = (random() < 0.5 ? -1 : 1) * (random() < 0.5 ? 10 * YEAR : Math.round(random() * 48 * HOUR))
  return [{ at: moment(0.1, 0.45), what: 'clock', name: 'leap', wall: offBy(leap, random() < 0.5) }, right()]
}

function flapping(random: () => number, moment: Moment): Misfortune[] {
  const edges = Array.from({ length: 2 * (1 + Math.floor(random() * FLAPS_MAX)) }, () => moment(0.1, 1)).toSorted((a, b) => a - b)
  return edges.map((at, i) => ({ at, what: 'line', state: i % 2 === 0 ? 'cut' : 'open' }))
}

const lineStory = (state: 'cut' | 'deaf', from: number, to: number): Misfortune[] => [
  { at: from, what: 'line', state },
  { at: to, what: 'line', state: 'open' },
]

const powerStory = (from: number, to: number): Misfortune[] => [
  { at: from, what: 'power', state: 'off' },
  { at: to, what: 'power', state: 'on' },
]

function cardStory(state: 'restored' | 'swapped', moment: Moment, length: number): Misfortune[] {
  const off = moment(0.45, 0.6)
  const on = Math.max(moment(0.7, 0.8), off + Math.min(CARD_AWAY_MILLISECONDS_MIN, length * 0.2))
  const image: Misfortune[] = state === 'restored' ? [{ at: moment(0.2, 0.4), what: 'card', state: 'image' }] : []
  return [...image, { at: off, what: 'power', state: 'off' }, { at: on - 1, what: 'card', state }, { at: on, what: 'power', state: 'on' }]
}
