/** Boxes of the benchmark: the product's own outbox files, filled as after an outage, and a ledger of what is in them. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Hotspot } from '#central/noc/ingest/store-port.ts'
import { KELURAHAN } from '#central/platform/city/kelurahan.ts'
import { openOutbox, type Outbox } from '#edge/telemetry/outbox.ts'
import { healthAt, nodeName, SAMPLES_A_MINUTE, SECONDS, usageAt } from './samples.ts'

/** As boxes are configured. */
const BYTES_MAX = 64 * 1024 * 1024
const GROUP_SECONDS = 10

/** What one box has on its disk: seqs 1 to `last` of its telemetry lane. */
export type BoxLedger = { node: string; epoch: string; last: number; downOctets: number }

export const hotspotOf = (box: number): Hotspot => ({
  node: nodeName(box),
  name: `Bench ${box}`,
  kelurahan: KELURAHAN[box % KELURAHAN.length]!.code,
  rt: `RT ${String((box % 30) + 1).padStart(2, '0')} RW 01`,
  lat: -7.63,
  lon: 111.52,
  simulated: true,
})

const fileOf = (folder: string, box: number): string => join(folder, nodeName(box), 'outbox.db')

export function openBox(folder: string, box: number, at: { now?: () => number; monotonic?: () => number } = {}): Outbox {
  return openOutbox({ file: fileOf(folder, box), bytesMax: BYTES_MAX, groupSeconds: GROUP_SECONDS, clockTrust: () => 'ntp', ...at })
}

/** `minutes` of a usage and a health record each, the last of them a minute ago; through the product's `record`, on disk. */
export function fillBox(folder: string, box: number, minutes: number, until: number): BoxLedger {
  mkdirSync(join(folder, nodeName(box)), { recursive: true })
  let at = 0
  const first = until - (until % 60_000) - minutes * 60_000
  // Each box has its own second of the minute, so its records do not lie on the borders of the city's minutes.
  const second = (box * 7_919) % 60_000
  const outbox = openBox(folder, box, { now: () => at, monotonic: () => at - first })
  let downOctets = 0
  try {
    for (let minute = 0; minute < minutes; minute++) {
      at = first + minute * SECONDS * 1_000 + second
      const usage = usageAt(box, minute)
      downOctets += usage.downOctets
      outbox.record('usage', usage)
      outbox.record('health', healthAt(box, minute))
    }
    outbox.flush()
    const { hi } = outbox.bounds('t')
    if (hi !== minutes * SAMPLES_A_MINUTE) throw new Error(`${nodeName(box)} holds ${hi} records, not ${minutes * SAMPLES_A_MINUTE}`)
    return { node: nodeName(box), epoch: outbox.epoch(), last: hi, downOctets }
  } finally {
    outbox.close()
  }
}
