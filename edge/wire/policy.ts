/**
 * Who may do what at a hotspot: the access policy. Central makes it per box (desired.ts carries it down), the box keeps the
 * last good one and applies a new one to running sessions at once. Rates are kbit/s, 0 = no limit; amounts octets, both
 * directions and both families together; times of day are the city's (WIB, UTC+7: no daylight saving).
 */
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Decoded } from './envelope.ts'

/** The city's clock: Asia/Jakarta. */
export const CITY_OFFSET_MINUTES = 7 * 60

const strict = { additionalProperties: false }
const octets = Type.Integer({ minimum: 1_000_000, maximum: Number.MAX_SAFE_INTEGER })
const kbps = Type.Integer({ minimum: 0, maximum: 10_000_000 })
/** The second hex digit is even: a group address is never a device. */
const mac = Type.String({ pattern: '^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$' })
const until = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })
const day = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' })
const timeOfDay = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' })
const note = Type.Optional(Type.String({ maxLength: 200 }))

export const GROUP_NAME_PATTERN = '^[a-z][a-z0-9-]{0,31}$'
const groupName = Type.String({ pattern: GROUP_NAME_PATTERN })

export const Rate = Type.Object({ upKbps: kbps, downKbps: kbps }, strict)
export type Rate = Static<typeof Rate>

/** public: whoever connects · staff and voucher: known people, by list, RADIUS or code · device: machines on the bypass list. */
const GROUP_CLASSES = ['public', 'staff', 'voucher', 'device'] as const
export type GroupClass = (typeof GROUP_CLASSES)[number]

export const Group = Type.Object(
  {
    name: groupName,
    class: Type.Unsafe<GroupClass>(Type.Union(GROUP_CLASSES.map((word) => Type.Literal(word)))),
    /** Seconds of the welcome page before the gate opens; 0 = none (staff, vouchers). */
    watchSeconds: Type.Integer({ minimum: 0, maximum: 600 }),
    /** Hard end of one session. */
    sessionSeconds: Type.Integer({ minimum: 60, maximum: 604_800 }),
    /** Ends a session whose counters have not moved for this long. */
    idleSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400 })),
    /** Time online a device gets per calendar day, over all its sessions at this box. */
    dailySeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400 })),
    /** Ends a session after this much. */
    sessionOctets: Type.Optional(octets),
    /** Ends it, and refuses a new one, after this much in a calendar day. */
    dailyOctets: Type.Optional(octets),
    /** Per device. */
    rate: Type.Optional(Rate),
    /** Fair use: after this much in a calendar day the device goes on, slower. */
    fairUse: Type.Optional(Type.Object({ afterOctets: octets, rate: Rate }, strict)),
  },
  strict,
)
export type Group = Static<typeof Group>

/**
 * While it runs, either nobody of `groups` is online (`close`), or they go by another group's rules (`use`).
 * `to` before `from` runs over midnight and belongs to the day it began.
 */
export const Schedule = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 40 }),
    groups: Type.Array(groupName, { minItems: 1, maxItems: 32 }),
    /** 1 = Monday … 7 = Sunday (ISO 8601). */
    days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { minItems: 1, maxItems: 7 }),
    from: timeOfDay,
    to: timeOfDay,
    /** First and last day it begins on; both belong to it. */
    startsOn: Type.Optional(day),
    endsOn: day,
    effect: Type.Union([Type.Object({ close: Type.Literal(true) }, strict), Type.Object({ use: groupName }, strict)]),
    /** What visitors are told. */
    note,
  },
  strict,
)
export type Schedule = Static<typeof Schedule>

/** A machine that passes without the portal (a printer, an information screen). */
export const Bypass = Type.Object({ mac, group: groupName, until, note }, strict)
export type Bypass = Static<typeof Bypass>

/** Makes a device belong to a group; it still meets the welcome page when the group says so. */
export const Member = Type.Object({ mac, group: groupName, until, note }, strict)
export type Member = Static<typeof Member>

/** By address, or by the box's own pseudonym: the NOC knows no addresses. Exactly one of the two. */
export const Block = Type.Object(
  { mac: Type.Optional(mac), device: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$' })), until, note },
  strict,
)
export type Block = Static<typeof Block>

/** `hash`: base64url of SHA-256 over `<id>.<code>`, the code in capitals without its hyphen; the code itself never travels. */
export const Voucher = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9-]{1,40}$' }),
    hash: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
    group: groupName,
    until,
    /** Devices that may use it at this box. */
    devices: Type.Integer({ minimum: 1, maximum: 1_000 }),
  },
  strict,
)
export type Voucher = Static<typeof Voucher>

/** Reachable over HTTPS before the login, with everything under it. */
export const GardenDomain = Type.String({ pattern: '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,24}$', maxLength: 190 })

export const AccessPolicy = Type.Object(
  {
    /** The group of whoever is in no other; class `public`. */
    publicGroup: groupName,
    groups: Type.Array(Group, { minItems: 1, maxItems: 32 }),
    schedules: Type.Array(Schedule, { maxItems: 100 }),
    members: Type.Array(Member, { maxItems: 2_000 }),
    bypass: Type.Array(Bypass, { maxItems: 500 }),
    block: Type.Array(Block, { maxItems: 2_000 }),
    vouchers: Type.Array(Voucher, { maxItems: 1_000 }),
    garden: Type.Array(GardenDomain, { maxItems: 100 }),
  },
  strict,
)
export type AccessPolicy = Static<typeof AccessPolicy>

const schema = Compile(AccessPolicy)

/** Shape first, then what shapes cannot say: names that exist, once each, and an end that is not before its beginning. */
export function decodePolicy(value: unknown): Decoded<AccessPolicy> {
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value)
    return { ok: false, reason: `policy${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`.slice(0, 200) }
  }
  const reason = contradiction(value)
  return reason === undefined ? { ok: true, value } : { ok: false, reason: `policy: ${reason}`.slice(0, 200) }
}

function contradiction(policy: AccessPolicy): string | undefined {
  const names = policy.groups.map(({ name }) => name)
  const known = new Set(names)
  if (known.size < names.length) return 'two groups have the same name'
  if (policy.groups.find(({ name }) => name === policy.publicGroup)?.class !== 'public')
    return `the public group "${policy.publicGroup}" is not a group of class public`
  const named = [
    ...policy.schedules.flatMap(({ groups, effect }) => ('use' in effect ? [...groups, effect.use] : groups)),
    ...[...policy.members, ...policy.bypass, ...policy.vouchers].map(({ group }) => group),
  ]
  const missing = named.find((name) => !known.has(name))
  if (missing !== undefined) return `there is no group "${missing}"`
  const backwards = policy.schedules.find(({ startsOn, endsOn }) => startsOn !== undefined && startsOn > endsOn)
  if (backwards) return `the schedule "${backwards.id}" ends before it starts`
  const unclear = policy.block.find((block) => (block.mac === undefined) === (block.device === undefined))
  if (unclear) return 'a block needs either an address or a device'
  return undefined
}
