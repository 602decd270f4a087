/** Who gets in and with what, RFC 2865 §4.2 and §4.3. Pure: the password was checked before. */
import { integerAttribute, octetsAttribute, textAttribute } from './attributes.ts'
import type { Attribute } from './packet.ts'

/** RFC 2869 §2.1 allows 60 s at the least and asks for 600; 300 loses at most five minutes of a dead access point's counts. */
const ACCT_INTERIM_INTERVAL_SECONDS = 300
/** For users whose entry sets none: a working day, so that a forgotten device does not stay on for ever. */
const SESSION_TIMEOUT_SECONDS = 43_200

export type AccessFacts =
  /** Unknown user and wrong password look alike from here on. */
  | { method: 'pap'; user: { sessionTimeoutSeconds?: number; group?: string } | undefined; passwordMatches: boolean }
  /** CHAP-Password cannot be checked against a scrypt hash, and is not worth keeping passwords in clear for. */
  | { method: 'chap' | 'none' }
  | { method: 'eap'; identifier: number }

export type AccessDecision = { code: 'Access-Accept' | 'Access-Reject'; attributes: Attribute[] }

export function authorize(facts: AccessFacts): AccessDecision {
  switch (facts.method) {
    case 'pap':
      return facts.user !== undefined && facts.passwordMatches ? accept(facts.user) : reject('Nama pengguna atau kata sandi salah.')
    case 'eap':
      return reject('Cara masuk ini belum didukung. Pilih PAP.', [eapFailure(facts.identifier)])
    case 'chap':
    case 'none':
      return reject('Cara masuk ini belum didukung. Pilih PAP.')
  }
}

function accept(user: { sessionTimeoutSeconds?: number; group?: string }): AccessDecision {
  return {
    code: 'Access-Accept',
    attributes: [
      integerAttribute('Session-Timeout', user.sessionTimeoutSeconds ?? SESSION_TIMEOUT_SECONDS),
      integerAttribute('Acct-Interim-Interval', ACCT_INTERIM_INTERVAL_SECONDS),
      // Comes back in every accounting record (RFC 2865 §5.25); says what kind of user, never who.
      octetsAttribute('Class', Buffer.from(`group=${user.group ?? ''}`)),
      textAttribute('Reply-Message', 'Selamat datang. Anda sudah terhubung.'),
    ],
  }
}

const reject = (replyMessage: string, attributes: Attribute[] = []): AccessDecision => ({
  code: 'Access-Reject',
  attributes: [...attributes, textAttribute('Reply-Message', replyMessage)],
})

/** RFC 3579 §2.6.3: an EAP conversation refused must end in an EAP-Failure (code 4, the request's identifier, length 4). */
const eapFailure = (identifier: number): Attribute => octetsAttribute('EAP-Message', Uint8Array.of(4, identifier, 0, 4))
