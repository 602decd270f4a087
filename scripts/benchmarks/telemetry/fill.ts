/**
 * Fills an empty telemetry store with two weeks of a city. All tables but `raw` through the product's own group commit, in its
 * migrations' schema; `raw` in bulk (fill-raw.ts), since fifty million records through the commit would take a quarter of an hour.
 */
import { createCommitWork } from '#central/noc/ingest/commit-work.ts'
import { heardHello, heardStatus, neverHeard } from '#central/noc/ingest/heard.ts'
import { hourOf } from '#central/noc/ingest/clock.ts'
import type { CommitWork, DeviceHour, DeviceRow, NodeHeard, NoticeRow, SessionRow, TelemetryStore } from '#central/noc/ingest/store-port.ts'
import type { Device } from '#edge/wire/device.ts'
import type { Health } from '#edge/wire/health.ts'
import { hotspotOf } from './boxes.ts'
import { nodeName } from './samples.ts'
import { createWeekSums } from './week-sums.ts'
import { DAY_MS, healthText, MINUTE_MS, momentOf, RAW_DAYS, RAW_MINUTES, usageIn, type Weeks } from './weeks.ts'

/** As long as the product's own commits are at most. */
const ROWS_A_COMMIT = 2_500
/** Hours are kept for 400 days; a page looks back thirty. */
const EARLIER_HOURS_SHIFTS = [RAW_DAYS * DAY_MS, 2 * RAW_DAYS * DAY_MS]
/** Minutes of the city are kept for 35 days. */
const EARLIER_MINUTES_SHIFTS = [RAW_DAYS * DAY_MS]
const SESSIONS_A_DAY = 40
const NOTICES_A_DAY = 2
const DEVICES = ['ap-depan', 'ap-belakang', 'saklar'] as const
const GAPS_A_BOX = 3
const REFUSALS_A_BOX = 5

export const epochOf = (box: number): string => box.toString(16).padStart(16, 'b')
export const endOf = (weeks: Weeks): number => weeks.first + RAW_DAYS * DAY_MS

type Part = Partial<Pick<CommitWork, 'nodeHours' | 'nodeDays' | 'areaMinutes' | 'sessions' | 'notices' | 'deviceHours'>>

export async function fillStore(store: TelemetryStore, weeks: Weeks, tell: (done: string) => void): Promise<void> {
  const at = endOf(weeks)
  const commit = async (work: Partial<CommitWork>) => {
    const outcome = await store.commit({ ...createCommitWork(at, 'bench').rows(), minutes: [], ...work })
    if (outcome !== 'committed') throw new Error('a commit of the fill was refused')
  }
  const inSlices = async <Name extends keyof Part>(name: Name, rows: readonly unknown[]) => {
    for (let i = 0; i < rows.length; i += ROWS_A_COMMIT) await commit({ [name]: rows.slice(i, i + ROWS_A_COMMIT) })
  }
  const sums = createWeekSums(weeks)
  for (let box = 0; box < weeks.boxes; box++) {
    await store.addHotspot(hotspotOf(box), `hash-of-${box}`, weeks.first)
    const { hours, days } = sums.box(box)
    await commit({
      ...boxWork(weeks, box),
      nodeDays: [...days, ...shifted(days, EARLIER_HOURS_SHIFTS)],
      nodeHours: [...hours, ...shifted(hours, EARLIER_HOURS_SHIFTS)],
      sessions: sessionsOf(weeks, box),
      notices: noticesOf(weeks, box),
      deviceHours: deviceHoursOf(weeks, box),
    })
    if ((box + 1) % 100 === 0) tell(`${box + 1} of ${weeks.boxes} boxes' sums, sessions and devices`)
  }
  const areas = sums.areas()
  await inSlices('areaMinutes', [...areas, ...shifted(areas, EARLIER_MINUTES_SHIFTS)])
  await commit(counters(weeks))
}

/** The same again, so much earlier; where two meet in one hour, minute or day, the later one stays. */
function shifted<Row extends { t: number }>(rows: readonly Row[], by: readonly number[]): Row[] {
  const first = rows.reduce((least, { t }) => Math.min(least, t), Infinity)
  return by.flatMap((ms, i) => {
    const before = first - (by[i - 1] ?? 0)
    return rows.filter(({ t }) => t - ms < before).map((row) => ({ ...row, t: row.t - ms }))
  })
}

/** What a box leaves behind besides its records: marks, totals, its last words, gaps, refusals and devices. */
function boxWork(weeks: Weeks, box: number): Partial<CommitWork> {
  const node = nodeName(box)
  const epoch = epochOf(box)
  const at = endOf(weeks)
  const last = 2 * RAW_MINUTES
  const sessions = 2 * SESSIONS_A_DAY * RAW_DAYS
  return {
    moves: [
      { node, epoch, lane: 't', from: 0, to: last },
      { node, epoch, lane: 'e', from: 0, to: sessions },
    ],
    heard: [heardOf(weeks, box)],
    totals: [{ node, records: last + sessions, quarantined: REFUSALS_A_BOX, dropped: box % 10, repeated: 120 }],
    gaps: Array.from({ length: GAPS_A_BOX }, (_, i) => ({
      node,
      epoch,
      lane: 't' as const,
      source: i === 0 ? ('jump' as const) : ('reported' as const),
      kind: i === 0 ? '' : 'usage',
      fromSeq: 100 * i + 1,
      toSeq: 100 * i + 3,
      records: 3,
      at: at - i * DAY_MS,
    })),
    quarantine: Array.from({ length: REFUSALS_A_BOX }, (_, i) => ({
      receivedAt: at - i * DAY_MS,
      node,
      topic: `bc/v1/0/${node}/t`,
      reason: `record ${i}: usage/online must be >= 0`,
      bytes: 120,
      excerpt: '{"seconds":60,"online":-1}',
      payload: '{"seconds":60,"online":-1}',
      form: 'record' as const,
      epoch,
      lane: 't' as const,
    })),
    devices: DEVICES.map((name) => deviceOf(node, name, at)),
  }
}

function heardOf(weeks: Weeks, box: number): NodeHeard {
  const node = nodeName(box)
  const at = momentOf(weeks, box, RAW_MINUTES - 1)
  const lanes = { t: { lo: 1, hi: 2 * RAW_MINUTES }, e: { lo: 1, hi: 1 } }
  const hello = heardHello(neverHeard(node), { v: 1, node, epoch: epochOf(box), lanes, at, version: '0.1.0' }, at)
  const health = JSON.parse(healthText(box, RAW_MINUTES - 1)) as Health
  const status = { v: 1 as const, node, connection: epochOf(box), online: true, at, usage: usageIn(box, RAW_MINUTES - 1), health }
  return { ...(heardStatus(hello, status, at, false) ?? hello), epoch: epochOf(box), clock: 'ntp' }
}

function sessionsOf(weeks: Weeks, box: number): SessionRow[] {
  const node = nodeName(box)
  const every = DAY_MS / SESSIONS_A_DAY
  return Array.from({ length: SESSIONS_A_DAY * RAW_DAYS }, (_, i) => {
    const startedAt = weeks.first + i * every + box
    const octets = usageIn(box, i)
    return {
      node,
      placedAt: startedAt + every / 2,
      session: {
        id: `p-${box}-${i}`,
        source: 'portal',
        event: 'stop',
        device: (i % 500).toString(16).padStart(16, '0'),
        startedAt,
        seconds: 1_800,
        upOctets: octets.upOctets,
        downOctets: octets.downOctets,
        cause: 'expired',
        group: 'umum',
      },
    }
  })
}

function noticesOf(weeks: Weeks, box: number): NoticeRow[] {
  return Array.from({ length: NOTICES_A_DAY * RAW_DAYS }, (_, i) => ({
    node: nodeName(box),
    epoch: epochOf(box),
    seq: i + 1,
    at: weeks.first + (i * DAY_MS) / NOTICES_A_DAY,
    kind: i % 2 === 0 ? 'uplink-down' : 'uplink-up',
    detail: null,
    device: null,
    count: 1,
  }))
}

function deviceOf(node: string, name: string, at: number): DeviceRow {
  const device: Device = { name, kind: name === 'saklar' ? 'switch' : 'ap', reachable: true }
  const body = JSON.stringify(device)
  return { node, name, at, reachable: 1, since: at - DAY_MS, body, answered: body, answeredAt: at }
}

function deviceHoursOf(weeks: Weeks, box: number): DeviceHour[] {
  return DEVICES.flatMap((name) =>
    Array.from({ length: RAW_DAYS * 24 }, (_, i) => ({
      node: nodeName(box),
      name,
      t: hourOf(weeks.first) + i * 3_600_000,
      looks: 60,
      answered: 60,
      inOctets: 9e8,
      outOctets: 3e8,
      errors: 0,
      clientsSum: 700,
      clientsN: 60,
    })),
  )
}

/** Ingest's own counters: a worker, its minutes of two weeks and how late records came. */
function counters(weeks: Weeks): Partial<CommitWork> {
  const minutes = Array.from({ length: RAW_MINUTES }, (_, i) => weeks.first + i * MINUTE_MS)
  const records = 2 * weeks.boxes
  return {
    minutes: minutes.map((t) => ({ t, worker: 'central', commits: 60, records, repeated: 0, ahead: 0, refused: 0, untimed: 0 })),
    lags: minutes.flatMap((t) => [10_000, 15_000].map((upTo) => ({ t, worker: 'central', upTo, records: records / 2 }))),
  }
}
