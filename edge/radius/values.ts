/** Values between octets and what they mean, by the dictionary's formats. Pure. */
import { parseAddress } from './address.ts'
import type { Format } from './dictionary/format.ts'

/** A value that is not of its format's length says nothing (RFC 2865 §5): undefined. */
export function decodeValue(format: Format, octets: Buffer): string | number | Buffer | undefined {
  switch (format) {
    case 'octets':
      return octets
    case 'text':
      return octets.toString('utf8')
    case 'integer':
      return integerOf(octets)
    case 'ipv4':
    case 'ipv6':
      return addressOf(octets, format)
  }
}

export const integerOf = (octets: Buffer): number | undefined => (octets.length === 4 ? octets.readUInt32BE(0) : undefined)

/** Dotted or colon-separated text. */
export function addressOf(octets: Buffer, family: 'ipv4' | 'ipv6'): string | undefined {
  if (octets.length !== (family === 'ipv4' ? 4 : 16)) return undefined
  if (octets.length === 4) return octets.join('.')
  return Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(2 * i).toString(16)).join(':')
}

/** @throws RangeError for a number beyond 32 bits or a text that is no address: our own mistake. */
export function encodeValue(format: Format, value: string | number | Uint8Array): Uint8Array {
  if (typeof value === 'object') return value
  if (format === 'integer') {
    const octets = Buffer.allocUnsafe(4)
    octets.writeUInt32BE(Number(value))
    return octets
  }
  return format === 'ipv4' || format === 'ipv6' ? addressOctets(String(value), format) : Buffer.from(String(value), 'utf8')
}

function addressOctets(text: string, family: 'ipv4' | 'ipv6'): Buffer {
  const number = parseAddress(text)
  if (number === undefined || (family === 'ipv4') !== /^\d+\./.test(text)) throw new RangeError(`${text} is no ${family} address`)
  const all = Buffer.from(number.toString(16).padStart(32, '0'), 'hex')
  return family === 'ipv4' ? all.subarray(12) : all
}
