/**
 * TLS messages in pieces, the same for EAP-TLS (RFC 5216 §3), EAP-TTLS (RFC 5281 §9.2) and PEAP:
 *
 *     Flags: L M S R R V V V | TLS Message Length (4, if L) | TLS data ...
 *
 * Each piece with M is answered by an empty message before the next one may come, so neither side can be made to send
 * more than it was sent for.
 */

const LENGTH_INCLUDED = 0x80
const MORE_FRAGMENTS = 0x40
const START = 0x20
/** RFC 5281 §9.1: three bits of version. We speak 0 of each method; EAP-TLS reserves the bits. */
const VERSION = 0x07

/**
 * What one message of a peer may grow to. A chain of three RSA-4096 certificates takes 6 kB; RFC 5216 §2.1.5 allows
 * 64 kB, which on a full table would be all of a small box's memory.
 */
export const MESSAGE_OCTETS_MAX = 16_384

export type Fragment = { readonly more: boolean; readonly version: number; readonly length: number | undefined; readonly data: Buffer }

/** Undefined when there are no flags, when L is set without a length, or when the peer claims to start, which only we do. */
export function parseFragment(data: Buffer): Fragment | undefined {
  const flags = data[0]
  if (flags === undefined || flags & START) return undefined
  const body = flags & LENGTH_INCLUDED ? 5 : 1
  if (data.length < body) return undefined
  const length = body === 5 ? data.readUInt32BE(1) : undefined
  return { more: (flags & MORE_FRAGMENTS) !== 0, version: flags & VERSION, length, data: data.subarray(body) }
}

export const isAcknowledgement = ({ more, length, data }: Fragment): boolean => !more && data.length === 0 && (length ?? 0) === 0

export type Assembly = { readonly parts: Buffer[]; octets: number; declared: number | undefined }
export const emptyAssembly = (): Assembly => ({ parts: [], octets: 0, declared: undefined })

/** The whole message with the last piece, `more` before that. `fault`: too long, or not as long as was said. */
export function assemble(assembly: Assembly, { more, length, data }: Fragment): Buffer | 'more' | 'fault' {
  if (length !== undefined) {
    if (length > MESSAGE_OCTETS_MAX) return 'fault'
    // Some peers state the length in every piece; it may not change on the way.
    if (assembly.octets > 0 && length !== assembly.declared) return 'fault'
    assembly.declared = length
  }
  // RFC 5216 §2.1.5: a fragmented message says its length in the first piece.
  if (more && (data.length === 0 || assembly.declared === undefined)) return 'fault'
  assembly.octets += data.length
  if (assembly.octets > (assembly.declared ?? MESSAGE_OCTETS_MAX)) return 'fault'
  // A copy: the piece is a view of a datagram that would otherwise be kept whole.
  assembly.parts.push(Buffer.from(data))
  if (more) return 'more'
  if (assembly.declared !== undefined && assembly.octets !== assembly.declared) return 'fault'
  const message = Buffer.concat(assembly.parts)
  assembly.parts.length = 0
  assembly.octets = 0
  assembly.declared = undefined
  return message
}

/** Type-Data of the Start, RFC 5216 §2.1.1. */
export const START_DATA: Buffer = Buffer.of(START)
/** Type-Data that only says: go on. */
export const EMPTY_DATA: Buffer = Buffer.of(0)

export type Outgoing = { readonly message: Buffer; at: number }

/** The next piece as Type-Data of at most `room` octets, moving on in `outgoing`. */
export function nextFragment(outgoing: Outgoing, room: number): Buffer {
  const { message, at } = outgoing
  const whole = message.length <= room - 1
  const first = at === 0 && !whole
  const header = first ? 5 : 1
  const end = Math.min(message.length, at + room - header)
  const data = Buffer.allocUnsafe(header + end - at)
  data[0] = (first ? LENGTH_INCLUDED : 0) | (end < message.length ? MORE_FRAGMENTS : 0)
  if (first) data.writeUInt32BE(message.length, 1)
  message.copy(data, header, at, end)
  outgoing.at = end
  return data
}

export const isSent = ({ message, at }: Outgoing): boolean => at >= message.length
