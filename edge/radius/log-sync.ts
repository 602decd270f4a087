/** Forces a database's write-ahead log to the disk without holding up the event loop. */
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs'

export type LogSync = {
  /** Nothing written before this call is lost once `done(true)` was called. */
  sync(done: (isDurable: boolean) => void): void
  syncNow(): boolean
  close(): void
}

/**
 * The log lies beside the database as long as that is open, and is one and the same file all that time. Syncing it by
 * another descriptor is as good: fdatasync(2) is about the file.
 */
export function logSync(file: string): LogSync {
  let log: number | undefined
  /** Only after the first transaction is it surely there. */
  const opened = (): number => (log ??= openSync(`${file}-wal`, 'r'))
  return {
    sync(done) {
      try {
        fdatasync(opened(), (error) => done(error === null))
      } catch {
        done(false)
      }
    },
    syncNow() {
      try {
        fdatasyncSync(opened())
        return true
      } catch {
        return false
      }
    },
    close() {
      if (log !== undefined) closeSync(log)
    },
  }
}
