/** The disk is full: of a box (telemetry pays, by count; complaints are kept or refused) and of central (nothing is acknowledged). */
import { setTimeout } from 'node:timers/promises'
import { settle, together } from '../end.ts'
import { rootMissing } from '../missing.ts'
import { openRoad } from '../road.ts'
import { smallDisk } from '../small-disk.ts'
import type { Outcome, Scenario } from '../scenario.ts'

const BOX_DISK_MEBIBYTES = 12
const CENTRAL_DISK_MEBIBYTES = 16
/** Reached within seconds of traffic that central does not take. */
const OUTBOX_BYTES_MAX = 512 * 1024
const FULL_SECONDS = { smoke: 2, full: 20 }
const DRAIN_SECONDS_MAX = 60

export const diskFull: Scenario = {
  name: 'disk-full',
  what: 'somebody else fills a box’s disk while central is away, then central’s disk',
  rounds: { unit: 'times full, on each side', smoke: 1, full: 10 },
  missing: rootMissing,
  async run({ rounds, smoke }) {
    const seconds = FULL_SECONDS[smoke ? 'smoke' : 'full']
    return together([await atBox(rounds, seconds), await atCentral(rounds, seconds)])
  },
}

async function atBox(rounds: number, seconds: number): Promise<Outcome> {
  using disk = smallDisk(BOX_DISK_MEBIBYTES)
  await using road = await openRoad({
    broker: 'embedded',
    boxFolder: disk.folder,
    box: { bytesMax: OUTBOX_BYTES_MAX, everyMilliseconds: 5, usageEach: 20 },
  })
  for (let round = 0; round < rounds; round++) {
    await setTimeout(500)
    await road.kill('central')
    disk.fill()
    await setTimeout(seconds * 1000)
    // The power goes while nothing can be written.
    await road.kill('box')
    await road.start('box')
    await setTimeout(seconds * 500)
    disk.free()
    await road.start('central')
  }
  await setTimeout(500)
  const outcome = await settle(road, `${rounds} times full at the box for ${seconds} s`, DRAIN_SECONDS_MAX)
  outcome.notes.push(`the box gave up ${outcome.counted} usage records that central had not, and counted them`)
  return outcome
}

async function atCentral(rounds: number, seconds: number): Promise<Outcome> {
  using disk = smallDisk(CENTRAL_DISK_MEBIBYTES)
  await using road = await openRoad({ broker: 'embedded', centralFolder: disk.folder, box: { everyMilliseconds: 10 } })
  for (let round = 0; round < rounds; round++) {
    await setTimeout(500)
    disk.fill()
    await setTimeout(seconds * 1000)
    // And once more: central starts on a full disk only if it can, so room comes first.
    disk.free()
    await setTimeout(300)
  }
  const outcome = await settle(road, `${rounds} times full at central for ${seconds} s`, DRAIN_SECONDS_MAX)
  if (!/full|ENOSPC/i.test(road.centralErrors())) outcome.failures.push('central never met the full disk: the story proves nothing')
  return outcome
}
