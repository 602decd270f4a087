/**
 * Whether a client's certificate lets its holder in, and under what name (RFC 5216 §5.2 and §5.3). OpenSSL has judged the
 * chain: signatures, authority, dates, purpose, revocation lists. What is left is for us.
 */
import type { X509Certificate } from 'node:crypto'
import type { AlertName } from './alert.ts'
import { isUsableIdentity } from './identity.ts'
import type { CertificateHolder, EapRejection } from './port.ts'

type Judgement =
  | ({ readonly ok: true } & CertificateHolder)
  | { readonly ok: false; readonly reason: EapRejection; readonly alert: AlertName; readonly identity: Buffer | undefined }

/** RFC 5280 §4.2.1.12, id-kp-clientAuth. */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
/** The city's authority writes into OU what it certified; a box stolen from a wall must not get in as staff. */
const MACHINES = ['box', 'service', 'broker']

export function judgeCertificate(certificate: X509Certificate | undefined, verifyError: string | undefined): Judgement {
  if (certificate === undefined) return { ok: false, reason: 'certificate-missing', alert: 'certificate_unknown', identity: undefined }
  const identity = nameIn(certificate)
  const refuse = (reason: EapRejection, alert: AlertName): Judgement => ({ ok: false, reason, alert, identity })
  if (verifyError !== undefined) return refuse(...(FAULTS[verifyError] ?? UNTRUSTED))
  // OpenSSL lets a certificate without any extended usage pass; our authority writes it, so we ask for it.
  if (!certificate.keyUsage?.includes(CLIENT_AUTH) || certificate.ca)
    return refuse('certificate-not-for-clients', 'unsupported_certificate')
  const units: unknown = certificate.toLegacyObject().subject?.OU
  const purpose = typeof units === 'string' ? units : undefined
  if (MACHINES.includes(purpose ?? '')) return refuse('certificate-not-for-clients', 'unsupported_certificate')
  if (identity === undefined) return refuse('certificate-without-name', 'bad_certificate')
  return { ok: true, identity, serial: certificate.serialNumber.toLowerCase(), purpose }
}

const UNTRUSTED = ['certificate-untrusted', 'unknown_ca'] as const
/** By the codes of Node, which are OpenSSL's X509_V_ERR_ names. */
const FAULTS: Readonly<Record<string, readonly [EapRejection, AlertName]>> = {
  CERT_HAS_EXPIRED: ['certificate-expired', 'certificate_expired'],
  CERT_NOT_YET_VALID: ['certificate-expired', 'certificate_expired'],
  CERT_REVOKED: ['certificate-revoked', 'certificate_revoked'],
  INVALID_PURPOSE: ['certificate-not-for-clients', 'unsupported_certificate'],
  CERT_SIGNATURE_FAILURE: ['certificate-untrusted', 'bad_certificate'],
  // A list that is missing or stale leaves open who was revoked, and that counts as revoked until it is renewed.
  UNABLE_TO_GET_CRL: ['revocation-list-unusable', 'certificate_unknown'],
  CRL_HAS_EXPIRED: ['revocation-list-unusable', 'certificate_unknown'],
  CRL_NOT_YET_VALID: ['revocation-list-unusable', 'certificate_unknown'],
  CRL_SIGNATURE_FAILURE: ['revocation-list-unusable', 'certificate_unknown'],
}

/** The one mail address or DNS name in SubjectAltName, else the one CN. Two of a kind would leave open who it is. */
function nameIn(certificate: X509Certificate): Buffer | undefined {
  const names = alternativeNames(certificate.subjectAltName ?? '')
  for (const kind of ['email', 'DNS']) {
    const [name, ...others] = names.filter((one) => one.kind === kind)
    if (name) return others.length === 0 ? usable(name.value) : undefined
  }
  const commonName: unknown = certificate.toLegacyObject().subject?.CN
  return typeof commonName === 'string' ? usable(commonName) : undefined
}

const usable = (name: string): Buffer | undefined => {
  const identity = Buffer.from(name, 'utf8')
  return isUsableIdentity(identity) ? identity : undefined
}

/** `email:a@b, DNS:c`; Node writes a value that holds a comma or quote as a JSON string, so that none can pass for two. */
function alternativeNames(text: string): { kind: string; value: string }[] {
  const names: { kind: string; value: string }[] = []
  for (const [, kind, quoted, plain] of text.matchAll(/(?:^|, )([\w ]+):(?:("(?:[^"\\]|\\.)*")|([^,"]*))/g))
    names.push({ kind: kind!, value: quoted === undefined ? plain! : (JSON.parse(quoted) as string) })
  return names
}
