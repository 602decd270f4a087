/**
 * Cuts a batch so that its packet fits even when nothing in it compresses. Records rest in the outbox as the JSON they travel
 * as, so a batch is put together from texts: reading them into objects and writing them out again was two thirds of the work.
 */
import { BATCH_RECORDS_MAX, PACKET_BYTES_MAX, type Batch, type Lane } from '../wire/envelope.ts'
import type { RecordText, UplinkOutbox } from './outbox.ts'

/** Half a packet: the envelope's own bytes and zstd's worst case never come near the limit. */
export const BATCH_JSON_BYTES_MAX = PACKET_BYTES_MAX / 2

/** `json`: a wire Batch of the seqs from `first` to `last`. */
export type CutBatch = { lane: Lane; first: number; last: number; json: string }

/** Undefined when the lane has nothing after that seq. */
export function cutBatch(
  outbox: Pick<UplinkOutbox, 'epoch' | 'bounds' | 'pendingTexts'>,
  node: string,
  lane: Lane,
  afterSeq: number,
): CutBatch | undefined {
  const records = withinBytes(outbox.pendingTexts(lane, afterSeq, BATCH_RECORDS_MAX))
  if (records.length === 0) return undefined
  const empty: Batch = { v: 1, node, epoch: outbox.epoch(), lane, lo: outbox.bounds(lane).lo, records: [] }
  const json = JSON.stringify(empty).replace(/\[\]\}$/, () => `[${records.map((record) => record.json).join(',')}]}`)
  return { lane, first: records[0]!.seq, last: records.at(-1)!.seq, json }
}

function withinBytes(records: RecordText[]): RecordText[] {
  let bytes = 0
  for (const [i, { json }] of records.entries()) {
    bytes += Buffer.byteLength(json) + 1
    // One record always goes: the outbox refuses any that would not fit alone.
    if (bytes > BATCH_JSON_BYTES_MAX && i > 0) return records.slice(0, i)
  }
  return records
}
