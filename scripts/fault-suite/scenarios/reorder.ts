/** One packet in five comes twice, and all of them in another order than they were sent. */
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { settle } from '../end.ts'
import { shuffled, type Shuffled } from '../mqtt-shuffle.ts'
import { openRoad } from '../road.ts'
import type { Scenario } from '../scenario.ts'
import { openProxy, type Proxy } from '../tcp-proxy.ts'

const TWICE = 0.2
const HELD_MAX = 8
const HELD_MILLISECONDS = 120
const DRAIN_SECONDS_MAX = 60

export const reorder: Scenario = {
  name: 'reorder',
  what: 'MQTT packets duplicated (20 %) and shuffled between box and broker',
  rounds: { unit: 'seconds of traffic', smoke: 4, full: 120 },
  async run({ seed, rounds }) {
    const count: Shuffled = { twice: 0, outOfOrder: 0 }
    const random = seededRandom(seed)
    let proxy: Proxy | undefined
    const disturb = () => shuffled({ twice: TWICE, heldMax: HELD_MAX, heldMilliseconds: HELD_MILLISECONDS, random }, count)
    await using road = await openRoad({
      broker: 'embedded',
      boxes: 2,
      through: async (port) => (proxy = await openProxy(port, disturb)).port,
    })
    await using _line = proxy!
    await setTimeout(rounds * 1000)
    const outcome = await settle(road, `${rounds} s of shuffled packets`, DRAIN_SECONDS_MAX)
    outcome.notes.push(`${count.twice} packets came twice, ${count.outOfOrder} out of order`)
    if (count.twice === 0 || count.outOfOrder === 0) outcome.failures.push('nothing was shuffled: the story proves nothing')
    return outcome
  },
}
