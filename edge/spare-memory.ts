/**
 * Gives back what only starting needed of Node's program text. Node 24 touches some 300 places of its 120 MB while it starts, and
 * the kernel maps 64 kB around each: 35 to 54 MB, of which serving touches a third. What is given back is read again, from
 * the page cache or the disk, when somebody does need it; nothing that was written is touched.
 */
import { readFile } from 'node:fs/promises'

/** From <asm-generic/mman-common.h>: forget these pages; a later access maps the file's again (madvise(2)). */
const MADV_DONTNEED = 4

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

/** Where it cannot be done everything works as before and takes more memory; that is said and no more. */
export async function giveBackStartupPages(log: (line: string) => void): Promise<void> {
  try {
    const { default: koffi } = await import('koffi')
    const madvise = koffi.load(null).func('madvise', 'int', ['uint64_t', 'uint64_t', 'int'])
    for (const { from, to } of untouchedMappings(await readFile('/proc/self/smaps', 'latin1'))) madvise(from, to - from, MADV_DONTNEED)
  } catch (cause) {
    log(`What only the start needed stays in memory: ${cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)}`)
  }
}
