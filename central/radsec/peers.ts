/** Who may speak RadSec with us: known by the name in a certificate of our authority (RFC 6614 §2.3), not by an address. */
import type { X509Certificate } from 'node:crypto'
import type { ClientVendor } from '#edge/radius/client-vendor.ts'
import type { Client, ClientTable } from '#edge/radius/clients.ts'
import { sharedSecret } from '#edge/radius/secret.ts'

/** RFC 6614 §2.3: the fixed secret. What protects the packets is TLS; this only keeps their form. */
const RADSEC_SECRET = 'radsec'
export const PEERS_MAX = 1000

export type PeerConfig = {
  /** As its certificate says it: a DNS name in SubjectAltName, else the CN. Wildcards match nothing. */
  readonly name: string
  readonly vendor?: ClientVendor
  /** Takes Access-Requests without Message-Authenticator, which TLS makes up for. */
  readonly legacy?: boolean
}

export type Peers = {
  find(certificate: X509Certificate): Client | undefined
  /** By `addressOf`, where the RADIUS front looks for a source address. */
  readonly table: ClientTable
}

/** Stands where an address stands for other clients, and can be none. */
export const addressOf = (client: Client): string => `radsec:${client.name}`

/** @throws Error naming a peer that is listed twice, or that there are too many. */
export function peerTable(peers: readonly PeerConfig[]): Peers {
  if (peers.length > PEERS_MAX) throw new Error(`RadSec: ${peers.length} peers are more than ${PEERS_MAX}`)
  const clients = new Map<string, Client>()
  for (const { name, vendor = 'generic', legacy = false } of peers) {
    // Changes of a session go by UDP to an address that these do not have.
    const client: Client = { name, secret: sharedSecret(RADSEC_SECRET), vendor, legacy, macPassword: undefined, changePort: 0 }
    if (clients.has(addressOf(client))) throw new Error(`RadSec peer "${name}" is listed twice`)
    clients.set(addressOf(client), client)
  }
  return {
    find(certificate) {
      for (const client of clients.values()) if (certificate.checkHost(client.name, { wildcards: false }) !== undefined) return client
      return undefined
    },
    table: { find: (address) => clients.get(address) },
  }
}
