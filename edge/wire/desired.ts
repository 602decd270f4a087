/**
 * What central wants a box to run by (leaf `d`, signed), and what the box says it runs by (leaf `r`). Sent when it changes and
 * whenever a box says hello with another version, so that no broker need keep it.
 */
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { AccessPolicy, decodePolicy } from './policy.ts'

/** Central's number for one state of the city's settings for this box: Unix milliseconds of the change. */
export const SettingsVersion = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })

const strict = { additionalProperties: false }
const head = {
  v: Type.Literal(1),
  version: SettingsVersion,
  /** When it was signed, central's clock: a box takes nothing signed before what it took last (replay). */
  sentAt: Type.Integer({ minimum: 0 }),
}

export const Desired = Type.Object({ ...head, policy: AccessPolicy }, strict)
export type Desired = Static<typeof Desired>

/** A box of a city has a handful; more are told by their number alone. */
export const RADIUS_CLIENTS_TOLD_MAX = 64

/** What RADIUS at a box runs by. No secret: of an access point what is in its own file, and where that is answered from. */
export const RadiusReport = Type.Object(
  {
    /** Version of the list of people in force (radius-accounts.ts); 0 = none came yet. */
    accounts: SettingsVersion,
    /** The list it was sent last and could not take; version 0 where it could not be told. */
    refused: Type.Optional(Type.Object({ version: SettingsVersion, reason: Type.String({ maxLength: 200 }) }, strict)),
    /** Whether the site takes NT hashes; one that does not refuses a list that holds any. */
    recoverableSecrets: Type.Boolean(),
    clients: Type.Array(
      Type.Object(
        {
          name: Type.String({ maxLength: 80 }),
          /** An address or a prefix; empty where it is known by certificate. */
          address: Type.String({ maxLength: 50 }),
          vendor: Type.String({ maxLength: 20 }),
          /** It may leave its logins unsigned. */
          legacy: Type.Boolean(),
        },
        strict,
      ),
      { maxItems: RADIUS_CLIENTS_TOLD_MAX },
    ),
    /** How many there are, told or not. */
    clientCount: Type.Integer({ minimum: 0, maximum: 100_000 }),
  },
  strict,
)
export type RadiusReport = Static<typeof RadiusReport>

export const Reported = Type.Object(
  {
    v: Type.Literal(1),
    node: Type.String({ minLength: 2, maxLength: 32 }),
    /** What the box runs by now; 0 = what it was provisioned with. */
    version: SettingsVersion,
    /** A version it was sent and could not take, with the reason. */
    refused: Type.Optional(Type.Object({ version: SettingsVersion, reason: Type.String({ maxLength: 200 }) }, strict)),
    /** Absent from a box that takes no list of people. */
    radius: Type.Optional(RadiusReport),
  },
  strict,
)
export type Reported = Static<typeof Reported>

const envelope = Compile(Type.Object({ ...head, policy: Type.Unknown() }, strict))

/** `version` is there when the refused one could be told: then central is told of it. */
export type DecodedDesired = { ok: true; value: Desired } | { ok: false; reason: string; version?: number; sentAt?: number }

export function decodeDesired(value: unknown): DecodedDesired {
  if (!envelope.Check(value)) {
    const [first] = envelope.Errors(value)
    return { ok: false, reason: `settings${first?.instancePath ?? ''} ${first?.message ?? 'are invalid'}`.slice(0, 200) }
  }
  const { version, sentAt } = value
  const policy = decodePolicy(value.policy)
  return policy.ok ? { ok: true, value: { ...value, policy: policy.value } } : { ok: false, reason: policy.reason, version, sentAt }
}
