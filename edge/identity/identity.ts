/**
 * The box's own certificate and key, and whom it believes, read from files anew for every connection: whoever renews them
 * replaces the files, and the next connection uses them. The key never leaves the box.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dayOf, isOver } from './validity.ts'

/** PEM files. `ca`: central's authority; two of them while one takes over from the other. `key` must be the box's alone. */
export type IdentityFiles = { ca: string; certificate: string; key: string }
export type Identity = {
  authorities: X509Certificate[]
  certificate: X509Certificate
  /** What a TLS connection takes. */
  pem: { ca: string[]; cert: string; key: string }
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** @throws Error saying which file is wrong, and how; never what is in it. */
export function readIdentity(files: IdentityFiles, node: string): Identity {
  const authorities = certificatesIn(files.ca, 'authority')
  const [certificate] = certificatesIn(files.certificate, 'certificate')
  const { key, pem: keyPem } = keyIn(files.key)
  if (!certificate!.checkPrivateKey(key)) {
    throw new Error(`the key ${files.key} does not belong to the certificate ${files.certificate}`)
  }
  const name = /^CN=(.*)$/m.exec(certificate!.subject)?.[1]
  if (name !== node) throw new Error(`the certificate ${files.certificate} is ${name ?? 'nobody'}'s, and this box is ${node}`)
  if (!authorities.some((authority) => isIssuedBy(certificate!, authority))) {
    throw new Error(`the certificate ${files.certificate} is not of the authority in ${files.ca}`)
  }
  return {
    authorities,
    certificate: certificate!,
    pem: { ca: authorities.map(String), cert: certificate!.toString(), key: keyPem },
  }
}

/** What this box itself can see wrong with its certificate when central refuses it. */
export function doubtAbout({ certificate }: Identity, now: number, clockTrusted: boolean): string | undefined {
  const when = isOver(certificate, now)
  if (when === undefined) return undefined
  const clock = clockTrusted ? '' : `, by a clock that was never set (it says ${dayOf(now)})`
  return when === 'over'
    ? `this box's certificate ended on ${dayOf(Date.parse(certificate.validTo))}${clock}`
    : `this box's certificate begins on ${dayOf(Date.parse(certificate.validFrom))}, and the clock here says ${dayOf(now)}`
}

export const isIssuedBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)

function certificatesIn(file: string, what: string): X509Certificate[] {
  const blocks = textOf(file, what).match(PEM_CERTIFICATE) ?? []
  if (blocks.length === 0) throw new Error(`the ${what} ${file} holds no certificate in PEM`)
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    throw new Error(`the ${what} ${file} is damaged`)
  }
}

function keyIn(file: string): { key: KeyObject; pem: string } {
  const pem = textOf(file, 'key')
  try {
    return { key: createPrivateKey(pem), pem }
  } catch {
    // The parser's own words may quote it.
    throw new Error(`the key ${file} is no private key in PEM without a passphrase`)
  }
}

function textOf(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`the ${what} ${file} cannot be read (${whyNot((error as NodeJS.ErrnoException).code)})`, { cause: error })
  }
}

function whyNot(code: string | undefined): string {
  if (code === 'ENOENT') return 'it is not there'
  if (code === 'EACCES' || code === 'EPERM') return 'no permission'
  return code ?? 'unknown reason'
}
