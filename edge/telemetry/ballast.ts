/**
 * Space set aside beside the outbox. On a full disk SQLite in WAL mode cannot even DELETE (the deletion itself is
 * written to the log first), so an outbox could never make room for a complaint. Letting the ballast go gives it that room.
 */
import { closeSync, fsyncSync, openSync, statfsSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'

/** 1 MiB for the log to grow to its checkpoint, 1 MiB for the pages that checkpoint may append to the file. */
const BALLAST_BYTES = 2 * 1024 * 1024
/** Taken back only when this much would still be free afterwards, so that it does not itself fill the disk. */
const FREE_BYTES_AFTER = 2 * BALLAST_BYTES
/** Less than this and the outbox must live within its file: the log still needs room to turn over. */
const GROWTH_BYTES_MIN = 1024 * 1024

/** Less than this and some commit of somebody on this box will be refused soon. */
const NEIGHBOURS_BYTES_MIN = 256 * 1024

export type Ballast = ReturnType<typeof openBallast>

/** For a file that is only read and emptied. */
export const NO_BALLAST: Ballast = { isTight: () => false, take: () => false, release: () => undefined }

export function openBallast(file: string) {
  let held = isWhole(file)

  return {
    /** The ballast is spent and the disk still full: what comes in must take the place of what goes out. */
    isTight: () => !held && freeBytes(file) < GROWTH_BYTES_MIN,
    /** @returns whether the ballast is there. Quiet when the disk has no room: running without it is better than not running. */
    take(): boolean {
      // The box's other databases have no room of their own: who comes online on a full disk must be written down, too.
      if (held && freeBytes(file) < NEIGHBOURS_BYTES_MIN) {
        held = false
        drop(file)
        return false
      }
      if (held) return true
      try {
        if (freeBytes(file) < BALLAST_BYTES + FREE_BYTES_AFTER) return false
        const handle = openSync(file, 'w', 0o600)
        try {
          // Random, because some file systems store zeros in no space at all.
          writeSync(handle, randomBytes(BALLAST_BYTES))
          fsyncSync(handle)
        } finally {
          closeSync(handle)
        }
        held = isWhole(file)
        if (!held) unlinkSync(file)
      } catch {
        held = false
        drop(file)
      }
      return held
    },
    release(): void {
      held = false
      drop(file)
    },
  }
}

function freeBytes(file: string): number {
  const disk = statfsSync(dirname(file))
  return disk.bavail * disk.bsize
}

const isWhole = (file: string) => statSync(file, { throwIfNoEntry: false })?.size === BALLAST_BYTES

function drop(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // Not there: nothing to let go.
  }
}
