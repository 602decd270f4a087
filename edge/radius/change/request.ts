/** Disconnect-Request and CoA-Request, RFC 5176 §2 and §3, and the answers to them. Pure. */
import { timingSafeEqual } from 'node:crypto'
import { integerAttribute, readInteger } from '../attributes.ts'
import { writeAccountingAuthenticator, writeResponseAuthenticator } from '../authenticator.ts'
import type { ClientVendor } from '../client-vendor.ts'
import { ATTRIBUTE } from '../dictionary/standard.ts'
import { checkMessageAuthenticator, UNSIGNED_MESSAGE_AUTHENTICATOR, writeMessageAuthenticator } from '../message-authenticator.ts'
import {
  attributesOf,
  AUTHENTICATOR_AT,
  AUTHENTICATOR_OCTETS,
  authenticatorOf,
  CODE,
  decodePacket,
  encodePacket,
  HEADER_OCTETS,
  type Attribute,
  type Packet,
} from '../packet.ts'
import type { SharedSecret } from '../secret.ts'
import type { ChangeEvent, ChangeKind } from './rules.ts'

/** What says which session at which access point is meant, as the access point itself wrote it in its last record. */
export type Identification = readonly Attribute[]

const typeOf = (names: readonly (keyof typeof ATTRIBUTE)[]): ReadonlySet<number> => new Set(names.map((name) => ATTRIBUTE[name].type))

/** RFC 5176 §3. A hostapd refuses what it does not know, so only those that all of them take. */
const IDENTIFYING = typeOf(['User-Name', 'NAS-IP-Address', 'NAS-IPv6-Address', 'NAS-Identifier', 'Calling-Station-Id', 'Acct-Session-Id'])
/** MikroTik's and CoovaChilli's hotspots also look for the visitor's address. */
const IDENTIFYING_BY_ADDRESS: ReadonlySet<number> = new Set([...IDENTIFYING, ATTRIBUTE['Framed-IP-Address'].type])
const ATTRIBUTES_MAX = 8

export function identify(record: Packet, vendor: ClientVendor): Identification {
  const wanted = vendor === 'mikrotik' || vendor === 'coovachilli' ? IDENTIFYING_BY_ADDRESS : IDENTIFYING
  return attributesOf(record)
    .filter(({ type }) => wanted.has(type))
    .slice(0, ATTRIBUTES_MAX)
    .map(({ type, value }) => ({ type, value: Uint8Array.from(value) }))
}

/** All that is left to say after a restart. */
export const identifyById = (acctSessionId: string): Identification => [
  { type: ATTRIBUTE['Acct-Session-Id'].type, value: Buffer.from(acctSessionId, 'latin1') },
]

export type ChangeRequest = {
  kind: ChangeKind
  identifier: number
  identification: Identification
  /** New limits; for a CoA-Request only. */
  attributes: readonly Attribute[]
  /** Unix seconds: against replay (RFC 5176 §6.3). */
  eventTimestamp: number
}

/** Undefined when it does not fit in a packet. */
export function changeRequest(request: ChangeRequest, secret: SharedSecret): Buffer | undefined {
  const octets = encodePacket({
    code: request.kind === 'disconnect' ? CODE['Disconnect-Request'] : CODE['CoA-Request'],
    identifier: request.identifier,
    // Zeros while the Message-Authenticator is taken (RFC 5176 §3.4); then as of an Accounting-Request (§2.3).
    authenticator: new Uint8Array(AUTHENTICATOR_OCTETS),
    attributes: [
      UNSIGNED_MESSAGE_AUTHENTICATOR,
      ...request.identification,
      integerAttribute('Event-Timestamp', request.eventTimestamp),
      ...request.attributes,
    ],
  })
  if (octets === undefined) return undefined
  writeMessageAuthenticator(octets, HEADER_OCTETS, secret)
  writeAccountingAuthenticator(octets, secret)
  return octets
}

const ANSWERS: Readonly<Record<number, { kind: ChangeKind; isAck: boolean }>> = {
  [CODE['Disconnect-ACK']]: { kind: 'disconnect', isAck: true },
  [CODE['Disconnect-NAK']]: { kind: 'disconnect', isAck: false },
  [CODE['CoA-ACK']]: { kind: 'coa', isAck: true },
  [CODE['CoA-NAK']]: { kind: 'coa', isAck: false },
}

export type Asked = { kind: ChangeKind; authenticator: Uint8Array; secret: SharedSecret }

/** Undefined for what is no answer to this request, or not from who knows the secret. */
export function readAnswer(datagram: Buffer, asked: Asked): Extract<ChangeEvent, { is: 'ack' | 'nak' }> | undefined {
  const decoded = decodePacket(datagram)
  const answer = decoded.ok ? ANSWERS[decoded.packet.code] : undefined
  if (!decoded.ok || answer?.kind !== asked.kind || !isProven(decoded.packet, asked)) return undefined
  return answer.isAck ? { is: 'ack' } : { is: 'nak', cause: readInteger(decoded.packet, 'Error-Cause') }
}

/** Response Authenticator (RFC 2865 §3), and Message-Authenticator where there is one: many access points send none. */
function isProven(packet: Packet, { authenticator, secret }: Asked): boolean {
  const claimed = Buffer.from(authenticatorOf(packet))
  const octets = Buffer.from(packet.octets)
  octets.set(authenticator, AUTHENTICATOR_AT)
  if (checkMessageAuthenticator({ ...packet, octets }, secret, 'as-sent') === 'wrong') return false
  writeResponseAuthenticator(octets, secret)
  return timingSafeEqual(claimed, octets.subarray(AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_OCTETS))
}
