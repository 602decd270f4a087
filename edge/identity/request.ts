/**
 * A certificate request (PKCS#10, RFC 2986) for the box's own key, written by hand: it is 200 bytes of DER, and the box has no
 * other use for a certificate library. Central sets the name; the one in here is for people who look into the file.
 */
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** A new P-256 key, PKCS#8 PEM. */
export const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** @returns PEM. @param key EC private key. */
export function certificateRequest(key: KeyObject, name: string): string {
  const commonName = der(SEQUENCE, OID_COMMON_NAME, der(UTF8_STRING, Buffer.from(name)))
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const info = der(SEQUENCE, VERSION_1, der(SEQUENCE, der(SET, commonName)), publicKey, der(NO_ATTRIBUTES))
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', info, key))
  const request = der(SEQUENCE, info, der(SEQUENCE, OID_ECDSA_WITH_SHA256), signature)
  const lines = request.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n')
}

const SEQUENCE = 0x30
const SET = 0x31
const BIT_STRING = 0x03
const UTF8_STRING = 0x0c
/** [0] IMPLICIT, empty. */
const NO_ATTRIBUTES = 0xa0
const VERSION_1 = Buffer.from([0x02, 1, 0])
/** 2.5.4.3 */
const OID_COMMON_NAME = Buffer.from([0x06, 3, 0x55, 4, 3])
/** 1.2.840.10045.4.3.2, RFC 5758 §3.2: without parameters. */
const OID_ECDSA_WITH_SHA256 = Buffer.from([0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])

/** Tag, length (X.690 §8.1.3: short form up to 127, else two octets at most here) and what is inside. */
function der(tag: number, ...inside: Uint8Array[]): Buffer {
  const body = Buffer.concat(inside)
  const length =
    body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
