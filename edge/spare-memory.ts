/**
 * What a process of the box holds in memory and does not need, given back to the kernel.
 *
 * Once it serves: the garbage of starting, and Node's own program text. Node 24 touches some 300 places of its 120 MB while it
 * starts and the kernel maps 64 kB around each, 35 to 54 MB, of which serving touches less than half. Dropped text is mapped again,
 * from the page cache or the disk, when somebody needs it; nothing that was written is touched.
 * After a rush: V8 keeps the pages it grew by, and glibc the holes in its heap, for it gives back what lies at the end only.
 * With a thousand visitors let in that is 28 MB.
 */
import { readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'

/** From <asm-generic/mman-common.h>: forget these pages; a later access maps the file's again (madvise(2)). */
const MADV_DONTNEED = 4

const LOOK_MS = 3_000

/** Below this it costs more than it brings. */
const GROWN_OCTETS = 3 * 1_048_576

/** The share of the last LOOK_MS in which the process worked. Collecting all garbage holds it up for some 50 ms: that waits for calm. */
const CALM_MAX = 0.1

type Libc = {
  madvise(from: bigint, octets: bigint, advice: number): number
  malloc_trim(octetsKept: number): number
}

/** Where it cannot be done everything works as before and takes more memory; that is said and no more. */
export async function keepMemorySmall(log: (line: string) => void): Promise<void> {
  collectGarbage()
  try {
    const libc = await openLibc()
    libc.malloc_trim(0)
    await giveBackProgram(libc)
    restAfterRushes(libc)
  } catch (cause) {
    log(`Memory that is not needed stays with this process: ${cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)}`)
  }
}

async function openLibc(): Promise<Libc> {
  const { default: koffi } = await import('koffi')
  const own = koffi.load(null)
  return {
    madvise: own.func('madvise', 'int', ['uint64_t', 'uint64_t', 'int']) as unknown as Libc['madvise'],
    malloc_trim: own.func('malloc_trim', 'int', ['size_t']) as unknown as Libc['malloc_trim'],
  }
}

async function giveBackProgram(libc: Libc): Promise<void> {
  for (const { from, to } of untouchedMappings(await readFile('/proc/self/smaps', 'latin1'))) libc.madvise(from, to - from, MADV_DONTNEED)
}

/** Addresses; `to` is the first octet behind it. */
export type Mapping = { from: bigint; to: bigint }

/**
 * Of /proc/PID/smaps: mappings of files that may not be written and hold nothing this process wrote. A library's relocated
 * tables are not among them: their pages differ from the file's.
 */
export function untouchedMappings(smaps: string): Mapping[] {
  const areas = smaps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r-[x-]p [^\n/]+\/[^\n]*\n((?:\w+:[^\n]*\n?)*)/gm)
  return [...areas]
    .filter(([, , , counts = '']) => /^Anonymous: +0 kB$/m.test(counts) && !/^Rss: +0 kB$/m.test(counts))
    .map(([, from = '', to = '']) => ({ from: BigInt(`0x${from}`), to: BigInt(`0x${to}`) }))
}

/** There when Node runs with --expose-gc. `last-resort` also moves what is left together, so that whole pages come free. */
const collectGarbage = (): void => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })

function restAfterRushes(libc: Libc): void {
  let held = process.memoryUsage.rss()
  let worked = performance.eventLoopUtilization()
  setInterval(() => {
    const before = worked
    worked = performance.eventLoopUtilization()
    if (process.memoryUsage.rss() - held < GROWN_OCTETS) return
    const isCalm = performance.eventLoopUtilization(worked, before).utilization < CALM_MAX
    if (isCalm) collectGarbage()
    libc.malloc_trim(0)
    if (isCalm) held = process.memoryUsage.rss()
  }, LOOK_MS).unref()
}
