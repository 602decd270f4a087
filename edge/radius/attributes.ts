/**
 * The dictionary: names are the RFCs' own words, types their numbers.
 * RFC 2865 §5, RFC 2866 §5, RFC 2869 §5, RFC 3162 §2, RFC 3579 §3, RFC 4372 §2.2.
 */
import { valueOf, type Attribute, type Packet } from './packet.ts'

export const ATTRIBUTE = {
  'User-Name': { type: 1, format: 'text' },
  'User-Password': { type: 2, format: 'octets' },
  'CHAP-Password': { type: 3, format: 'octets' },
  'NAS-IP-Address': { type: 4, format: 'ipv4' },
  'NAS-Port': { type: 5, format: 'integer' },
  'Service-Type': { type: 6, format: 'integer' },
  'Framed-IP-Address': { type: 8, format: 'ipv4' },
  'Reply-Message': { type: 18, format: 'text' },
  State: { type: 24, format: 'octets' },
  Class: { type: 25, format: 'octets' },
  'Vendor-Specific': { type: 26, format: 'octets' },
  'Session-Timeout': { type: 27, format: 'integer' },
  'Idle-Timeout': { type: 28, format: 'integer' },
  'Called-Station-Id': { type: 30, format: 'text' },
  'Calling-Station-Id': { type: 31, format: 'text' },
  'NAS-Identifier': { type: 32, format: 'text' },
  'Proxy-State': { type: 33, format: 'octets' },
  'Acct-Status-Type': { type: 40, format: 'integer' },
  'Acct-Delay-Time': { type: 41, format: 'integer' },
  'Acct-Input-Octets': { type: 42, format: 'integer' },
  'Acct-Output-Octets': { type: 43, format: 'integer' },
  'Acct-Session-Id': { type: 44, format: 'text' },
  'Acct-Authentic': { type: 45, format: 'integer' },
  'Acct-Session-Time': { type: 46, format: 'integer' },
  'Acct-Input-Packets': { type: 47, format: 'integer' },
  'Acct-Output-Packets': { type: 48, format: 'integer' },
  'Acct-Terminate-Cause': { type: 49, format: 'integer' },
  'Acct-Multi-Session-Id': { type: 50, format: 'text' },
  'Acct-Input-Gigawords': { type: 52, format: 'integer' },
  'Acct-Output-Gigawords': { type: 53, format: 'integer' },
  'Event-Timestamp': { type: 55, format: 'integer' },
  'CHAP-Challenge': { type: 60, format: 'octets' },
  'NAS-Port-Type': { type: 61, format: 'integer' },
  'EAP-Message': { type: 79, format: 'octets' },
  'Message-Authenticator': { type: 80, format: 'octets' },
  'Acct-Interim-Interval': { type: 85, format: 'integer' },
  'NAS-Port-Id': { type: 87, format: 'text' },
  'Chargeable-User-Identity': { type: 89, format: 'octets' },
  'NAS-IPv6-Address': { type: 95, format: 'ipv6' },
  'Framed-Interface-Id': { type: 96, format: 'octets' },
  'Framed-IPv6-Prefix': { type: 97, format: 'octets' },
} as const satisfies Record<string, { type: number; format: Format }>

type Format = 'text' | 'octets' | 'integer' | 'ipv4' | 'ipv6'
export type AttributeName = keyof typeof ATTRIBUTE
type NamesOf<F extends Format> = { [N in AttributeName]: (typeof ATTRIBUTE)[N]['format'] extends F ? N : never }[AttributeName]

export const octetsAttribute = (name: NamesOf<'octets'>, value: Uint8Array): Attribute => ({ type: ATTRIBUTE[name].type, value })

export const textAttribute = (name: NamesOf<'text'>, value: string): Attribute => ({
  type: ATTRIBUTE[name].type,
  value: Buffer.from(value, 'utf8'),
})

export function integerAttribute(name: NamesOf<'integer'>, value: number): Attribute {
  const octets = Buffer.allocUnsafe(4)
  octets.writeUInt32BE(value)
  return { type: ATTRIBUTE[name].type, value: octets }
}

export const readOctets = (packet: Packet, name: AttributeName): Buffer | undefined => valueOf(packet, ATTRIBUTE[name].type)

export const readText = (packet: Packet, name: NamesOf<'text'>): string | undefined => readOctets(packet, name)?.toString('utf8')

/** Undefined when absent and when not four octets: a malformed integer says nothing (RFC 2865 §5). */
export function readInteger(packet: Packet, name: NamesOf<'integer'>): number | undefined {
  const value = readOctets(packet, name)
  return value?.length === 4 ? value.readUInt32BE(0) : undefined
}

/** Dotted or colon-separated text of NAS-IP-Address, Framed-IP-Address or NAS-IPv6-Address. */
export function readAddress(packet: Packet, name: NamesOf<'ipv4' | 'ipv6'>): string | undefined {
  const value = readOctets(packet, name)
  if (value === undefined || value.length !== (ATTRIBUTE[name].format === 'ipv4' ? 4 : 16)) return undefined
  if (value.length === 4) return value.join('.')
  return Array.from({ length: 8 }, (_, i) => value.readUInt16BE(2 * i).toString(16)).join(':')
}

export type VendorAttributes = { vendorId: number; attributes: Attribute[] }

/** RFC 2865 §5.26: Vendor-Id, then usually the vendor's own type-length-value list. Undefined when it is not such a list. */
export function readVendor(value: Uint8Array): VendorAttributes | undefined {
  if (value.length < 4) return undefined
  const octets = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const attributes: Attribute[] = []
  for (let at = 4; at < octets.length;) {
    const size = at + 1 < octets.length ? octets[at + 1]! : 0
    if (size < 2 || at + size > octets.length) return undefined
    attributes.push({ type: octets[at]!, value: octets.subarray(at + 2, at + size) })
    at += size
  }
  return { vendorId: octets.readUInt32BE(0), attributes }
}

/** @throws RangeError when the list does not fit in one attribute: our own mistake. */
export function vendorAttribute({ vendorId, attributes }: VendorAttributes): Attribute {
  const value = Buffer.alloc(4 + attributes.reduce((sum, one) => sum + 2 + one.value.length, 0))
  value.writeUInt32BE(vendorId)
  let at = 4
  for (const one of attributes) {
    value.writeUInt8(one.type, at)
    value.writeUInt8(2 + one.value.length, at + 1)
    value.set(one.value, at + 2)
    at += 2 + one.value.length
  }
  return octetsAttribute('Vendor-Specific', value)
}

/** RFC 2866 §5.1. */
export const ACCT_STATUS_TYPE = { 1: 'Start', 2: 'Stop', 3: 'Interim-Update', 7: 'Accounting-On', 8: 'Accounting-Off' } as const

/** RFC 2866 §5.10, from 1. */
const ACCT_TERMINATE_CAUSES = [
  'User Request',
  'Lost Carrier',
  'Lost Service',
  'Idle Timeout',
  'Session Timeout',
  'Admin Reset',
  'Admin Reboot',
  'Port Error',
  'NAS Error',
  'NAS Request',
  'NAS Reboot',
  'Port Unneeded',
  'Port Preempted',
  'Port Suspended',
  'Service Unavailable',
  'Callback',
  'User Error',
  'Host Request',
] as const

export const acctTerminateCause = (number: number): string => ACCT_TERMINATE_CAUSES[number - 1] ?? `Acct-Terminate-Cause ${number}`
