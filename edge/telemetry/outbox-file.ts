/**
 * The outbox's file: how it is opened, what its tables are, and how it is known to be whole. Each lane is a table in the order
 * of its numbers: a new row goes to the end of it and touches one page, and taking an acked range away frees whole pages.
 */
import Database from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { CACHE_KIB } from '../storage/database.ts'
import { schemaMadeBy, schemaOf } from '../storage/schema.ts'
import type { Lane } from '../wire/envelope.ts'

/** 2: notes carry a checksum. 3: a table for each lane. */
const FORMAT = 3
/** A commit of one record writes two or three of them: a quarter of what it is with SQLite's usual 4 KiB. */
const PAGE_BYTES = 1_024
/** The write-ahead log starts over after 1 MiB: it bounds what the file may need beyond its cap. */
const LOG_BYTES = 1024 * 1024

export const TABLE_OF = { t: 'telemetry', e: 'event' } as const satisfies Record<Lane, string>

const COLUMNS = 'seq, at, mono, clock, kind, body, sum'
const tableOf = (lane: Lane) => `
  CREATE TABLE ${TABLE_OF[lane]} (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, mono INTEGER NOT NULL,
    clock TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, sum INTEGER NOT NULL
  );
`
/** Both lanes as one, for whoever looks into the file by hand, and for a box put back to the version before. */
const BOTH_LANES = `CREATE VIEW record AS SELECT 'e' AS lane, ${COLUMNS} FROM event UNION ALL SELECT 't' AS lane, ${COLUMNS} FROM telemetry;`
const NOTE_TABLE = 'CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;'
const SCHEMA = [tableOf('t'), tableOf('e'), NOTE_TABLE, BOTH_LANES]

/** Of format 2, moved at once: small enough that a full disk has room for the move of each. */
const MOVED_ROWS = 500

export class UnreadableOutbox extends Error {}

/** @throws UnreadableOutbox when the file is damaged or of an unknown format; any other error is the machine's, not the file's. */
export function openOutboxFile(file: string): Database.Database {
  let db: Database.Database | undefined
  try {
    // It holds citizens' words; SQLite's own files beside it inherit the mode.
    closeSync(openSync(file, 'a', 0o600))
    db = new Database(file)
    // Of an empty file only; one that is there keeps its own.
    db.pragma(`page_size = ${PAGE_BYTES}`)
    // One process owns the outbox: the index of the log then lives in memory and needs no file on a full disk.
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    // On every open: a WAL file that is opened again falls back to NORMAL, which loses commits at a power cut.
    db.pragma('synchronous = FULL')
    db.pragma(`cache_size = -${CACHE_KIB}`)
    db.pragma(`wal_autocheckpoint = ${LOG_BYTES / (db.pragma('page_size', { simple: true }) as number)}`)
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
      for (const statement of SCHEMA) db.exec(statement)
      db.prepare("INSERT INTO note (name, value) VALUES ('epoch', ?)").run(sealed('epoch', randomBytes(8).toString('hex')))
      db.pragma(`user_version = ${FORMAT}`)
    }).exclusive()
    return
  }
  if (format === 1) sealNotes(db)
  if (format === 1 || format === 2) moveIntoLanes(db)
  else if (format !== FORMAT) throw new UnreadableOutbox(`the outbox has format ${format}, this version knows ${FORMAT}`)
  if (schemaOf(db) !== schemaMadeBy(SCHEMA)) throw new UnreadableOutbox('the tables of the outbox are not the ones this version makes')
  // The file is capped (tens of megabytes), so reading it through once per start is a few seconds on a slow card at worst.
  const verdict = db.pragma('quick_check(1)', { simple: true })
  if (verdict !== 'ok') throw new UnreadableOutbox(`the outbox file is damaged: ${String(verdict)}`)
  for (const table of Object.values(TABLE_OF)) checkNumbers(db, table)
}

/** Every lane is without holes, so count and sum of its numbers are known: a row that a flipped bit hides would be missed. */
function checkNumbers(db: Database.Database, table: string): void {
  const { n, lo, hi, total } = db
    .prepare(`SELECT count(*) AS n, min(seq) AS lo, max(seq) AS hi, sum(seq) AS total FROM ${table}`)
    .get() as { n: number; lo: number; hi: number; total: number }
  const isWhole = n === 0 || (lo >= 1 && hi - lo + 1 === n && ((lo + hi) * n) / 2 === total)
  if (!isWhole) throw new UnreadableOutbox('the outbox file is damaged: its records are not numbered without a hole')
}

/** Notes carry a checksum as records do: a flipped bit in a mark or in the epoch would tell everything twice. */
export const sealed = (name: string, value: unknown): string => {
  const json = JSON.stringify(value)
  return `${crc32(`${name}|${json}`)}:${json}`
}

/** @throws UnreadableOutbox when it is not what was written. */
export function unsealed<T>(name: string, text: string): T {
  const json = text.slice(text.indexOf(':') + 1)
  try {
    const value = JSON.parse(json) as T
    if (sealed(name, value) === text) return value
  } catch {
    // Not even JSON any more.
  }
  throw new UnreadableOutbox(`the outbox file is damaged: its note "${name}" is not what was written`)
}

/** From format 1. */
function sealNotes(db: Database.Database): void {
  const update = db.prepare('UPDATE note SET value = ? WHERE name = ?')
  db.transaction(() => {
    for (const { name, value } of db.prepare('SELECT name, value FROM note').all() as { name: string; value: string }[])
      update.run(sealed(name, JSON.parse(value)), name)
    db.pragma('user_version = 2')
  }).exclusive()
}

/** From format 2, which had both lanes in one table. May be cut off anywhere and goes on where it was. */
function moveIntoLanes(db: Database.Database): void {
  for (const lane of ['t', 'e'] as const) {
    if (!schemaOf(db).includes(`CREATE TABLE ${TABLE_OF[lane]}`)) db.exec(tableOf(lane))
    const copy = db.prepare(`INSERT INTO ${TABLE_OF[lane]} SELECT ${COLUMNS} FROM record WHERE lane = ? ORDER BY seq LIMIT ${MOVED_ROWS}`)
    const remove = db.prepare(`DELETE FROM record WHERE lane = ? AND seq <= (SELECT max(seq) FROM ${TABLE_OF[lane]})`)
    const move = db.transaction(() => {
      const { changes } = copy.run(lane)
      if (changes > 0) remove.run(lane)
      return changes
    })
    while (move.immediate() > 0);
  }
  db.transaction(() => {
    const left = db.prepare('SELECT count(*) FROM record').pluck().get() as number
    if (left > 0) throw new UnreadableOutbox('the outbox file is damaged: it has a record on no lane')
    db.exec('DROP TABLE record')
    db.exec(BOTH_LANES)
    db.pragma(`user_version = ${FORMAT}`)
  }).exclusive()
}

const codeOf = (error: unknown) => (error as { code?: string } | null)?.code ?? ''
export const isDamage = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))
/** SHMSIZE and WRITE are how some file systems report the same full disk. */
export const isDiskFull = (error: unknown): boolean => /^SQLITE_(FULL|IOERR_WRITE|IOERR_SHMSIZE|IOERR_FSYNC)/.test(codeOf(error))
