/**
 * Whether a phone will accept this box's certificate. Pure: bytes and facts in, verdict out.
 *
 * A phone asks before it is online, so it can fetch nothing: neither a missing intermediate (AIA) nor another root. It gives no
 * second chance either: a captive-portal API it cannot verify is ignored (RFC 8908 §4.1), and a page with a warning is a page
 * nobody opens. So "valid" here means all that phones ask for, from the files alone: the box's own name in the alternative names,
 * today within the dates, for servers, a key of a kind and size they take, and every step up to a root that the public lists, or
 * the machine's own, know.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

export type Judgement = { ok: true; /** Unix milliseconds; the first end along the chain. */ until: number } | { ok: false; reason: string }

type Facts = { name: string; /** Unix milliseconds. */ at: number; roots: readonly X509Certificate[] }

/** RFC 5280 §4.2.1.12, id-kp-serverAuth. */
const FOR_SERVERS = '1.3.6.1.5.5.7.3.1'
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']
const RSA_BITS_MIN = 2_048
/** Apple's bound on any server certificate, its own store's or a company's; the public authorities give 398 days and less. */
const LIFETIME_DAYS_MAX = 825
/** Longer chains are a mistake in the file. */
const CHAIN_MAX = 8
const DAY_MS = 86_400_000

/** @param pem the certificate file, the box's own first, and the file of its key. */
export function judgeCertificate(pem: { chain: string; key: string }, facts: Facts): Judgement {
  const chain = certificatesIn(pem.chain)
  const own = chain?.[0]
  if (!chain || !own) return refused('the certificate file holds no readable certificate')
  const key = privateKey(pem.key)
  if (!key) return refused('the key file holds no readable key')
  const fault = ownFault(own, key, facts.name)
  if (fault !== undefined) return refused(fault)
  const path = pathToRoot(chain, facts.roots)
  if (!path) return refused(`no authority that phones know vouches for it: ${missingLink(chain)}`)
  const early = path.find(({ validFromDate }) => validFromDate.getTime() > facts.at)
  if (early) return refused(`not valid before ${early.validFromDate.toISOString()}`)
  const until = Math.min(...path.map(({ validToDate }) => validToDate.getTime()))
  if (until <= facts.at) return refused(`expired on ${new Date(until).toISOString()}`)
  return { ok: true, until }
}

const refused = (reason: string): Judgement => ({ ok: false, reason })

/** What is wrong with the first certificate itself. */
function ownFault(own: X509Certificate, key: KeyObject, name: string): string | undefined {
  if (own.ca) return 'the first certificate is an authority, not the box'
  if (own.checkHost(name, { subject: 'never', partialWildcards: false }) === undefined) return `it is not for ${name}`
  if (own.keyUsage !== undefined && !own.keyUsage.includes(FOR_SERVERS)) return 'it is not for servers'
  if (!own.checkPrivateKey(key)) return 'the key belongs to another certificate'
  if (!isKeyForPhones(own.publicKey))
    return 'phones do not take this kind of key: RSA of 2,048 bits or more, or ECDSA over P-256, P-384 or P-521'
  const days = (own.validToDate.getTime() - own.validFromDate.getTime()) / DAY_MS
  if (days > LIFETIME_DAYS_MAX) return `it is valid for ${Math.ceil(days)} days, and phones take ${LIFETIME_DAYS_MAX} at most`
  return undefined
}

function isKeyForPhones({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN
  return asymmetricKeyType === 'ec' && CURVES.includes(asymmetricKeyDetails?.namedCurve ?? '')
}

/**
 * The certificates from the box's own up to the first that a root vouches for (or is); what follows in the file, such as an old
 * cross-signature, no longer matters. Undefined where a step is missing or out of order.
 */
function pathToRoot(chain: X509Certificate[], roots: readonly X509Certificate[]): X509Certificate[] | undefined {
  const path: X509Certificate[] = []
  for (const certificate of chain) {
    const below = path.at(-1)
    if (below && !vouchesFor(certificate, below)) return undefined
    path.push(certificate)
    if (roots.some((root) => root.fingerprint256 === certificate.fingerprint256 || vouchesFor(root, certificate))) return path
  }
  return undefined
}

const vouchesFor = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

/** For the person who mends it: where the chain breaks. */
function missingLink(chain: X509Certificate[]): string {
  const at = chain.findIndex((certificate, index) => chain[index + 1] === undefined || !vouchesFor(chain[index + 1]!, certificate))
  const issuer = /CN=([^\n]*)/.exec(chain[at]?.issuer ?? '')?.[1] ?? chain[at]?.issuer.replaceAll('\n', ' ') ?? ''
  return `"${issuer.slice(0, 80)}" is neither in the file nor known`
}

function certificatesIn(pem: string): X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length > CHAIN_MAX) return undefined
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

function privateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}
