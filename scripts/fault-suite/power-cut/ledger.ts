import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { LEDGER } from './recording.ts'

/** One line for each promise, written after it was made. It lies outside the failing disk, so it needs no fsync. */
export function openLedger<Line>(folder: string): (line: Line) => void {
  const handle = openSync(join(folder, LEDGER), 'a')
  return (line) => void writeSync(handle, `${JSON.stringify(line)}\n`)
}
