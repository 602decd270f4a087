/** An Accounting-Request as the record our rules speak of. Pure, the pseudonym function apart. */
import { hash } from 'node:crypto'
import { UNKNOWN_DEVICE, type AccountingRecord } from './accounting.ts'
import { readAddress, readInteger, readOctets, readText } from './attributes.ts'
import { ACCT_STATUS_TYPE, acctTerminateCause } from './dictionary/standard.ts'
import { readClass } from './account-class.ts'
import { stationMac } from './mac.ts'
import { remembering } from './remembering.ts'
import type { Packet } from './packet.ts'

/** Bound of `nas` on the wire. */
const NAS_CHARACTERS_MAX = 80
/** A record older than a day was not held back by a network; do not let it rewrite history. */
const ACCT_DELAY_SECONDS_MAX = 86_400
/** 96 bits of SHA-256 in hex: sessions of one box do not meet by chance. */
const SESSION_KEY_DIGITS = 24

type RecordFault = 'no-status-type' | 'unsupported-status-type' | 'no-session-id'
export type ReadRecord = { ok: true; record: AccountingRecord } | { ok: false; reason: RecordFault }

export type RecordContext = {
  /** Name of the configured client: one access point cannot speak for another's sessions. */
  client: string
  source: string
  receivedAt: number
  pseudonym: (mac: string) => string
}

export function readAccountingRecord(packet: Packet, { client, source, receivedAt, pseudonym }: RecordContext): ReadRecord {
  const statusType = readInteger(packet, 'Acct-Status-Type')
  if (statusType === undefined) return { ok: false, reason: 'no-status-type' }
  const status = ACCT_STATUS_TYPE[statusType as keyof typeof ACCT_STATUS_TYPE]
  // RFC 2866 §4.1: what cannot be recorded must not be answered.
  if (status === undefined) return { ok: false, reason: 'unsupported-status-type' }

  const delaySeconds = Math.min(ACCT_DELAY_SECONDS_MAX, readInteger(packet, 'Acct-Delay-Time') ?? 0)
  const at = receivedAt - delaySeconds * 1000
  const nas = nasOf(packet) ?? source
  const nasKey = `${client}\n${nas}`
  if (status === 'Accounting-On' || status === 'Accounting-Off') return { ok: true, record: { status, nasKey, at } }

  const acctSessionId = readOctets(packet, 'Acct-Session-Id')?.toString('latin1')
  if (acctSessionId === undefined || acctSessionId === '') return { ok: false, reason: 'no-session-id' }
  const mac = stationMac(packet)
  const told = readClass(readOctets(packet, 'Class'))
  const cause = readInteger(packet, 'Acct-Terminate-Cause')
  return {
    ok: true,
    record: {
      status,
      nasKey,
      nas,
      acctSessionId,
      sessionKey: sessionKeyOf(`${nasKey}\n${acctSessionId}`),
      device: mac === undefined ? UNKNOWN_DEVICE : pseudonym(mac),
      at,
      acctSessionTimeSeconds: readInteger(packet, 'Acct-Session-Time'),
      inputOctets: octetsWithGigawords(readInteger(packet, 'Acct-Input-Octets'), readInteger(packet, 'Acct-Input-Gigawords')),
      outputOctets: octetsWithGigawords(readInteger(packet, 'Acct-Output-Octets'), readInteger(packet, 'Acct-Output-Gigawords')),
      acctTerminateCause: cause === undefined ? undefined : acctTerminateCause(cause),
      account: told?.account,
      group: told?.group,
      source,
    },
  }
}

/** Of the sessions heard of lately, since each is heard of every few minutes. */
const sessionKeyOf = remembering((name: string) => hash('sha256', name, 'hex').slice(0, SESSION_KEY_DIGITS))

/** RFC 2869 §5.1: Gigawords counts how often the 32-bit counter has wrapped. Held at the largest exact number. */
const octetsWithGigawords = (octets = 0, gigawords = 0): number => Math.min(Number.MAX_SAFE_INTEGER, gigawords * 2 ** 32 + octets)

/** RFC 2865 §5.32: either the name or the address identifies the access point. */
function nasOf(packet: Packet): string | undefined {
  const name = readText(packet, 'NAS-Identifier')
    ?.replaceAll(/[\p{C}\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .trim()
    .slice(0, NAS_CHARACTERS_MAX)
  return name || readAddress(packet, 'NAS-IP-Address') || readAddress(packet, 'NAS-IPv6-Address')
}
