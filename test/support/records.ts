/** Records and batches as a box makes them. */
import { BATCH_RECORDS_MAX, encodePacket, type Batch, type Lane, type WireRecord } from '#edge/wire/envelope.ts'
import type { Complaint } from '#edge/wire/complaint.ts'
import type { Health } from '#edge/wire/health.ts'
import type { Session } from '#edge/wire/session.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { nodeTopic } from '#edge/wire/topics.ts'

export const EPOCH = '00000000000000a1'
export const OTHER_EPOCH = '00000000000000b2'

export const usage = (change: Partial<Usage> = {}): Usage => ({
  seconds: 60,
  online: 3,
  waiting: 1,
  upOctets: 1_000,
  downOctets: 50_000,
  admitted: 1,
  portalPages: 4,
  ...change,
})

export const health = (change: Partial<Health> = {}): Health => ({
  cpu: 0.25,
  memoryUsed: 0.5,
  diskUsed: 0.3,
  temperatureCelsius: 51,
  uptimeSeconds: 86_400,
  gate: 'enforcing',
  outboxRecords: 0,
  outboxAgeSeconds: 0,
  outboxDropped: 0,
  radius: { accepts: 0, rejects: 0, accounting: 0, discarded: 0 },
  uplinkMilliseconds: 12,
  version: '0.1.0',
  ...change,
})

export const session = (change: Partial<Session> = {}): Session => ({
  id: 'p-1',
  source: 'portal',
  event: 'update',
  device: '0123456789abcdef',
  startedAt: 1_790_000_000_000,
  seconds: 60,
  upOctets: 10,
  downOctets: 20,
  ...change,
})

export const complaint = (code: string, change: Partial<Complaint> = {}): Complaint => ({
  code,
  category: 'lampu',
  text: 'Lampu jalan di depan pasar padam',
  contact: '081234567890',
  anonymous: false,
  language: 'id',
  ...change,
})

export const record = (seq: number, kind: string, body: unknown, at: number, change: Partial<WireRecord> = {}): WireRecord => ({
  seq,
  at,
  mono: seq * 1_000,
  clock: 'ntp',
  kind,
  body,
  ...change,
})

export function batch(node: string, lane: Lane, records: WireRecord[], change: Partial<Batch> = {}): Batch {
  if (records.length > BATCH_RECORDS_MAX) throw new Error('too many for one batch')
  return { v: 1, node, epoch: EPOCH, lane, lo: 1, records, ...change }
}

export const packetOf = (made: Batch) => ({ topic: nodeTopic(made.node, made.lane), payload: encodePacket(made), retained: false })

/** `count` usage records from `first` on, a minute apart, ending at `endsAt`. */
export const usageRecords = (first: number, count: number, endsAt: number, change: Partial<Usage> = {}): WireRecord[] =>
  Array.from({ length: count }, (_, i) => record(first + i, 'usage', usage(change), endsAt - (count - 1 - i) * 60_000))
