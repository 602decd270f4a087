/**
 * All SQL of the outbox. Rows are clustered by lane and seq, so that removing an acked range frees whole pages
 * instead of touching each row's page once for the table and once for an index.
 */
import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { schemaMadeBy, schemaOf } from '../storage/schema.ts'
import { LANES, type ClockTrust, type Lane } from '../wire/envelope.ts'

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
/** 2: notes carry a checksum. */
const FORMAT = 2
/** The write-ahead log starts over after 1 MiB: it bounds what the file may need beyond its cap. */
const WAL_PAGES = 256

const SCHEMA = `
  CREATE TABLE record (
    lane TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, mono INTEGER NOT NULL,
    clock TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, sum INTEGER NOT NULL,
    PRIMARY KEY (lane, seq)
  ) WITHOUT ROWID;
  CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`

/** SQLite has no page checksums: a flipped bit inside a body would travel as a fact. */
const sumOf = (lane: Lane, row: StoredRecord) => crc32(`${lane}|${row.seq}|${row.at}|${row.mono}|${row.clock}|${row.kind}|${row.body}`)

export class UnreadableOutbox extends Error {}

export type OutboxStore = ReturnType<typeof openStore>

/** @throws UnreadableOutbox when the file is damaged or of an unknown format; any other error is the machine's, not the file's. */
export function openStore(file: string) {
  const db = openChecked(file)
  const insert = db.prepare('INSERT INTO record (lane, seq, at, mono, clock, kind, body, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const setNote = db.prepare('INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
  const noteNames = db.prepare('SELECT name FROM note').pluck()
  const note = db.prepare('SELECT value FROM note WHERE name = ?').pluck()
  const range = db.prepare('SELECT min(seq) AS lo, max(seq) AS hi FROM record WHERE lane = ?')
  const after = db.prepare('SELECT seq, at, mono, clock, kind, body, sum FROM record WHERE lane = ? AND seq > ? ORDER BY seq LIMIT ?')
  const deleteRange = db.prepare('DELETE FROM record WHERE lane = ? AND seq <= ?')
  const countKinds = db.prepare('SELECT kind, count(*) AS n FROM record WHERE lane = ? AND seq <= ? GROUP BY kind')
  const gapsBelow = db.prepare("SELECT body FROM record WHERE lane = ? AND seq <= ? AND kind = 'gap'").pluck()
  const usedPages = db.prepare('SELECT p.page_count - f.freelist_count FROM pragma_page_count AS p, pragma_freelist_count AS f').pluck()
  const freePages = db.prepare('SELECT freelist_count FROM pragma_freelist_count').pluck()
  const pageSize = db.pragma('page_size', { simple: true }) as number

  const saveNotes = (notes: Partial<Notes>) => {
    for (const [name, value] of Object.entries(notes)) setNote.run(name, sealed(name, value))
  }
  const append = db.transaction((rows: NewRow[], notes: Partial<Notes>) => {
    for (const row of rows) insert.run(row.lane, row.seq, row.at, row.mono, row.clock, row.kind, row.body, sumOf(row.lane, row))
    saveNotes(notes)
  })
  const remove = db.transaction((through: Partial<Marks>, notes: Partial<Notes>) => {
    for (const [lane, seq] of Object.entries(through)) deleteRange.run(lane, seq)
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
      const row = range.get(lane) as { lo: number | null; hi: number | null }
      return row.lo === null || row.hi === null ? undefined : { lo: row.lo, hi: row.hi }
    },

    /** One transaction, on disk when it returns. */
    append: (rows: NewRow[], notes: Partial<Notes>): void => append.immediate(rows, notes),

    /** Rows after a seq, each with whether it is still what was written. */
    after(lane: Lane, seq: number, limit: number): { record: StoredRecord; intact: boolean }[] {
      return (after.all(lane, seq, limit) as (StoredRecord & { sum: number })[]).map(({ sum, ...record }) => ({
        record,
        intact: sum === sumOf(lane, record),
      }))
    },

    kindsThrough: (lane: Lane, seq: number) => countKinds.all(lane, seq) as { kind: string; n: number }[],
    gapsThrough: (lane: Lane, seq: number) => gapsBelow.all(lane, seq) as string[],

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

function openChecked(file: string): Database.Database {
  let db: Database.Database | undefined
  try {
    // It holds citizens' words; SQLite's own files beside it inherit the mode.
    closeSync(openSync(file, 'a', 0o600))
    db = new Database(file)
    // One process owns the outbox: the index of the log then lives in memory and needs no file on a full disk.
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    // On every open: a WAL file that is opened again falls back to NORMAL, which loses commits at a power cut.
    db.pragma('synchronous = FULL')
    db.pragma(`wal_autocheckpoint = ${WAL_PAGES}`)
    prepareFormat(db)
    return db
  } catch (cause) {
    db?.close()
    if (cause instanceof UnreadableOutbox || !isDamage(cause)) throw cause
    throw new UnreadableOutbox(`the outbox file is damaged: ${(cause as Error).message}`, { cause })
  }
}

function prepareFormat(db: Database.Database): void {
  const format = db.pragma('user_version', { simple: true }) as number
  if (format === 0 && schemaOf(db) === '') {
    db.transaction(() => {
      db.exec(SCHEMA)
      db.prepare("INSERT INTO note (name, value) VALUES ('epoch', ?)").run(sealed('epoch', randomBytes(8).toString('hex')))
      db.pragma(`user_version = ${FORMAT}`)
    }).exclusive()
    return
  }
  if (format === 1) sealNotes(db)
  else if (format !== FORMAT) throw new UnreadableOutbox(`the outbox has format ${format}, this version knows ${FORMAT}`)
  if (schemaOf(db) !== schemaMadeBy([SCHEMA])) throw new UnreadableOutbox('the tables of the outbox are not the ones this version makes')
  // The file is capped (tens of megabytes), so reading it through once per start is a few seconds on a slow card at worst.
  const verdict = db.pragma('quick_check(1)', { simple: true })
  if (verdict !== 'ok') throw new UnreadableOutbox(`the outbox file is damaged: ${String(verdict)}`)
  checkNumbers(db)
}

/**
 * SQLite's check does not look whether rows lie in the order of their keys: one flipped bit in a key hides all rows behind it.
 * Every lane is without holes, so count and sum of its numbers are known.
 */
function checkNumbers(db: Database.Database): void {
  const lanes = db
    .prepare('SELECT lane, count(*) AS n, min(seq) AS lo, max(seq) AS hi, sum(seq) AS total FROM record GROUP BY lane')
    .all() as {
    lane: string
    n: number
    lo: number
    hi: number
    total: number
  }[]
  const isWhole = ({ lane, n, lo, hi, total }: (typeof lanes)[number], i: number) =>
    (LANES as readonly string[]).includes(lane) &&
    lanes[i + 1]?.lane !== lane &&
    lo >= 1 &&
    hi - lo + 1 === n &&
    ((lo + hi) * n) / 2 === total
  if (!lanes.every(isWhole) || new Set(lanes.map(({ lane }) => lane)).size < lanes.length)
    throw new UnreadableOutbox('the outbox file is damaged: its records are not numbered without a hole')
}

/** Notes carry a checksum as records do: a flipped bit in a mark or in the epoch would tell everything twice. */
const sealed = (name: string, value: unknown): string => {
  const json = JSON.stringify(value)
  return `${crc32(`${name}|${json}`)}:${json}`
}

/** From format 1. */
function sealNotes(db: Database.Database): void {
  const update = db.prepare('UPDATE note SET value = ? WHERE name = ?')
  db.transaction(() => {
    for (const { name, value } of db.prepare('SELECT name, value FROM note').all() as { name: string; value: string }[])
      update.run(sealed(name, JSON.parse(value)), name)
    db.pragma(`user_version = ${FORMAT}`)
  }).exclusive()
}

function unsealed<T>(name: string, text: string): T {
  const json = text.slice(text.indexOf(':') + 1)
  try {
    const value = JSON.parse(json) as T
    if (sealed(name, value) === text) return value
  } catch {
    // Not even JSON any more.
  }
  throw new UnreadableOutbox(`the outbox file is damaged: its note "${name}" is not what was written`)
}

const codeOf = (error: unknown) => (error as { code?: string } | null)?.code ?? ''
export const isDamage = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))
/** SHMSIZE and WRITE are how some file systems report the same full disk. */
export const isDiskFull = (error: unknown): boolean => /^SQLITE_(FULL|IOERR_WRITE|IOERR_SHMSIZE|IOERR_FSYNC)/.test(codeOf(error))
