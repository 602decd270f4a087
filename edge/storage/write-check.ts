/** Whether files in a folder can be written down for good, found out by doing it. */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Room to open what rests there: an index of 32 KiB for each write-ahead log, and logs of some pages. */
const ROOM_BYTES = 512 * 1024

/** @returns the code of what stands in the way (EROFS, EIO, ENOSPC …); undefined when the folder takes what it is given. */
export function whatPreventsWriting(folder: string): string | undefined {
  const file = join(folder, '.write-check')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const handle = openSync(file, 'w', 0o600)
    try {
      for (let written = 0; written < ROOM_BYTES;) written += writeSync(handle, Buffer.alloc(ROOM_BYTES - written, 1))
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    return undefined
  } catch (error) {
    return codeOf(error)
  } finally {
    removeQuietly(file)
  }
}

export const isFull = (code: string): boolean => code === 'ENOSPC' || code === 'EDQUOT'

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | null)?.code ?? 'unknown'

export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true })
  } catch {
    // On a disk that takes nothing, what is there stays there.
  }
}
