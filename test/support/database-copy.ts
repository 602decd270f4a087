/** What a running program has on disk in a database that it keeps to itself: read from a copy, as a power cut would leave it. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

export function readCopy<T>(file: string, read: (db: Database.Database) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'database-copy-'))
  const copy = join(folder, 'copy.db')
  try {
    // The file before its log: what a checkpoint moves in between is then still in the log.
    for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix)
    const db = new Database(copy)
    try {
      return read(db)
    } finally {
      db.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
