/** Which body belongs to which kind of record, compiled once. */
import { Compile } from 'typebox/compile'
import type { Decoded, RecordKind } from './envelope.ts'
import { Complaint } from './complaint.ts'
import { Device } from './device.ts'
import { Gap } from './gap.ts'
import { Health } from './health.ts'
import { Notice } from './notice.ts'
import { Play } from './play.ts'
import { Receipt } from './receipt.ts'
import { Session } from './session.ts'
import { Usage } from './usage.ts'
import { Visit } from './visit.ts'

export type RecordBodies = {
  usage: Usage
  health: Health
  play: Play
  gap: Gap
  device: Device
  session: Session
  complaint: Complaint
  receipt: Receipt
  visit: Visit
  notice: Notice
}

const schemas = {
  usage: Compile(Usage),
  health: Compile(Health),
  play: Compile(Play),
  gap: Compile(Gap),
  device: Compile(Device),
  session: Compile(Session),
  complaint: Compile(Complaint),
  receipt: Compile(Receipt),
  visit: Compile(Visit),
  notice: Compile(Notice),
} satisfies Record<RecordKind, unknown>

export const isRecordKind = (kind: string): kind is RecordKind => Object.hasOwn(schemas, kind)

/** Checks a body against the schema of its kind; the reason is fit for the quarantine table. */
export function decodeBody<K extends RecordKind>(kind: K, body: unknown): Decoded<RecordBodies[K]> {
  const schema = schemas[kind]
  if (schema.Check(body)) return { ok: true, value: body as RecordBodies[K] }
  const [first] = schema.Errors(body)
  return { ok: false, reason: `${kind}${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`.slice(0, 200) }
}
