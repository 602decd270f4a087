/**
 * The box's memory of what central does not have yet. A record stays until central says that it is on central's disk;
 * a broker's word for it (PUBACK) is worth nothing, since a killed broker forgets what it acknowledged.
 */
import type { Ack } from '../wire/ack.ts'
import { LANES, type ClockTrust, type Lane, type RecordKind, type WireRecord } from '../wire/envelope.ts'
import type { Gap } from '../wire/gap.ts'
import type { Recorder } from './port.ts'
import { append, evict, isOverCap, openSpool, owe, setMarks, tidy, type Draft, type Spool, type SpoolDisk } from './spool.ts'
import type { StoredRecord } from './store.ts'

/**
 * Acked records kept per lane, so that a central restored from last night's backup can be filled again: 48 h of
 * three records a minute. Counted in records, not hours, because a box without a clock must bound it too.
 */
const ACKED_TAIL_RECORDS = 8_640
/** Telemetry waiting in memory while the disk refuses writes: over 24 h at three records a minute. */
const GROUP_RECORDS_MAX = 5_000
/** A group this big (a backfill, a long minute) does not wait for its time. */
const GROUP_RECORDS = 500
/** Far above any body the schemas allow (a 2,000-letter complaint of escaped characters is 12 kB). */
const RECORD_BYTES_MAX = 16 * 1024
const EVENT_KINDS: readonly RecordKind[] = ['complaint', 'session', 'receipt', 'visit', 'notice']

export class OutboxFull extends Error {}

export type OutboxCounters = {
  /** Waiting for central's ack. */
  records: number
  oldestAgeSeconds: number
  /** Given up, ever. */
  dropped: number
  /** Whether this outbox replaced one that was found damaged. */
  damaged: number
}

/** What the uplink needs of an outbox; the simulated city has one of its own. */
export type UplinkOutbox = Recorder & {
  epoch(): string
  /** Lowest and highest committed seq; hi = lo - 1 when the lane is empty. */
  bounds(lane: Lane): { lo: number; hi: number }
  /** Committed records after a seq, oldest first, as they travel. */
  pendingTexts(lane: Lane, afterSeq: number, limit: number): RecordText[]
  acked(ack: Pick<Ack, 'epoch' | 't' | 'e'>): void
  /** Calls back after each commit; @returns a function that ends it. */
  onCommitted(listener: () => void): () => void
}

/** `json`: a WireRecord. */
export type RecordText = { seq: number; json: string }

export type Outbox = UplinkOutbox & {
  /** The same, read: for whoever looks into an outbox and sends nothing. */
  pending(lane: Lane, afterSeq: number, limit: number): WireRecord[]
  /** What this generation's event seqs are counted on from in `record` and `eventDelivered`. */
  firstEvent(): number
  /** Commits the telemetry that waits for its group. Throws when the disk refuses; the records then wait on. */
  flush(): void
  counters(): OutboxCounters
  /** False since a write was refused by the disk, until one goes through again. */
  isWritable(): boolean
  close(): void
}

export type OutboxOptions = {
  file: string
  /** Cap on the used part of the file. Only complaints may go beyond it. */
  bytesMax: number
  /** Telemetry is committed in groups at most this far apart: what a power cut may take, and what spares the card. */
  groupSeconds: number
  now?: () => number
  /** Milliseconds since the kernel started. */
  monotonic?: () => number
  clockTrust?: () => ClockTrust
  log?: (message: string) => void
  ackedTailRecords?: number
  /** Told why the disk refuses, once, and `undefined` when it takes something again. */
  onRefusal?: (refusal: string | undefined) => void
  /** What a new file takes over from the generation before it. */
  succeeds?: { firstEvent: number; dropped: number; damaged: number }
  /** An earlier generation: delivered, never written to. */
  isClosed?: boolean
  /** Another disk than the machine's. */
  disk?: SpoolDisk
}

const sinceBoot = () => Number(process.hrtime.bigint() / 1_000_000n)

export function openOutbox(options: OutboxOptions): Outbox {
  const { now = Date.now, monotonic = sinceBoot, clockTrust = () => 'none', log = () => {} } = options
  const draft = (kind: RecordKind, body: unknown): Draft => {
    const json = JSON.stringify(body)
    if (json.length > RECORD_BYTES_MAX) throw new RangeError(`A ${kind} record of ${json.length} letters is over ${RECORD_BYTES_MAX}`)
    return { at: Math.max(0, Math.trunc(now())), mono: Math.max(0, Math.trunc(monotonic())), clock: clockTrust(), kind, body: json }
  }
  const spool = openSpool({
    file: options.file,
    bytesMax: options.bytesMax,
    ackedTailRecords: options.ackedTailRecords ?? ACKED_TAIL_RECORDS,
    now,
    log,
    draftGap: (gap) => draft('gap', gap),
    succeeds: options.succeeds,
    onRefusal: options.onRefusal,
    isClosed: options.isClosed,
    disk: options.disk,
  })
  const listeners = new Set<() => void>()
  const committed = () => {
    tidy(spool)
    for (const listener of listeners) listener()
  }
  const group = groupCommit(spool, options.groupSeconds, committed, log)

  const handOut = (lane: Lane, afterSeq: number, limit: number) => {
    const rows = spool.store.after(lane, afterSeq, limit)
    spool.handedOut[lane] = Math.max(spool.handedOut[lane], rows.at(-1)?.record.seq ?? 0)
    return rows
  }

  return {
    record(kind, body) {
      if (!EVENT_KINDS.includes(kind)) return group.add(draft(kind, body))
      // Complaints may go over the cap: what is left of the disk is theirs.
      if (kind !== 'complaint' && isOverCap(spool) && !evict(spool)) {
        throw new OutboxFull(`The outbox is full of events that central has not taken; this ${kind} was not kept`)
      }
      group.commitWith(draft(kind, body))
      return spool.notes.firstEvent + spool.bounds.e.hi
    },
    eventDelivered: (seq) => seq - spool.notes.firstEvent <= spool.notes.marks.e,
    firstEvent: () => spool.notes.firstEvent,
    epoch: () => spool.notes.epoch,
    bounds: (lane) => ({ ...spool.bounds[lane] }),
    pending: (lane, afterSeq, limit) => handOut(lane, afterSeq, limit).map(toWire),
    pendingTexts: (lane, afterSeq, limit) => handOut(lane, afterSeq, limit).map(toText),
    acked(ack) {
      if (ack.epoch === spool.notes.epoch) setMarks(spool, { t: ack.t, e: ack.e })
    },
    onCommitted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    flush: () => group.commitWith(),
    isWritable: () => !spool.refused,
    counters: () => ({
      records: LANES.reduce((sum, lane) => sum + waiting(spool, lane), group.size()),
      oldestAgeSeconds: oldestAgeSeconds(spool, now(), monotonic()),
      dropped: spool.notes.dropped,
      damaged: spool.notes.damaged,
    }),
    close() {
      try {
        if (!options.isClosed) group.commitWith()
      } finally {
        group.stop()
        spool.store.close()
      }
    },
  }
}

/** Telemetry collects in memory and is committed when its time has come, or together with an event that cannot wait. */
function groupCommit(spool: Spool, groupSeconds: number, committed: () => void, log: (message: string) => void) {
  let waiting: Draft[] = []
  let timer: NodeJS.Timeout | undefined

  const commitWith = (event?: Draft) => {
    append(spool, waiting, event)
    waiting = []
    clearTimeout(timer)
    timer = undefined
    committed()
  }
  const commitOrWait = () => {
    try {
      commitWith()
    } catch (error) {
      log(`Telemetry could not be written and waits in memory: ${(error as Error).message}`)
      commitLater()
    }
  }
  const commitLater = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      commitOrWait()
    }, groupSeconds * 1000).unref()
  }
  const dropOldest = () => {
    const [lost] = waiting.splice(0, 1)
    const seq = spool.bounds.t.hi + 1
    spool.notes.owed = owe(spool.notes.owed, { kind: lost!.kind, records: 1, fromSeq: seq, toSeq: seq })
    spool.notes.dropped += 1
  }

  return {
    add(row: Draft): number {
      waiting.push(row)
      if (waiting.length > GROUP_RECORDS_MAX) dropOldest()
      const seq = spool.bounds.t.hi + waiting.length
      if (waiting.length % GROUP_RECORDS === 0) commitOrWait()
      else commitLater()
      return seq
    },
    commitWith,
    size: () => waiting.length,
    stop: () => clearTimeout(timer),
  }
}

/** A row whose checksum fails keeps its place in the sequence and travels as what it is: one record lost. */
function toWire({ record, intact }: { record: StoredRecord; intact: boolean }): WireRecord {
  const { seq, at, mono, clock, kind, body } = record
  if (intact) return { seq, at, mono, clock, kind, body: JSON.parse(body) as unknown }
  const lost: Gap = { kind: 'damaged', records: 1, fromSeq: seq, toSeq: seq }
  return { seq, at: 0, mono: 0, clock: 'none', kind: 'gap', body: lost }
}

/** The body is JSON already, made here and unchanged since by its checksum. */
function toText(row: { record: StoredRecord; intact: boolean }): RecordText {
  const { seq, at, mono, clock, kind, body } = row.record
  if (!row.intact) return { seq, json: JSON.stringify(toWire(row)) }
  return { seq, json: `{"seq":${seq},"at":${at},"mono":${mono},"clock":"${clock}","kind":"${kind}","body":${body}}` }
}

/** What is above central's mark and still here. */
function waiting(spool: Spool, lane: Lane): number {
  const { lo, hi } = spool.bounds[lane]
  return Math.max(0, hi - Math.max(spool.notes.marks[lane], lo - 1))
}

function oldestAgeSeconds(spool: Spool, now: number, mono: number): number {
  let ageMilliseconds = 0
  for (const lane of LANES) {
    const [oldest] = spool.store.after(lane, spool.notes.marks[lane], 1)
    if (!oldest) continue
    // A box that woke in 1970 has no wall clock to subtract; the kernel's clock counts since its last start.
    const { at, clock } = oldest.record
    const age = clock === 'none' ? mono - oldest.record.mono : now - at
    ageMilliseconds = Math.max(ageMilliseconds, age)
  }
  return Math.floor(ageMilliseconds / 1000)
}
