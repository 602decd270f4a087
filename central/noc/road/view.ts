/** The page "Telemetri masuk" put together from counters, marks and the board. Pure but for the reads at its beginning. */
import { lagWithin, type LagCount } from '../ingest/lag.ts'
import { minuteOf } from '../ingest/clock.ts'
import { RIVAL_MS } from '../ingest/rivals.ts'
import { RETENTION_CLASSES, type RetentionReport } from '../ingest/retention.ts'
import type { IngestMinute, RoadRow, TelemetryStore } from '../ingest/store-port.ts'
import type { BoardRow } from '../hotspots/rows.ts'
import type { BoxRoad, IngestView } from './api.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Lag now, and over the hour in which a drain shows. */
const LAG_MINUTES = [5, 60] as const
const ROADS_SHOWN = 100
const GAPS_SHOWN = 100
/** A worker that said nothing for a day was taken down on purpose. */
const WORKER_MEMORY_MS = 24 * HOUR_MS
const REPORT_MS = 30 * 24 * HOUR_MS
const SKEW_SECONDS_MAX = 120
const OUTBOX_SECONDS_MAX = 3_600

export async function ingestView(
  store: TelemetryStore,
  rows: readonly BoardRow[],
  node: string | undefined,
  now: number,
): Promise<IngestView> {
  const until = minuteOf(now)
  const [minutes, roads, gaps, workers, reports, held, ...lags] = await Promise.all([
    store.ingestMinutes(until - HOUR_MS, until),
    store.roads(),
    store.gaps(node, GAPS_SHOWN),
    store.ingestWorkers(now - WORKER_MEMORY_MS),
    store.retentionReports(now - REPORT_MS),
    store.clockDoubt(now),
    ...LAG_MINUTES.map((n) => store.ingestLag(until - n * MINUTE_MS, until)),
  ])
  const boxes = boxRoads(roads, rows)
  const wanted = node === undefined ? boxes.filter((box) => urgency(box, now) > 0) : boxes.filter((box) => box.node === node)
  const sum = (of: (row: RoadRow) => number) => roads.reduce((total, row) => total + of(row), 0)
  return {
    at: now,
    until,
    minute: flow(
      minutes.filter(({ t }) => t >= until - MINUTE_MS),
      60,
    ),
    hour: flow(minutes, 3_600),
    minutes: curve(minutes, until),
    lag: LAG_MINUTES.map((n, i) =>
      lagOf(
        n,
        lags[i] ?? [],
        minutes.filter(({ t }) => t >= until - n * MINUTE_MS),
      ),
    ),
    outbox: outboxOf(rows),
    workers: workers.map((worker) => ({
      ...worker,
      perSecond: flow(
        minutes.filter((row) => row.worker === worker.worker && row.t >= until - MINUTE_MS),
        60,
      ).perSecond,
    })),
    totals: {
      boxes: rows.length,
      records: sum((row) => row.records),
      repeated: sum((row) => row.repeated),
      dropped: sum((row) => row.dropped),
      quarantined: sum((row) => row.quarantined),
    },
    troubled: wanted.length,
    boxes: wanted.toSorted((a, b) => urgency(b, now) - urgency(a, now) || (a.node < b.node ? -1 : 1)).slice(0, ROADS_SHOWN),
    gaps: gaps.map(({ epoch: _, ...gap }) => gap),
    retention: retentionOf(reports),
    retentionHeld: held,
  }
}

function flow(minutes: readonly IngestMinute[], seconds: number): IngestView['minute'] {
  const sum = (of: (row: IngestMinute) => number) => minutes.reduce((total, row) => total + of(row), 0)
  const records = sum((row) => row.records)
  return { perSecond: records / seconds, records, repeated: sum((row) => row.repeated), refused: sum((row) => row.refused) }
}

function curve(minutes: readonly IngestMinute[], until: number): IngestView['minutes'] {
  const byMinute = new Map<number, number>()
  for (const { t, records } of minutes) byMinute.set(t, (byMinute.get(t) ?? 0) + records)
  return Array.from({ length: 60 }, (_, i) => {
    const t = until - HOUR_MS + i * MINUTE_MS
    return { t, records: byMinute.get(t) ?? 0 }
  })
}

const lagOf = (minutes: number, counts: readonly LagCount[], counted: readonly IngestMinute[]): IngestView['lag'][number] => ({
  minutes,
  records: counts.reduce((sum, { records }) => sum + records, 0),
  p50Ms: lagWithin(counts, 0.5),
  p95Ms: lagWithin(counts, 0.95),
  untimed: counted.reduce((sum, row) => sum + row.untimed, 0),
})

function outboxOf(rows: readonly BoardRow[]): IngestView['outbox'] {
  const waiting = rows.filter(({ health }) => health !== null && health.outboxRecords > 0)
  const oldest = waiting.toSorted((a, b) => b.health!.outboxAgeSeconds - a.health!.outboxAgeSeconds)[0]
  return {
    boxes: waiting.length,
    records: waiting.reduce((sum, { health }) => sum + health!.outboxRecords, 0),
    oldestSeconds: oldest?.health?.outboxAgeSeconds ?? 0,
    oldestNode: oldest?.row.node ?? null,
    saidAt: oldest?.heard?.healthAt ?? null,
  }
}

function boxRoads(roads: readonly RoadRow[], rows: readonly BoardRow[]): BoxRoad[] {
  const board = new Map(rows.map((row) => [row.row.node, row]))
  // A refusal before a name was known is counted under none.
  return roads.flatMap((road): BoxRoad[] => {
    if (road.node === '') return []
    const known = board.get(road.node)
    return [
      {
        node: road.node,
        name: known?.row.name ?? null,
        heardAt: known?.row.heardAt ?? null,
        markT: road.markT,
        markE: road.markE,
        waiting: known?.health?.outboxRecords ?? null,
        outboxSeconds: known?.health?.outboxAgeSeconds ?? null,
        dropped: road.dropped,
        reported: road.reported,
        repeated: road.repeated,
        quarantined: road.quarantined,
        clock: known?.heard?.clock ?? null,
        skewSeconds: known?.heard?.skewMs == null ? null : known.heard.skewMs / 1_000,
        rivalAt: known?.heard?.rivalAt ?? null,
      },
    ]
  })
}

function retentionOf(reports: readonly RetentionReport[]): IngestView['retention'] {
  return RETENTION_CLASSES.map(({ name, days, basis }) => {
    const own = reports.filter((report) => report.class === name)
    const last = own.toSorted((a, b) => b.at - a.at)
    const removing = last.find(({ removed }) => removed > 0)
    return {
      name,
      days,
      basis,
      removed: own.reduce((sum, { removed }) => sum + removed, 0),
      removedAt: removing?.at ?? null,
      lookedAt: last[0]?.at ?? null,
      tookMs: removing?.tookMs ?? 0,
    }
  })
}

/** Two boxes with one name before lost records, lost records before refused ones, those before clocks and full outboxes; 0 = well. */
function urgency(box: BoxRoad, now: number): number {
  if (box.rivalAt !== null && now - box.rivalAt < RIVAL_MS) return 5
  if (box.dropped > 0 || box.reported > 0) return 4
  if (box.quarantined > 0) return 3
  if (box.skewSeconds !== null && Math.abs(box.skewSeconds) > SKEW_SECONDS_MAX) return 2
  if (box.clock === 'none') return 2
  return (box.outboxSeconds ?? 0) > OUTBOX_SECONDS_MAX ? 1 : 0
}
