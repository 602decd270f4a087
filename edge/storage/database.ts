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
}

class DamagedError extends Error {}
class NewerError extends Error {}

/** @throws when the file is not damaged and still cannot be opened: the machine's fault, or a newer version's file, which is left alone. */
export function openDatabase({ file, migrations, log }: DatabaseOptions): Database.Database {
  try {
    mkdirSync(dirname(file), { recursive: true })
    return open(file, migrations)
  } catch (error) {
    if (!isDamaged(error)) throw new Error(`Cannot open ${file}: ${(error as Error).message}`, { cause: error })
    const aside = setAside(file, Date.now())
    log(`${file} is damaged (${(error as Error).message}); it was set aside as ${aside} and a new one begun`)
    return open(file, migrations)
  }
}

function open(file: string, migrations: readonly string[]): Database.Database {
  const db = new Database(file)
  try {
    db.pragma('journal_mode = WAL')
    // On every open: a WAL file that is opened again falls back to NORMAL, which forgets commits at a power cut.
    db.pragma('synchronous = FULL')
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

function isDamaged(error: unknown): boolean {
  if (error instanceof DamagedError) return true
  return /^SQLITE_(CORRUPT|NOTADB)/.test((error as { code?: string } | null)?.code ?? '')
}
