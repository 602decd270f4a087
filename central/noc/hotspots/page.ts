/** One hotspot's page, and the telemetry around a complaint, read from the store. */
import type { Device } from '#edge/wire/device.ts'
import type { Health } from '#edge/wire/health.ts'
import type { Usage } from '#edge/wire/usage.ts'
import type { HotspotPage, HotspotState } from '../api.ts'
import { cityDayOf, hourOf, minuteOf } from '../ingest/clock.ts'
import type { Sample } from '../ingest/heard.ts'
import type { DeviceFacts, TelemetryStore, UsageSample } from '../ingest/store-port.ts'
import type { BoardRow } from './rows.ts'
import { hourSeries, minuteSeries, RANGES, type Range } from './series.ts'

const SESSIONS_MAX = 50
const NOTICES_MAX = 50
/** What the office sees beside a complaint. */
const AROUND_MS = 2 * 3_600_000
/** What the sums beside a device are of. */
const DEVICE_SUMS_MS = 86_400_000
/** A record that ends just after the range began still covers its start, and one placed a little ahead belongs to its end. */
const EDGE_MS = 3_600_000

const parsed = <T>(rows: UsageSample[]): Sample<T>[] => rows.map(({ at, body }) => ({ at, value: JSON.parse(body) as T }))

export async function hotspotPage(
  store: TelemetryStore,
  board: BoardRow,
  range: Range,
  now: number,
): Promise<Omit<HotspotPage, 'blocked' | 'access'>> {
  const { node } = board.row
  const { ms, stepMs } = RANGES[range]
  const { heard } = board
  const [series, day, road, sessions, notices, devices, marks] = await Promise.all([
    seriesOf(store, node, range, now - ms, now),
    store.nodeDay(node, cityDayOf(now)),
    store.road(node),
    store.sessions(node, SESSIONS_MAX),
    store.notices(node, NOTICES_MAX),
    store.devices(node, now - DEVICE_SUMS_MS),
    heard?.epoch ? store.marks(node, heard.epoch) : undefined,
  ])
  return {
    at: now,
    hotspot: board.row,
    health: board.health,
    healthAt: heard?.healthAt ?? null,
    intervalSeconds: stepMs / 1_000,
    series,
    today: {
      downOctets: day?.downOctets ?? 0,
      upOctets: day?.upOctets ?? 0,
      admitted: day?.admitted ?? 0,
      watched: day?.watched ?? 0,
      fallback: day?.fallback ?? 0,
    },
    road: {
      epoch: heard?.epoch ?? null,
      committedT: marks?.t ?? 0,
      committedE: marks?.e ?? 0,
      dropped: road.dropped,
      quarantined: road.quarantined,
      skewSeconds: heard?.skewMs == null ? null : heard.skewMs / 1_000,
      repeated: road.repeated,
      clock: heard?.clock ?? null,
      rivalAt: heard?.rivalAt ?? null,
    },
    sessions,
    devices: devices.map(deviceOf),
    notices: notices.map(({ at, kind, detail, device, count }) => ({ at, kind, detail, device, count })),
  }
}

function deviceOf({ body, answered, answeredAt, at, since, day }: DeviceFacts): HotspotPage['devices'][number] {
  const { name, kind, reachable, problem } = JSON.parse(body) as Device
  const said = answered === null ? null : (JSON.parse(answered) as Device)
  return { name, kind, reachable, problem: problem ?? null, at, since, said, saidAt: answeredAt, day }
}

async function seriesOf(store: TelemetryStore, node: string, range: Range, from: number, to: number) {
  if (RANGES[range].stepMs > 60_000) return hourSeries(from, to, await store.nodeHours(node, hourOf(from), to))
  const [usage, health] = await Promise.all([
    store.samples(node, 'usage', minuteOf(from), to + EDGE_MS),
    store.samples(node, 'health', minuteOf(from), to + EDGE_MS),
  ])
  return minuteSeries(from, to, parsed<Usage>(usage), parsed<Health>(health))
}

export type TelemetryAround = {
  at: number
  /** As central saw it at that moment. */
  state: HotspotState | null
  reason: string | null
  /** Made by the demo city; whoever reads the case must see it. */
  simulated: boolean
  health: Health | null
  healthAt: number | null
  /** Minute points of the two hours before. */
  series: Awaited<ReturnType<typeof seriesOf>>
}

export async function telemetryAround(
  store: TelemetryStore,
  board: BoardRow | undefined,
  node: string,
  at: number,
): Promise<TelemetryAround> {
  const [usage, health] = await Promise.all([
    store.samples(node, 'usage', at - AROUND_MS, at + 1),
    store.samples(node, 'health', at - AROUND_MS, at + 1),
  ])
  const last = health.at(-1)
  return {
    at,
    state: board?.row.state ?? null,
    reason: board?.row.reason ?? null,
    simulated: board?.row.simulated ?? false,
    health: last ? (JSON.parse(last.body) as Health) : null,
    healthAt: last?.at ?? null,
    series: minuteSeries(at - AROUND_MS, at, parsed<Usage>(usage), parsed<Health>(health)),
  }
}
