/**
 * How records travel up: batches of one lane, each record numbered by the box's outbox.
 *
 * A record is identified for ever by (node, epoch, lane, seq). `epoch` is one generation of the outbox file:
 * it changes when the file is created anew, not at a reboot.
 */
import { zstdCompressSync, zstdDecompressSync, constants } from 'node:zlib'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'

export const LANES = ['t', 'e'] as const
/** t: telemetry (usage, health, play, gap, device), grouped. e: events (complaint, session, receipt, visit, notice), committed one by one, never dropped before telemetry. */
export type Lane = (typeof LANES)[number]

export const RECORD_KINDS = ['usage', 'health', 'play', 'gap', 'device', 'session', 'complaint', 'receipt', 'visit', 'notice'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

/** none: no idea (1970) · hint: central's ack told us · ntp: the kernel says it is synchronised */
export const ClockTrust = Type.Union([Type.Literal('none'), Type.Literal('hint'), Type.Literal('ntp')])
export type ClockTrust = Static<typeof ClockTrust>

export const WireRecord = Type.Object(
  {
    seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    /** Unix milliseconds by the box's wall clock, when the fact was recorded. */
    at: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
    /** Milliseconds of the kernel's monotonic clock at the same moment. */
    mono: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    clock: ClockTrust,
    kind: Type.String({ minLength: 1, maxLength: 20 }),
    /** The body's own schema is chosen by kind (see schemas.ts); an invalid body is quarantined alone. */
    body: Type.Unknown(),
  },
  { additionalProperties: false },
)
export type WireRecord = Static<typeof WireRecord>

export const BATCH_RECORDS_MAX = 500
/** A broker's and central's limit on one packet; a batch is cut so that it stays below. */
export const PACKET_BYTES_MAX = 256 * 1024
/** Bound on what a hostile compressed packet may unfold to. */
export const BATCH_BYTES_MAX = 2 * 1024 * 1024

export const Batch = Type.Object(
  {
    v: Type.Literal(1),
    node: Type.String({ minLength: 2, maxLength: 32 }),
    epoch: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    lane: Type.Union([Type.Literal('t'), Type.Literal('e')]),
    /** The lowest seq the outbox still has: a batch may jump over central's mark only up to here. */
    lo: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    records: Type.Array(WireRecord, { minItems: 1, maxItems: BATCH_RECORDS_MAX }),
  },
  { additionalProperties: false },
)
export type Batch = Static<typeof Batch>

export type Decoded<T> = { ok: true; value: T } | { ok: false; reason: string }

const ZSTD_MAGIC = 0x28b52ffd
/** Below this zstd's frame costs more than it saves. */
const COMPRESS_FROM_BYTES = 400

export const encodePacket = (value: unknown): Buffer => encodeText(JSON.stringify(value))

/** @param text JSON that is made already. */
export function encodeText(text: string): Buffer {
  const json = Buffer.from(text)
  if (json.length < COMPRESS_FROM_BYTES) return json
  return zstdCompressSync(json, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
}

/** Never throws: a packet from outside that cannot be read is a reason, not an exception. */
export function decodePacket(payload: Uint8Array): Decoded<unknown> {
  if (payload.length === 0) return { ok: false, reason: 'empty packet' }
  if (payload.length > PACKET_BYTES_MAX) return { ok: false, reason: `packet of ${payload.length} bytes is over ${PACKET_BYTES_MAX}` }
  try {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    const compressed = bytes.length >= 4 && bytes.readUInt32BE(0) === ZSTD_MAGIC
    const json = compressed ? zstdDecompressSync(bytes, { maxOutputLength: BATCH_BYTES_MAX }) : bytes
    return { ok: true, value: JSON.parse(json.toString('utf8')) }
  } catch (error) {
    // The parser's own words quote what it could not read, and that may be anything.
    const why = error instanceof SyntaxError ? 'not JSON' : error instanceof Error ? error.message : 'unknown'
    return { ok: false, reason: `unreadable packet: ${why}`.slice(0, 200) }
  }
}

const batchSchema = Compile(Batch)

/** The whole batch, or the first reason it is not one. Sequence numbers must rise by one within a batch. */
export function decodeBatch(payload: Uint8Array): Decoded<Batch> {
  const packet = decodePacket(payload)
  if (!packet.ok) return packet
  if (!batchSchema.Check(packet.value)) {
    const version = (packet.value as { v?: unknown } | null)?.v
    if (version !== 1) return { ok: false, reason: `wire version ${JSON.stringify(version) ?? 'missing'} is not 1` }
    const [first] = batchSchema.Errors(packet.value)
    return { ok: false, reason: `batch ${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`.slice(0, 200) }
  }
  const batch = packet.value
  for (let i = 1; i < batch.records.length; i++) {
    if (batch.records[i]!.seq !== batch.records[i - 1]!.seq + 1)
      return { ok: false, reason: 'sequence numbers within a batch must rise by one' }
  }
  return { ok: true, value: batch }
}
