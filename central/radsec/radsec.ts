/**
 * RADIUS over TLS (RFC 6614) for sites without a box of their own: the box's RADIUS front, asked over RadSec. Sites reach it
 * by an access point or controller that speaks RadSec, or by a proxy such as radsecproxy.
 *
 * Not there: changes of a session (Disconnect, CoA) towards the site, and RADIUS/1.1 (RFC 9765), which nothing here speaks.
 */
import type { Socket } from 'node:dgram'
import { CODE } from '#edge/radius/packet.ts'
import { receive } from '#edge/radius/receive.ts'
import type { Radius } from '#edge/radius/server.ts'
import { openListener, type Connection, type RadsecFault, type RadsecTls } from './listener.ts'
import { addressOf, type Peers } from './peers.ts'

export type RadsecParts = {
  host: string
  port: number
  tls: RadsecTls
  peers: Peers
  /** Started with the peers' table among its clients. */
  radius: Radius
}

export type Radsec = {
  port: number
  connections(): number
  faults(): Readonly<Partial<Record<RadsecFault, number>>>
  /** @throws Error when they cannot be used, and keeps the old. */
  renew(tls: RadsecTls): void
  close(): Promise<void>
}

/** @throws Error when a certificate or the address cannot be used. */
export async function startRadsec({ host, port, tls, peers, radius }: RadsecParts): Promise<Radsec> {
  const faults: Partial<Record<RadsecFault, number>> = {}

  const take = (packet: Buffer, connection: Connection): boolean => {
    const way = packet[0] === CODE['Accounting-Request'] ? 'acct' : 'auth'
    const address = addressOf(connection.client)
    const checked = receive(way, packet, address, { clients: peers.table, limiter: UNLIMITED, now: 0 })
    if (!checked.ok) return false
    const from = { address, port: connection.number, family: 'IPv4' as const, size: packet.length }
    radius.serve(way, { octets: packet, from, socket: answering(connection) })
    return true
  }
  const count = (reason: RadsecFault): void => void (faults[reason] = (faults[reason] ?? 0) + 1)
  const listener = await openListener({ host, port, tls, peers, take, count })
  return { ...listener, faults: () => ({ ...faults }) }
}

/** The front has its own limiter, by peer; here only the form of a packet is judged, for which it would stay silent. */
const UNLIMITED = { admit: () => true, size: () => 0 }

/** Of a datagram socket the front uses `send` alone; the reply belongs to the connection, whatever the address says. */
const answering = ({ reply }: Connection): Socket => ({ send: reply }) as unknown as Socket
