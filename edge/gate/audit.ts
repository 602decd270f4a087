/** Do the kernel's sets say what was written into them? Pure: what we hold and what nft lists, in; yes or no, out. */
import type { Holdings } from './holdings.ts'
import { parseBinding, parseBlocked, parseBound, parseClients, parseHolders, parseLive } from './listing.ts'

/** nft tells times in whole seconds, so what ends about now may be listed or not. */
const ENDING_MS = 1_500

/** Changes wait for their commit: what is held and what is written differ, and rightly so. */
export function hasPending({ changed }: Holdings): boolean {
  return changed.macs.size > 0 || changed.ids.size > 0 || changed.blocked
}

/**
 * @param listing of `client`, `live`, `binding`, `bound4`, `blocked` and `holder`.
 * @param arp whether there is a table with `holder`.
 */
export function elementsDiffer(holdings: Holdings, listing: string, now: number, arp: boolean): boolean {
  const { kernel, byId, blocked } = holdings
  const lasting = (id: number): boolean => (byId.get(id)?.until ?? 0) > now + ENDING_MS

  const clients = [...kernel.macs].map(([mac, id]) => ({ words: `${mac} ${id}`, lasts: lasting(id) }))
  const live = [...kernel.live].map((id) => ({ words: String(id), lasts: lasting(id) }))
  const bound = [...kernel.bound.keys()].map((mac) => ({ words: mac, lasts: lasting(kernel.macs.get(mac) ?? 0) }))
  const addresses = [...kernel.bound].flatMap(([mac, bound]) => {
    const id = kernel.macs.get(mac) ?? 0
    return bound.map((address) => ({ words: `${mac} ${address} ${id}`, lasts: lasting(id) }))
  })
  const shut = [...blocked].map(([mac, until]) => ({ words: mac, lasts: until > now + ENDING_MS }))
  const held = [...kernel.bound].flatMap(([mac, addresses]) =>
    addresses.map((address) => ({ words: `${mac} ${address}`, lasts: lasting(kernel.macs.get(mac) ?? 0) })),
  )
  return (
    (arp &&
      differ(
        held,
        parseHolders(listing).map(({ mac, address }) => `${mac} ${address}`),
      )) ||
    differ(
      clients,
      parseClients(listing).map(({ mac, clientId }) => `${mac} ${clientId}`),
    ) ||
    differ(live, parseLive(listing).map(String)) ||
    differ(bound, parseBinding(listing)) ||
    differ(
      addresses,
      parseBound(listing).map(({ mac, address, clientId }) => `${mac} ${address} ${clientId}`),
    ) ||
    differ(
      shut,
      parseBlocked(listing).map(({ mac }) => mac),
    )
  )
}

/** Everything that lasts is there, and nothing is there that was never written. */
function differ(written: { words: string; lasts: boolean }[], listed: string[]): boolean {
  const known = new Set(written.map(({ words }) => words))
  const there = new Set(listed)
  return listed.some((words) => !known.has(words)) || written.some(({ words, lasts }) => lasts && !there.has(words))
}
