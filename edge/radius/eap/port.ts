/**
 * What the RADIUS front and the EAP engine say to each other. Types only, so that importing this file loads nothing: a box
 * whose sites use no EAP never loads `engine.ts` (by `await import('./eap/engine.ts')`) nor node:tls.
 *
 * The front has proven Message-Authenticator (RFC 3579 §3.1 requires it with every EAP-Message), found no duplicate, and
 * joined the EAP-Message attributes in packet order. It splits `eap` of an answer into attributes of 253 octets again.
 */

/** In RFC 3748 Nak's sense; the order in settings is the order of offering. */
export type EapMethod = 'ttls' | 'tls' | 'peap'
/** What may prove a person inside EAP-TTLS. PEAP carries MSCHAPv2 only. */
export type InnerMethod = 'pap' | 'chap' | 'mschapv2' | 'gtc'

export type EapRequest = {
  /** Name of the access point in the client table, and its source address: a conversation goes on with these only. */
  readonly client: string
  readonly source: string
  /** One EAP packet as it came. Nothing about it has been checked. */
  readonly eap: Buffer
  /** Attribute State, octet for octet as we gave it, or absent in the first packet of a conversation. */
  readonly state: Buffer | undefined
  /** Attribute User-Name. RFC 3579 §2.1: the access point copies it from the EAP-Response/Identity. */
  readonly userName: Buffer | undefined
  /** Attribute Framed-MTU (RFC 2865 §5.12), where the access point states it. */
  readonly framedMtu: number | undefined
  /** Milliseconds of performance.now(). */
  readonly now: number
}

export type EapAnswer =
  /** Access-Challenge with this EAP-Message and State. A retransmission gets the same octets again. */
  | { readonly kind: 'challenge'; readonly eap: Buffer; readonly state: Buffer }
  /** Access-Accept with this EAP-Message (EAP-Success). MS-MPPE-Recv-Key is msk[0..31], MS-MPPE-Send-Key msk[32..63]. */
  | { readonly kind: 'accept'; readonly eap: Buffer; readonly msk: Buffer; readonly proven: EapProven }
  /** Access-Reject with this EAP-Message (EAP-Failure, RFC 3579 §2.6.3). */
  | { readonly kind: 'reject'; readonly eap: Buffer; readonly reason: EapRejection; readonly tried: EapTried }
  /** Silence and a counter. `busy`: the retransmission deserves a new try, so the front forgets the request. */
  | { readonly kind: 'discard'; readonly reason: EapDiscard }

/** Facts for authorize(): whose session this is and how it was proven. */
export type EapProven = {
  readonly method: EapMethod
  /** Absent for EAP-TLS. */
  readonly inner: InnerMethod | undefined
  /** The proven name: the inner User-Name, or the name in the certificate. Never the outer identity, which anyone may claim. */
  readonly identity: Buffer
  /** EAP-TLS only: lower-case hex, to tell the devices of one person apart. */
  readonly certificateSerial: string | undefined
  readonly tlsVersion: 'TLSv1.2' | 'TLSv1.3'
}

/** For the log of rejections; holds no secret. */
type EapTried = {
  readonly method: EapMethod | undefined
  readonly inner: InnerMethod | undefined
  /** Claimed, not proven: the inner name as far as it came, else the outer. */
  readonly identity: Buffer | undefined
}

export type EapRejection =
  | 'wrong-credentials'
  | 'identity-mismatch'
  | 'no-common-method'
  | 'inner-method-not-allowed'
  | 'tls-handshake-failed'
  /** The device does not trust our certificate. */
  | 'server-certificate-refused'
  | 'certificate-missing'
  | 'certificate-untrusted'
  | 'certificate-expired'
  | 'certificate-revoked'
  /** The list is missing or past its date, so that nobody can say who was revoked. */
  | 'revocation-list-unusable'
  | 'certificate-not-for-clients'
  | 'certificate-without-name'
  | 'certificate-holder-unknown'
  | 'malformed'
  | 'too-many-rounds'
  /** The State is of no conversation that we know with this access point: too slow, or we were restarted. */
  | 'expired'
  /** We cannot check now, for a reason of our own (the accounts failed). */
  | 'unavailable'

export type EapDiscard =
  | 'eap-malformed'
  | 'eap-wrong-identifier'
  | 'eap-in-progress'
  /** More conversations or handshakes at once than the box can bear. */
  | 'eap-busy'

type SecretOfUser =
  /** RFC 2759 §8.3, 16 octets: as good as the password for MSCHAPv2. Serves mschapv2 and PEAP. */
  | { readonly kind: 'nt-hash'; readonly octets: Buffer }
  /** The password itself, UTF-8: serves CHAP as well. */
  | { readonly kind: 'clear'; readonly octets: Buffer }

export type CertificateHolder = {
  readonly identity: Buffer
  /** Lower-case hex. */
  readonly serial: string
  /** The one OU, where our authority writes what the certificate is for: a box's own must not log a person in. */
  readonly purpose: string | undefined
}

/** What EAP asks of the accounts. Names are octets, so that no two meet by way of a replacement character. */
export type EapAccounts = {
  /** For TTLS-PAP and GTC. Unknown user and wrong password look and cost alike. The engine wipes `password` afterwards. */
  verifyPassword(identity: Buffer, password: Buffer): Promise<'match' | 'mismatch' | 'busy'>
  /** For CHAP and MSCHAPv2, only of users and sites that opted in to a recoverable secret. Undefined: refuse. */
  secretOf(identity: Buffer): SecretOfUser | undefined
  /** Whether the holder of a certificate that our authority signed, and that is valid and not revoked, may enter. */
  knowsCertificate(holder: CertificateHolder): boolean
}

export type EapSettings = {
  /** What the site allows, best first. PEAP and `mschapv2` need a stored NT hash: the site must opt in to that. */
  readonly methods: readonly EapMethod[]
  readonly innerMethods: readonly InnerMethod[]
  /** PEM. The chain from the server's own certificate upwards, without the root. */
  readonly serverKey: string
  readonly serverCertificates: string
  /** PEM roots that client certificates must lead to, and revocation lists of theirs; needed for `tls`. */
  readonly clientAuthorities: string | undefined
  readonly revocationLists: string | undefined
}

/** Other bounds than the engine's own. */
export type EapLimits = {
  readonly freshMax?: number
  readonly runningMax?: number
  readonly handshakesPerSecond?: number
  readonly handshakesBurst?: number
}

export type EapCounters = {
  readonly conversations: number
  readonly handshakes: number
  /** Right now: named only, in TLS, and ended but remembered for a repetition. Each is bounded. */
  readonly open: { readonly fresh: number; readonly running: number; readonly ended: number }
  readonly accepts: number
  readonly rejects: Readonly<Record<string, number>>
  readonly discards: Readonly<Record<string, number>>
}

export type EapEngine = {
  /** Never rejects: whatever happens is one of the four answers. */
  answer(request: EapRequest): Promise<EapAnswer>
  counters(): EapCounters
  /** For the conversations that begin from now on: a renewed certificate, a newer revocation list. @throws as openEap does, and keeps the old. */
  replace(settings: EapSettings): void
  /** Ends every running conversation without an answer. */
  close(): void
}
