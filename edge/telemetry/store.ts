/** What is read from the outbox's file and written into it. */
import type Database from 'better-sqlite3'
import { crc32 } from 'node:zlib'
import { LANES, type ClockTrust, type Lane } from '../wire/envelope.ts'
import { openOutboxFile, sealed, TABLE_OF, UnreadableOutbox, unsealed } from './outbox-file.ts'
import { packBody, unpackBody } from './packed-body.ts'

export type StoredRecord = { seq: number; at: number; mono: number; clock: ClockTrust; kind: string; body: string }
export type NewRow = StoredRecord & { lane: Lane }
/** Records given up but not yet reported by a gap record, summed by kind. */
export type OwedGaps = Record<string, { records: number; fromSeq: number; toSeq: number }>
export type Marks = Record<Lane, number>
export type Notes = {
  epoch: string
  /** What central said it has on disk. */
  marks: Marks
  /** Highest seq ever given out when rows were last removed: an emptied lane must not count from 1 again. */
  floor: Marks
  dropped: number
  damaged: number
  owed: OwedGaps
  /** What an event's seq here is counted on from, so that it differs from every seq of an earlier generation of this box. */
  firstEvent: number
}

const NOTES: readonly (keyof Notes)[] = ['epoch', 'marks', 'floor', 'dropped', 'damaged', 'owed', 'firstEvent']

/** SQLite has no page checksums: a flipped bit inside a body would travel as a fact. */
const sumOf = (lane: Lane, row: StoredRecord) => crc32(`${lane}|${row.seq}|${row.at}|${row.mono}|${row.clock}|${row.kind}|${row.body}`)

type KeptRow = Omit<StoredRecord, 'body'> & { body: string | Buffer; sum: number }
/** No body is longer (outbox.ts refuses it). */
const BODY_BYTES_MAX = 64 * 1024
const keptBody = ({ lane, body }: NewRow) => (lane === 't' ? packBody(body) : body)

export type OutboxStore = ReturnType<typeof openStore>

/** @throws UnreadableOutbox when the file is damaged or of an unknown format; any other error is the machine's, not the file's. */
export function openStore(file: string) {
  const db = openOutboxFile(file)
  const lanes = { t: laneOf(db, 't'), e: laneOf(db, 'e') }
  const setNote = db.prepare('INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
  const noteNames = db.prepare('SELECT name FROM note').pluck()
  const note = db.prepare('SELECT value FROM note WHERE name = ?').pluck()
  const usedPages = db.prepare('SELECT p.page_count - f.freelist_count FROM pragma_page_count AS p, pragma_freelist_count AS f').pluck()
  const freePages = db.prepare('SELECT freelist_count FROM pragma_freelist_count').pluck()
  const pageSize = db.pragma('page_size', { simple: true }) as number

  const saveNotes = (notes: Partial<Notes>) => {
    for (const [name, value] of Object.entries(notes)) setNote.run(name, sealed(name, value))
  }
  const append = db.transaction((rows: NewRow[], notes: Partial<Notes>) => {
    for (const row of rows) lanes[row.lane].insert.run(row.seq, row.at, row.mono, row.clock, row.kind, keptBody(row), sumOf(row.lane, row))
    saveNotes(notes)
  })
  const remove = db.transaction((through: Partial<Marks>, notes: Partial<Notes>) => {
    for (const lane of LANES) if (through[lane] !== undefined) lanes[lane].deleteRange.run(through[lane])
    saveNotes(notes)
  })

  return {
    readNotes(): Notes {
      const read = <T>(name: string, fallback: T): T => {
        const value = note.get(name) as string | undefined
        return value === undefined ? fallback : unsealed<T>(name, value)
      }
      const stranger = (noteNames.all() as string[]).find((name) => !(NOTES as readonly string[]).includes(name))
      if (stranger !== undefined) throw new UnreadableOutbox('the outbox file is damaged: it has a note that nobody writes')
      const epoch = read('epoch', '')
      if (!/^[0-9a-f]{16}$/.test(epoch)) throw new UnreadableOutbox('the outbox has no epoch')
      return {
        epoch,
        marks: read('marks', { t: 0, e: 0 }),
        floor: read('floor', { t: 0, e: 0 }),
        dropped: read('dropped', 0),
        damaged: read('damaged', 0),
        owed: read('owed', {}),
        firstEvent: read('firstEvent', 0),
      }
    },

    /** Lowest and highest seq in a lane; undefined when it is empty. */
    range(lane: Lane): { lo: number; hi: number } | undefined {
      const row = lanes[lane].range.get() as { lo: number | null; hi: number | null }
      return row.lo === null || row.hi === null ? undefined : { lo: row.lo, hi: row.hi }
    },

    /** One transaction, on disk when it returns. */
    append: (rows: NewRow[], notes: Partial<Notes>): void => append.immediate(rows, notes),

    /** Rows after a seq, each with whether it is still what was written. */
    after(lane: Lane, seq: number, limit: number): { record: StoredRecord; intact: boolean }[] {
      return (lanes[lane].after.all(seq, limit) as KeptRow[]).map(({ sum, body, ...rest }) => {
        const record = { ...rest, body: unpackBody(body, BODY_BYTES_MAX) }
        return { record, intact: sum === sumOf(lane, record) }
      })
    },

    kindsThrough: (lane: Lane, seq: number) => lanes[lane].countKinds.all(seq) as { kind: string; n: number }[],
    gapsThrough: (lane: Lane, seq: number) =>
      (lanes[lane].gapsBelow.all(seq) as KeptRow['body'][]).map((body) => unpackBody(body, BODY_BYTES_MAX)),

    remove: (through: Partial<Marks>, notes: Partial<Notes>): void => remove.immediate(through, notes),

    usedBytes: () => (usedPages.get() as number) * pageSize,
    /** Space inside the file that new rows can take without the file growing. */
    spareBytes: () => (freePages.get() as number) * pageSize,
    /** Moves the log into the file and gives its space back; false when something (a full disk) prevents it. */
    shrinkLog(): boolean {
      try {
        db.pragma('wal_checkpoint(TRUNCATE)')
        return true
      } catch {
        return false
      }
    },
    synchronous: () => db.pragma('synchronous', { simple: true }) as number,
    close: () => void db.close(),
  }
}

function laneOf(db: Database.Database, lane: Lane) {
  const table = TABLE_OF[lane]
  return {
    insert: db.prepare(`INSERT INTO ${table} (seq, at, mono, clock, kind, body, sum) VALUES (?, ?, ?, ?, ?, ?, ?)`),
    // Two questions: asked for both at once, SQLite reads the whole table.
    range: db.prepare(`SELECT (SELECT min(seq) FROM ${table}) AS lo, (SELECT max(seq) FROM ${table}) AS hi`),
    after: db.prepare(`SELECT seq, at, mono, clock, kind, body, sum FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`),
    deleteRange: db.prepare(`DELETE FROM ${table} WHERE seq <= ?`),
    countKinds: db.prepare(`SELECT kind, count(*) AS n FROM ${table} WHERE seq <= ? GROUP BY kind`),
    gapsBelow: db.prepare(`SELECT body FROM ${table} WHERE seq <= ? AND kind = 'gap'`).pluck(),
  }
}
