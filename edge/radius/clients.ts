/** Which access points may talk to us, by source address (RFC 2865 §3: the source address selects the shared secret). */
import { isIP } from 'node:net'
import type { EdgeConfig } from '../config.ts'
import { sharedSecret, type SharedSecret } from './secret.ts'

export type Client = { readonly name: string; readonly secret: SharedSecret }
export type ClientTable = { find(address: string): Client | undefined }

/** Addresses whose client is remembered, so that a packet costs one look-up. A city's box has a handful of access points. */
const REMEMBERED_MAX = 1024

type Prefix = { network: bigint; bits: number; client: Client }

/**
 * The longest prefix wins.
 * @throws Error naming the client whose address is wrong or taken; never its secret.
 */
export function clientTable(clients: EdgeConfig['radius']['clients']): ClientTable {
  const prefixes: Prefix[] = clients.map((entry) => {
    const prefix = parsePrefix(entry.address)
    if (prefix === undefined) throw new Error(`RADIUS client "${entry.name}": "${entry.address}" is not an address or prefix`)
    return { ...prefix, client: { name: entry.name, secret: sharedSecret(entry.secret) } }
  })
  prefixes.sort((a, b) => b.bits - a.bits)
  for (const [i, one] of prefixes.entries()) {
    const twin = prefixes.slice(0, i).find((other) => other.bits === one.bits && other.network === one.network)
    if (twin) throw new Error(`RADIUS clients "${twin.client.name}" and "${one.client.name}" have the same address`)
  }

  const remembered = new Map<string, Client>()
  return {
    find(address) {
      const known = remembered.get(address)
      if (known) return known
      const number = parseAddress(address)
      if (number === undefined) return undefined
      const match = prefixes.find(({ network, bits }) => number >> BigInt(128 - bits) === network)
      if (match) {
        // Only hits are remembered: a flood of strangers must not push the real ones out.
        if (remembered.size >= REMEMBERED_MAX) remembered.clear()
        remembered.set(address, match.client)
      }
      return match?.client
    },
  }
}

function parsePrefix(text: string): { network: bigint; bits: number } | undefined {
  const [address = '', length, ...rest] = text.split('/')
  const family = isIP(address)
  const number = parseAddress(address)
  if (number === undefined || rest.length > 0) return undefined
  const width = family === 4 ? 32 : 128
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  const own = length === undefined ? width : Number(length)
  if (own > width) return undefined
  const bits = 128 - width + own
  return { network: number >> BigInt(128 - bits), bits }
}

/** As a 128-bit number, IPv4 as ::ffff:a.b.c.d, which is also how a dual-stack socket reports it. */
export function parseAddress(text: string): bigint | undefined {
  const family = isIP(text)
  if (family === 4) return 0xffff_0000_0000n + ipv4Number(text)
  if (family !== 6) return undefined
  // A link-local source arrives with its zone (fe80::1%br-lan); the table does not tell zones apart.
  let [plain = ''] = text.split('%')
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (embedded) {
    const number = ipv4Number(embedded[2]!)
    plain = `${embedded[1]}${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`
  }
  const [left = '', right] = plain.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const head = groups(left)
  const end = right === undefined ? [] : groups(right)
  const zeros: string[] = Array.from({ length: 8 - head.length - end.length }, () => '0')
  return [...head, ...zeros, ...end].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

const ipv4Number = (text: string): bigint => text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
