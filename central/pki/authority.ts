/**
 * The city's certificate authority: it alone says which name a key may bear at the broker. Issuing leaves nothing behind here;
 * certificates.ts keeps the books.
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { StartProblem } from '../platform/db/newer.ts'
import { BACKDATED_MS, loadAuthorityKey, newSerial, P256, type AuthorityKey } from './authority-key.ts'
import { PROFILES, type Purpose } from './purposes.ts'
import { readRequest, type ReadRequest } from './request.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  WrittenCertificate,
  X509CertificateGenerator,
  X509CrlGenerator,
  X509CrlReason,
  type Extension,
} from './x509.ts'

const DAY_MS = 86_400_000

/** `request`: PKCS#10 as PEM. Its subject and its wishes are not read: central sets the name. `hosts`: of a server, all its names and addresses. */
export type Order = { request: string; name: string; purpose: Purpose; days?: number; hosts?: readonly string[] }
export type OwnOrder = Omit<Order, 'request'>
/** Times are Unix milliseconds; `serial` is 32 lower-case hexadecimal digits, `key` the SHA-256 of the public key. */
export type Certificate = { pem: string; serial: string; name: string; purpose: Purpose; key: string; notBefore: number; notAfter: number }
export type IssueProblem = Extract<ReadRequest, { ok: false }>['reason'] | 'bad-name'
type Issued = { ok: true; certificate: Certificate } | { ok: false; reason: IssueProblem }
export type RevokedSerial = { serial: string; at: number }

export type Authority = {
  /** Its own certificate, PEM: what boxes and brokers are given to believe. */
  pem: string
  certificate: X509Certificate
  /** About 10 ms of one core each, mostly the request's proof. May be called for thousands, one after the other. */
  issue(order: Order): Promise<Issued>
  /** For central itself, with a key (PKCS#8 PEM) made here. @throws when the order is wrong. */
  issueOwn(order: OwnOrder): Promise<{ key: string; certificate: Certificate }>
  /** PEM (RFC 5280 §5), valid until `until`: a broker that is given an older one refuses everybody. */
  revocationList(revoked: readonly RevokedSerial[], until: number): Promise<string>
}

/** Makes the authority in `folder` if it is not there yet. @throws StartProblem when what is there cannot be used. */
export async function openAuthority(folder: string, now: () => number = Date.now): Promise<Authority> {
  const own = await loadAuthorityKey(folder, now())
  const authorityKeyId = await AuthorityKeyIdentifierExtension.create(own.publicKey)
  const issuer = new WrittenCertificate(own.pem).subjectName.toJSON()

  async function write(order: OwnOrder, publicKey: CryptoKey): Promise<Certificate> {
    const { days, usage } = PROFILES[order.purpose]
    const at = Math.floor(now() / 1_000) * 1_000
    const notBefore = at - BACKDATED_MS
    const notAfter = Math.min(at + (order.days ?? days) * DAY_MS, Date.parse(own.certificate.validTo))
    const serial = newSerial()
    const written = await X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ OU: [order.purpose] }, { CN: [order.name] }],
      issuer,
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
      publicKey,
      signingKey: own.signingKey,
      signingAlgorithm: P256,
      extensions: [...(await extensionsOf(publicKey, usage, order)), authorityKeyId],
    })
    const spki = Buffer.from(await crypto.subtle.exportKey('spki', publicKey))
    const key = createHash('sha256').update(spki).digest('hex')
    return { pem: `${written.toString('pem')}\n`, serial, name: order.name, purpose: order.purpose, key, notBefore, notAfter }
  }

  return {
    pem: own.pem,
    certificate: own.certificate,
    async issue(order) {
      if (!PROFILES[order.purpose].names(order.name)) return { ok: false, reason: 'bad-name' }
      const request = await readRequest(order.request)
      return request.ok ? { ok: true, certificate: await write(order, request.publicKey) } : request
    },
    async issueOwn(order) {
      if (![order.name, ...(order.hosts ?? [])].every(PROFILES[order.purpose].names))
        throw new StartProblem(`A certificate for ${[order.name, ...(order.hosts ?? [])].join(', ')} cannot be made: a name in it is none.`)
      const pair = await crypto.subtle.generateKey(P256, true, ['sign', 'verify'])
      const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
      const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }).toString()
      return { key, certificate: await write(order, pair.publicKey) }
    },
    revocationList: (revoked, until) => revocationList(own, { issuer, authorityKeyId }, { revoked, until, at: now() }),
  }
}

async function extensionsOf(
  publicKey: Parameters<typeof SubjectKeyIdentifierExtension.create>[0],
  usage: 'clientAuth' | 'serverAuth',
  { name, hosts }: OwnOrder,
): Promise<Extension[]> {
  const names = usage === 'serverAuth' ? [...new Set([name, ...(hosts ?? [])])] : []
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    ...(names.length === 0
      ? []
      : [
          new SubjectAlternativeNameExtension(
            names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
          ),
        ]),
  ]
}

async function revocationList(
  own: AuthorityKey,
  { issuer, authorityKeyId }: { issuer: ReturnType<WrittenCertificate['subjectName']['toJSON']>; authorityKeyId: Extension },
  { revoked, until, at }: { revoked: readonly RevokedSerial[]; until: number; at: number },
): Promise<string> {
  const list = await X509CrlGenerator.create({
    issuer,
    thisUpdate: new Date(at),
    nextUpdate: new Date(until),
    entries: revoked.map((each) => ({
      serialNumber: each.serial,
      revocationDate: new Date(each.at),
      reason: X509CrlReason.unspecified,
    })),
    extensions: [authorityKeyId],
    signingAlgorithm: P256,
    signingKey: own.signingKey,
  })
  // The library's own words around it are not those OpenSSL reads (RFC 7468 §6).
  const lines =
    Buffer.from(list.rawData)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n')
}
