/**
 * The authority's own key and certificate, made once in central's data folder. Whoever has the key can be any box: it is kept
 * as the signing key is. Losing it means giving every box a new certificate and a new authority to believe.
 */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { StartProblem } from '../platform/db/newer.ts'
import { keptOnce } from '../platform/files/kept-once.ts'
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from './x509.ts'

export const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
export const AUTHORITY_KEY_FILE = 'authority-key.pem'
const DAY_MS = 86_400_000
/** A box's clock may be behind, and one that was never set is checked by the box itself. */
export const BACKDATED_MS = DAY_MS
/** Boxes are visited to change it. */
const AUTHORITY_DAYS = 20 * 365
/** Before this software was written: a machine whose clock says so has lost it, and would make an authority that is over. */
const SURELY_PAST = Date.UTC(2026, 0, 1)

export type AuthorityKey = { signingKey: CryptoKey; publicKey: CryptoKey; certificate: X509Certificate; pem: string }

/** @param folder gets `authority-key.pem` (PKCS#8) and `authority.pem`, what others are given to believe. */
export async function loadAuthorityKey(folder: string, now: number): Promise<AuthorityKey> {
  const keyFile = join(folder, AUTHORITY_KEY_FILE)
  const keyPem = await keptOnce(keyFile, newKey)
  const key = createPrivateKey(keyPem)
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new StartProblem(`${keyFile} holds no P-256 key.`)
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
  const signingKey = await crypto.subtle.importKey('pkcs8', pkcs8, P256, false, ['sign'])
  const { x, y, kty, crv } = key.export({ format: 'jwk' })
  const publicKey = await crypto.subtle.importKey('jwk', { x, y, kty, crv } as JsonWebKey, P256, true, ['verify'])

  const certificateFile = join(folder, 'authority.pem')
  const pem = await keptOnce(certificateFile, () => ownCertificate({ signingKey, publicKey, now }))
  const certificate = new X509Certificate(pem)
  if (!certificate.checkPrivateKey(key))
    throw new StartProblem(`${certificateFile} does not belong to ${keyFile}. Restore both from one backup.`)
  return { signingKey, publicKey, certificate, pem }
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

async function ownCertificate(at: { signingKey: CryptoKey; publicKey: CryptoKey; now: number }): Promise<string> {
  if (at.now < SURELY_PAST)
    throw new StartProblem(
      `This machine's clock says ${new Date(at.now).toISOString()}: set it before the city's certificate authority is made.`,
    )
  const spki = Buffer.from(await crypto.subtle.exportKey('spki', at.publicKey))
  // Two cities' authorities, or an old one and a new one, must not bear one name: chains are looked up by it.
  const name = `Broadband City ${createHash('sha256').update(spki).digest('hex').slice(0, 8)}`
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }],
    notBefore: new Date(at.now - BACKDATED_MS),
    notAfter: new Date(at.now + AUTHORITY_DAYS * DAY_MS),
    keys: { privateKey: at.signingKey, publicKey: at.publicKey },
    signingAlgorithm: P256,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(at.publicKey),
    ],
  })
  return `${certificate.toString('pem')}\n`
}

/** 126 random bits (RFC 5280 §4.1.2.2 wants a positive number, CA/B Forum at least 64 bits), hexadecimal, always 32 digits. */
export function newSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes.toString('hex')
}
