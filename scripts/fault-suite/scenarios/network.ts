/** The line to the city: 2 kB/s, half-open without anybody being told, and on and off every few seconds. */
import { setTimeout } from 'node:timers/promises'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { settle } from '../end.ts'
import { openRoad } from '../road.ts'
import type { Scenario } from '../scenario.ts'
import { openProxy, type Proxy } from '../tcp-proxy.ts'

const DRAIN_SECONDS_MAX = 60
const FLAPS = 4

export const network: Scenario = {
  name: 'network',
  what: 'a line of 2 kB/s, a half-open one (blackhole), and one that flaps, under traffic',
  rounds: { unit: 'rounds of slow, deaf and flapping', smoke: 1, full: 8 },
  async run({ seed, rounds, smoke }) {
    const random = seededRandom(seed)
    let proxy: Proxy | undefined
    await using road = await openRoad({
      broker: 'embedded',
      through: async (port) => (proxy = await openProxy(port)).port,
      box: { everyMilliseconds: 40, times: smoke ? { keepaliveSeconds: 2, stallSeconds: 3 } : { keepaliveSeconds: 10, stallSeconds: 30 } },
    })
    await using line = proxy!
    const span = (smoke ? 2_500 : 60_000) * (0.7 + random() * 0.6)
    for (let round = 0; round < rounds; round++) {
      line.set('slow')
      await setTimeout(span)
      line.set('open')
      await setTimeout(span / 5)
      line.set('deaf')
      await setTimeout(span * 1.5)
      line.set('open')
      for (let flap = 0; flap < FLAPS; flap++) {
        await setTimeout((random() * span) / FLAPS)
        line.set('cut')
        await setTimeout((random() * span) / FLAPS)
        line.set('open')
      }
    }
    return await settle(road, `${rounds} times slow, deaf and ${FLAPS} times cut`, DRAIN_SECONDS_MAX)
  },
}
