/** Reads what recorder.c wrote down into a list of steps on files, names and the ledger, in the order in which they happened. */
import { basename, dirname } from 'node:path'

/** Files are numbered by their creation: a name may come to stand for another file, a file is always itself. */
export type Step =
  | { is: 'write'; file: number; offset: number; bytes: Buffer }
  | { is: 'truncate'; file: number; size: number }
  | { is: 'sync'; file: number }
  /** `file` undefined: the name goes. */
  | { is: 'name'; folder: string; names: { path: string; file: number | undefined }[] }
  | { is: 'sync-folder'; folder: string }
  /** The program said this to somebody else: from here on it must be true. */
  | { is: 'said'; line: unknown }

/** A line that the program writes here after it has promised something; it lies on nobody's failing disk. */
export const LEDGER = 'ledger'

const HEAD_BYTES = 32
/** As in recorder.c. */
const OP = { open: 1, close: 2, write: 3, truncate: 4, sync: 5, rename: 6, unlink: 7, link: 8, mkdir: 9, sharedMap: 10 } as const
const CREATED = 1
const DIRECTORY = 2

type Open = { folder: string } | { file: number } | 'ledger'

/** @throws when the trace is cut off, or when a file that matters was written through a memory map. */
export function readRecording(trace: Buffer): Step[] {
  const names = new Map<string, number>()
  const open = new Map<number, Open>()
  const steps: Step[] = []
  let files = 0

  const name = (path: string, file: number | undefined) => {
    if (file === undefined) names.delete(path)
    else names.set(path, file)
    return { path, file }
  }
  const renamed = (folder: string, changes: { path: string; file: number | undefined }[]) =>
    steps.push({ is: 'name', folder, names: changes.map(({ path, file }) => name(path, file)) })

  const opened = (fd: number, path: string, facts: number) => {
    if (facts & DIRECTORY) return void open.set(fd, { folder: path })
    if (basename(path) === LEDGER) return void open.set(fd, 'ledger')
    if (facts & CREATED || !names.has(path)) renamed(dirname(path), [{ path, file: files++ }])
    open.set(fd, { file: names.get(path)! })
  }
  const onFile = (fd: number, make: (file: number) => Step) => {
    const at = open.get(fd)
    if (at !== undefined && at !== 'ledger' && 'file' in at) steps.push(make(at.file))
  }
  const synced = (fd: number) => {
    const at = open.get(fd)
    if (at !== undefined && at !== 'ledger' && 'folder' in at) steps.push({ is: 'sync-folder', folder: at.folder })
    else onFile(fd, (file) => ({ is: 'sync', file }))
  }
  const written = (fd: number, offset: number, bytes: Buffer) => {
    if (open.get(fd) !== 'ledger') return onFile(fd, (file) => ({ is: 'write', file, offset, bytes }))
    for (const line of bytes.toString().split('\n').filter(Boolean)) steps.push({ is: 'said', line: JSON.parse(line) as unknown })
  }

  for (let at = 0; at < trace.length;) {
    const [op, fd] = [trace.readUInt32LE(at), trace.readUInt32LE(at + 4)]
    const [number, flags] = [Number(trace.readBigInt64LE(at + 8)), Number(trace.readBigInt64LE(at + 16))]
    const [firstLength, secondLength] = [trace.readUInt32LE(at + 24), trace.readUInt32LE(at + 28)]
    const first = trace.subarray(at + HEAD_BYTES, at + HEAD_BYTES + firstLength)
    at += HEAD_BYTES + firstLength + secondLength
    if (at > trace.length) throw new Error('the recording is cut off')
    const second = trace.subarray(at - secondLength, at).toString()
    const path = first.toString()
    switch (op) {
      case OP.open:
        opened(fd, path, flags)
        break
      case OP.close:
        open.delete(fd)
        break
      case OP.write:
        written(fd, number, first)
        break
      case OP.truncate:
        onFile(fd, (file) => ({ is: 'truncate', file, size: number }))
        break
      case OP.sync:
        synced(fd)
        break
      case OP.rename:
        renamed(dirname(second), [
          { path: second, file: names.get(path) },
          { path, file: undefined },
        ])
        break
      case OP.link:
        renamed(dirname(second), [{ path: second, file: names.get(path) }])
        break
      case OP.unlink:
        renamed(dirname(path), [{ path, file: undefined }])
        break
      case OP.mkdir:
        break
      case OP.sharedMap:
        refuseMap([...names].find(([, file]) => isSame(open.get(fd), file))?.[0] ?? 'a file')
        break
      default:
        throw new Error(`the recording has an unknown step ${op}`)
    }
  }
  return steps
}

const isSame = (at: Open | undefined, file: number) => typeof at === 'object' && 'file' in at && at.file === file

/** The index of SQLite's log is made anew from the log; anything else in a map would be writing that was not seen. */
function refuseMap(path: string): void {
  if (!path.endsWith('-shm')) throw new Error(`${path} is written through a memory map, which is not recorded`)
}
