/**
 * The state folder's copy in RAM: made when the disk can no longer be written, carried back when it can. While it is
 * there it is the newer of the two, because the disk is not touched before the copy has been carried back.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { earlierOutbox, OUTBOX_FILE } from '../telemetry/generations.ts'
import { closeLog, isDatabase, moveWithLog, replaceFile, stateFiles } from './state-files.ts'
import { codeOf, removeQuietly } from './write-check.ts'

/** Written last: a copy without it was never finished and is thrown away. */
const COMPLETE = '.complete'

/** @throws when the folder's place is taken by somebody else: in a folder anyone may write to, a name can be waited for. */
export function memoryCopy(stateDir: string, memoryDir: string, log: (line: string) => void) {
  const name = createHash('sha256').update(stateDir).digest('hex').slice(0, 12)
  const folder = join(memoryDir, `broadband-city-${name}`)
  const complete = join(folder, COMPLETE)
  refuseStrangers(folder)

  /** @returns whether the copy has it; what cannot be read is said and left out. */
  function take(file: string): boolean {
    try {
      copyFileSync(join(stateDir, file), join(folder, file))
      return true
    } catch (error) {
      removeQuietly(join(folder, file))
      log(`storage: ${file} could not be copied into memory (${codeOf(error)})`)
      return false
    }
  }

  return {
    folder,
    exists: (): boolean => existsSync(complete),

    make(): void {
      removeQuietly(folder)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const files = readable(stateDir)
      const taken = new Set(files.filter(take))
      // What the copy writes from here on is forgotten with it. Its outbox therefore is a new generation with an epoch of its own:
      // no number of the one on the card is ever given to another fact.
      const outboxTaken = taken.has(OUTBOX_FILE)
      if (outboxTaken) moveWithLog(folder, OUTBOX_FILE, earlierOutbox(files))
      else if (files.includes(OUTBOX_FILE))
        log('storage: what the outbox on the disk holds stays there until the disk can be written again')
      writeFileSync(complete, JSON.stringify({ outboxTaken }), { mode: 0o600 })
    },

    /** May be done again after a crash in the middle. @throws when the disk refuses; the copy then stays the newer one. */
    carryBack(): void {
      const files = stateFiles(folder).filter((file) => !file.endsWith('-wal'))
      for (const file of files) if (isDatabase(file)) closeLog(join(folder, file))
      const { outboxTaken } = JSON.parse(readFileSync(complete, 'utf8')) as { outboxTaken: boolean }
      if (!outboxTaken && existsSync(join(stateDir, OUTBOX_FILE))) moveWithLog(stateDir, OUTBOX_FILE, earlierOutbox(stateFiles(stateDir)))
      // Earlier outboxes before the one that takes the place of the last of them on the disk.
      const order = [...files.filter((file) => file !== OUTBOX_FILE), ...files.filter((file) => file === OUTBOX_FILE)]
      for (const file of order) replaceFile(join(folder, file), join(stateDir, file))
      removeQuietly(folder)
    },
  }
}

function refuseStrangers(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isDirectory() || found.uid !== process.geteuid?.() || (found.mode & 0o077) !== 0)
    throw new Error(`${folder} belongs to somebody else; the state will not be kept there`)
}

function readable(folder: string): string[] {
  try {
    return stateFiles(folder)
  } catch {
    // Not even the list of files: the box begins anew, which is better than not at all.
    return []
  }
}
