/** For control runs: the same program with a database that is told to care less. The product itself has no such switch. */
import Database from 'better-sqlite3'

/** As in PRAGMA synchronous; `no-fsync` leaves the program as it is and takes its disk for one that lies. */
export type Control = 'off' | 'normal' | 'no-fsync'

export function weaken(control: Control | undefined): void {
  if (control === undefined || control === 'no-fsync') return
  const pragma = Database.prototype.pragma
  Database.prototype.pragma = function weakened(this: Database.Database, source, options) {
    return pragma.call(this, /^synchronous\s*=/.test(source) ? `synchronous = ${control.toUpperCase()}` : source, options) as unknown
  }
}
