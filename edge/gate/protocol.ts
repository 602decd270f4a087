/**
 * The words spoken over the gate's socket: one JSON object per line, a request with an id, one answer with the
 * same id. Unasked, on connecting and on every change, the daemon says `{ state }`; when it has written a lost or edited
 * table anew, `{ notice: 'table-rewritten' }`.
 */
import { isIP, isIPv4 } from 'node:net'
import type { GateState } from './port.ts'
import { fields, integer, list, literal, optional, text, type Meaning } from './shapes.ts'

/**
 * A reconcile of 5,000 devices with their addresses and rates, five times what one box is built for, is about 1 MB;
 * twice that is mercy, more is an attack on the daemon's memory.
 */
export const LINE_BYTES_MAX = 3 * 1_048_576
export const ADMISSIONS_MAX = 10_000

/** A NOC that shuts out more devices than this at one place has another problem. */
export const BLOCKED_MAX = 10_000

/** A phone has one lease; the rest is for one that has just been given another. */
const ADDRESSES_MAX = 4

/** A week: the longest session any policy grants (RADIUS Session-Timeout included). */
const SECONDS_MAX = 604_800

/** 10 Gbit/s, the fastest port a box may have. */
const KBPS_MAX = 10_000_000

/** A year: a stolen phone stays shut out by the box even if nobody renews the list. */
export const BLOCK_SECONDS_MAX = 31_536_000

// The second hex digit is even: a group address is never a device.
const mac = text('the MAC address of a device', /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/, 17)
const clientId = integer(1, 65_535)
const kbps = integer(0, KBPS_MAX)
const id = integer(0, Number.MAX_SAFE_INTEGER)

const rate = { upKbps: kbps, downKbps: kbps }
/** Spelled as an IPv4 address can be; whether it is one is asked below. */
const address4 = text('an IPv4 address', /^[0-9.]{7,15}$/, 15)

const admission = {
  mac,
  clientId,
  seconds: integer(1, SECONDS_MAX),
  addresses: optional(list(address4, 1, ADDRESSES_MAX)),
  rate: optional(fields(rate)),
}
const block = { mac, seconds: integer(1, BLOCK_SECONDS_MAX) }

const shapes = {
  admit: fields({ id, verb: literal('admit'), ...admission }),
  evict: fields({ id, verb: literal('evict'), mac }),
  limit: fields({ id, verb: literal('limit'), clientId, ...rate }),
  block: fields({ id, verb: literal('block'), devices: list(fields(block), 0, BLOCKED_MAX) }),
  'forget-garden': fields({ id, verb: literal('forget-garden') }),
  strangers: fields({ id, verb: literal('strangers') }),
  counters: fields({ id, verb: literal('counters') }),
  reconcile: fields({ id, verb: literal('reconcile'), admissions: list(fields(admission), 0, ADMISSIONS_MAX) }),
  'who-has': fields({ id, verb: literal('who-has'), address: text('an IP address', /^.{2,45}$/, 45) }),
  state: fields({ id, verb: literal('state') }),
}

type Verb = keyof typeof shapes
export type Request = { [V in Verb]: Meaning<(typeof shapes)[V]> }[Verb]

/** Said to everybody who is connected. */
export type GateNotice = 'table-rewritten'
export type Unasked = { state: GateState } | { notice: GateNotice }

export type Answer = { id: number | null; ok: true; value?: unknown } | { id: number | null; ok: false; reason: string }

export type ParsedRequest = { ok: true; request: Request } | { ok: false; id: number | null; reason: string }

export function parseRequest(line: string): ParsedRequest {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { ok: false, id: null, reason: 'not JSON' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { ok: false, id: null, reason: 'not an object' }
  const { id: given, verb } = value as { id?: unknown; verb?: unknown }
  const id = typeof given === 'number' && Number.isSafeInteger(given) && given >= 0 ? given : null
  if (typeof verb !== 'string' || !Object.hasOwn(shapes, verb)) return { ok: false, id, reason: 'unknown verb' }
  const reason = shapes[verb as Verb].reasonAgainst(value, '')
  if (reason !== undefined) return { ok: false, id, reason }
  return refuseWhatShapesCannot(value as Request)
}

function refuseWhatShapesCannot(request: Request): ParsedRequest {
  const reason = reasonAgainst(request)
  return reason === undefined ? { ok: true, request } : { ok: false, id: request.id, reason }
}

function reasonAgainst(request: Request): string | undefined {
  switch (request.verb) {
    case 'who-has':
      return isIP(request.address) === 0 ? '/address is no IP address' : undefined
    case 'admit':
      return reasonAgainstAddresses([request])
    case 'reconcile':
      if (!areDistinct(request.admissions.map(({ mac }) => mac))) return 'a device appears twice'
      if (!areDistinct(request.admissions.map(({ clientId }) => clientId))) return 'a client id appears twice'
      return reasonAgainstAddresses(request.admissions)
    case 'block':
      return areDistinct(request.devices.map(({ mac }) => mac)) ? undefined : 'a device appears twice'
    case 'evict':
    case 'limit':
    case 'forget-garden':
    case 'strangers':
    case 'counters':
    case 'state':
      return undefined
  }
}

function reasonAgainstAddresses(admissions: { addresses?: string[] }[]): string | undefined {
  return admissions.every(({ addresses = [] }) => addresses.every(isIPv4)) ? undefined : '/addresses holds what is no IPv4 address'
}

const areDistinct = (values: unknown[]): boolean => new Set(values).size === values.length
