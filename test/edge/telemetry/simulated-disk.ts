/**
 * The outbox's store and ballast on a disk that lives in memory: transactions happen or do not, the power can go before or
 * after any of them, and somebody else may fill the disk. Nothing is random here: whoever simulates decides.
 */
import type { Ballast } from '#edge/telemetry/ballast.ts'
import type { SpoolDisk } from '#edge/telemetry/spool.ts'
import type { Marks, NewRow, Notes, OutboxStore, StoredRecord } from '#edge/telemetry/store.ts'
import { LANES, type Lane } from '#edge/wire/envelope.ts'

/** Each record takes the same room: what matters is when there is none. */
const ROW_BYTES = 100
const BALLAST_ROWS = 4

/** What survives the box: rows of each lane from `lo` on without a hole, and the notes. */
export type Card = { rows: Record<Lane, { lo: number; rows: StoredRecord[] }>; notes: Notes; hasBallast: boolean }

class PowerCut extends Error {}
class DiskFull extends Error {
  code = 'SQLITE_FULL'
}

export const newCard = (epoch: string): Card => ({
  rows: { t: { lo: 1, rows: [] }, e: { lo: 1, rows: [] } },
  notes: { epoch, marks: { t: 0, e: 0 }, floor: { t: 0, e: 0 }, dropped: 0, damaged: 0, owed: {}, firstEvent: 0 },
  hasBallast: false,
})

export const copyOf = (card: Card): Card => ({
  rows: { t: { ...card.rows.t, rows: [...card.rows.t.rows] }, e: { ...card.rows.e, rows: [...card.rows.e.rows] } },
  notes: structuredClone(card.notes),
  hasBallast: card.hasBallast,
})

export type SimulatedDisk = SpoolDisk & {
  /** False from the power cut on: then nothing that the box still does counts. */
  hasPower(): boolean
  cutPower(): void
}

export type DiskChoices = {
  /** Rows that find room; may change at any time. */
  capacity: () => number
  /** Asked at each transaction. */
  cut: () => 'before' | 'after' | undefined
}

export function simulatedDisk(card: Card, { capacity, cut }: DiskChoices): SimulatedDisk {
  let power = true
  const used = () => LANES.reduce((sum, lane) => sum + card.rows[lane].rows.length, card.hasBallast ? BALLAST_ROWS : 0)

  /** All or nothing, and the power may go on either side of it. */
  const transaction = (needed: number, apply: () => void) => {
    if (!power) throw new PowerCut()
    const moment = cut()
    if (moment === 'before') power = false
    if (!power) throw new PowerCut()
    // In WAL mode a deletion, too, is first written to the log: it goes through while the log has the room it had, not once somebody took it.
    if (used() + needed > capacity()) throw new DiskFull('the simulated disk is full')
    apply()
    if (moment !== 'after') return
    power = false
    throw new PowerCut()
  }
  const saveNotes = (notes: Partial<Notes>) => Object.assign(card.notes, structuredClone(notes))

  const store: OutboxStore = {
    readNotes: () => structuredClone(card.notes),
    range(lane) {
      const { lo, rows } = card.rows[lane]
      return rows.length === 0 ? undefined : { lo, hi: lo + rows.length - 1 }
    },
    append(rows: NewRow[], notes) {
      transaction(rows.length, () => {
        for (const { lane, ...row } of rows) {
          const held = card.rows[lane]
          if (held.rows.length === 0) held.lo = row.seq
          if (row.seq !== held.lo + held.rows.length) throw new Error(`lane ${lane} would have a hole before ${row.seq}`)
          held.rows.push(row)
        }
        saveNotes(notes)
      })
    },
    after(lane, seq, limit) {
      const { lo, rows } = card.rows[lane]
      const from = Math.max(0, seq + 1 - lo)
      return rows.slice(from, from + limit).map((record) => ({ record, intact: true }))
    },
    kindsThrough(lane, seq) {
      const kinds = Map.groupBy(through(card, lane, seq), ({ kind }) => kind)
      return [...kinds].map(([kind, rows]) => ({ kind, n: rows.length }))
    },
    gapsThrough: (lane, seq) =>
      through(card, lane, seq)
        .filter(({ kind }) => kind === 'gap')
        .map(({ body }) => body),
    remove(marks: Partial<Marks>, notes) {
      transaction(0, () => {
        for (const lane of LANES) {
          const held = card.rows[lane]
          const gone = through(card, lane, marks[lane] ?? 0).length
          held.rows = held.rows.slice(gone)
          held.lo += gone
        }
        saveNotes(notes)
      })
    },
    usedBytes: () => LANES.reduce((sum, lane) => sum + card.rows[lane].rows.length, 0) * ROW_BYTES,
    spareBytes: () => 0,
    shrinkLog: () => true,
    synchronous: () => 2,
    close: () => {},
  }
  const ballast: Ballast = {
    isTight: () => !card.hasBallast && used() >= capacity() - 1,
    take() {
      if (power && used() + 3 * BALLAST_ROWS <= capacity()) card.hasBallast = true
      return card.hasBallast
    },
    release: () => void (power && (card.hasBallast = false)),
  }
  return { openStore: () => store, openBallast: () => ballast, hasPower: () => power, cutPower: () => void (power = false) }
}

function through(card: Card, lane: Lane, seq: number): StoredRecord[] {
  const { lo, rows } = card.rows[lane]
  return rows.slice(0, Math.max(0, seq + 1 - lo))
}

/** For the outbox's cap. */
export const bytesOfRows = (rows: number): number => rows * ROW_BYTES
