/**
 * Who may say which address is theirs. A device that claims an admitted one's IPv4 address would get what is coming down
 * for it, and one that claims the box's own address could make the box give it up (RFC 4862 §5.4.5). Pure: text out.
 */
import { isIPv6 } from 'node:net'

export const ARP_TABLE = 'arp gate'

/**
 * An address is kept for its holder this long after the holder's last word about it. The box asks for it twice a minute
 * while anything comes down. It is no longer, because DHCP may have given it to somebody else.
 */
const PRESENT_SECONDS = 120

/** @param size of the sets: bound addresses at most. */
export function arpText(lan: string, ownAddresses: readonly string[], size: number): string {
  const own = ownAddresses.filter((address) => !isIPv6(address)).map((address) => `    arp saddr ip ${address} drop\n`)
  return `table ${ARP_TABLE}
delete table ${ARP_TABLE}
table ${ARP_TABLE} {
  set holder { type ether_addr . ipv4_addr; size ${size}; flags timeout; }
  set present { type ipv4_addr; size ${size}; flags dynamic,timeout; timeout ${PRESENT_SECONDS}s; }
  chain claims {
    type filter hook input priority filter; policy accept;
    iifname != "${lan}" accept
${own.join('')}    arp saddr ether . arp saddr ip @holder update @present { arp saddr ip } accept
    arp saddr ip @present drop
  }
}
`
}

/**
 * Neighbour discovery that claims one of the box's own addresses: an answer, or somebody who is about to take it.
 * The target by its place in the message (RFC 4861 §4.3), as nft 1.0.6 has no word for it.
 */
export function ownAddressRules(ownAddresses: readonly string[]): string {
  return ownAddresses
    .filter((address) => isIPv6(address))
    .map((address) => `@th,64,128 0x${hexOf(address)}`)
    .map((target) =>
      [`icmpv6 type nd-neighbor-advert ${target}`, `ip6 saddr :: icmpv6 type nd-neighbor-solicit ${target}`]
        .map((match) => `    ${match} drop\n`)
        .join(''),
    )
    .join('')
}

/** 32 digits. @param address as the kernel spells it (RFC 5952), no zone */
function hexOf(address: string): string {
  const [head = '', tail] = address.split('::')
  const words = (part: string): string[] => part.split(':').filter((word) => word !== '')
  const [left, right] = [words(head), words(tail ?? '')]
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].map((word) => word.padStart(4, '0')).join('')
}
