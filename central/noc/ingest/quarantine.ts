/** How refused things are written down: enough to find the cause, nothing a screen should not show. Pure. */
import { parseTopic } from '#edge/wire/topics.ts'
import type { QuarantineEntry } from './store-port.ts'

const EXCERPT_MAX = 200
/** Whole batches of a broken box would fill the table's disk; the first part shows what is wrong. */
const PAYLOAD_BYTES_MAX = 16 * 1024
const REASON_MAX = 200

const printable = (text: string) => text.toWellFormed().replace(/\p{C}/gu, '·').slice(0, EXCERPT_MAX)

export type Refused = { topic: string; payload: Uint8Array; reason: string; node?: string | null; receivedAt: number }

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
  }
}

export function refusedRecord(at: {
  node: string
  topic: string
  seq: number
  kind: string
  body: unknown
  reason: string
  receivedAt: number
}): QuarantineEntry {
  const body = JSON.stringify(at.body) ?? 'undefined'
  const personal = at.kind !== 'usage' && at.kind !== 'health' && at.kind !== 'play' && at.kind !== 'gap'
  return {
    receivedAt: at.receivedAt,
    node: at.node,
    topic: at.topic,
    reason: printable(`record ${at.seq}: ${at.reason}`).slice(0, REASON_MAX),
    bytes: Buffer.byteLength(body),
    excerpt: personal ? '' : printable(body),
    // A visit's tags are not kept, not even of one that cannot be read.
    payload: at.kind === 'visit' ? '' : body.slice(0, PAYLOAD_BYTES_MAX),
  }
}
