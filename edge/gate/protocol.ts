/**
 * The words spoken over the gate's socket: one JSON object per line, a request with an id, one answer with the
 * same id. Unasked, on connecting and on every change, the daemon says `{ state }`; when it has written a lost or edited
 * table anew, `{ notice: 'table-rewritten' }`.
 */
import { isIP, isIPv4 } from 'node:net'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { GateState } from './port.ts'

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
const Mac = Type.String({ pattern: '^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$' })
const ClientId = Type.Integer({ minimum: 1, maximum: 65_535 })
const Kbps = Type.Integer({ minimum: 0, maximum: KBPS_MAX })
const id = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const strict = { additionalProperties: false }

const rate = { upKbps: Kbps, downKbps: Kbps }
/** Spelled as an IPv4 address can be; whether it is one is asked below. */
const Address4 = Type.String({ minLength: 7, maxLength: 15, pattern: '^[0-9.]+$' })

const admission = {
  mac: Mac,
  clientId: ClientId,
  seconds: Type.Integer({ minimum: 1, maximum: SECONDS_MAX }),
  addresses: Type.Optional(Type.Array(Address4, { minItems: 1, maxItems: ADDRESSES_MAX })),
  rate: Type.Optional(Type.Object(rate, strict)),
}
const block = { mac: Mac, seconds: Type.Integer({ minimum: 1, maximum: BLOCK_SECONDS_MAX }) }

const shapes = {
  admit: Type.Object({ id, verb: Type.Literal('admit'), ...admission }, strict),
  evict: Type.Object({ id, verb: Type.Literal('evict'), mac: Mac }, strict),
  limit: Type.Object({ id, verb: Type.Literal('limit'), clientId: ClientId, ...rate }, strict),
  block: Type.Object(
    { id, verb: Type.Literal('block'), devices: Type.Array(Type.Object(block, strict), { maxItems: BLOCKED_MAX }) },
    strict,
  ),
  'forget-garden': Type.Object({ id, verb: Type.Literal('forget-garden') }, strict),
  strangers: Type.Object({ id, verb: Type.Literal('strangers') }, strict),
  counters: Type.Object({ id, verb: Type.Literal('counters') }, strict),
  reconcile: Type.Object(
    { id, verb: Type.Literal('reconcile'), admissions: Type.Array(Type.Object(admission, strict), { maxItems: ADMISSIONS_MAX }) },
    strict,
  ),
  'who-has': Type.Object({ id, verb: Type.Literal('who-has'), address: Type.String({ minLength: 2, maxLength: 45 }) }, strict),
  state: Type.Object({ id, verb: Type.Literal('state') }, strict),
}

type Verb = keyof typeof shapes
export type Request = { [V in Verb]: Static<(typeof shapes)[V]> }[Verb]

/** Said to everybody who is connected. */
export type GateNotice = 'table-rewritten'
export type Unasked = { state: GateState } | { notice: GateNotice }

export type Answer = { id: number | null; ok: true; value?: unknown } | { id: number | null; ok: false; reason: string }

const checks = Object.fromEntries(Object.entries(shapes).map(([verb, shape]) => [verb, Compile(shape)]))

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
  const check = typeof verb === 'string' && Object.hasOwn(checks, verb) ? checks[verb] : undefined
  if (!check) return { ok: false, id, reason: 'unknown verb' }
  if (!check.Check(value)) {
    const [first] = check.Errors(value)
    return { ok: false, id, reason: `${first?.instancePath || '/'} ${first?.message ?? 'is invalid'}` }
  }
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
