/** What happens to an outbox file that cannot be read: set aside for people to look at, its complaints saved where they still can be. */
import Database from 'better-sqlite3'
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { decodeBody } from '../wire/schemas.ts'
import type { StoredRecord } from './store.ts'

/** One to look at and one older; more would eat the disk of a box whose card is dying. */
const KEPT_FILES = 2
const SALVAGE_MAX = 5_000

/** @returns the path the file now has. The log beside it moves along: it may hold the newest rows. */
export function setAside(file: string, now: number): string {
  const aside = `${file}.damaged-${String(now).padStart(13, '0')}`
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      renameSync(file + suffix, aside + suffix)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  const folder = dirname(file)
  const older = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(file)}.damaged-`) && /\d$/.test(name))
    .sort()
    .slice(0, -KEPT_FILES)
  for (const name of older) for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, name + suffix), { force: true })
  return aside
}

/**
 * Complaints that are still readable. Whether central already has one is unknown here, and harmless: it keeps a ticket code once.
 * Other events are not saved, because delivering those twice would count visits twice.
 */
export function salvageComplaints(file: string): StoredRecord[] {
  const saved = new Map<number, StoredRecord>()
  // A page that cannot be read ends the reading there; from the other end its other side is reached, too.
  for (const order of ['DESC', 'ASC']) {
    try {
      const db = new Database(file)
      try {
        const rows = db.prepare(
          `SELECT seq, at, mono, clock, kind, body FROM record WHERE lane = 'e' AND kind = 'complaint' ORDER BY seq ${order}`,
        )
        for (const row of rows.iterate() as IterableIterator<StoredRecord>) {
          if (saved.size >= SALVAGE_MAX) break
          if (isComplaint(row)) saved.set(row.seq, row)
        }
      } finally {
        db.close()
      }
    } catch {
      // Read as far as the damage allowed.
    }
  }
  return [...saved.values()].sort((a, b) => a.seq - b.seq)
}

function isComplaint(row: StoredRecord): boolean {
  try {
    return decodeBody('complaint', JSON.parse(row.body)).ok
  } catch {
    return false
  }
}
