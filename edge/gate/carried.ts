/** What the kernel's table knows and nobody else: read from it before it is written anew. */
import type { Carried, StartingOctets } from './elements.ts'
import { readSetsThere } from './kernel.ts'
import { parseCounters, parseGarden, parseStrangers } from './listing.ts'
import type { ClientCounter } from './port.ts'

/** @param lastOctets what was read last; stands in for counters that are gone or were set back. */
export async function readCarried(lastOctets: StartingOctets): Promise<Required<Carried>> {
  const [counted, garden, strangers] = await Promise.all([
    readSetsThere('up', 'down'),
    readSetsThere('garden4', 'garden6'),
    readSetsThere('strangers'),
  ])
  const octets = atLeast(lastOctets, parseCounters(counted))
  return { octets, garden: parseGarden(garden).filter(({ seconds }) => Number.isFinite(seconds)), strangers: parseStrangers(strangers) }
}

/** The same counters a moment later; none that is not among them. */
export async function readAgain(octets: StartingOctets): Promise<StartingOctets> {
  const rows = parseCounters(await readSetsThere('up', 'down'))
  return atLeast(
    octets,
    rows.filter(({ clientId }) => octets.has(clientId)),
  )
}

function atLeast(lastOctets: StartingOctets, rows: ClientCounter[]): StartingOctets {
  const octets = new Map(lastOctets)
  for (const { clientId, upOctets, downOctets } of rows) {
    const last = lastOctets.get(clientId)
    octets.set(clientId, { upOctets: Math.max(upOctets, last?.upOctets ?? 0), downOctets: Math.max(downOctets, last?.downOctets ?? 0) })
  }
  return octets
}
