/** Small files that must survive a power cut whole: keys, settings, the last good configuration. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** A power cut leaves the old file or the new one, never half of one: write aside, fsync, rename, fsync the folder. @throws when the disk refuses. */
export function writeDurably(file: string, content: Buffer | string, mode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true })
  const aside = `${file}.new`
  forced(openSync(aside, 'w', mode), (handle) => {
    const bytes = Buffer.from(content)
    for (let written = 0; written < bytes.length;) written += writeSync(handle, bytes, written)
  })
  renameSync(aside, file)
  forced(openSync(dirname(file), 'r'))
}

function forced(handle: number, before: (handle: number) => void = () => {}): void {
  try {
    before(handle)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
