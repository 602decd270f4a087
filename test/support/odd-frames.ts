/** Packets made to slip past a filter: header options, extension headers, fragments, protocols without ports. */
import { addressBytes, packet, PROTOCOL, udp, type Route } from './frames.ts'

const ETHERNET = 14
const IPV4_HEADER = 20
const IPV6_HEADER = 40

/** RFC 8200 §4: hop-by-hop, routing, fragment and destination options. */
const EXTENSION = { hopByHop: 0, routing: 43, fragment: 44, destination: 60 }

/** Protocols that know no ports: tunnels, and two that are nobody's (IPsec ESP, SCTP, RFC 3692's experiment). */
export const PORTLESS = { ipip: 4, ipv6: 41, gre: 47, esp: 50, sctp: 132, experiment: 253 }

const isSix = (route: Route): boolean => route.to.includes(':')

/** The UDP datagram inside, checksum and all. */
function datagram(route: Route, port: number, octets: number): Buffer {
  return udp(route, port, port, Buffer.alloc(octets, 'odd ')).subarray(ETHERNET + (isSix(route) ? IPV6_HEADER : IPV4_HEADER))
}

export const portless = (route: Route): Buffer[] =>
  Object.values(PORTLESS).map((protocol) => packet(route, protocol, protocol === PORTLESS.sctp ? sctpInit() : Buffer.alloc(64, protocol)))

/** RFC 9260 §3.3.2, whole, because the kernel's tracker takes half a one for nonsense. */
function sctpInit(): Buffer {
  const init = Buffer.alloc(32)
  init.writeUInt16BE(4_000, 0)
  init.writeUInt16BE(4_000, 2)
  init.set([1, 0, 0, 20, 1, 2, 3, 4, 0, 1, 0, 0, 0, 1, 0, 1, 5, 6, 7, 8], 12)
  init.writeUInt32LE(crc32c(init), 8)
  return init
}

/** Castagnoli's, as SCTP wants it (RFC 9260, appendix A). */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}

/** One datagram in two fragments, the ports in the first of them only. */
export function fragments(route: Route, port: number): Buffer[] {
  const whole = datagram(route, port, 1_200)
  const cut = 600
  if (isSix(route)) {
    const head = (offset: number, more: number): Buffer => Buffer.from([PROTOCOL.udp, 0, offset >> 8, (offset & 0xf8) | more, 1, 2, 3, 4])
    return [
      packet(route, EXTENSION.fragment, Buffer.concat([head(0, 1), whole.subarray(0, cut)])),
      packet(route, EXTENSION.fragment, Buffer.concat([head(cut, 0), whole.subarray(cut)])),
    ]
  }
  const first = packet(route, PROTOCOL.udp, whole.subarray(0, cut))
  const second = packet(route, PROTOCOL.udp, whole.subarray(cut))
  for (const [frame, flags] of [
    [first, 0x2000],
    [second, cut / 8],
  ] as const) {
    frame.writeUInt16BE(0x1234, ETHERNET + 4)
    frame.writeUInt16BE(flags, ETHERNET + 6)
    resum(frame, IPV4_HEADER)
  }
  return [first, second]
}

/** An IPv4 datagram that names its next hop (RFC 791): 131 = loose, 137 = strict. */
export function sourceRouted(route: Route, option: 131 | 137, by: string, port: number): Buffer {
  const plain = packet(route, PROTOCOL.udp, datagram(route, port, 64))
  const options = Buffer.from([option, 7, 4, ...addressBytes(by), 1])
  const at = ETHERNET + IPV4_HEADER
  const frame = Buffer.concat([plain.subarray(0, at), options, plain.subarray(at)])
  frame.writeUInt8(0x40 + (IPV4_HEADER + options.length) / 4, ETHERNET)
  frame.writeUInt16BE(frame.length - ETHERNET, ETHERNET + 2)
  resum(frame, IPV4_HEADER + options.length)
  return frame
}

/** An IPv6 datagram behind an extension header. @param header eight octets or a multiple, its first one left to us */
function extended(route: Route, extension: number, header: Buffer, port: number): Buffer {
  header.writeUInt8(PROTOCOL.udp, 0)
  return packet(route, extension, Buffer.concat([header, datagram(route, port, 64)]))
}

/** Options a router or the receiver may ignore (PadN). */
export const padded = (route: Route, port: number): Buffer[] =>
  [EXTENSION.hopByHop, EXTENSION.destination].map((extension) => extended(route, extension, Buffer.from([0, 0, 1, 4, 0, 0, 0, 0]), port))

/** Routing headers: type 0 (RFC 5095 forbids it) and type 4, segments (RFC 8754), one stop to go. */
export const steered = (route: Route, by: string, port: number): Buffer[] =>
  [0, 4].map((type) =>
    extended(route, EXTENSION.routing, Buffer.concat([Buffer.from([0, 2, type, 1, 0, 0, 0, 0]), addressBytes(by)]), port),
  )

function resum(frame: Buffer, headerOctets: number): void {
  frame.writeUInt16BE(0, ETHERNET + 10)
  let sum = 0
  for (let at = 0; at < headerOctets; at += 2) sum += frame.readUInt16BE(ETHERNET + at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  frame.writeUInt16BE(~sum & 0xffff, ETHERNET + 10)
}
