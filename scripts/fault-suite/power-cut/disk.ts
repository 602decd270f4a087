/**
 * What a disk may hold after the power went. Harsher than real file systems: nothing that was not forced down is there by
 * luck, a new name needs its folder's fsync, and 512-byte sectors of one write may arrive each for itself.
 */
import type { Step } from './recording.ts'

/**
 * `all-lost`: nothing that was not forced to disk. `data-lost`: names and sizes arrived, what was written did not.
 * `torn`: by chance, sector by sector. `process`: the program alone died, in the middle of its next write.
 */
export const CUTS = ['all-lost', 'data-lost', 'torn', 'process'] as const
export type Cut = (typeof CUTS)[number]

/** Files by their names, as whoever starts next finds them. */
export type DiskState = Map<string, Buffer>

type Change = { is: 'write'; offset: number; bytes: Buffer } | { is: 'truncate'; size: number }
type DiskFile = { synced: Buffer; pending: Change[] }
type Names = Map<string, number>
type NameChange = Extract<Step, { is: 'name' }>

const SECTOR_BYTES = 512

export function createDisk() {
  const files = new Map<number, DiskFile>()
  const durable: Names = new Map()
  let waiting: NameChange[] = []

  const fileOf = (id: number): DiskFile => {
    let file = files.get(id)
    if (!file) files.set(id, (file = { synced: Buffer.alloc(0), pending: [] }))
    return file
  }
  const named = (names: Names, changes: NameChange[]): Names => {
    for (const { path, file } of changes.flatMap(({ names }) => names)) {
      if (file === undefined) names.delete(path)
      else names.set(path, file)
    }
    return names
  }
  const whole = (names: Names, content: (file: DiskFile) => Buffer): DiskState =>
    new Map([...names].map(([path, id]) => [path, content(fileOf(id))]))

  return {
    take(step: Step): void {
      switch (step.is) {
        case 'write':
        case 'truncate':
          fileOf(step.file).pending.push(step)
          return
        case 'sync': {
          const file = fileOf(step.file)
          file.synced = allOf(file)
          file.pending = []
          return
        }
        case 'name':
          waiting.push(step)
          return
        case 'sync-folder':
          named(
            durable,
            waiting.filter(({ folder }) => folder === step.folder),
          )
          waiting = waiting.filter(({ folder }) => folder !== step.folder)
          return
        case 'said':
          return
      }
    },
    /** @param next what the program was about to do: for `process` some of its first bytes may have arrived. */
    after(cut: Cut, random: () => number, next: Step | undefined): DiskState {
      const now = () => named(new Map(durable), waiting)
      switch (cut) {
        case 'all-lost':
          return whole(durable, ({ synced }) => synced)
        case 'data-lost':
          return whole(now(), sizesOnly)
        case 'torn': {
          // A journal keeps the order of names, so some first part of them arrived.
          const arrived = waiting.slice(0, Math.floor(random() * (waiting.length + 1)))
          return whole(named(new Map(durable), arrived), (file) => torn(file, random))
        }
        case 'process': {
          const begun =
            next?.is === 'write' ? { ...next, bytes: next.bytes.subarray(0, Math.floor(random() * next.bytes.length)) } : undefined
          const target = begun && fileOf(begun.file)
          return whole(now(), (file) => allOf(file === target ? { ...file, pending: [...file.pending, begun!] } : file))
        }
      }
    },
  }
}

const allOf = (file: DiskFile): Buffer => (file.pending.length === 0 ? file.synced : written(file.synced, file.pending))

/** Sizes arrive, contents do not: new room reads as zeros. */
const sizesOnly = ({ synced, pending }: DiskFile): Buffer =>
  written(
    synced,
    pending.map((change) => (change.is === 'truncate' ? change : { is: 'grow', size: change.offset + change.bytes.length })),
  )

function torn({ synced, pending }: DiskFile, random: () => number): Buffer {
  if (pending.length === 0) return synced
  // Anything from almost nothing to almost everything, so that every mixture is met.
  const share = random()
  const pieces = pending.flatMap((change) => (change.is === 'truncate' ? [change] : sectorsOf(change)))
  return written(
    synced,
    pieces.filter(() => random() < share),
  )
}

/** A copy of `content` with the changes in it. */
function written(content: Buffer, changes: readonly (Change | { is: 'grow'; size: number })[]): Buffer {
  const endOf = (change: (typeof changes)[number]) => (change.is === 'write' ? change.offset + change.bytes.length : change.size)
  const room = Buffer.alloc(changes.reduce((size, change) => Math.max(size, endOf(change)), content.length))
  content.copy(room)
  let size = content.length
  for (const change of changes) {
    if (change.is === 'truncate') {
      room.fill(0, change.size, size)
      size = change.size
      continue
    }
    if (change.is === 'write') change.bytes.copy(room, change.offset)
    size = Math.max(size, endOf(change))
  }
  return room.subarray(0, size)
}

function sectorsOf({ offset, bytes }: Extract<Change, { is: 'write' }>): Change[] {
  const sectors: Change[] = []
  for (let at = 0; at < bytes.length;) {
    const length = Math.min(bytes.length - at, SECTOR_BYTES - ((offset + at) % SECTOR_BYTES))
    sectors.push({ is: 'write', offset: offset + at, bytes: bytes.subarray(at, at + length) })
    at += length
  }
  return sectors
}
