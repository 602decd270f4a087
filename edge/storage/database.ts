/**
 * How the box opens a database of its own. A damaged file is set aside and a new one begun: a box must come up without a
 * hand on it, and what is lost with the file is smaller than a hotspot that stays shut.
 */
import Database from 'better-sqlite3'
import { dirname } from 'node:path'
import { mkdirSync } from 'node:fs'
import { setAside } from '../telemetry/damaged.ts'
import { schemaMadeBy, schemaOf } from './schema.ts'

export type DatabaseOptions = {
  file: string
  /** Step n brings `user_version` from n to n + 1. Steps are only ever added. */
  migrations: readonly string[]
  log: (line: string) => void
  /** Of these tables, rows that can still be read go over from a damaged file. Whoever reads them must bear that a row is not what was written. */
  salvaged?: readonly string[]
}

/** Far more than a box holds of anything it should not forget. */
const SALVAGE_MAX = 100_000

/** Each database would keep 16 MB of its file otherwise, from when it is looked through; the kernel has a copy anyway. */
export const CACHE_KIB = 512

/** A commit writes whole pages, and most change one row: a quarter of SQLite's usual 4 KiB is a third of the writes to the card. */
const PAGE_BYTES = 1_024

class DamagedError extends Error {}
class NewerError extends Error {}

/** @throws when the file is not damaged and still cannot be opened: the machine's fault, or a newer version's file, which is left alone. */
export function openDatabase({ file, migrations, log, salvaged = [] }: DatabaseOptions): Database.Database {
  try {
    mkdirSync(dirname(file), { recursive: true })
    return open(file, migrations)
  } catch (error) {
    if (!isDamaged(error)) throw new Error(`Cannot open ${file}: ${(error as Error).message}`, { cause: error })
    const aside = setAside(file, Date.now())
    const db = open(file, migrations)
    const saved = salvaged.map((table) => `${salvage(db, aside, table)} ${table}`)
    log(
      `${file} is damaged (${(error as Error).message}). It was set aside as ${aside}; saved from it: ${saved.length > 0 ? saved.join(', ') : 'nothing'}.`,
    )
    return db
  }
}

function open(file: string, migrations: readonly string[]): Database.Database {
  const db = new Database(file)
  try {
    // Of an empty file only; one that is there keeps its own.
    db.pragma(`page_size = ${PAGE_BYTES}`)
    // One process owns it: the index of the log then lives in memory, where otherwise its pages reach the card every half minute.
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    // On every open: a WAL file that is opened again falls back to NORMAL, which forgets commits at a power cut.
    db.pragma('synchronous = FULL')
    db.pragma(`cache_size = -${CACHE_KIB}`)
    // Also what the indexes say, which the quick check leaves out: a row that its index denies is a visitor nobody finds.
    const finding = db.pragma('integrity_check(1)', { simple: true })
    if (finding !== 'ok') throw new DamagedError(String(finding))
    migrate(db, migrations)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function migrate(db: Database.Database, migrations: readonly string[]): void {
  const version = db.pragma('user_version', { simple: true }) as number
  const schema = schemaOf(db)
  // A flipped bit in the version alone: the tables tell what it was.
  const made =
    version === 0 && schema === '' ? 0 : migrations.findIndex((_, step) => schema === schemaMadeBy(migrations.slice(0, step + 1))) + 1
  if (made === 0 && schema !== '') {
    if (version > migrations.length)
      throw new NewerError(`it was written by a newer version (${version}); this one knows ${migrations.length}`)
    throw new DamagedError('its tables are not the ones this box makes')
  }
  if (made !== version) db.pragma(`user_version = ${made}`)
  for (let step = made; step < migrations.length; step++) {
    db.transaction(() => {
      db.exec(migrations[step]!)
      db.pragma(`user_version = ${step + 1}`)
    })()
  }
}

/** @returns how many rows could be read and taken over. A table that is there already, with a row of its own, keeps it. */
function salvage(db: Database.Database, damagedFile: string, table: string): number {
  const saved: Record<string, unknown>[] = []
  try {
    const damaged = new Database(damagedFile)
    try {
      for (const row of damaged.prepare(`SELECT * FROM ${table}`).iterate())
        if (saved.push(row as Record<string, unknown>) >= SALVAGE_MAX) break
    } finally {
      damaged.close()
    }
  } catch {
    // Read as far as the damage allowed.
  }
  const columns = db.pragma(`table_info(${table})`) as { name: string }[]
  const insert = db.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${columns.map(({ name }) => `@${name}`).join(', ')})`)
  return saved.filter((row) => {
    try {
      return insert.run(row).changes === 1
    } catch {
      // Not of the column's type any more, or of an older version's columns.
      return false
    }
  }).length
}

function isDamaged(error: unknown): boolean {
  if (error instanceof DamagedError) return true
  return /^SQLITE_(CORRUPT|NOTADB)/.test((error as { code?: string } | null)?.code ?? '')
}
