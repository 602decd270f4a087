/** Authorities and certificates as a city might have them, good and bad, made in memory. */
import { createPrivateKey, randomBytes } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
  X509CrlReason,
} from '#central/pki/x509.ts'

const DAY_MS = 86_400_000
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const RSA = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 3072, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' } as const

/** PEM. */
export type Issued = { key: string; certificate: string; serial: string }

type Order = {
  name: string
  usage?: 'clientAuth' | 'serverAuth' | 'none'
  /** Days from now; both may lie in the past. */
  from?: number
  to?: number
  unit?: string
  email?: string[]
  /** Large keys make chains of several fragments. */
  rsa?: boolean
}

export type TestAuthority = {
  certificate: string
  issue(order: Order): Promise<Issued>
  /** An authority below this one. */
  below(name: string): Promise<TestAuthority>
  revocationList(serials: readonly string[], untilDays?: number): Promise<string>
}

type Pair = Awaited<ReturnType<typeof pair>>
type Above = { name: string; keys: Pair }

export async function testAuthority(name = 'Kota Uji', above?: Above): Promise<TestAuthority> {
  const keys = await pair(ECDSA)
  const signer = above ?? { name, keys }
  const own = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${name}`,
    issuer: `CN=${signer.name}`,
    notBefore: day(-10),
    notAfter: day(100),
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: ECDSA,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  return {
    certificate: `${own.toString('pem')}\n`,
    async issue({ name: subject, usage = 'clientAuth', from = -1, to = 30, unit, email = [], rsa = false }) {
      const leaf = await pair(rsa ? RSA : ECDSA)
      const serial = serialNumber()
      const written = await X509CertificateGenerator.create({
        serialNumber: serial,
        subject: [...(unit === undefined ? [] : [{ OU: [unit] }]), { CN: [subject] }],
        issuer: `CN=${name}`,
        notBefore: day(from),
        notAfter: day(to),
        publicKey: leaf.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ECDSA,
        extensions: [
          new BasicConstraintsExtension(false),
          ...(usage === 'none' ? [] : [new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]])]),
          ...(email.length === 0 ? [] : [new SubjectAlternativeNameExtension(email.map((value) => ({ type: 'email' as const, value })))]),
        ],
      })
      return { key: await pem(leaf.privateKey), certificate: `${written.toString('pem')}\n`, serial }
    },
    below: (lower) => testAuthority(lower, { name, keys }),
    async revocationList(serials, untilDays = 5) {
      const list = await X509CrlGenerator.create({
        issuer: `CN=${name}`,
        thisUpdate: day(-9),
        nextUpdate: day(untilDays),
        entries: serials.map((serial) => ({ serialNumber: serial, revocationDate: day(-2), reason: X509CrlReason.keyCompromise })),
        signingKey: keys.privateKey,
        signingAlgorithm: ECDSA,
      })
      // The library writes the label its own way; OpenSSL knows that of RFC 7468 §6 only.
      return `${list.toString('pem').replaceAll(' CRL-----', ' X509 CRL-----')}\n`
    },
  }
}

const day = (days: number): Date => new Date(Date.now() + days * DAY_MS)
/** Positive, so that its hex stays as long as it is. */
const serialNumber = (): string => `4${randomBytes(16).toString('hex').slice(1)}`

const pair = (algorithm: typeof ECDSA | typeof RSA) => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
async function pem(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }).toString()
}
