/**
 * The RADIUS packet, RFC 2865 §3. Pure: octets in, a view over the same octets out, and nothing from outside can throw.
 *
 *     0      1           2       4                        20
 *     Code | Identifier | Length | Authenticator (16)     | Attributes: Type | Length | Value ...
 *
 * A decoded packet is its own octets plus the promise that every attribute lies within them: looking an attribute up is
 * a short scan, which for the dozen attributes of a real packet is cheaper than building any table.
 */

export const HEADER_OCTETS = 20
/** RFC 2865 §3: "The minimum length is 20 and maximum length is 4096". */
export const PACKET_OCTETS_MAX = 4096
export const AUTHENTICATOR_AT = 4
export const AUTHENTICATOR_OCTETS = 16
/** One octet of length, itself and the type included. */
export const ATTRIBUTE_VALUE_OCTETS_MAX = 253

export const CODE = {
  'Access-Request': 1,
  'Access-Accept': 2,
  'Access-Reject': 3,
  'Accounting-Request': 4,
  'Accounting-Response': 5,
  'Access-Challenge': 11,
  'Status-Server': 12,
  'Disconnect-Request': 40,
  'Disconnect-ACK': 41,
  'Disconnect-NAK': 42,
  'CoA-Request': 43,
  'CoA-ACK': 44,
  'CoA-NAK': 45,
} as const

export type Packet = {
  readonly code: number
  readonly identifier: number
  /** Exactly Length octets: padding after them is already cut off. */
  readonly octets: Buffer
}

export type Attribute = { type: number; value: Uint8Array }

export type PacketFault = 'too-short' | 'bad-length' | 'bad-attribute'
export type DecodedPacket = { ok: true; packet: Packet } | { ok: false; reason: PacketFault }

export function decodePacket(datagram: Buffer): DecodedPacket {
  if (datagram.length < HEADER_OCTETS) return { ok: false, reason: 'too-short' }
  const length = (datagram[2]! << 8) | datagram[3]!
  if (length < HEADER_OCTETS || length > PACKET_OCTETS_MAX || length > datagram.length) return { ok: false, reason: 'bad-length' }
  for (let at = HEADER_OCTETS; at < length;) {
    // A lone type octet at the end has no length octet of its own: what follows it is padding, not its length.
    const size = at + 1 < length ? datagram[at + 1]! : 0
    if (size < 2 || at + size > length) return { ok: false, reason: 'bad-attribute' }
    at += size
  }
  const octets = length === datagram.length ? datagram : datagram.subarray(0, length)
  return { ok: true, packet: { code: octets[0]!, identifier: octets[1]!, octets } }
}

export const authenticatorOf = (packet: Packet): Buffer => packet.octets.subarray(AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_OCTETS)

/** Where the first attribute of this type starts at or after `from`, or -1. */
export function attributeAt(packet: Packet, type: number, from: number = HEADER_OCTETS): number {
  const { octets } = packet
  for (let at = from; at < octets.length; at += octets[at + 1]!) if (octets[at] === type) return at
  return -1
}

const valueAt = (packet: Packet, at: number): Buffer => packet.octets.subarray(at + 2, at + packet.octets[at + 1]!)

/** The value of the first attribute of this type. */
export function valueOf(packet: Packet, type: number): Buffer | undefined {
  const at = attributeAt(packet, type)
  return at < 0 ? undefined : valueAt(packet, at)
}

/** Every attribute of this type, in packet order, which for Proxy-State must be kept (RFC 2865 §5.33). */
export function attributesOfType(packet: Packet, type: number): Attribute[] {
  const found: Attribute[] = []
  for (let at = attributeAt(packet, type); at >= 0; at = attributeAt(packet, type, at + packet.octets[at + 1]!))
    found.push({ type, value: valueAt(packet, at) })
  return found
}

export function attributesOf(packet: Packet): Attribute[] {
  const all: Attribute[] = []
  for (let at = HEADER_OCTETS; at < packet.octets.length; at += packet.octets[at + 1]!)
    all.push({ type: packet.octets[at]!, value: valueAt(packet, at) })
  return all
}

export type PacketFields = { code: number; identifier: number; authenticator: Uint8Array; attributes: readonly Attribute[] }

/**
 * Undefined when the attributes do not fit in one packet, which a request full of Proxy-State can bring about.
 * @throws RangeError for an attribute or authenticator of impossible length: our own mistake, never a client's.
 */
export function encodePacket({ code, identifier, authenticator, attributes }: PacketFields): Buffer | undefined {
  let length = HEADER_OCTETS
  for (const { type, value } of attributes) {
    if (value.length > ATTRIBUTE_VALUE_OCTETS_MAX) throw new RangeError(`attribute ${type} of ${value.length} octets`)
    length += 2 + value.length
  }
  if (length > PACKET_OCTETS_MAX) return undefined
  if (authenticator.length !== AUTHENTICATOR_OCTETS) throw new RangeError(`authenticator of ${authenticator.length} octets`)

  const octets = Buffer.allocUnsafe(length)
  octets[0] = code
  octets[1] = identifier
  octets[2] = length >> 8
  octets[3] = length
  octets.set(authenticator, AUTHENTICATOR_AT)
  let at = HEADER_OCTETS
  for (const { type, value } of attributes) {
    octets[at] = type
    octets[at + 1] = 2 + value.length
    octets.set(value, at + 2)
    at += 2 + value.length
  }
  return octets
}
