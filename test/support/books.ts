/** Both ends' books, read past the programs that keep them: what the box wrote down and what central has on disk. */
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Session } from '#edge/wire/session.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { readCopy } from './database-copy.ts'
import { NODE, type City } from './product.ts'

export type Kept<T> = { seq: number; body: T }

function readFrom<T>(file: string, read: (db: Sqlite.Database) => T): T {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  try {
    return read(db)
  } finally {
    db.close()
  }
}

const bodies = <T>(rows: unknown[]): Kept<T>[] =>
  (rows as { seq: number; body: string }[]).map(({ seq, body }) => ({ seq, body: JSON.parse(body) as T }))

/** What central has on disk of the test's hotspot. */
export function centralBooks(city: City) {
  const telemetry = join(city.dir, 'central', 'telemetry.db')
  const ofKind = <T>(kind: string): Kept<T>[] =>
    readFrom(telemetry, (db) =>
      bodies(
        db
          .prepare('SELECT seq, body FROM raw JOIN stream ON stream.id = raw.stream WHERE node = ? AND kind = ? ORDER BY seq')
          .all(NODE, kind),
      ),
    )
  return {
    usage: (): Kept<Usage>[] => ofKind('usage'),
    sessions: (): Kept<Session>[] => ofKind('session'),
    epochs: (): string[] => readFrom(telemetry, (db) => db.prepare('SELECT DISTINCT epoch FROM stream').pluck().all() as string[]),
    /** Octets as charts add them up. */
    chartedOctets: (): number =>
      readFrom(
        telemetry,
        (db) => db.prepare('SELECT sum(down_octets + up_octets) FROM node_day WHERE node = ?').pluck().get(NODE) as number,
      ),
    gaps: (): unknown[] => readFrom(telemetry, (db) => db.prepare('SELECT * FROM gap').all()),
    quarantine: (): unknown[] => readFrom(telemetry, (db) => db.prepare('SELECT reason, topic FROM quarantine').all()),
    /** Ticket codes, one for each case, in order of arrival. */
    complaints: (): string[] =>
      readFrom(
        join(city.dir, 'central', 'city.db'),
        (db) => db.prepare('SELECT code FROM complaints ORDER BY case_id').pluck().all() as string[],
      ),
  }
}

/** What the box wrote down; read it when the box has ended, for it keeps its outbox to itself. */
export function boxUsage(city: City): Kept<Usage>[] {
  return readFrom(join(city.dir, 'edge', 'outbox.db'), (db) =>
    bodies(db.prepare("SELECT seq, body FROM record WHERE kind = 'usage' ORDER BY seq").all()),
  )
}

/** Octets of visitors who are past the gate, as the box last wrote them down. */
export function boxGrants(city: Pick<City, 'dir'>): { id: string; upOctets: number; downOctets: number }[] {
  return readCopy(
    join(city.dir, 'edge', 'visitors.db'),
    (db) =>
      db.prepare('SELECT id, up_octets AS upOctets, down_octets AS downOctets FROM grants').all() as {
        id: string
        upOctets: number
        downOctets: number
      }[],
  )
}

export const octetsOf = (records: { body: { upOctets: number; downOctets: number } }[]): number =>
  records.reduce((sum, { body }) => sum + body.upOctets + body.downOctets, 0)
