/** How the parts of the box write facts down. The outbox implements it; nobody else numbers records. */
import type { NoticeKind } from '../wire/notice.ts'
import type { RecordBodies } from '../wire/schemas.ts'
import type { RecordKind } from '../wire/envelope.ts'

export type Recorder = {
  /**
   * Appends one fact. Events (complaint, session, receipt) are on disk when this returns;
   * telemetry (usage, health, play, gap, device) is committed with the next group.
   * @returns the record's seq in its lane.
   * @throws when an event could not be made durable: then the visitor must not be told "received".
   */
  record<K extends RecordKind>(kind: K, body: RecordBodies[K]): number
  /** True once central has acked this seq of the event lane. */
  eventDelivered(seq: number): boolean
}

/** Tells the NOC that something happened; at most one of a kind per minute goes out, the rest is counted. Never throws. */
export type Notices = { tell(kind: NoticeKind, of?: { detail?: string; device?: string }): void }
