/**
 * The outbox on disk: numbers records, keeps its size below the cap, survives a full disk and a damaged file.
 * Records are numbered here and nowhere else: (epoch, lane, seq), without holes except at the bottom, where a full
 * outbox gives up telemetry and counts it.
 */
import { randomBytes } from 'node:crypto'
import { LANES, type Lane } from '../wire/envelope.ts'
import type { Gap } from '../wire/gap.ts'
import { NO_BALLAST, openBallast, type Ballast } from './ballast.ts'
import { salvageComplaints, setAside } from './damaged.ts'
import { isDamage, isDiskFull, UnreadableOutbox } from './outbox-file.ts'
import { openStore, type Marks, type NewRow, type Notes, type OutboxStore, type OwedGaps } from './store.ts'

/** Acked records beyond the tail are removed this many at a time: one commit instead of a thousand. */
const SEGMENT_RECORDS = 1_000
/** Given up at once when the outbox is full: small enough that removing them fits in the ballast. */
const EVICT_RECORDS = 500
/** Room for some twenty of the longest complaints between two tidyings on a full disk. */
const SPARE_BYTES_MIN = 256 * 1024
/** How often a write is tried again on a full disk, each time after making more room. */
const FULL_DISK_TRIES = 4

/** A record that has no number yet. */
export type Draft = Omit<NewRow, 'seq' | 'lane'>

export type SpoolOptions = {
  file: string
  bytesMax: number
  ackedTailRecords: number
  now: () => number
  log: (message: string) => void
  /** Makes the records that report a loss. */
  draftGap: (gap: Gap) => Draft
  /** What a new file takes over from the generation before it. */
  succeeds?: Pick<Notes, 'firstEvent' | 'dropped' | 'damaged'> | undefined
  /** Called when the disk begins to refuse, and when it takes something again. */
  onRefusal?: ((refusal: string | undefined) => void) | undefined
  /** Nothing will be written here any more: no room need be set aside for it. */
  isClosed?: boolean | undefined
  /** Another disk than the machine's: simulated lives have one that fails on demand. */
  disk?: SpoolDisk | undefined
}

export type SpoolDisk = { openStore: (file: string) => OutboxStore; openBallast: (file: string) => Ballast }
const MACHINE_DISK: SpoolDisk = { openStore, openBallast }

export type Spool = {
  options: SpoolOptions
  store: OutboxStore
  notes: Notes
  bounds: Record<Lane, { lo: number; hi: number }>
  /** Highest seq when the file was opened: what central may have from this file's earlier lives. */
  openedAt: Marks
  /** Highest seq that left for central in this life. */
  handedOut: Marks
  ballast: Ballast
  marksUnsaved: boolean
  /** The last write found no way onto the disk. */
  refused: boolean
}

export function openSpool(options: SpoolOptions): Spool {
  const disk = options.disk ?? MACHINE_DISK
  const ballast = options.isClosed ? NO_BALLAST : disk.openBallast(`${options.file}.ballast`)
  const loaded = () => {
    try {
      return load(options.file, disk)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      // An older version's file is being moved into new tables: with the room set aside that goes through.
      ballast.release()
      return load(options.file, disk)
    }
  }
  try {
    return withTidyStart(succeed({ options, ballast, marksUnsaved: false, refused: false, ...loaded() }))
  } catch (error) {
    if (!(error instanceof UnreadableOutbox)) throw error
    const spool = { options, ballast, marksUnsaved: false, refused: false } as Spool
    replaceDamaged(spool, error)
    return withTidyStart(spool)
  }
}

/** Writes telemetry, the gaps owed and one event in one transaction: the group rides on the event's fsync. Throws when it cannot. */
export function append(spool: Spool, telemetry: Draft[], event?: Draft): void {
  for (let tries = 1; ; tries++) {
    try {
      appendOnce(spool, telemetry, event)
      setRefused(spool, undefined)
      return
    } catch (error) {
      if (isDamage(error) && tries === 1) {
        spool.store.close()
        replaceDamaged(spool, error as Error)
      } else if (!isDiskFull(error) || tries >= FULL_DISK_TRIES || !makeRoomOnDisk(spool)) {
        setRefused(spool, error as Error)
        throw error
      }
    }
  }
}

function setRefused(spool: Spool, error: Error | undefined): void {
  const refused = error !== undefined
  if (spool.refused === refused) return
  spool.refused = refused
  // Later: whoever hears of it may want to write that down, and this write is not over.
  queueMicrotask(() => spool.options.onRefusal?.(error && ((error as { code?: string }).code ?? error.message)))
}

function appendOnce(spool: Spool, telemetry: Draft[], event?: Draft): void {
  const { bounds, notes, store } = spool
  const gaps = Object.entries(notes.owed).map(([kind, lost]) => spool.options.draftGap({ kind, ...lost }))
  const rows = [...telemetry, ...gaps].map((row, i): NewRow => ({ ...row, lane: 't', seq: bounds.t.hi + 1 + i }))
  const inTelemetry = rows.length
  if (event) rows.push({ ...event, lane: 'e', seq: bounds.e.hi + 1 })
  if (rows.length === 0 && !spool.marksUnsaved) return
  const saved =
    gaps.length > 0 ? { marks: notes.marks, dropped: notes.dropped, owed: {} } : spool.marksUnsaved ? { marks: notes.marks } : {}
  store.append(rows, saved)
  if (gaps.length > 0) notes.owed = {}
  spool.marksUnsaved = false
  bounds.t.hi += inTelemetry
  if (event) bounds.e.hi += 1
}

/** Removes the oldest rows that may go: acked ones first, then telemetry, its loss counted in the same transaction. */
export function evict(spool: Spool): boolean {
  const { bounds, notes } = spool
  for (const lane of LANES) {
    const through = Math.min(notes.marks[lane], bounds[lane].hi, bounds[lane].lo + EVICT_RECORDS - 1)
    if (through < bounds[lane].lo) continue
    remove(spool, { [lane]: through }, {})
    return true
  }
  return giveUpTelemetry(spool)
}

function giveUpTelemetry(spool: Spool): boolean {
  const { bounds, notes, store } = spool
  const fromSeq = bounds.t.lo
  const toSeq = Math.min(bounds.t.hi, fromSeq + EVICT_RECORDS - 1)
  if (toSeq < fromSeq) return false
  const lost = store.kindsThrough('t', toSeq).filter((row) => row.kind !== 'gap')
  const counted = lost.reduce((owed, { kind, n }) => owe(owed, { kind, records: n, fromSeq, toSeq }), notes.owed)
  // A gap record that goes takes its count into the next one, so that the sum stays exact.
  const owed = store.gapsThrough('t', toSeq).reduce((sum, body) => owe(sum, JSON.parse(body) as Gap), counted)
  const dropped = notes.dropped + lost.reduce((sum, { n }) => sum + n, 0)
  remove(spool, { t: toSeq }, { owed, dropped })
  Object.assign(notes, { owed, dropped })
  spool.options.log(`The outbox is full: telemetry ${fromSeq}..${toSeq} was given up (${dropped} records since its creation).`)
  return true
}

export function owe(owed: OwedGaps, gap: Gap): OwedGaps {
  const before = owed[gap.kind] ?? { records: 0, fromSeq: gap.fromSeq, toSeq: gap.toSeq }
  const records = before.records + gap.records
  return {
    ...owed,
    [gap.kind]: { records, fromSeq: Math.min(gap.fromSeq, before.fromSeq), toSeq: Math.max(gap.toSeq, before.toSeq) },
  }
}

/** What follows a commit and may fail without taking the commit back. */
export function tidy(spool: Spool): void {
  const { bounds, notes, options } = spool
  try {
    spool.ballast.take()
    for (const lane of LANES) {
      const through = Math.min(notes.marks[lane] - options.ackedTailRecords, bounds[lane].hi)
      if (through - bounds[lane].lo + 1 >= SEGMENT_RECORDS) remove(spool, { [lane]: through }, {})
    }
    while ((isOverCap(spool) || isCramped(spool)) && evict(spool));
  } catch (error) {
    options.log(`The outbox could not tidy up: ${(error as Error).message}`)
  }
}

const isCramped = ({ ballast, store }: Spool): boolean => ballast.isTight() && store.spareBytes() < SPARE_BYTES_MIN

export const isOverCap = (spool: Spool): boolean => spool.store.usedBytes() > spool.options.bytesMax

/** Central's word, cumulative; lower than before when central was restored from a backup. @throws when the disk refuses a new epoch. */
export function setMarks(spool: Spool, marks: Marks): void {
  const { notes, openedAt, handedOut } = spool
  // Not the highest number given out since: what was numbered before central's first word was never sent, so it cannot be what central has.
  if (LANES.some((lane) => marks[lane] > Math.max(openedAt[lane], handedOut[lane]))) {
    startNewEpoch(spool, marks)
    return
  }
  if (marks.t === notes.marks.t && marks.e === notes.marks.e) return
  notes.marks = { t: marks.t, e: marks.e }
  spool.marksUnsaved = true
}

/**
 * Central has more than this file's lives ever sent: the file is an older copy of itself (a restored card image). Going on
 * would give new facts old numbers, and central would drop them as known. What the copy has in common with central goes,
 * the rest goes out under a new epoch.
 */
function startNewEpoch(spool: Spool, known: Marks): void {
  const { bounds, notes, openedAt } = spool
  const epoch = randomBytes(8).toString('hex')
  const common = { t: Math.min(known.t, openedAt.t), e: Math.min(known.e, openedAt.e) }
  for (let tries = 1; ; tries++) {
    try {
      remove(spool, common, { epoch, marks: { t: 0, e: 0 } })
      break
    } catch (error) {
      if (!isDiskFull(error) || tries >= FULL_DISK_TRIES || !makeRoomOnDisk(spool)) throw error
    }
  }
  Object.assign(notes, { epoch, marks: { t: 0, e: 0 } })
  Object.assign(spool, { openedAt: { t: bounds.t.hi, e: bounds.e.hi }, handedOut: { t: 0, e: 0 } })
  spool.options.log(
    `THE OUTBOX IS AN OLD COPY of itself: central already has later records. Its unsent ones go out under the new epoch ${epoch}.`,
  )
}

function remove(spool: Spool, through: Partial<Marks>, notes: Partial<Notes>): void {
  const { bounds, store } = spool
  const floor = { t: bounds.t.hi, e: bounds.e.hi }
  store.remove(through, { ...notes, floor })
  for (const lane of LANES) bounds[lane].lo = Math.max(bounds[lane].lo, (through[lane] ?? 0) + 1)
}

function makeRoomOnDisk(spool: Spool): boolean {
  spool.ballast.release()
  spool.store.shrinkLog()
  try {
    evict(spool)
    spool.store.shrinkLog()
    return true
  } catch (error) {
    spool.options.log(`The disk is full and the outbox could not make room: ${(error as Error).message}`)
    return false
  }
}

function replaceDamaged(spool: Spool, cause: Error): void {
  const { file, log, now } = spool.options
  const aside = setAside(file, now())
  const complaints = salvageComplaints(aside)
  const firstEvent = spool.notes?.firstEvent ?? 0
  Object.assign(spool, load(file, spool.options.disk ?? MACHINE_DISK))
  Object.assign(spool.notes, { damaged: spool.notes.damaged + 1, firstEvent })
  const rows = complaints.map((row, i) => ({ ...row, lane: 'e' as const, seq: i + 1 }))
  spool.store.append(rows, { damaged: spool.notes.damaged, firstEvent })
  spool.bounds.e.hi = rows.length
  log(
    `OUTBOX DAMAGED (${cause.message}). It was set aside as ${aside}. ${rows.length} complaints were saved from it; other records that were not sent are lost. The new outbox is ${spool.notes.epoch}.`,
  )
}

function load(file: string, disk: SpoolDisk): Pick<Spool, 'store' | 'notes' | 'bounds' | 'openedAt' | 'handedOut'> {
  const store = disk.openStore(file)
  try {
    const notes = store.readNotes()
    const boundsOf = (lane: Lane) => {
      const range = store.range(lane)
      const hi = Math.max(range?.hi ?? 0, notes.floor[lane])
      return { lo: range?.lo ?? hi + 1, hi }
    }
    const bounds = { t: boundsOf('t'), e: boundsOf('e') }
    return { store, notes, bounds, openedAt: { t: bounds.t.hi, e: bounds.e.hi }, handedOut: { t: 0, e: 0 } }
  } catch (cause) {
    store.close()
    throw isDamage(cause) ? new UnreadableOutbox(`the outbox file is damaged: ${(cause as Error).message}`, { cause }) : cause
  }
}

function succeed(spool: Spool): Spool {
  const { succeeds } = spool.options
  const isNew = spool.bounds.t.hi === 0 && spool.bounds.e.hi === 0
  if (!succeeds || !isNew) return spool
  spool.store.append([], succeeds)
  Object.assign(spool.notes, succeeds)
  return spool
}

function withTidyStart(spool: Spool): Spool {
  tidy(spool)
  return spool
}
