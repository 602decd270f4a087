/** Which access points may talk to us, by source address (RFC 2865 §3: the source address selects the shared secret). */
import { isIP } from 'node:net'
import type { EdgeConfig } from '../config.ts'
import { parseAddress } from './address.ts'
import type { ClientVendor } from './client-vendor.ts'
import { sharedSecret, type SharedSecret } from './secret.ts'

/** Where RFC 5176 §2.1 has access points listen for changes of a session. */
const CHANGE_PORT = 3799

export type Client = {
  readonly name: string
  readonly secret: SharedSecret
  readonly vendor: ClientVendor
  /** Takes Access-Requests without Message-Authenticator. */
  readonly legacy: boolean
  readonly macPassword: string | undefined
  /** 0 = it takes no changes. */
  readonly changePort: number
}
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
    return { ...prefix, client: readClient(entry) }
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

const readClient = (entry: EdgeConfig['radius']['clients'][number]): Client => ({
  name: entry.name,
  secret: sharedSecret(entry.secret),
  vendor: entry.vendor ?? 'generic',
  legacy: entry.messageAuthenticator === 'legacy',
  macPassword: entry.macPassword,
  changePort: entry.changePort ?? CHANGE_PORT,
})

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
