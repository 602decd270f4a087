/** What processes hold in memory, as the kernel counts it. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const PAGE_OCTETS = 4_096
const ENTRY_OCTETS = 8
/** An entry of /proc/PID/pagemap: bit 63 = in memory, bits 0-54 the page frame. */
const PRESENT = 1n << 63n
const FRAME = (1n << 55n) - 1n

/** Resident memory (RSS) in megabytes; pages shared with other processes, such as the Node program itself, count in full. */
export function residentOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1]) / 1024
}

/**
 * Where it lies, in megabytes: `program` is text and data of Node and its libraries as they are on the disk, which the kernel
 * may drop and read again, and which processes share; `own` is what the process wrote itself (V8's heap, malloc, stacks).
 */
export type Resident = { program: number; own: number }

export function residentPartsOf(pid: number): Resident {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const own = Number(/^Anonymous:\s+(\d+)/m.exec(rollup)?.[1]) / 1024
  return { program: residentOf(pid) - own, own }
}

/** Megabytes of these processes together, each page of memory counted once. Needs root. */
export function togetherOf(...pids: number[]): number {
  const frames = new Set<bigint>()
  for (const pid of pids) addFrames(frames, pid)
  return (frames.size * PAGE_OCTETS) / 2 ** 20
}

function addFrames(frames: Set<bigint>, pid: number): void {
  const pagemap = openSync(`/proc/${pid}/pagemap`, 'r')
  // Only what holds anything: V8 reserves far more addresses than it uses.
  const areas = readFileSync(`/proc/${pid}/smaps`, 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) [^\n]*\n(?:\w+:[^\n]*\n)*?Rss:\s+(\d+)/gm)
  for (const [, from = '0', to = '0', resident] of areas) {
    if (resident === '0') continue
    const first = Number.parseInt(from, 16) / PAGE_OCTETS
    const entries = Buffer.alloc((Number.parseInt(to, 16) / PAGE_OCTETS - first) * ENTRY_OCTETS)
    readSync(pagemap, entries, 0, entries.length, first * ENTRY_OCTETS)
    for (let at = 0; at < entries.length; at += ENTRY_OCTETS) {
      const entry = entries.readBigUInt64LE(at)
      if ((entry & PRESENT) !== 0n) frames.add(entry & FRAME)
    }
  }
  closeSync(pagemap)
}
