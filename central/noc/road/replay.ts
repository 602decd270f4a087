/**
 * Tries again what was refused, after the cause was repaired: a box registered late, a decoder that learnt a kind. The rules
 * of (node, epoch, lane, seq) hold as for a packet off the broker; what is taken leaves the quarantine in the same commit.
 */
import { Compile } from 'typebox/compile'
import { WireRecord, type Batch } from '#edge/wire/envelope.ts'
import type { Complaint } from '#edge/wire/complaint.ts'
import { bodyOf, createCommitWork, type GoodBody, type WorkInProgress } from '../ingest/commit-work.ts'
import { understand } from '../ingest/decode.ts'
import { planBatch } from '../ingest/plan.ts'
import { recordReason } from '../ingest/quarantine.ts'
import { keptFrom } from '../ingest/retention.ts'
import type { Hotspot, Replayable, TelemetryStore } from '../ingest/store-port.ts'
import type { ReplayAnswer } from './api.ts'

export type ReplayDeps = {
  store: TelemetryStore
  hotspot(node: string): Promise<Hotspot | undefined>
  /** As on the way in: must be idempotent by ticket code, and durable when it resolves. */
  onComplaint(at: { hotspot: Hotspot; record: WireRecord; complaint: Complaint; receivedAt: number }): Promise<void>
  now: () => number
}
export type Replayed = ReplayAnswer['results'][number]

type Outcome = { outcome: 'taken' | 'known'; records: number } | { outcome: 'refused'; reason: string }

/** A commit that another writer overtook is made anew from what is on disk then. */
const ATTEMPTS = 3
/** The counters of what people did, not of a worker. */
const WORKER = 'replay'

const wireRecord = Compile(WireRecord)

export async function replay(deps: ReplayDeps, id: number): Promise<Replayed> {
  const row = await deps.store.quarantineRow(id)
  if (!row) return { id, outcome: 'gone', records: 0, reason: null }
  const result = await tryAgain(deps, row)
  if (result.outcome !== 'refused') return { id, ...result, reason: null }
  await deps.store.stillQuarantined(id, result.reason, deps.now())
  return { id, outcome: 'refused', records: 0, reason: result.reason }
}

async function tryAgain(deps: ReplayDeps, row: Replayable): Promise<Outcome> {
  if (row.form === 'none') return refused('not kept whole: it cannot be tried again')
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const work = createCommitWork(deps.now(), WORKER)
    const result = row.form === 'packet' ? await takePacket(deps, work, row) : await takeRecord(deps, work, row)
    if (result.outcome === 'refused') return result
    work.replayed(row.id)
    if ((await deps.store.commit(work.rows())) === 'committed') return result
    // Overtaken, or somebody else replayed the same row a moment ago.
    if (!(await deps.store.quarantineRow(row.id))) return { outcome: 'known', records: 0 }
  }
  return refused('the box is sending at this moment: try again')
}

const refused = (reason: string): Outcome => ({ outcome: 'refused', reason })

/** One record that was refused alone: its batch was committed without it, so its seq is free. */
async function takeRecord(deps: ReplayDeps, work: WorkInProgress, row: Replayable): Promise<Outcome> {
  const record: unknown = JSON.parse(row.payload)
  if (!wireRecord.Check(record) || row.node === null || row.epoch === null || row.lane === null) return refused('unreadable record')
  const hotspot = await deps.hotspot(row.node)
  if (!hotspot) return refused(recordReason(record.seq, 'not a registered hotspot'))
  const { node, epoch, lane } = { node: row.node, epoch: row.epoch, lane: row.lane }
  const body = bodyOf(record, lane)
  if (!body.ok) return refused(recordReason(record.seq, body.reason))
  if ((await deps.store.storedSeqs(node, epoch, lane, record.seq, record.seq)).size > 0) return { outcome: 'known', records: 0 }
  await handOver(deps, hotspot, record, body, row.receivedAt)
  work.fill(hotspot, { v: 1, node, epoch, lane, lo: record.seq, records: [record] }, record, body, row.receivedAt)
  return { outcome: 'taken', records: 1 }
}

/** A whole packet: what lies beyond the mark is taken as if it came now, what lies below it fills what is missing on disk. */
async function takePacket(deps: ReplayDeps, work: WorkInProgress, row: Replayable): Promise<Outcome> {
  const understood = understand({ topic: row.topic, payload: Buffer.from(row.payload, 'base64'), retained: false })
  if (!understood.ok) return refused(understood.reason)
  if (understood.value.kind !== 'batch') return refused('only batches can be tried again')
  const { batch } = understood.value
  const hotspot = await deps.hotspot(batch.node)
  if (!hotspot) return refused('not a registered hotspot')
  const { node, epoch, lane, lo, records } = batch
  const mark = (await deps.store.marks(node, epoch))?.[lane] ?? 0
  const first = records[0]!.seq
  const last = records.at(-1)!.seq
  const plan = planBatch(mark, { lo, first, last })
  if (!plan.take && plan.why === 'ahead') return refused('records before it are missing: the box sends them first')
  // Older rows have been forgotten on purpose, so "not on disk" would no longer mean "never counted".
  if (first <= mark && row.receivedAt < keptFrom('raw', deps.now())) return refused('too old to know what of it was stored')
  const stored = await deps.store.storedSeqs(node, epoch, lane, first, Math.min(last, mark))
  let taken = 0
  for (const record of records) {
    const body = bodyOf(record, lane)
    if (stored.has(record.seq) || !body.ok) continue
    await handOver(deps, hotspot, record, body, row.receivedAt)
    if (record.seq <= mark) work.fill(hotspot, batch, record, body, row.receivedAt)
    taken += 1
  }
  // Both write down, one by one, the records in it that are still bad.
  if (plan.take) {
    const coming = { ...batch, records: records.filter(({ seq }) => seq >= plan.from) }
    work.take({ hotspot, batch: coming, plan, markBefore: mark, receivedAt: row.receivedAt })
  }
  refuseTheRest(work, batch, (seq) => seq <= mark && !stored.has(seq), row.receivedAt)
  return { outcome: taken > 0 ? 'taken' : 'known', records: taken }
}

function refuseTheRest(work: WorkInProgress, batch: Batch, missing: (seq: number) => boolean, receivedAt: number): void {
  for (const record of batch.records) {
    const body = bodyOf(record, batch.lane)
    if (!body.ok && missing(record.seq)) work.refuseRecord(batch, record, body.reason, receivedAt)
  }
}

async function handOver(deps: ReplayDeps, hotspot: Hotspot, record: WireRecord, body: GoodBody, receivedAt: number): Promise<void> {
  if (body.kind === 'complaint') await deps.onComplaint({ hotspot, record, complaint: body.value, receivedAt })
}
