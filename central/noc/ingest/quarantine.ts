/** How refused things are written down: enough to find the cause, nothing a screen should not show. Pure. */
import { createHash } from 'node:crypto'
import type { Batch, WireRecord } from '#edge/wire/envelope.ts'
import { nodeTopic, parseTopic } from '#edge/wire/topics.ts'
import type { QuarantineEntry } from './store-port.ts'

const EXCERPT_MAX = 200
/** A full batch of 500 records is about 21 KB packed. What is larger is cut: it shows what is wrong, and cannot be tried again. */
const PAYLOAD_BYTES_MAX = 32 * 1024
const REASON_MAX = 200

const printable = (text: string) => text.toWellFormed().replace(/\p{C}/gu, '·').slice(0, EXCERPT_MAX)

export type Refused = { topic: string; payload: Uint8Array; reason: string; node?: string | null; receivedAt: number }

/** What is refused is not acked, so its box sends it again, for as long as it lives. */
const SAME_MS = 60 * 60_000
const SAME_MAX = 5_000

/** Whether this very refusal was written down within the hour: then it is counted only, and does not push others out. */
export function createSameRefusals(): (refused: Refused) => boolean {
  const seen = new Map<string, number>()
  return ({ topic, payload, reason, receivedAt }) => {
    const key = createHash('sha256').update(`${topic} ${reason} `).update(payload).digest('base64')
    if (receivedAt - (seen.get(key) ?? -Infinity) < SAME_MS) return true
    if (seen.size >= SAME_MAX) seen.clear()
    seen.set(key, receivedAt)
    return false
  }
}

export function refusedPacket(refused: Refused): QuarantineEntry {
  const bytes = Buffer.from(refused.payload.buffer, refused.payload.byteOffset, refused.payload.byteLength)
  const parsed = parseTopic(refused.topic)
  return {
    receivedAt: refused.receivedAt,
    node: refused.node ?? parsed?.node ?? null,
    topic: printable(refused.topic),
    reason: printable(refused.reason).slice(0, REASON_MAX),
    bytes: bytes.length,
    // The event lane carries complaints.
    excerpt: parsed?.leaf === 'e' ? '' : printable(bytes.subarray(0, EXCERPT_MAX).toString('utf8')),
    payload: bytes.subarray(0, PAYLOAD_BYTES_MAX).toString('base64'),
    form: bytes.length > 0 && bytes.length <= PAYLOAD_BYTES_MAX && (parsed?.leaf === 't' || parsed?.leaf === 'e') ? 'packet' : 'none',
    epoch: null,
    lane: null,
  }
}

export function refusedRecord(at: { batch: Batch; record: WireRecord; reason: string; receivedAt: number }): QuarantineEntry {
  const { node, epoch, lane } = at.batch
  const { seq, kind } = at.record
  const body = JSON.stringify(at.record.body) ?? 'undefined'
  const record = JSON.stringify(at.record)
  const personal = kind !== 'usage' && kind !== 'health' && kind !== 'play' && kind !== 'gap'
  // A visit's tags are not kept, not even of one that cannot be read.
  const kept = kind === 'visit' ? '' : record
  return {
    receivedAt: at.receivedAt,
    node,
    topic: nodeTopic(node, lane),
    reason: recordReason(seq, at.reason),
    bytes: Buffer.byteLength(body),
    excerpt: personal ? '' : printable(body),
    payload: kept.slice(0, PAYLOAD_BYTES_MAX),
    form: kept !== '' && kept.length <= PAYLOAD_BYTES_MAX ? 'record' : 'none',
    epoch,
    lane,
  }
}

export const recordReason = (seq: number, reason: string): string => printable(`record ${seq}: ${reason}`).slice(0, REASON_MAX)
