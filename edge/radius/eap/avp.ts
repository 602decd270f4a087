/**
 * The attributes inside an EAP-TTLS tunnel, RFC 5281 §10.1: Diameter's layout with RADIUS's numbers.
 *
 *     AVP Code (4) | V M r r r r r r | AVP Length (3) | Vendor-ID (4, if V) | Data ... | zeros to a multiple of four
 */

const VENDOR_SPECIFIC = 0x80
const MANDATORY = 0x40
/** Real messages carry two or three. */
const AVPS_MAX = 32

export type Avp = { readonly code: number; readonly vendorId: number; readonly mandatory: boolean; readonly data: Buffer }

/** Undefined when anything does not fit: a length of zero, one past the end, or too many. The last padding may be missing. */
export function parseAvps(octets: Buffer): Avp[] | undefined {
  const avps: Avp[] = []
  for (let at = 0; at < octets.length;) {
    if (avps.length >= AVPS_MAX || octets.length - at < 8) return undefined
    const flags = octets[at + 4]!
    const length = octets.readUIntBE(at + 5, 3)
    const header = flags & VENDOR_SPECIFIC ? 12 : 8
    if (length < header || length > octets.length - at) return undefined
    avps.push({
      code: octets.readUInt32BE(at),
      vendorId: header === 12 ? octets.readUInt32BE(at + 8) : 0,
      mandatory: (flags & MANDATORY) !== 0,
      data: octets.subarray(at + header, at + length),
    })
    at += Math.ceil(length / 4) * 4
  }
  return avps
}

export function encodeAvp({ code, vendorId, mandatory, data }: Avp): Buffer {
  const header = vendorId === 0 ? 8 : 12
  const length = header + data.length
  const octets = Buffer.alloc(Math.ceil(length / 4) * 4)
  octets.writeUInt32BE(code)
  octets[4] = (vendorId === 0 ? 0 : VENDOR_SPECIFIC) | (mandatory ? MANDATORY : 0)
  octets.writeUIntBE(length, 5, 3)
  if (vendorId !== 0) octets.writeUInt32BE(vendorId, 8)
  octets.set(data, header)
  return octets
}
