/** What the kernel's table knows and nobody else: read from it before it is written anew. */
import type { Carried, StartingOctets } from './elements.ts'
import { readSetsThere } from './kernel.ts'
import { parseCounters, parseGarden } from './listing.ts'

/** @param lastOctets what was read last; stands in for counters that are gone. */
export async function readCarried(lastOctets: StartingOctets): Promise<Required<Carried>> {
  const [counted, garden] = await Promise.all([readSetsThere('up', 'down'), readSetsThere('garden4', 'garden6')])
  const octets = new Map(lastOctets)
  for (const row of parseCounters(counted)) octets.set(row.clientId, row)
  return { octets, garden: parseGarden(garden) }
}
