/** What goes wrong at a simulated hotspot, and when. Pure, so that the past has the same troubles at each start. */
import { chanceOf } from './random.ts'

/** outage: the line is dead · slow: the line crawls · hot: the box in the sun · disk: card nearly full · outbox: a long queue · dns: no name resolves · device: an access point falls silent */
export type Mishap = 'outage' | 'slow' | 'hot' | 'disk' | 'outbox' | 'dns' | 'device' | undefined

const SLOT = 2 * 3_600_000
/** Chances per two hours; with sixty hotspots one or two are in trouble at most times, as in a real city. */
const CHANCES = [
  ['outage', 0.024],
  ['slow', 0.04],
  ['hot', 0.02],
  ['disk', 0.012],
  ['outbox', 0.012],
  ['dns', 0.012],
  ['device', 0.012],
] as const
const SHORTEST = 8 * 60_000
const LONGEST = 55 * 60_000

export function mishapAt(node: string, at: number): Mishap {
  const slot = Math.floor(at / SLOT)
  let left = chanceOf(node, slot, 'mishap')
  for (const [mishap, chance] of CHANCES) {
    left -= chance
    if (left >= 0) continue
    const length = SHORTEST + chanceOf(node, slot, 'length') * (LONGEST - SHORTEST)
    const begin = slot * SLOT + chanceOf(node, slot, 'begin') * (SLOT - length)
    return at >= begin && at < begin + length ? mishap : undefined
  }
  return undefined
}
