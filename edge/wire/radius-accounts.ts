/**
 * Who may log in by RADIUS at a box, as central knows them (leaf `a`, signed): the people. Groups, machines (members, bypass),
 * vouchers and blocks are in the access policy (policy.ts), which holds for the portal and for RADIUS alike.
 *
 * A scrypt hash fills a packet quickly, so the list comes in parts of one version; a box takes them together or not at all.
 */
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { SettingsVersion } from './desired.ts'
import type { Decoded } from './envelope.ts'
import { GROUP_NAME_PATTERN } from './policy.ts'

/** As many as a box's memory is measured with; a kelurahan has about that many grown-ups. */
export const RADIUS_USERS_MAX = 20_000
/** One part stays below a packet's bound even when nothing in it can be compressed: 1,000 x some 200 octets. */
export const RADIUS_USERS_PER_PART_MAX = 1_000
export const RADIUS_PARTS_MAX = RADIUS_USERS_MAX / RADIUS_USERS_PER_PART_MAX

const strict = { additionalProperties: false }

export const RadiusUser = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 63 }),
    /** `scrypt$N$r$p$salt$hash`, base64url parts. Never the password itself. */
    passwordHash: Type.String({ minLength: 20, maxLength: 200 }),
    /** Of the access policy; one that is not there counts as no group. */
    group: Type.Optional(Type.String({ pattern: GROUP_NAME_PATTERN })),
    sessionTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 604_800 })),
    /** Unix milliseconds. */
    until: Type.Optional(Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })),
    /**
     * RFC 2759 NT hash, hex: for MS-CHAPv2 and PEAP. As good as the password: whoever reads it can log in, and a weak
     * password falls out of it in seconds. Only of people and sites that opted in.
     */
    ntHash: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$' })),
    /** The password itself, for CHAP. Only for one-time codes handed to a machine, never a person's own. */
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  },
  strict,
)
export type RadiusUser = Static<typeof RadiusUser>

export const RadiusAccounts = Type.Object(
  {
    v: Type.Literal(1),
    version: SettingsVersion,
    /** When it was signed, central's clock, alike in all parts. */
    sentAt: Type.Integer({ minimum: 0 }),
    /** From 1. */
    part: Type.Integer({ minimum: 1, maximum: RADIUS_PARTS_MAX }),
    parts: Type.Integer({ minimum: 1, maximum: RADIUS_PARTS_MAX }),
    users: Type.Array(RadiusUser, { maxItems: RADIUS_USERS_PER_PART_MAX }),
  },
  strict,
)
export type RadiusAccounts = Static<typeof RadiusAccounts>

const schema = Compile(RadiusAccounts)

/** The reason never quotes a value: a password may stand in it. */
export function decodeRadiusAccounts(value: unknown): Decoded<RadiusAccounts> {
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value)
    return { ok: false, reason: `radius accounts${first?.instancePath ?? ''} ${first?.message ?? 'are invalid'}`.slice(0, 200) }
  }
  return value.part <= value.parts ? { ok: true, value } : { ok: false, reason: 'radius accounts: a part beyond the last' }
}
