/** RADIUS packets out of a stream, RFC 6613 §2.6.1: each says its own length, so the stream needs no other mark. Pure. */

const HEADER_OCTETS = 20
const PACKET_OCTETS_MAX = 4096

export type PacketReader = {
  /** The packets that are whole now. `broken`: no later octet can be trusted, and RFC 6613 §2.6.4 has the connection closed. */
  push(chunk: Buffer): Buffer[] | 'broken'
}

/** Keeps less than one packet between two pushes. */
export function packetReader(): PacketReader {
  let rest: Buffer = Buffer.alloc(0)
  let broken = false
  return {
    push(chunk) {
      if (broken) return 'broken'
      const octets = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const packets: Buffer[] = []
      let at = 0
      while (octets.length - at >= 4) {
        const length = octets.readUInt16BE(at + 2)
        if (length < HEADER_OCTETS || length > PACKET_OCTETS_MAX) {
          broken = true
          return 'broken'
        }
        if (octets.length - at < length) break
        packets.push(octets.subarray(at, at + length))
        at += length
      }
      // A copy: what is left over must not keep a whole TLS record alive.
      rest = at === octets.length ? Buffer.alloc(0) : Buffer.from(octets.subarray(at))
      return packets
    },
  }
}
