/**
 * MS-CHAP-V2, RFC 2759 §8: what the peer must answer to a challenge, and how we prove that we know the hash as well.
 * Octets are compared in constant time. Built on MD4 and single DES, so it is safe inside a TLS tunnel only.
 */
import { createCipheriv, createHash, timingSafeEqual } from 'node:crypto'
import { md4 } from './md4.ts'

export const NT_HASH_OCTETS = 16
export const CHALLENGE_OCTETS = 16
export const NT_RESPONSE_OCTETS = 24

export type MschapExchange = {
  readonly authenticatorChallenge: Uint8Array
  readonly peerChallenge: Uint8Array
  /** As the peer stated it; a Windows domain before a backslash takes no part (RFC 2759 §4). */
  readonly userName: Uint8Array
}

/** NtPasswordHash, RFC 2759 §8.3. */
export function ntPasswordHash(passwordUtf8: Buffer): Buffer {
  const utf16 = Buffer.from(passwordUtf8.toString('utf8'), 'utf16le')
  const hash = md4(utf16)
  utf16.fill(0)
  return hash
}

/** GenerateNTResponse, RFC 2759 §8.1, from the hash rather than the password. */
export const ntResponse = (ntHash: Uint8Array, exchange: MschapExchange): Buffer => challengeResponse(challengeHash(exchange), ntHash)

export function isNtResponse(response: Uint8Array, ntHash: Uint8Array, exchange: MschapExchange): boolean {
  return response.length === NT_RESPONSE_OCTETS && timingSafeEqual(response, ntResponse(ntHash, exchange))
}

/** GenerateAuthenticatorResponse, RFC 2759 §8.7: `S=` and forty upper-case hex digits. */
export function authenticatorResponse(ntHash: Uint8Array, response: Uint8Array, exchange: MschapExchange): string {
  const proof = createHash('sha1').update(md4(ntHash)).update(response).update(MAGIC_1).digest()
  const digest = createHash('sha1').update(proof).update(challengeHash(exchange)).update(MAGIC_2).digest('hex')
  return `S=${digest.toUpperCase()}`
}

const MAGIC_1 = 'Magic server to client signing constant'
const MAGIC_2 = 'Pad to make it do more than one iteration'

/** ChallengeHash, RFC 2759 §8.2. */
export function challengeHash({ authenticatorChallenge, peerChallenge, userName }: MschapExchange): Buffer {
  const bare = userName.subarray(userName.lastIndexOf(BACKSLASH) + 1)
  return createHash('sha1').update(peerChallenge).update(authenticatorChallenge).update(bare).digest().subarray(0, 8)
}

const BACKSLASH = 0x5c

/** ChallengeResponse, RFC 2759 §8.5: three DES keys of seven octets out of the hash, padded with zeros. */
function challengeResponse(challenge: Uint8Array, ntHash: Uint8Array): Buffer {
  const padded = Buffer.alloc(21)
  padded.set(ntHash.subarray(0, NT_HASH_OCTETS))
  const parts = [0, 7, 14].map((at) => desEncrypt(challenge, padded.subarray(at, at + 7)))
  padded.fill(0)
  return Buffer.concat(parts)
}

/** Single DES by way of triple DES with one key three times: OpenSSL 3 keeps the former in its legacy provider only. */
function desEncrypt(clear: Uint8Array, key: Uint8Array): Buffer {
  const spread = withParity(key)
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([spread, spread, spread]), null).setAutoPadding(false)
  return Buffer.concat([cipher.update(clear), cipher.final()])
}

/** Seven octets as eight of seven bits each; DES ignores the lowest bit of each. */
function withParity(key: Uint8Array): Buffer {
  const spread = Buffer.alloc(8)
  for (let i = 0; i < 8; i++) spread[i] = (((key[i - 1] ?? 0) << (8 - i)) | ((key[i] ?? 0) >> i)) & 0xfe
  return spread
}
