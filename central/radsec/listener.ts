/**
 * The TLS side of RadSec, RFC 6614: both ends show a certificate, and each connection carries authentication and accounting
 * alike. What is in a packet is the RADIUS front's business; here are connections and their bounds.
 */
import { constants } from 'node:crypto'
import { createServer, type SecureContextOptions, type TLSSocket } from 'node:tls'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Client } from '#edge/radius/clients.ts'
import { packetReader } from './framing.ts'
import type { Peers } from './peers.ts'

/** Each site's proxy keeps one; a city has some dozens of sites without a box. */
const CONNECTIONS_MAX = 512
/** A proxy that lost its connection opens another before we hear that the first is gone. */
const CONNECTIONS_PER_PEER_MAX = 4
/** What a handshake over a bad mobile link takes. */
const HANDSHAKE_MS_MAX = 10_000
/** So that the middle boxes of a mobile network keep the connection, and a dead peer is found out. */
const KEEP_ALIVE_MS = 30_000
/** Replies that a peer does not fetch: a thousand of them, then it is let go. */
const UNREAD_OCTETS_MAX = 512 * 1024

export type RadsecTls = {
  /** PEM: chain and key of ours, the roots that peers' certificates must lead to, and who is revoked. */
  readonly certificates: string
  readonly key: string
  readonly authorities: string
  readonly revocationLists?: string
}

export type Connection = {
  readonly client: Client
  readonly number: number
  reply(octets: Buffer): void
}

type ListenerParts = {
  host: string
  port: number
  tls: RadsecTls
  peers: Peers
  /** False: the packet is none that this peer may send, so the connection ends (RFC 6613 §2.6.4). */
  take(packet: Buffer, connection: Connection): boolean
  count(reason: RadsecFault): void
}

/** handshake-failed: also no certificate, or none of ours. */
export type RadsecFault = 'handshake-failed' | 'unknown-peer' | 'too-many-connections' | 'broken-stream' | 'bad-packet' | 'replies-unread'

export type Listener = {
  port: number
  connections(): number
  /** @throws Error when they cannot be used, and keeps the old. */
  renew(tls: RadsecTls): void
  close(): Promise<void>
}

/** @throws Error when the certificates cannot be used or the address cannot be had. */
export async function openListener({ host, port, tls, peers, take, count }: ListenerParts): Promise<Listener> {
  const server = createServer({
    ...contextOf(tls),
    requestCert: true,
    rejectUnauthorized: true,
    handshakeTimeout: HANDSHAKE_MS_MAX,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    noDelay: true,
  })
  server.maxConnections = CONNECTIONS_MAX
  const open = new Map<TLSSocket, Client>()
  let number = 0

  server.on('tlsClientError', () => count('handshake-failed'))
  server.on('drop', () => count('too-many-connections'))
  server.on('secureConnection', (socket: TLSSocket) => {
    const end = (reason?: RadsecFault): void => {
      if (reason) count(reason)
      socket.destroy()
    }
    socket.on('error', () => socket.destroy())
    const certificate = socket.getPeerX509Certificate()
    const client = socket.authorized && !socket.isSessionReused() && certificate ? peers.find(certificate) : undefined
    if (client === undefined) return end('unknown-peer')
    if ([...open.values()].filter((one) => one === client).length >= CONNECTIONS_PER_PEER_MAX) return end('too-many-connections')
    open.set(socket, client)
    socket.on('close', () => open.delete(socket))

    const reader = packetReader()
    const connection: Connection = {
      client,
      number: ++number,
      reply(octets) {
        if (socket.destroyed) return
        // A copy: the front may write its next reply into the same octets while these wait.
        socket.write(Buffer.from(octets))
        if (socket.writableLength > UNREAD_OCTETS_MAX) end('replies-unread')
      },
    }
    socket.on('data', (chunk: Buffer) => {
      const packets = reader.push(chunk)
      if (packets === 'broken') return end('broken-stream')
      for (const packet of packets) if (!take(packet, connection)) return end('bad-packet')
    })
  })
  server.listen(port, host)
  await once(server, 'listening')

  let inForce = tls
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => open.size,
    renew(next) {
      server.setSecureContext(contextOf(next))
      // Who was let in by the old list comes back at once, if the new one lets him.
      if (next.revocationLists !== inForce.revocationLists) for (const socket of open.keys()) socket.destroy()
      inForce = next
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        for (const socket of open.keys()) socket.destroy()
      }),
  }
}

const contextOf = ({ certificates, key, authorities, revocationLists }: RadsecTls): SecureContextOptions => ({
  cert: certificates,
  key,
  ca: authorities,
  // Each by itself: OpenSSL would read the first of a file only.
  ...(revocationLists !== undefined && { crl: listsOf(revocationLists) }),
  minVersion: 'TLSv1.2',
  // A resumed session would not be held to a revocation list that came after it.
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
})

function listsOf(pem: string): string[] {
  const lists = pem.match(EACH_LIST)
  // An empty file must not say that nobody is revoked.
  if (lists === null) throw new Error('RadSec: the revocation list holds none')
  return lists
}
const EACH_LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g
