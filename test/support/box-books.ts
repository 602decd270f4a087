/** What a box has in its outbox, read past its program when that has ended: while it runs it keeps the file to itself. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { RecordKind } from '#edge/wire/envelope.ts'
import type { RecordBodies } from '#edge/wire/schemas.ts'

/** Bodies of one kind over all generations of the outbox, oldest first. */
export function recordsIn<K extends RecordKind>(stateDir: string, kind: K): RecordBodies[K][] {
  const files = readdirSync(stateDir).filter((name) => /^outbox.*\.db$/.test(name))
  // "outbox-earlier-…" comes before "outbox.db".
  return files.sort().flatMap((name) => bodiesIn<RecordBodies[K]>(join(stateDir, name), kind))
}

function bodiesIn<T>(file: string, kind: string): T[] {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    const rows = db.prepare('SELECT body FROM record WHERE kind = ? ORDER BY seq').pluck().all(kind) as string[]
    return rows.map((body) => JSON.parse(body) as T)
  } finally {
    db.close()
  }
}
