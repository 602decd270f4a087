/** Ten times what boxes send in the field, from several at once, over a central that is killed in the middle of it. */
import { setTimeout } from 'node:timers/promises'
import { settle } from '../end.ts'
import { openRoad } from '../road.ts'
import type { Scenario } from '../scenario.ts'

const BOXES = 4
/** A box says some three telemetry records a minute; each of these says hundreds a second, with sessions and complaints between. */
const USAGE_EACH = 10
const EVERY_MILLISECONDS = 10
/** Small enough that the overload overflows it while central is away. */
const OUTBOX_BYTES_MAX = 1024 * 1024
/** The promise after an overload. */
const RECOVERY_SECONDS_MAX = 60

export const overload: Scenario = {
  name: 'overload',
  what: 'far more than ten times the field’s traffic; telemetry may be given up by count, complaints and sessions may not',
  rounds: { unit: 'seconds of overload', smoke: 4, full: 60 },
  async run({ rounds }) {
    await using road = await openRoad({
      broker: 'embedded',
      boxes: BOXES,
      box: { usageEach: USAGE_EACH, everyMilliseconds: EVERY_MILLISECONDS, bytesMax: OUTBOX_BYTES_MAX },
    })
    await setTimeout(rounds * 400)
    await road.kill('central')
    await setTimeout(rounds * 200)
    await road.start('central')
    await setTimeout(rounds * 400)
    const rate = Math.round(road.accepted() / rounds)
    const outcome = await settle(road, `${rounds} s of about ${rate} records a second`, RECOVERY_SECONDS_MAX)
    if (rate < BOXES * 10) outcome.failures.push(`${rate} records a second are no overload`)
    return outcome
  },
}
