/** Collects what one group commit will write. No I/O: batches go in with their plans, one CommitWork comes out. */
import type { Batch, ClockTrust, Lane, RecordKind, WireRecord } from '#edge/wire/envelope.ts'
import { decodeBody, isRecordKind, type RecordBodies } from '#edge/wire/schemas.ts'
import type { Health } from '#edge/wire/health.ts'
import type { Session } from '#edge/wire/session.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { minuteOf, placeRecord, type Placed } from './clock.ts'
import { createDeviceRows, implausible } from './device-rows.ts'
import type { Sample } from './heard.ts'
import { lagStep } from './lag.ts'
import type { Plan } from './plan.ts'
import { refusedRecord } from './quarantine.ts'
import { createRollups } from './rollups.ts'
import type {
  CommitWork,
  GapRow,
  Hotspot,
  MarkMove,
  NodeEvent,
  NodeHeard,
  NodeTotal,
  NoticeRow,
  QuarantineEntry,
  Refusal,
  RawRow,
  SessionRow,
  VisitMove,
} from './store-port.ts'

/** A box that sends nothing but rubbish costs at most this many rows a commit; the rest is counted. */
const QUARANTINE_PER_COMMIT_MAX = 200
/** 10 Gbit/s: no hotspot has more. Above it a counter is broken, and one broken counter would drown the city's sums. */
const OCTETS_PER_SECOND_MAX = 1_250_000_000

const LANE_OF: Record<RecordKind, Lane> = {
  usage: 't',
  health: 't',
  play: 't',
  gap: 't',
  device: 't',
  session: 'e',
  complaint: 'e',
  receipt: 'e',
  visit: 'e',
  notice: 'e',
}

export type TakenBatch = { hotspot: Hotspot; batch: Batch; plan: Plan & { take: true }; markBefore: number; receivedAt: number }
export type Newest = { usage?: Sample<Usage>; health?: Sample<Health>; notices: NoticeRow[]; clock?: ClockTrust }

export type WorkInProgress = ReturnType<typeof createCommitWork>

export function createCommitWork(at: number, worker: string) {
  const rollups = createRollups()
  const moves = new Map<string, MarkMove>()
  const sessions = new Map<string, SessionRow>()
  const heard = new Map<string, NodeHeard>()
  const totals = new Map<string, NodeTotal>()
  const lag = new Map<number, number>()
  const minute = { t: minuteOf(at), worker, commits: 1, records: 0, repeated: 0, ahead: 0, refused: 0, untimed: 0 }
  const records: RawRow[] = []
  const fills: RawRow[] = []
  const replayed: number[] = []
  const gaps: GapRow[] = []
  const events: NodeEvent[] = []
  const quarantine: QuarantineEntry[] = []
  const receipts: { node: string; id: string }[] = []
  const notices: NoticeRow[] = []
  const devices = createDeviceRows()
  const visits: VisitMove[] = []

  const totalOf = (node: string) => {
    let total = totals.get(node)
    if (!total) totals.set(node, (total = { node, records: 0, quarantined: 0, dropped: 0, repeated: 0 }))
    return total
  }

  const refuse = ({ countOnly, ...entry }: Refusal): void => {
    totalOf(entry.node ?? '').quarantined += 1
    minute.refused += 1
    if (!countOnly && quarantine.length < QUARANTINE_PER_COMMIT_MAX) quarantine.push(entry)
  }

  const refuseRecord = (batch: Batch, record: WireRecord, reason: string, receivedAt: number): void =>
    refuse(refusedRecord({ batch, record, reason, receivedAt }))

  function take(taken: TakenBatch): Newest {
    const { batch, plan, markBefore } = taken
    const { node, epoch, lane } = batch
    const key = `${node} ${epoch} ${lane}`
    const move = moves.get(key)
    if (move) move.to = plan.mark
    else moves.set(key, { node, epoch, lane, from: markBefore, to: plan.mark })
    if (plan.gap) {
      const count = plan.gap.toSeq - plan.gap.fromSeq + 1
      gaps.push({ node, epoch, lane, source: 'jump', kind: '', ...plan.gap, records: count, at })
      totalOf(node).dropped += count
    }
    const newest: Newest = { notices: [] }
    for (const record of batch.records)
      if (record.seq >= plan.from) takeRecord(taken, record, newest)
      else repeated(node, 1)
    newest.clock = batch.records.at(-1)!.clock
    notices.push(...newest.notices)
    return newest
  }

  function takeRecord({ hotspot, batch, receivedAt }: TakenBatch, record: WireRecord, newest: Newest): void {
    const body = bodyOf(record, batch.lane)
    if (!body.ok) {
      refuseRecord(batch, record, body.reason, receivedAt)
      return
    }
    const placed = placeRecord(record, receivedAt)
    records.push(rawRow(batch, record, body, placed, receivedAt))
    countLag(record, placed, receivedAt)
    totalOf(batch.node).records += 1
    minute.records += 1
    apply(body, hotspot, batch, { placedAt: placed.placedAt, seq: record.seq, receivedAt }, newest)
  }

  function countLag(record: WireRecord, placed: Placed, receivedAt: number): void {
    if (record.clock === 'none' || placed.flag !== null) minute.untimed += 1
    else {
      const step = lagStep(receivedAt - record.at)
      lag.set(step, (lag.get(step) ?? 0) + 1)
    }
  }

  function repeated(node: string, count: number): void {
    totalOf(node).repeated += count
    minute.repeated += count
  }

  /** A record that was refused when its turn came; its stream's mark is past it. Presence and live picture are not touched. */
  function fill(hotspot: Hotspot, batch: Batch, record: WireRecord, body: GoodBody, receivedAt: number): void {
    const placed = placeRecord(record, receivedAt)
    fills.push(rawRow(batch, record, body, placed, receivedAt))
    totalOf(batch.node).records += 1
    minute.records += 1
    const newest: Newest = { notices: [] }
    apply(body, hotspot, batch, { placedAt: placed.placedAt, seq: record.seq, receivedAt }, newest)
    notices.push(...newest.notices)
  }

  function apply(
    body: GoodBody,
    hotspot: Hotspot,
    batch: Batch,
    placed: { placedAt: number; seq: number; receivedAt: number },
    newest: Newest,
  ): void {
    const { node, epoch, lane } = batch
    const { placedAt, seq, receivedAt } = placed
    switch (body.kind) {
      case 'usage':
        rollups.usage(node, hotspot.kelurahan, body.value, placedAt)
        if (placedAt >= (newest.usage?.at ?? 0)) newest.usage = { value: body.value, at: placedAt }
        return
      case 'health':
        rollups.health(node, body.value, placedAt)
        if (placedAt >= (newest.health?.at ?? 0)) newest.health = { value: body.value, at: placedAt }
        return
      case 'play':
        rollups.play(node, body.value, placedAt)
        return
      case 'gap': {
        const { kind, records, fromSeq, toSeq } = body.value
        gaps.push({ node, epoch, lane, source: 'reported', kind, records, fromSeq: safe(fromSeq), toSeq: safe(toSeq), at })
        return
      }
      case 'session': {
        const key = `${node} ${body.value.id}`
        const session = mergeSession(sessions.get(key)?.session, { ...body.value, startedAt: safe(body.value.startedAt) })
        sessions.set(key, { node, session, placedAt: Math.max(sessions.get(key)?.placedAt ?? 0, placedAt) })
        return
      }
      case 'receipt':
        receipts.push({ node, id: body.value.message })
        return
      case 'notice': {
        const { kind, detail, device, count } = body.value
        newest.notices.push({ node, epoch, seq, at: placedAt, kind, detail: detail ?? null, device: device ?? null, count })
        return
      }
      case 'visit': {
        const { kelurahan, simulated } = hotspot
        // From when it was said, but never longer than from now: a clock that runs ahead must not lengthen a session.
        const endsAt = Math.min(placedAt, receivedAt) + body.value.secondsLeft * 1_000
        visits.push({ node, kelurahan, simulated, at: Math.min(placedAt, receivedAt), endsAt, visit: body.value })
        return
      }
      case 'device':
        devices.take(node, body.value, placedAt)
        return
      case 'complaint':
        // Handed over before this commit (event-lanes.ts).
        return
    }
  }

  return {
    take,
    fill,
    refuse,
    refuseRecord,
    repeated,
    ahead: (count: number) => void (minute.ahead += count),
    replayed: (id: number) => void replayed.push(id),
    heard: (state: NodeHeard) => void heard.set(state.node, state),
    event: (event: NodeEvent) => void events.push(event),
    /** Where this work will leave the mark, if it moves it. */
    markAfter: (node: string, epoch: string, lane: Lane) => moves.get(`${node} ${epoch} ${lane}`)?.to,
    moves: () => [...moves.values()],
    visits: (): readonly VisitMove[] => visits,
    isEmpty: () => moves.size === 0 && heard.size === 0 && totals.size === 0 && events.length === 0 && replayed.length === 0,
    rows: (): CommitWork => ({
      at,
      moves: [...moves.values()],
      records,
      ...rollups.rows(),
      sessions: [...sessions.values()],
      gaps,
      events,
      quarantine,
      receipts,
      notices,
      ...devices.rows(),
      visits,
      heard: [...heard.values()],
      totals: [...totals.values()],
      minutes: [minute],
      lags: [...lag].map(([upTo, count]) => ({ t: minute.t, worker, upTo, records: count })),
      fills,
      replayed,
    }),
  }
}

function rawRow({ node, epoch, lane }: Batch, record: WireRecord, body: GoodBody, placed: Placed, receivedAt: number): RawRow {
  const { seq, at, mono, clock } = record
  const { placedAt, flag } = placed
  return { node, epoch, lane, seq, kind: body.kind, at, placedAt, flag, mono, clock, receivedAt, body: JSON.stringify(body.kept) }
}

export type GoodBody = { [K in RecordKind]: { ok: true; kind: K; value: RecordBodies[K]; kept: unknown } }[RecordKind]

/** The body in its type, or why it is refused. `kept` is what the raw table may hold. */
export function bodyOf(record: WireRecord, lane: Lane): GoodBody | { ok: false; reason: string } {
  const { kind } = record
  if (!isRecordKind(kind)) return { ok: false, reason: `unknown kind "${kind}"` }
  if (LANE_OF[kind] !== lane) return { ok: false, reason: `${kind} does not belong on lane ${lane}` }
  const body = decodeBody(kind, record.body)
  if (!body.ok) return body
  const good = { ok: true, kind, value: body.value, kept: body.value } as GoodBody
  if (good.kind === 'usage' && Math.max(good.value.downOctets, good.value.upOctets) > good.value.seconds * OCTETS_PER_SECOND_MAX)
    return { ok: false, reason: 'usage is more than 10 Gbit/s' }
  const untrue = good.kind === 'device' ? implausible(good.value) : undefined
  if (untrue !== undefined) return { ok: false, reason: untrue }
  // Tags rest in the table of running sessions alone, and only until they end.
  if (good.kind === 'visit') good.kept = { event: good.value.event, group: good.value.group }
  // A citizen's words and contact live with the complaint alone.
  if (good.kind === 'complaint') good.kept = { code: good.value.code, category: good.value.category }
  return good
}

/** Where a schema leaves an integer open upwards; the database would refuse the whole commit. */
const safe = (value: number) => Math.min(value, Number.MAX_SAFE_INTEGER)

function mergeSession(before: Session | undefined, next: Session): Session {
  if (!before) return next
  return {
    ...before,
    event: before.event === 'stop' ? 'stop' : next.event,
    seconds: Math.max(before.seconds, next.seconds),
    upOctets: Math.max(before.upOctets, next.upOctets),
    downOctets: Math.max(before.downOctets, next.downOctets),
    ...((next.cause ?? before.cause) !== undefined && { cause: next.cause ?? before.cause! }),
    ...((next.nas ?? before.nas) !== undefined && { nas: next.nas ?? before.nas! }),
  }
}
