/** Who gets in and with what, RFC 2865 §4.2 and §4.3. Pure: who it is was proven before. */
import { writeClass } from './account-class.ts'
import { integerAttribute, octetsAttribute, textAttribute } from './attributes.ts'
import type { ClientVendor } from './client-vendor.ts'
import { limitAttributes } from './limits.ts'
import type { Attribute } from './packet.ts'
import type { Ruling } from './rules.ts'

/** RFC 2869 §2.1 allows 60 s at the least and asks for 600; 300 loses at most five minutes of a dead access point's counts. */
const ACCT_INTERIM_INTERVAL_SECONDS = 300
/** For users whose group sets none: a working day, so that a forgotten device does not stay on for ever. */
const SESSION_TIMEOUT_SECONDS = 43_200
/** Below this a login is over before the page has loaded. */
const SESSION_SECONDS_MIN = 5

/** What a proven user, voucher or device may. */
export type Grant = {
  /** Names it at this box for ever; the names of users are octets as latin1. Never leaves the box: see account-class.ts. */
  account: string
  group?: string | undefined
  sessionTimeoutSeconds?: number | undefined
  /** Unix milliseconds. */
  until?: number | undefined
}

export type Rejection =
  | 'wrong-credentials'
  | 'unknown-device'
  | 'blocked'
  | 'closed'
  | 'expired'
  | 'voucher-full'
  | 'method-not-possible'
  | 'contradictory'
  | `eap-${string}`

/** `repeated` as in reply.ts. */
export type Accepted = { code: 'Access-Accept'; attributes: Attribute[]; repeated?: true }
export type Rejected = { code: 'Access-Reject'; reason: Rejection; attributes: Attribute[] }
export type AccessDecision = Accepted | Rejected | { code: 'Access-Challenge'; attributes: Attribute[] }

export type Facts = {
  grant: Grant
  ruling: Ruling
  /** The account's pseudonym, 16 hex digits. */
  pseudonym: string
  vendor: ClientVendor
  /** The request carries Chargeable-User-Identity, so the answer must (RFC 4372 §2.1). */
  wantsChargeableIdentity: boolean
}

export function authorize({ grant, ruling, pseudonym, vendor, wantsChargeableIdentity }: Facts): Accepted | Rejected {
  if (ruling.closed) return reject('closed', ruling.closed.note)
  const seconds = Math.floor(
    Math.min(ruling.seconds, grant.sessionTimeoutSeconds ?? Infinity, ruling.group ? Infinity : SESSION_TIMEOUT_SECONDS),
  )
  if (seconds < SESSION_SECONDS_MIN) return reject('expired')
  const { group } = ruling
  const attributes = [
    integerAttribute('Session-Timeout', seconds),
    integerAttribute('Acct-Interim-Interval', ACCT_INTERIM_INTERVAL_SECONDS),
    octetsAttribute('Class', writeClass({ account: pseudonym, group: group && grant.group })),
    textAttribute('Reply-Message', 'Selamat datang. Anda sudah terhubung.'),
    ...limitAttributes(vendor, { group: group?.name, rate: group?.rate, sessionOctets: group?.sessionOctets }),
  ]
  if (group?.idleSeconds !== undefined) attributes.push(integerAttribute('Idle-Timeout', group.idleSeconds))
  if (wantsChargeableIdentity) attributes.push(octetsAttribute('Chargeable-User-Identity', Buffer.from(pseudonym, 'latin1')))
  return { code: 'Access-Accept', attributes }
}

/** Unknown user and wrong password get the same words. */
const WORDS: Partial<Record<Rejection, string>> = {
  blocked: 'Perangkat ini sedang diblokir. Hubungi petugas.',
  closed: 'Layanan sedang ditutup.',
  expired: 'Masa berlaku sudah habis.',
  'voucher-full': 'Voucher ini sudah dipakai oleh perangkat lain.',
  'unknown-device': 'Perangkat ini belum terdaftar.',
  'method-not-possible': 'Cara masuk ini belum didukung. Pilih PAP.',
}

export const reject = (reason: Rejection, note?: string, attributes: readonly Attribute[] = []): Rejected => ({
  code: 'Access-Reject',
  reason,
  attributes: [...attributes, textAttribute('Reply-Message', replyMessage(reason, note))],
})

/** An attribute holds 253 octets; a note of the policy may be longer in UTF-8. */
const NOTE_CHARACTERS_MAX = 60
const replyMessage = (reason: Rejection, note: string | undefined): string =>
  note === undefined
    ? (WORDS[reason] ?? 'Nama pengguna atau kata sandi salah.')
    : `${WORDS[reason] ?? ''} ${note.slice(0, NOTE_CHARACTERS_MAX)}`.trim()
