import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { MIGRATIONS } from './migrations.ts'

export type VisitorDatabase = Database.Database

/**
 * Opens `visitors.db`. A file that SQLite calls damaged is set aside and a new one begun: a box must come up without a hand on it,
 * and what is lost (who was online, where tickets stand) is smaller than a hotspot that stays shut.
 */
export function openVisitorDatabase(stateDir: string, log: (line: string) => void): VisitorDatabase {
  mkdirSync(stateDir, { recursive: true })
  const file = join(stateDir, 'visitors.db')
  try {
    return open(file)
  } catch (error) {
    if (!isDamage(error)) throw new Error(`Cannot open ${file}`, { cause: error })
    const aside = `${file}.damaged-${Date.now()}`
    for (const suffix of ['', '-wal', '-shm']) moveIfThere(`${file}${suffix}`, `${aside}${suffix}`)
    log(`visitors.db is damaged; it was set aside as ${aside} and a new one begun`)
    return open(file)
  }
}

function open(file: string): VisitorDatabase {
  const db = new Database(file)
  try {
    db.pragma('journal_mode = WAL')
    // On every open: a WAL file that is opened again falls back to NORMAL, which forgets commits at a power cut.
    db.pragma('synchronous = FULL')
    const [finding] = db.pragma('quick_check(1)') as { quick_check: string }[]
    if (finding?.quick_check !== 'ok') throw new DamagedError(finding?.quick_check ?? 'no answer')
    migrate(db, file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function migrate(db: VisitorDatabase, file: string): void {
  const version = db.pragma('user_version', { simple: true }) as number
  if (version > MIGRATIONS.length)
    throw new Error(`${file} was written by a newer version (${version}); this one knows ${MIGRATIONS.length}`)
  for (let step = version; step < MIGRATIONS.length; step++) {
    db.transaction(() => {
      db.exec(MIGRATIONS[step]!)
      db.pragma(`user_version = ${step + 1}`)
    })()
  }
}

class DamagedError extends Error {}

const isDamage = (error: unknown): boolean =>
  error instanceof DamagedError || ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes((error as { code?: string }).code ?? '')

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
