/** Vendor-Specific, RFC 2865 §5.26: a Vendor-Id, then the vendor's own type-length-value list. Pure. */
import type { NamesOf, Vendor } from './dictionary/format.ts'
import { ATTRIBUTE } from './dictionary/standard.ts'
import { attributeAt, type Attribute, type Packet } from './packet.ts'
import { encodeValue, integerOf } from './values.ts'

const TYPE = ATTRIBUTE['Vendor-Specific'].type
const VENDOR_ID_OCTETS = 4

type Names<V extends Vendor, F extends 'text' | 'octets' | 'integer' | 'ipv4' | 'ipv6'> = NamesOf<V['attributes'], F> & string

/**
 * One attribute per container: a container may hold several (RFC 2865 §5.26), but many access points read the first only.
 * @throws RangeError for a value of the wrong kind or over 247 octets: our own mistake.
 */
export function vendorAttribute<V extends Vendor, N extends keyof V['attributes'] & string>(
  vendor: V,
  name: N,
  value: V['attributes'][N]['format'] extends 'integer' ? number : V['attributes'][N]['format'] extends 'octets' ? Uint8Array : string,
): Attribute {
  const { type, format } = vendor.attributes[name]!
  return vendorList(vendor.vendorId, [{ type, value: encodeValue(format, value) }])
}

/** The first attribute of this name in any of the packet's containers of this vendor. */
export function readVendorOctets<V extends Vendor>(packet: Packet, vendor: V, name: keyof V['attributes'] & string): Buffer | undefined {
  const { type } = vendor.attributes[name]!
  const { octets } = packet
  for (let at = attributeAt(packet, TYPE); at >= 0; at = attributeAt(packet, TYPE, at + octets[at + 1]!)) {
    const end = at + octets[at + 1]!
    const list = at + 2 + VENDOR_ID_OCTETS
    if (list > end || octets.readUInt32BE(at + 2) !== vendor.vendorId || !isList(octets, list, end)) continue
    for (let inner = list; inner < end; inner += octets[inner + 1]!)
      if (octets[inner] === type) return octets.subarray(inner + 2, inner + octets[inner + 1]!)
  }
  return undefined
}

export function readVendorInteger<V extends Vendor>(packet: Packet, vendor: V, name: Names<V, 'integer'>): number | undefined {
  const value = readVendorOctets(packet, vendor, name)
  return value && integerOf(value)
}

type VendorList = { vendorId: number; attributes: Attribute[] }

/** Undefined when it is not such a list: then nothing in it can be told apart. */
export function readVendorList(value: Buffer): VendorList | undefined {
  if (value.length < VENDOR_ID_OCTETS || !isList(value, VENDOR_ID_OCTETS, value.length)) return undefined
  const attributes: Attribute[] = []
  for (let at = VENDOR_ID_OCTETS; at < value.length; at += value[at + 1]!)
    attributes.push({ type: value[at]!, value: value.subarray(at + 2, at + value[at + 1]!) })
  return { vendorId: value.readUInt32BE(0), attributes }
}

/** @throws RangeError when the list does not fit in one attribute: our own mistake. */
export function vendorList(vendorId: number, attributes: readonly Attribute[]): Attribute {
  const value = Buffer.alloc(VENDOR_ID_OCTETS + attributes.reduce((sum, one) => sum + 2 + one.value.length, 0))
  value.writeUInt32BE(vendorId)
  let at = VENDOR_ID_OCTETS
  for (const one of attributes) {
    value.writeUInt8(one.type, at)
    value.writeUInt8(2 + one.value.length, at + 1)
    value.set(one.value, at + 2)
    at += 2 + one.value.length
  }
  return { type: TYPE, value }
}

function isList(octets: Buffer, from: number, end: number): boolean {
  let at = from
  while (at < end) {
    const size = at + 1 < end ? octets[at + 1]! : 0
    if (size < 2 || at + size > end) return false
    at += size
  }
  return true
}
