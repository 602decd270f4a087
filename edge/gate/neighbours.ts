/**
 * The kernel's table of who has which address on the LAN, read as a whole and kept for a moment: a crowd asks for pages a
 * hundred times a second, and a table of a thousand neighbours takes longer to read than a page to write.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { ownText } from '../own-text.ts'
import type { Mac, Stranger } from './port.ts'

/** An address that goes over to another device is told apart after this; the kernel itself takes longer to notice. */
const KEPT_MS = 1_000

/** Who is not in it may have come since: it is read again, for all such together and no oftener than this. */
const READ_EVERY_MS = 20

export type Neighbours = { find(address: string): Promise<Mac | undefined> }

export function createNeighbours(read: () => Promise<ReadonlyMap<string, Mac>>): Neighbours {
  let table: ReadonlyMap<string, Mac> = new Map()
  /** When the read of `table` began. */
  let readAt = -Infinity
  let reading: Promise<void> | undefined

  /** Resolves when the table is from a read that began after this moment. */
  async function readSince(moment: number): Promise<void> {
    while (readAt < moment) {
      reading ??= readOnce().finally(() => (reading = undefined))
      await reading
    }
  }

  async function readOnce(): Promise<void> {
    const tooSoon = readAt + READ_EVERY_MS - performance.now()
    if (tooSoon > 0) await sleep(tooSoon)
    const began = performance.now()
    table = await read()
    readAt = began
  }

  return {
    async find(address) {
      const asked = performance.now()
      await readSince(asked - KEPT_MS)
      if (!table.has(address)) await readSince(asked)
      const mac = table.get(address)
      return mac === undefined ? undefined : ownText(mac)
    },
  }
}

/** Whose address, of these devices, the kernel believes to be with a device that has no right to it. */
export function misplaced(known: ReadonlyMap<string, Mac>, macs: Iterable<Mac>, bound: ReadonlyMap<Mac, string[]>): Stranger[] {
  return [...macs].flatMap((mac) =>
    (bound.get(mac) ?? []).flatMap((address) => {
      const believed = known.get(address)
      const hasRight = believed === undefined || believed === mac || bound.get(believed)?.includes(address) === true
      return hasRight ? [] : [{ mac, address }]
    }),
  )
}

/**
 * @param text `/proc/net/arp`
 * @param device only neighbours seen there; all when undefined.
 */
export function parseArpTable(text: string, device?: string): Map<string, Mac> {
  const known = new Map<string, Mac>()
  for (const [, address = '', flags, mac = '', seenOn] of text.matchAll(/^(\d\S+) +0x\w+ +0x(\w+) +(\S+) +\S+ +(\S+)$/gm)) {
    // 0x2 = the entry is complete; an unfinished one shows zeros instead of the device.
    if ((Number.parseInt(flags ?? '0', 16) & 2) !== 0 && (device === undefined || seenOn === device)) known.set(address, mac)
  }
  return known
}
