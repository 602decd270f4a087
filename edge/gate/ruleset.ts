/**
 * What the box's packet filter says, as nft text. Pure: facts in, text out.
 *
 * The idea: a device is its MAC. One lookup turns the MAC into a mark (AUTHORISED | client id), so one element opens
 * IPv4 and every IPv6 privacy address alike. Every packet is looked up, in both directions, so taking the element
 * away stops a running download at once. Without a mark a packet has no route (ensureRoutingRules in kernel.ts), so
 * even an empty ruleset lets nobody through.
 */

import { CAPTIVE_V4, CAPTIVE_V6 } from '../captive-addresses.ts'
import { bridgeText, type BridgeReach } from './bridge.ts'
import { arpText, ownAddressRules } from './claims.ts'

export type GateFacts = {
  /** Bridge of the visitors. */
  lan: string
  /** Towards the internet. */
  wan: string
  /** Where the portal listens; tcp/80 of visitors who may not pass yet arrives there. */
  portalPort: number
  /** Where it listens with HTTPS; tcp/443 to the box itself arrives there. Absent = it does not. */
  portalTlsPort?: number
  /** DNS with an upstream, for admitted devices. */
  dnsPort: number
  /** DNS without any upstream, for everybody else. */
  captiveDnsPort: number
  /** More of the box's own ports that the LAN may reach, e.g. RADIUS. */
  openPorts: { protocol: 'tcp' | 'udp'; port: number }[]
  /** False where the LAN has an IPv6 prefix of its own that the upstream routes back. */
  masqueradeV6: boolean
}

/** What the gate finds on the box beside what it is told. */
export type Surroundings = {
  bridge: BridgeReach
  /** This kernel can filter ARP. */
  arp: boolean
  /** The box's own on the LAN. */
  ownAddresses: readonly string[]
}

/** What the tables hold (see elements.ts), for each family. */
export type Elements = { text: string; arp: string }

export const TABLE = 'inet gate'

/** Set in the mark of every packet that may pass; the low 16 bits are the client id. */
export const AUTHORISED = 0x10000

/** The mark of a packet to the walled garden from a device that may not pass otherwise. Nobody's client id. */
export const GARDEN = 0x20000

/** More devices than a /16 of one hotspot can hold; also the width of the client id. */
const CLIENTS_MAX = 65_535

/** As many addresses as an admission may bind (protocol.ts), for every client. */
const BOUND_MAX = 4 * CLIENTS_MAX

/** Addresses behind the names of a walled garden: a hundred domains of large providers. */
const GARDEN_MAX = 16_384

/** Somebody who tries every source address is one event, not sixty thousand. */
const STRANGERS_MAX = 1_024

/** A browser opens about 6; an app that hammers the portal does not get to keep it from the others. */
const PORTAL_CONNECTIONS_MAX = 24

/** New connections, for who closes them as fast: a page with its film in pieces opens about 20 within its first seconds. */
const PORTAL_CONNECTION_RATE = '60/second burst 300 packets'

/** A page of a city service opens about 6 per name; more before the login is a tunnel or a scan. */
const GARDEN_CONNECTIONS_MAX = 16

/** Enough for a phone that tries every name it knows at once, too little for a tunnel worth having. */
const CAPTIVE_DNS_RATE = '5/second burst 60 packets'

/** All strangers together: a thousand phones arriving within a minute ask less; invented MAC addresses get no further. */
const CAPTIVE_DNS_RATE_ALL = '1500/second burst 3000 packets'

/** A phone needs two packets, and asks again after seconds. */
const DHCP_RATE = '2/second burst 10 packets'

/** A hundred phones a second; what a flood of invented addresses leaves is for the DHCP server to bear. */
const DHCP_RATE_ALL = '200/second burst 1000 packets'

/** Neighbour discovery of a phone that wakes up is a dozen packets. */
const CONTROL_RATE = '20/second burst 50 packets'

/** A phone with many apps holds about 100; beyond 400 it is a scanner or file sharing that starves its neighbours. */
const CLIENT_CONNECTIONS_MAX = 400
const CLIENT_CONNECTION_RATE = '60/second burst 300 packets'

/** Mail relay, telnet and Windows file sharing: only ever abuse on public Wi-Fi. */
const REFUSED_PORTS = '{ 23, 25, 139, 445 }'

/** Places that are not the internet: the city's own network lies there. */
const NOT_INTERNET_V4 = '{ 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/3 }'
const NOT_INTERNET_V6 = '{ ::/96, ::ffff:0:0/96, fc00::/7, fe80::/10, ff00::/8 }'

/** All tables, made anew in one transaction; `elements` is part of it. */
export function rulesetText(facts: GateFacts, elements: Elements, { bridge, arp, ownAddresses }: Surroundings): string {
  return `table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
${sets()}
${arrivalChains(facts, ownAddresses)}
${boxChains(facts)}
${passageChains(facts)}
}
${elements.text}${bridgeText(facts.lan, bridge)}${arp ? arpText(facts.lan, ownAddresses, BOUND_MAX) + elements.arp : ''}`
}

function sets(): string {
  return `  map client { type ether_addr : mark; size ${CLIENTS_MAX}; flags timeout; }
  set blocked { type ether_addr; size ${CLIENTS_MAX}; flags timeout; }
  set binding { type ether_addr; size ${CLIENTS_MAX}; flags timeout; }
  map bound4 { type ether_addr . ipv4_addr : mark; size ${BOUND_MAX}; flags timeout; }
  set strangers { type ether_addr . ipv4_addr; size ${STRANGERS_MAX}; flags dynamic,timeout; timeout 1m; }
  set garden4 { type ipv4_addr; size ${GARDEN_MAX}; flags timeout; timeout 2h; }
  set garden6 { type ipv6_addr; size ${GARDEN_MAX}; flags timeout; timeout 2h; }
  set live { type mark; size ${CLIENTS_MAX}; flags timeout; }
  set up { type mark; size ${CLIENTS_MAX}; counter; }
  set down { type mark; size ${CLIENTS_MAX}; counter; }
  map class { type mark : classid; size ${CLIENTS_MAX}; }
  set dns_rate { type ether_addr; size ${CLIENTS_MAX}; flags dynamic,timeout; timeout 1m; }
  set dhcp_rate { type ether_addr; size ${CLIENTS_MAX}; flags dynamic,timeout; timeout 1m; }
  set control_rate { type ether_addr; size ${CLIENTS_MAX}; flags dynamic,timeout; timeout 1m; }
  set portal_rate { type ether_addr; size ${CLIENTS_MAX}; flags dynamic,timeout; timeout 1m; }
  set portal_connections { type ether_addr; size ${CLIENTS_MAX}; flags dynamic; }
  set garden_connections { type ether_addr; size ${CLIENTS_MAX}; flags dynamic; }
  set client_connections { type mark; size ${CLIENTS_MAX}; flags dynamic; }
  set connection_rate { type mark; size ${CLIENTS_MAX}; flags dynamic,timeout; timeout 1m; }`
}

/**
 * Before routing: who is it, and where does a device that may not pass yet end up?
 * A running connection comes first, for it is nearly every packet: device and address are looked up as one, and no more is
 * asked of IPv4 without options and IPv6 without a routing header, because the rest was judged at its first packet.
 * Nobody's here: packets that name their own way (source routes), answers only a DHCP server or router gives, and source
 * addresses that do not live on the LAN. To refuse these would send the refusal, with a piece of the packet in it, to
 * whoever the sender chose, out into the internet and before the login.
 */
function arrivalChains({ lan, portalPort, portalTlsPort, dnsPort, captiveDnsPort }: GateFacts, ownAddresses: readonly string[]): string {
  const shut = `meta mark & ${AUTHORISED} == 0`
  const secure = portalTlsPort === undefined ? '' : `    tcp dport 443 fib daddr type local redirect to :${portalTlsPort}\n`
  return `  chain stamp {
    type filter hook prerouting priority mangle; policy accept;
    iifname != "${lan}" accept
    ct state established jump running
    meta mark set 0
    ip option lsrr exists drop
    ip option ssrr exists drop
    exthdr rt exists drop
    udp sport { 67, 547 } drop
    icmpv6 type { nd-router-advert, nd-redirect } drop
${ownAddressRules(ownAddresses)}    ct state != established fib saddr . iif oif missing jump made_up
    ether saddr != @blocked jump known
    meta mark 0 jump shut
  }
  chain running {
    ether saddr @blocked return
    @nh,0,8 0x45 meta mark set ether saddr . ip saddr map @bound4 accept
    ip6 nexthdr { tcp, udp } meta mark set ether saddr map @client accept
    @nh,0,8 0x45 ether saddr != @binding meta mark set ether saddr map @client accept
  }
  chain known {
    meta mark set ether saddr map @client
    ether saddr @binding ip saddr != 0.0.0.0 jump bound
    meta mark 0 tcp dport 443 jump garden
  }
  chain made_up {
    ip saddr 0.0.0.0 return
    ip6 saddr :: return
    drop
  }
  chain bound {
    meta mark set ether saddr . ip saddr map @bound4 return
    meta mark set 0
    update @strangers { ether saddr . ip saddr }
  }
  chain garden {
    ip daddr ${NOT_INTERNET_V4} return
    ip6 daddr ${NOT_INTERNET_V6} return
    ip daddr @garden4 meta mark set ${GARDEN}
    ip6 daddr @garden6 meta mark set ${GARDEN}
  }
  chain redirect_local {
    type nat hook prerouting priority dstnat; policy accept;
    iifname != "${lan}" accept
    meta l4proto { tcp, udp } th dport 53 ${shut} redirect to :${captiveDnsPort}
    meta l4proto { tcp, udp } th dport 53 redirect to :${dnsPort}
    tcp dport 80 ${shut} redirect to :${portalPort}
    tcp dport 80 fib daddr type local redirect to :${portalPort}
${secure}    ip daddr ${CAPTIVE_V4} tcp dport 80 redirect to :${portalPort}
    ip6 daddr ${CAPTIVE_V6} tcp dport 80 redirect to :${portalPort}
  }
  chain shut {
    ct status dnat return
    ct state new meta l4proto { tcp, udp } th dport 53 return
    ct state new tcp dport 80 return
    fib daddr type != { local, broadcast, multicast } jump refuse
  }
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject with icmpx type admin-prohibited
  }`
}

/** To the box itself. */
function boxChains({ lan, wan, portalPort, portalTlsPort, dnsPort, captiveDnsPort, openPorts }: GateFacts): string {
  const open = openPorts.map(({ protocol, port }) => `    ${protocol} dport ${port} accept`).join('\n')
  const portal = portalTlsPort === undefined ? `${portalPort}` : `{ ${portalPort}, ${portalTlsPort} }`
  // Services of the LAN are nobody's business on the internet side, whatever they listen on.
  const lanOnly = [
    ...new Set([
      portalPort,
      ...(portalTlsPort === undefined ? [] : [portalTlsPort]),
      dnsPort,
      captiveDnsPort,
      ...openPorts.map(({ port }) => port),
    ]),
  ]
  return `  chain box {
    type filter hook input priority filter; policy accept;
    iifname "${lan}" jump box_from_lan
    iifname "${wan}" meta l4proto { tcp, udp } th dport { ${lanOnly.join(', ')} } ct direction original drop
  }
  chain box_from_lan {
    meta l4proto { tcp, udp } th dport ${captiveDnsPort} jump captive_dns
    meta l4proto { tcp, udp } th dport ${dnsPort} meta mark & ${AUTHORISED} != 0 accept
    meta l4proto { tcp, udp } th dport ${dnsPort} jump refuse
    tcp dport ${portal} ct state new update @portal_rate { ether saddr limit rate over ${PORTAL_CONNECTION_RATE} } jump refuse
    tcp dport ${portal} ct state new add @portal_connections { ether saddr ct count over ${PORTAL_CONNECTIONS_MAX} } jump refuse
    tcp dport ${portal} accept
    udp sport 68 udp dport 67 jump dhcp
    udp sport 546 udp dport 547 jump dhcp
    icmp type echo-request jump control
    icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-report, mld2-listener-report } jump control
${open}
    ct state { established, related } ct direction reply accept
    meta pkttype != host drop
    jump refuse
  }
  chain captive_dns {
    update @dns_rate { ether saddr limit rate over ${CAPTIVE_DNS_RATE} } drop
    limit rate over ${CAPTIVE_DNS_RATE_ALL} drop
    accept
  }
  chain dhcp {
    meta mark & ${AUTHORISED} != 0 accept
    update @dhcp_rate { ether saddr limit rate over ${DHCP_RATE} } drop
    limit rate over ${DHCP_RATE_ALL} drop
    accept
  }
  chain control {
    meta mark & ${AUTHORISED} != 0 accept
    update @control_rate { ether saddr limit rate over ${CONTROL_RATE} } drop
    accept
  }`
}

/**
 * Through the box: only LAN to WAN and back, only devices that are admitted at this moment, everything counted; and the
 * walled garden, counted to nobody. `invalid` packets would leave with the visitor's own address on them. Where a connection
 * may go was judged at its first packet; that its device may still pass is asked of each.
 */
function passageChains({ lan, wan, masqueradeV6 }: GateFacts): string {
  return `  chain passage {
    type filter hook forward priority filter; policy drop;
    ct state established meta mark & ${AUTHORISED} != 0 oifname "${wan}" goto up_counted
    iifname "${lan}" oifname "${wan}" goto up_path
    iifname "${wan}" oifname "${lan}" goto down_path
    iifname "${lan}" jump refuse
  }
  chain up_path {
    meta mark & ${AUTHORISED} == 0 jump garden_up
    ip daddr ${NOT_INTERNET_V4} jump refuse
    ip6 daddr ${NOT_INTERNET_V6} jump refuse
    ip daddr ${CAPTIVE_V4} jump refuse
    ip6 daddr ${CAPTIVE_V6} jump refuse
    tcp dport ${REFUSED_PORTS} jump refuse
    ct state invalid drop
    ct state new update @connection_rate { meta mark limit rate over ${CLIENT_CONNECTION_RATE} } jump refuse
    ct state new add @client_connections { meta mark ct count over ${CLIENT_CONNECTIONS_MAX} } jump refuse
    goto up_counted
  }
  chain up_counted {
    ct mark set meta mark
    meta mark @up
    meta priority set meta mark map @class
    accept
  }
  chain garden_up {
    meta mark != ${GARDEN} jump refuse
    ct state invalid drop
    ct state new add @garden_connections { ether saddr ct count over ${GARDEN_CONNECTIONS_MAX} } jump refuse
    ct mark set meta mark
    accept
  }
  chain down_path {
    ct mark != @live goto garden_down
    ct mark @down
    meta priority set ct mark map @class
    accept
  }
  chain garden_down {
    ct mark ${GARDEN} ct direction reply ct state { established, related } accept
    drop
  }
  chain leave {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "${wan}" ${masqueradeV6 ? '' : 'meta nfproto ipv4 '}masquerade
  }`
}
