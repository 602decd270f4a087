/** The RFCs' attributes by their names: reading them from a packet, and making them. What is malformed reads as absent. */
import type { NamesOf } from './dictionary/format.ts'
import { ATTRIBUTE } from './dictionary/standard.ts'
import { ATTRIBUTE_VALUE_OCTETS_MAX, attributesOfType, valueOf, type Attribute, type Packet } from './packet.ts'
import { addressOf, encodeValue, integerOf } from './values.ts'

type Names<F extends 'text' | 'octets' | 'integer' | 'ipv4' | 'ipv6'> = NamesOf<typeof ATTRIBUTE, F>
export type AttributeName = keyof typeof ATTRIBUTE

export const octetsAttribute = (name: Names<'octets'>, value: Uint8Array): Attribute => ({ type: ATTRIBUTE[name].type, value })

export const textAttribute = (name: Names<'text'>, value: string): Attribute => ({
  type: ATTRIBUTE[name].type,
  value: Buffer.from(value, 'utf8'),
})

export const integerAttribute = (name: Names<'integer'>, value: number): Attribute => ({
  type: ATTRIBUTE[name].type,
  value: encodeValue('integer', value),
})

/** @throws RangeError for a text that is no address of that family. */
export const addressAttribute = (name: Names<'ipv4' | 'ipv6'>, value: string): Attribute => ({
  type: ATTRIBUTE[name].type,
  value: encodeValue(ATTRIBUTE[name].format, value),
})

export const readOctets = (packet: Packet, name: AttributeName): Buffer | undefined => valueOf(packet, ATTRIBUTE[name].type)

export const readText = (packet: Packet, name: Names<'text'>): string | undefined => readOctets(packet, name)?.toString('utf8')

/** Undefined when absent and when not four octets: a malformed integer says nothing (RFC 2865 §5). */
export function readInteger(packet: Packet, name: Names<'integer'>): number | undefined {
  const value = readOctets(packet, name)
  return value && integerOf(value)
}

/** Dotted or colon-separated text of NAS-IP-Address, Framed-IP-Address or NAS-IPv6-Address. */
export function readAddress(packet: Packet, name: Names<'ipv4' | 'ipv6'>): string | undefined {
  const value = readOctets(packet, name)
  return value && addressOf(value, ATTRIBUTE[name].format)
}

/** What is too long for one attribute travels in several and is joined in packet order (RFC 3579 §3.1). */
export function readJoined(packet: Packet, name: Names<'octets'>): Buffer | undefined {
  const parts = attributesOfType(packet, ATTRIBUTE[name].type)
  if (parts.length < 2) return parts[0] && (parts[0].value as Buffer)
  return Buffer.concat(parts.map(({ value }) => value))
}

/** RFC 3579 §3.1: only the last part may be shorter than an attribute can be. */
export function splitAttribute(name: Names<'octets'>, value: Uint8Array): Attribute[] {
  const parts: Attribute[] = []
  for (let at = 0; at < value.length; at += ATTRIBUTE_VALUE_OCTETS_MAX)
    parts.push(octetsAttribute(name, value.subarray(at, at + ATTRIBUTE_VALUE_OCTETS_MAX)))
  return parts
}
