/** What a datagram must be before anyone looks inside. Whatever fails here gets silence and a counter, never an answer. */
import { hasValidAccountingAuthenticator } from './authenticator.ts'
import type { Client, ClientTable } from './clients.ts'
import { ATTRIBUTE } from './dictionary/standard.ts'
import { checkMessageAuthenticator } from './message-authenticator.ts'
import { attributeAt, CODE, decodePacket, type Packet, type PacketFault } from './packet.ts'
import type { RateLimiter } from './rate.ts'

type ReceiveFault =
  | 'unknown-client'
  | 'rate-limited'
  | PacketFault
  | 'unexpected-code'
  | 'no-message-authenticator'
  | 'wrong-message-authenticator'
  | 'wrong-authenticator'

/** `unproven`: taken from a legacy client without Message-Authenticator. */
export type Received = { ok: true; client: Client; packet: Packet; unproven: boolean } | { ok: false; reason: ReceiveFault }
export type Port = 'auth' | 'acct'

export function receive(
  port: Port,
  datagram: Buffer,
  source: string,
  { clients, limiter, now }: { clients: ClientTable; limiter: RateLimiter; now: number },
): Received {
  const client = clients.find(source)
  if (client === undefined) return { ok: false, reason: 'unknown-client' }
  if (!limiter.admit(source, now)) return { ok: false, reason: 'rate-limited' }
  const decoded = decodePacket(datagram)
  if (!decoded.ok) return decoded
  const { packet } = decoded
  const reason = integrityFault(port, packet, client)
  if (reason === undefined) return { ok: true, client, packet, unproven: false }
  const unproven = reason === 'no-message-authenticator' && client.legacy && mayBeUnproven(packet)
  return unproven ? { ok: true, client, packet, unproven } : { ok: false, reason }
}

/**
 * What a legacy client may leave unsigned. Never EAP (RFC 3579 §3.1) nor Status-Server (RFC 5997 §3); and nothing with
 * Proxy-State, which is where an attacker puts the octets that make a Reject collide with an Accept (CVE-2024-3596): a real
 * access point sends none.
 */
const mayBeUnproven = (packet: Packet): boolean =>
  packet.code === CODE['Access-Request'] &&
  attributeAt(packet, ATTRIBUTE['EAP-Message'].type) < 0 &&
  attributeAt(packet, ATTRIBUTE['Proxy-State'].type) < 0

function integrityFault(port: Port, packet: Packet, { secret }: Client): ReceiveFault | undefined {
  // RFC 5997 §3: Status-Server is welcome on either port and is signed like an Access-Request.
  if (packet.code === CODE['Status-Server'] || (port === 'auth' && packet.code === CODE['Access-Request'])) {
    const verdict = checkMessageAuthenticator(packet, secret, 'as-sent')
    return verdict === 'valid' ? undefined : `${verdict === 'missing' ? 'no' : verdict}-message-authenticator`
  }
  if (port === 'acct' && packet.code === CODE['Accounting-Request']) {
    if (!hasValidAccountingAuthenticator(packet, secret)) return 'wrong-authenticator'
    return checkMessageAuthenticator(packet, secret, 'zeros') === 'wrong' ? 'wrong-message-authenticator' : undefined
  }
  return 'unexpected-code'
}
