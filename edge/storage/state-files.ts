/** The files of a state folder, and how they are carried from one folder to another without ever leaving half of one behind. */
import Database from 'better-sqlite3'
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Made anew by whoever needs them, or set aside for people to look at: not part of what the box knows. */
const NOT_STATE = /-shm$|\.ballast$|\.damaged-|\.new$|\.arriving$|^\./
const DATABASE = /\.(db|sqlite)$/
const LOG = '-wal'

/** Plain files lying directly in the folder, in a steady order. */
export function stateFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !NOT_STATE.test(entry.name))
    .map(({ name }) => name)
    .sort()
}

export const isDatabase = (name: string): boolean => DATABASE.test(name)

/** Puts the log of a database into its file, so that the file alone is the whole of it. A database that cannot be read is left as it is. */
export function closeLog(file: string): void {
  if (!existsSync(file + LOG)) return
  try {
    const db = new Database(file)
    try {
      db.pragma('wal_checkpoint(TRUNCATE)')
    } finally {
      db.close()
    }
  } catch {
    // Whoever opens it next finds the damage and knows what to save.
  }
}

/** The old file or the new one is there at every moment, on disk when this returns; an old log would spoil the new file. */
export function replaceFile(from: string, to: string): void {
  const arriving = `${to}.arriving`
  copyFileSync(from, arriving)
  forceToDisk(arriving)
  if (isDatabase(to)) {
    closeLog(to)
    for (const suffix of [LOG, '-shm']) rmSync(to + suffix, { force: true })
  }
  renameSync(arriving, to)
  forceToDisk(dirname(to))
}

export function moveWithLog(folder: string, from: string, to: string): void {
  for (const suffix of [LOG, ''])
    if (existsSync(join(folder, from + suffix))) renameSync(join(folder, from + suffix), join(folder, to + suffix))
}

function forceToDisk(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
