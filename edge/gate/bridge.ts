/**
 * Visitors never speak with each other, whatever they are plugged into: nothing is bridged from one port of the LAN to
 * another. Isolated bridge ports and the access points' own isolation say the same; this holds where somebody forgot
 * them. What visitors send to the box itself is no bridge's business, so table inet judges it.
 */

export const BRIDGE_TABLE = 'bridge gate'

/**
 * lan: only the visitors' bridge is concerned. every: this kernel cannot tell bridges apart (no nft_meta_bridge), so no
 * bridge of the box passes anything from port to port. none: it has no bridge family at all.
 */
export type BridgeReach = 'lan' | 'every' | 'none'

export function bridgeText(lan: string, reach: BridgeReach): string {
  if (reach === 'none') return ''
  return `table ${BRIDGE_TABLE}
delete table ${BRIDGE_TABLE}
table ${BRIDGE_TABLE} {
  chain between {
    type filter hook forward priority filter; policy accept;
    ${reach === 'lan' ? `meta ibrname "${lan}" ` : ''}drop
  }
}
`
}
