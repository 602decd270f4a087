/** How an Access-Request says who it is: the methods of RFC 2865 §5.2-5.3, RFC 2548 §2.3 and RFC 3579. Pure. */
import { timingSafeEqual } from 'node:crypto'
import { readOctets } from './attributes.ts'
import { unhidePassword } from './authenticator.ts'
import { MICROSOFT } from './dictionary/microsoft.ts'
import { ATTRIBUTE } from './dictionary/standard.ts'
import { md5Into, MD5_OCTETS } from './md5.ts'
import { CHALLENGE_OCTETS, type MschapExchange } from './mschap/response.ts'
import { attributeAt, authenticatorOf, type Packet } from './packet.ts'
import type { SharedSecret } from './secret.ts'
import { readVendorOctets } from './vendor.ts'

/** Identifier, flags, Peer-Challenge 16, reserved 8, NT-Response 24 (RFC 2548 §2.3.2). */
const MS_CHAP2_RESPONSE_OCTETS = 50
/** Identifier and MD5. */
const CHAP_PASSWORD_OCTETS = 1 + MD5_OCTETS

export type Offer =
  | { method: 'eap' }
  /** `password` undefined: hidden in a way no client may. Whoever took the offer wipes it. */
  | { method: 'pap'; password: Buffer | undefined }
  | { method: 'chap'; identifier: number; answer: Buffer; challenge: Buffer }
  | { method: 'mschapv2'; identifier: number; response: Buffer; exchange: MschapExchange }
  | { method: 'none' }
  /** Two answers to one question (RFC 2865 §4.1 forbids it), or one of impossible length. */
  | { method: 'contradictory' }

export function readOffer(packet: Packet, secret: SharedSecret): Offer {
  if (attributeAt(packet, ATTRIBUTE['EAP-Message'].type) >= 0) return { method: 'eap' }
  const hidden = readOctets(packet, 'User-Password')
  const chap = readOctets(packet, 'CHAP-Password')
  if (hidden !== undefined && chap !== undefined) return { method: 'contradictory' }
  if (hidden !== undefined) return { method: 'pap', password: unhidePassword(hidden, authenticatorOf(packet), secret) }
  if (chap !== undefined) return readChap(packet, chap)
  return readMsChap(packet)
}

function readChap(packet: Packet, chap: Buffer): Offer {
  if (chap.length !== CHAP_PASSWORD_OCTETS) return { method: 'contradictory' }
  return {
    method: 'chap',
    identifier: chap[0]!,
    answer: chap.subarray(1),
    challenge: readOctets(packet, 'CHAP-Challenge') ?? authenticatorOf(packet),
  }
}

function readMsChap(packet: Packet): Offer {
  const value = readVendorOctets(packet, MICROSOFT, 'MS-CHAP2-Response')
  if (value === undefined) return { method: 'none' }
  const authenticatorChallenge = readVendorOctets(packet, MICROSOFT, 'MS-CHAP-Challenge')
  const userName = readOctets(packet, 'User-Name')
  if (value.length !== MS_CHAP2_RESPONSE_OCTETS || authenticatorChallenge?.length !== CHALLENGE_OCTETS || userName === undefined)
    return { method: 'contradictory' }
  return {
    method: 'mschapv2',
    identifier: value[0]!,
    response: value.subarray(26),
    exchange: { authenticatorChallenge, peerChallenge: value.subarray(2, 18), userName },
  }
}

/** RFC 2865 §7.2 and RFC 1994 §4.1: MD5 over identifier, password and challenge. */
export function isChapAnswer({ identifier, answer, challenge }: Extract<Offer, { method: 'chap' }>, password: Uint8Array): boolean {
  const message = Buffer.concat([Uint8Array.of(identifier), password, challenge])
  const expected = Buffer.alloc(MD5_OCTETS)
  md5Into(message, message.length, expected, 0)
  message.fill(0)
  return timingSafeEqual(expected, answer)
}
