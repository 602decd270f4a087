/**
 * The alert that says what is wrong with a client's certificate. Node finishes the handshake before anyone may judge the
 * chain and offers no way to send an alert, so ours takes the place of what OpenSSL would have said next.
 *
 * TLS 1.2 (RFC 5246 §7.2): our Finished is held back, so we have not changed to encryption and the alert goes in clear.
 * TLS 1.3 (RFC 8446 §5.2): our side is encrypted; the session tickets are held back, so the alert is the first record
 * under the application traffic secret.
 */
import { createCipheriv, createHmac } from 'node:crypto'
import type { Tunnel } from './tunnel.ts'

/** RFC 8446 §6. */
const ALERT = {
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  unknown_ca: 48,
  access_denied: 49,
} as const
export type AlertName = keyof typeof ALERT

const ALERT_RECORD = 21
const APPLICATION_RECORD = 23
const FATAL = 2
const TAG_OCTETS = 16
const IV_OCTETS = 12

/** Undefined when the suite is none of TLS 1.3's three: then the EAP-Failure has to speak for itself. */
export function alertRecord(tunnel: Tunnel, name: AlertName): Buffer | undefined {
  const content = Buffer.of(FATAL, ALERT[name])
  if (tunnel.version() === 'TLSv1.2') return Buffer.concat([recordHeader(ALERT_RECORD, content.length), content])
  const secret = tunnel.serverTrafficSecret()
  const suite = SUITES[tunnel.cipher()]
  return secret && suite && sealFirstRecord(Buffer.concat([content, Buffer.of(ALERT_RECORD)]), secret, suite)
}

type Suite = { cipher: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305'; hash: 'sha256' | 'sha384'; keyOctets: number }
const SUITES: Readonly<Record<string, Suite>> = {
  TLS_AES_128_GCM_SHA256: { cipher: 'aes-128-gcm', hash: 'sha256', keyOctets: 16 },
  TLS_AES_256_GCM_SHA384: { cipher: 'aes-256-gcm', hash: 'sha384', keyOctets: 32 },
  TLS_CHACHA20_POLY1305_SHA256: { cipher: 'chacha20-poly1305', hash: 'sha256', keyOctets: 32 },
}

/** Sequence number zero, so the nonce is the IV itself (RFC 8446 §5.3). */
function sealFirstRecord(inner: Buffer, secret: Buffer, { cipher, hash, keyOctets }: Suite): Buffer {
  const key = expandLabel(secret, 'key', keyOctets, hash)
  const iv = expandLabel(secret, 'iv', IV_OCTETS, hash)
  const header = recordHeader(APPLICATION_RECORD, inner.length + TAG_OCTETS)
  const options = { authTagLength: TAG_OCTETS }
  // Each cipher's overload is its own in the types; the calls are the same.
  const sealing = cipher === 'chacha20-poly1305' ? createCipheriv(cipher, key, iv, options) : createCipheriv(cipher, key, iv, options)
  sealing.setAAD(header, { plaintextLength: inner.length })
  const sealed = Buffer.concat([sealing.update(inner), sealing.final()])
  key.fill(0)
  return Buffer.concat([header, sealed, sealing.getAuthTag()])
}

/** HKDF-Expand-Label without context, RFC 8446 §7.1, for at most one block of output. */
function expandLabel(secret: Buffer, label: string, octets: number, hash: Suite['hash']): Buffer {
  const full = `tls13 ${label}`
  const info = Buffer.concat([Buffer.of(0, octets, full.length), Buffer.from(full), Buffer.of(0, 1)])
  return createHmac(hash, secret).update(info).digest().subarray(0, octets)
}

/** TLS 1.2's number stands in every record of 1.3 too. */
const recordHeader = (type: number, length: number): Buffer => Buffer.of(type, 3, 3, length >> 8, length & 0xff)
