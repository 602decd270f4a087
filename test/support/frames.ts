/** Ethernet frames, built by hand: what no honest program on a phone would send. All numbers big-endian, as on the wire. */
import { isIPv6 } from 'node:net'

const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd }
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, gre: 47, icmpv6: 58 }

/** The lab box's own address on br-lan (scripts/network-lab/topology.ts). */
export const BOX_MAC = '02:77:00:00:00:01'
export const BROADCAST = 'ff:ff:ff:ff:ff:ff'

export type Route = { fromMac: string; toMac: string; from: string; to: string }

export const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex')

export function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('::')
  const words = (text = ''): number[] => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)))
  const [left, right] = [words(head), words(tail)]
  const all = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 255]))
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt8(at) * 256 + (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

function ethernet({ fromMac, toMac }: Pick<Route, 'fromMac' | 'toMac'>, type: number, payload: Buffer): Buffer {
  return Buffer.concat([macBytes(toMac), macBytes(fromMac), Buffer.from([type >> 8, type & 255]), payload])
}

/** One IPv4 or IPv6 packet, by the family of `route.to`. @param hops router advertisements count only with 255 */
export function packet(route: Route, protocol: number, payload: Buffer, hops = 64): Buffer {
  const six = isIPv6(route.to)
  const head = Buffer.alloc(six ? 8 : 12)
  if (six) {
    head.writeUInt8(0x60, 0)
    head.writeUInt16BE(payload.length, 4)
    head.writeUInt8(protocol, 6)
    head.writeUInt8(hops, 7)
  } else {
    head.writeUInt8(0x45, 0)
    head.writeUInt16BE(20 + payload.length, 2)
    head.writeUInt8(hops, 8)
    head.writeUInt8(protocol, 9)
  }
  const addressed = Buffer.concat([head, addressBytes(route.from), addressBytes(route.to)])
  if (!six) addressed.writeUInt16BE(checksum(addressed), 10)
  return ethernet(route, six ? ETHERTYPE.ipv6 : ETHERTYPE.ipv4, Buffer.concat([addressed, payload]))
}

/** Fills in the checksum at `at`, over the pseudo-header too (RFC 768, RFC 9293, RFC 8200 §8.1). */
function summed(route: Route, protocol: number, segment: Buffer, at: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(segment.length)
  const pseudo = [addressBytes(route.from), addressBytes(route.to), length, Buffer.from([0, 0, 0, protocol])]
  segment.writeUInt16BE(checksum(Buffer.concat([...pseudo, segment])), at)
  return segment
}

export function udp(route: Route, fromPort: number, toPort: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(fromPort, 0)
  head.writeUInt16BE(toPort, 2)
  head.writeUInt16BE(8 + payload.length, 4)
  return packet(route, PROTOCOL.udp, summed(route, PROTOCOL.udp, Buffer.concat([head, payload]), 6))
}

/** A SYN that brings its payload along, as TCP Fast Open does (RFC 7413). */
export function tcpSyn(route: Route, fromPort: number, toPort: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt16BE(fromPort, 0)
  head.writeUInt16BE(toPort, 2)
  head.writeUInt8(0x50, 12)
  head.writeUInt8(0x02, 13)
  head.writeUInt16BE(64_240, 14)
  return packet(route, PROTOCOL.tcp, summed(route, PROTOCOL.tcp, Buffer.concat([head, payload]), 16))
}

/** ICMP or ICMPv6, by the family of the addresses. @param body what follows type, code and checksum */
export function icmp(route: Route, type: number, body: Buffer, hops = 64): Buffer {
  const message = Buffer.concat([Buffer.from([type, 0, 0, 0]), body])
  if (isIPv6(route.to)) return packet(route, PROTOCOL.icmpv6, summed(route, PROTOCOL.icmpv6, message, 2), hops)
  message.writeUInt16BE(checksum(message), 2)
  return packet(route, PROTOCOL.icmp, message, hops)
}

function arp(operation: 1 | 2, { fromMac, toMac, from, to }: Route): Buffer {
  const asked = operation === 1 ? Buffer.alloc(6) : macBytes(toMac)
  const words = [Buffer.from([0, 1, 8, 0, 6, 4, 0, operation]), macBytes(fromMac), addressBytes(from), asked, addressBytes(to)]
  return ethernet({ fromMac, toMac }, ETHERTYPE.arp, Buffer.concat(words))
}

/** Who has `to`? (RFC 826) */
export const arpRequest = (route: Pick<Route, 'fromMac' | 'from' | 'to'>): Buffer => arp(1, { ...route, toMac: BROADCAST })

/** `from` is at `fromMac`, asked or not. */
export const arpReply = (route: Route): Buffer => arp(2, route)

/** "`target` is at my address now", to `to`, overriding what was known (RFC 4861 §4.4). */
export function neighbourAdvertisement(route: Route, target: string): Buffer {
  return icmp(
    route,
    136,
    Buffer.concat([Buffer.from([0x20, 0, 0, 0]), addressBytes(target), Buffer.from([2, 1]), macBytes(route.fromMac)]),
    255,
  )
}

/** "Is anybody using `target`? I am about to", as one does who has no address yet (RFC 4862 §5.4.2). */
export function duplicateAddressQuestion(fromMac: string, target: string): Buffer {
  const low = addressBytes(target).subarray(13)
  const group = `ff02::1:ff${low.toString('hex', 0, 1)}:${low.toString('hex', 1)}`
  const toMac = `33:33:ff:${[...low].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`
  return icmp({ fromMac, toMac, from: '::', to: group }, 135, Buffer.concat([Buffer.alloc(4), addressBytes(target)]), 255)
}

export const DHCP = { discover: 1, offer: 2, request: 3 }

/** RFC 2131, from a client (`discover`, `request`) or as a server would (`offer`). */
export function dhcp(
  route: Route,
  { type, client, transaction, requested }: { type: number; client: string; transaction: number; requested?: string },
): Buffer {
  const server = type === DHCP.offer
  const fixed = Buffer.alloc(240)
  fixed.set([server ? 2 : 1, 1, 6, 0], 0)
  fixed.writeUInt32BE(transaction, 4)
  fixed.writeUInt16BE(0x8000, 10)
  if (server) fixed.set(addressBytes(requested ?? '0.0.0.0'), 16)
  fixed.set(macBytes(client), 28)
  fixed.set([99, 130, 83, 99], 236)
  const options = [53, 1, type]
  if (server) options.push(54, 4, ...addressBytes(route.from), 51, 4, 0, 0, 14, 16, 3, 4, ...addressBytes(route.from))
  else if (requested !== undefined) options.push(50, 4, ...addressBytes(requested))
  const message = Buffer.concat([fixed, Buffer.from([...options, 255])])
  return server ? udp(route, 67, 68, message) : udp(route, 68, 67, message)
}

/** "I am the router, and the prefix 2001:db8:bad::/64 is ours" (RFC 4861 §4.2), to everybody. */
export function routerAdvertisement(fromMac: string, from: string): Buffer {
  const lifetime = [64, 0x08, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0]
  const prefix = [3, 4, 64, 0xc0, 0, 0, 0x0e, 0x10, 0, 0, 0x0e, 0x10, 0, 0, 0, 0, ...addressBytes('2001:db8:bad::')]
  const route = { fromMac, toMac: '33:33:00:00:00:01', from, to: 'ff02::1' }
  return icmp(route, 134, Buffer.from([...lifetime, ...prefix, 1, 1, ...macBytes(fromMac)]), 255)
}
