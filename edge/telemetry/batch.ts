/** Cuts a batch so that its packet fits even when nothing in it compresses. */
import { BATCH_RECORDS_MAX, PACKET_BYTES_MAX, type Batch, type Lane, type WireRecord } from '../wire/envelope.ts'
import type { UplinkOutbox } from './outbox.ts'

/** Half a packet: the envelope's own bytes and zstd's worst case never come near the limit. */
export const BATCH_JSON_BYTES_MAX = PACKET_BYTES_MAX / 2

/** Undefined when the lane has nothing after that seq. */
export function cutBatch(
  outbox: Pick<UplinkOutbox, 'epoch' | 'bounds' | 'pending'>,
  node: string,
  lane: Lane,
  afterSeq: number,
): Batch | undefined {
  const records = withinBytes(outbox.pending(lane, afterSeq, BATCH_RECORDS_MAX))
  if (records.length === 0) return undefined
  return { v: 1, node, epoch: outbox.epoch(), lane, lo: outbox.bounds(lane).lo, records }
}

function withinBytes(records: WireRecord[]): WireRecord[] {
  let bytes = 0
  for (const [i, record] of records.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(record)) + 1
    // One record always goes: the outbox refuses any that would not fit alone.
    if (bytes > BATCH_JSON_BYTES_MAX && i > 0) return records.slice(0, i)
  }
  return records
}
