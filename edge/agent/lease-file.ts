/** dnsmasq's lease file: `<expiry> <mac> <address> <name> <client id>`, and for IPv6 `<expiry> <iaid> …` after a `duid` line. Pure. */
import { isIPv4 } from 'node:net'
import type { Mac } from '../gate/port.ts'
import { ownText } from '../own-text.ts'

export type Lease = {
  mac: Mac
  /** IPv4: the gate binds no others. */
  address: string
  /** What the device calls itself to DHCP (option 61); `*` when it says nothing. */
  clientId: string
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

/**
 * When a lease ends is dnsmasq's business: it takes the line out. Read by a clock that may be years off, it would unbind everybody.
 * @returns the leases, and whether every line was one: dnsmasq writes over the old text, so a look may catch it half-way.
 */
export function parseLeases(text: string): { leases: Lease[]; whole: boolean } {
  const leases: Lease[] = []
  let whole = text === '' || text.endsWith('\n')
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('duid ')) continue
    const [expiry = '', device = '', address = '', name, clientId, ...rest] = line.split(' ')
    if (!/^\d+$/.test(expiry) || name === undefined || clientId === undefined || rest.length > 0) whole = false
    else if (isIPv4(address) && MAC.test(device))
      leases.push({ mac: ownText(device), address: ownText(address), clientId: ownText(clientId) })
  }
  return { leases, whole }
}
