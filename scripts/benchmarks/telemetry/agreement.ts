/** Whether a filled store's sums are what its records add up to: some boxes' hours and some minutes of the city, read anew. */
import { createRollups } from '#central/noc/ingest/rollups.ts'
import { hourOf } from '#central/noc/ingest/clock.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import type { Health } from '#edge/wire/health.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { hotspotOf } from './boxes.ts'
import { nodeName } from './samples.ts'
import { MINUTE_MS, RAW_MINUTES, type Weeks } from './weeks.ts'

const HOUR_MS = 3_600_000
const BOXES_LOOKED_AT = 12
const HOURS_EACH = 24
const MINUTES_LOOKED_AT = 3
/** Of sums of fractions, which are added in another order. */
const TOLERANCE = 1e-6

/** @returns how many sums were compared. @throws at the first that differs. */
export async function checkAgreement(store: TelemetryStore, weeks: Weeks): Promise<number> {
  let compared = 0
  for (let i = 0; i < Math.min(BOXES_LOOKED_AT, weeks.boxes); i++) {
    const box = Math.floor((i * weeks.boxes) / Math.min(BOXES_LOOKED_AT, weeks.boxes))
    const from = hourOf(weeks.first) + (1 + ((i * 29) % (RAW_MINUTES / 60 - HOURS_EACH - 2))) * HOUR_MS
    compared += await checkHours(store, box, from)
  }
  for (let i = 1; i <= MINUTES_LOOKED_AT; i++)
    compared += await checkCity(store, weeks, weeks.first + Math.floor((i * RAW_MINUTES) / (MINUTES_LOOKED_AT + 1)) * MINUTE_MS)
  return compared
}

async function checkHours(store: TelemetryStore, box: number, from: number): Promise<number> {
  const node = nodeName(box)
  const to = from + HOURS_EACH * HOUR_MS
  const rollups = createRollups()
  const { kelurahan } = hotspotOf(box)
  for (const { at, body } of await store.samples(node, 'usage', from, to + MINUTE_MS))
    rollups.usage(node, kelurahan, JSON.parse(body) as Usage, at)
  for (const { at, body } of await store.samples(node, 'health', from, to)) rollups.health(node, JSON.parse(body) as Health, at)
  const inside = ({ t }: { t: number }) => t >= from && t < to
  const added = new Map(
    rollups
      .rows()
      .nodeHours.filter(inside)
      .map((row) => [row.t, row]),
  )
  const stored = await store.nodeHours(node, from, to)
  if (stored.length !== HOURS_EACH || added.size !== HOURS_EACH)
    throw new Error(`${node} has ${stored.length} hours and records for ${added.size}`)
  for (const row of stored) {
    const own = added.get(row.t)!
    for (const [name, value] of Object.entries(row)) {
      const sum = own[name as keyof typeof own]
      const same = typeof value === 'number' ? Math.abs(value - Number(sum)) <= TOLERANCE * Math.max(1, Math.abs(value)) : value === sum
      if (!same) throw new Error(`${node}, hour ${row.t}: ${name} is ${value}, its records add up to ${sum}`)
    }
  }
  return stored.length
}

async function checkCity(store: TelemetryStore, weeks: Weeks, minute: number): Promise<number> {
  const rollups = createRollups()
  for (let box = 0; box < weeks.boxes; box++) {
    const node = nodeName(box)
    for (const { at, body } of await store.samples(node, 'usage', minute, minute + 2 * MINUTE_MS))
      rollups.usage(node, hotspotOf(box).kelurahan, JSON.parse(body) as Usage, at)
  }
  const own = rollups.rows().areaMinutes.find(({ area, t }) => area === 'city' && t === minute)
  const [stored] = await store.citySteps(minute, minute + MINUTE_MS, MINUTE_MS)
  if (!own || !stored || own.onlineMs !== stored.onlineMs || own.downOctets !== stored.downOctets)
    throw new Error(`the city's minute ${minute} is ${JSON.stringify(stored)}, its records add up to ${JSON.stringify(own)}`)
  return 1
}
