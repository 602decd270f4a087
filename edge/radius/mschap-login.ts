/** The attributes that answer an MS-CHAPv2 login, RFC 2548 §2.3 and §2.4. */
import { randomBytes } from 'node:crypto'
import { MICROSOFT } from './dictionary/microsoft.ts'
import { keysOfMsChapV2, mppeAttributes } from './mppe.ts'
import { authenticatorResponse, CHALLENGE_OCTETS, isNtResponse } from './mschap/response.ts'
import type { Offer } from './offer.ts'
import { authenticatorOf, type Attribute, type Packet } from './packet.ts'
import type { SharedSecret } from './secret.ts'
import { vendorAttribute } from './vendor.ts'

type MsChapOffer = Extract<Offer, { method: 'mschapv2' }>

/** RFC 2548 §2.4.4 and §2.4.5: encryption is allowed, with 128 or 40 bits. */
const ENCRYPTION_ALLOWED = 1
const ENCRYPTION_TYPES = 6

/** Our own proof and the session's keys; undefined for a wrong answer. */
export function acceptedMsChap(
  { identifier, exchange, response }: MsChapOffer,
  ntHash: Buffer,
  { packet, client }: { packet: Packet; client: { secret: SharedSecret } },
): Attribute[] | undefined {
  if (!isNtResponse(response, ntHash, exchange)) return undefined
  const proof = Buffer.from(authenticatorResponse(ntHash, response, exchange), 'latin1')
  return [
    vendorAttribute(MICROSOFT, 'MS-CHAP2-Success', Buffer.concat([Uint8Array.of(identifier), proof])),
    ...mppeAttributes(keysOfMsChapV2(ntHash, response), authenticatorOf(packet), client.secret),
    vendorAttribute(MICROSOFT, 'MS-MPPE-Encryption-Policy', ENCRYPTION_ALLOWED),
    vendorAttribute(MICROSOFT, 'MS-MPPE-Encryption-Types', ENCRYPTION_TYPES),
  ]
}

/** RFC 2759 §6: E=691 is a wrong name or password; R=0: do not ask for another in this conversation. */
export function refusedMsChap({ identifier }: MsChapOffer): Attribute {
  const text = `E=691 R=0 C=${randomBytes(CHALLENGE_OCTETS).toString('hex').toUpperCase()} V=3 M=Salah`
  return vendorAttribute(MICROSOFT, 'MS-CHAP-Error', Buffer.concat([Uint8Array.of(identifier), Buffer.from(text, 'latin1')]))
}
