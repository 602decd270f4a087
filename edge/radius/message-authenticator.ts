/**
 * Message-Authenticator: HMAC-MD5 over the whole packet with the attribute itself zeroed (RFC 3579 §3.2, RFC 5997 §3).
 * Without it a man in the middle can turn a Reject into an Accept (CVE-2024-3596), so requests must carry it and
 * replies carry it first.
 */
import { ATTRIBUTE } from './dictionary/standard.ts'
import { hmacMd5Into, MD5_OCTETS } from './md5.ts'
import { attributeAt, AUTHENTICATOR_AT, AUTHENTICATOR_OCTETS, PACKET_OCTETS_MAX, type Packet } from './packet.ts'
import { sameOctets } from './same-octets.ts'
import type { SharedSecret } from './secret.ts'

const TYPE = ATTRIBUTE['Message-Authenticator'].type
const scratch = Buffer.alloc(PACKET_OCTETS_MAX)
const digest = Buffer.alloc(MD5_OCTETS)

export type MessageAuthenticatorVerdict = 'valid' | 'missing' | 'wrong'

/**
 * `authenticator` says what stands in the Authenticator field while the HMAC is taken: in Access-Request and
 * Status-Server it is the field as sent; in Accounting-Request, whose authenticator is computed afterwards, zeros.
 */
export function checkMessageAuthenticator(
  packet: Packet,
  secret: SharedSecret,
  authenticator: 'as-sent' | 'zeros',
): MessageAuthenticatorVerdict {
  const at = attributeAt(packet, TYPE)
  if (at < 0) return 'missing'
  const { octets } = packet
  const size = octets[at + 1]!
  // Two of them: there is no telling which one the sender meant.
  if (size !== 2 + MD5_OCTETS || attributeAt(packet, TYPE, at + size) >= 0) return 'wrong'
  scratch.set(octets)
  scratch.fill(0, at + 2, at + size)
  if (authenticator === 'zeros') scratch.fill(0, AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_OCTETS)
  hmacMd5Into(secret.hmac, scratch, octets.length, digest, 0)
  return sameOctets(digest, 0, octets, at + 2, MD5_OCTETS) ? 'valid' : 'wrong'
}

/** Fills in the attribute that starts at `at`; its value must be sixteen zeros and the Request Authenticator in place. */
export function writeMessageAuthenticator(octets: Buffer, at: number, secret: SharedSecret): void {
  hmacMd5Into(secret.hmac, octets, octets.length, octets, at + 2)
}

/** What to put among the attributes of a packet that will be signed. */
export const UNSIGNED_MESSAGE_AUTHENTICATOR = { type: TYPE, value: new Uint8Array(MD5_OCTETS) } as const
