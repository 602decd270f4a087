/** Which device has which address, by the box's own DHCP: follows dnsmasq's lease file as it changes. */
import { watch, type FSWatcher } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Mac } from '../gate/port.ts'
import { rememberIdentities } from './identities.ts'
import { parseLeases, type Lease } from './lease-file.ts'

/** For what the file system does not tell, and where it tells nothing. */
const POLL_MILLISECONDS = 5_000
/** dnsmasq writes its file in one go; by then it is done. */
const SETTLE_MILLISECONDS = 50
/** Ten thousand made-up devices are 700 kB; more than this is not a lease file. */
const FILE_BYTES_MAX = 4 * 1024 * 1024
/** The gate binds no more to one device. */
const ADDRESSES_MAX = 4

export type Leases = {
  /** IPv4, newest last, under the device's own DHCP identity; none when DHCP gave it none. */
  addressesOf(mac: Mac): string[]
  /** Reads the file now, if it has changed. Never rejects. */
  refresh(): Promise<void>
  close(): void
}

/** @returns after the first look. */
export async function followLeases(
  file: string,
  log: (line: string) => void,
  steady: () => number = () => performance.now(),
): Promise<Leases> {
  const identities = rememberIdentities(steady)
  let leases: Lease[] = []
  let byMac = new Map<Mac, Lease[]>()
  let seen = ''
  let complained = false
  let reading: Promise<void> | undefined
  let settle: NodeJS.Timeout | undefined

  const look = async () => {
    try {
      const found = await readIfChanged(file, seen)
      complained = false
      if (!found) return
      const parsed = parseLeases(found.text)
      leases = parsed.leases
      // Caught half-way: it counts as not seen, and the next look reads it again.
      seen = parsed.whole ? found.stamp : ''
    } catch (error) {
      // Not there before the first lease. What was known stays: an address is not taken from anybody for a file's sake.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || complained) return
      complained = true
      log(`The leases in ${file} cannot be read: ${(error as Error).message}`)
    }
  }
  const refresh = () => {
    reading ??= look().finally(() => {
      reading = undefined
      identities.see(leases)
      byMac = Map.groupBy(leases.filter(identities.isOwn), ({ mac }) => mac)
    })
    return reading
  }

  await refresh()
  const watcher = watchFolder(file, () => {
    settle ??= setTimeout(() => {
      settle = undefined
      void refresh()
    }, SETTLE_MILLISECONDS)
  })
  const timer = setInterval(() => void refresh(), POLL_MILLISECONDS)
  return {
    addressesOf: (mac) => [...new Set((byMac.get(mac) ?? []).map(({ address }) => address))].slice(-ADDRESSES_MAX),
    refresh,
    close() {
      clearTimeout(settle)
      clearInterval(timer)
      watcher?.close()
    },
  }
}

/** `stamp` is another one after every change. */
async function readIfChanged(file: string, stamp: string): Promise<{ text: string; stamp: string } | undefined> {
  const handle = await open(file, 'r')
  try {
    const { mtimeNs, size, ino } = await handle.stat({ bigint: true })
    const now = `${ino}.${mtimeNs}.${size}`
    if (now === stamp) return undefined
    if (size > FILE_BYTES_MAX) throw new Error(`${size} bytes are more than any box has leases`)
    return { text: await handle.readFile('utf8'), stamp: now }
  } finally {
    await handle.close()
  }
}

/** The folder, not the file: a file that is replaced takes its watch with it. */
function watchFolder(file: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(file), (_event, name) => {
      if (name === null || name === basename(file)) onChange()
    })
    // The poll goes on without it.
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
