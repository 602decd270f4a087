/**
 * Where the box's state rests. On its disk as long as that can be written; else in RAM, with what was known, so that the portal,
 * RADIUS and who is online go on. What is only in RAM is forgotten when the box loses power, and everybody is told.
 */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OUTBOX_FILE } from '../telemetry/generations.ts'
import { memoryCopy } from './memory-copy.ts'
import { codeOf, isFull, removeQuietly, whatPreventsWriting } from './write-check.ts'

/** A RAM disk on every Linux, also where /tmp lies on the card. */
const SHARED_MEMORY = '/dev/shm'
/** Days of records of one box, on a machine whose memory everybody needs. */
const MEMORY_OUTBOX_BYTES_MAX = 16 * 1024 * 1024

export type StateFolder = {
  /** Databases and keys are opened here. */
  path: string
  /** Why nothing can be written down (EROFS, EIO, ENOSPC …) and `path` is in RAM; absent while it is on the disk. */
  trouble?: string
  /** The last process had to work from RAM; what it knew is on the disk now. */
  isBack: boolean
  /** Cap of the outbox: smaller in RAM. */
  outboxBytesMax(configured: number): number
}

/** @throws when neither the disk nor RAM can hold the state. */
export function openStateFolder(options: { stateDir: string; memoryDir?: string | undefined; log: (line: string) => void }): StateFolder {
  const { stateDir, log } = options
  const memoryDir = options.memoryDir ?? (existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir())
  const copy = memoryCopy(stateDir, memoryDir, log)
  const wasInMemory = copy.exists()
  const trouble = whatPreventsUsing(stateDir) ?? (wasInMemory ? whatPrevents(() => copy.carryBack()) : undefined)
  if (trouble === undefined) {
    if (wasInMemory) log(`storage: ${stateDir} can be written again; what was kept in memory has been put back there`)
    return { path: stateDir, isBack: wasInMemory, outboxBytesMax: (configured) => configured }
  }
  if (!wasInMemory) copy.make()
  log(`STORAGE FAILED: ${stateDir} cannot be written (${trouble}). The box works from memory in ${copy.folder}; without power it forgets.`)
  return {
    path: copy.folder,
    trouble,
    isBack: false,
    outboxBytesMax: (configured) => Math.min(configured, MEMORY_OUTBOX_BYTES_MAX),
  }
}

function whatPreventsUsing(stateDir: string): string | undefined {
  const first = whatPreventsWriting(stateDir)
  if (first === undefined || !isFull(first)) return first
  // The room set aside for a full disk is there to be used: with it the databases can at least be opened.
  removeQuietly(join(stateDir, `${OUTBOX_FILE}.ballast`))
  return whatPreventsWriting(stateDir)
}

function whatPrevents(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}
