/**
 * What central wants a box to run by (leaf `d`, signed), and what the box says it runs by (leaf `r`). Sent when it changes and
 * whenever a box says hello with another version, so that no broker need keep it.
 */
import { Type, type Static } from 'typebox'
import { AccessPolicy } from './policy.ts'

/** Central's number for one state of the city's settings for this box: Unix milliseconds of the change. */
export const SettingsVersion = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })

export const Desired = Type.Object(
  {
    v: Type.Literal(1),
    version: SettingsVersion,
    /** When it was signed, central's clock: a box takes nothing signed before what it took last (replay). */
    sentAt: Type.Integer({ minimum: 0 }),
    policy: AccessPolicy,
  },
  { additionalProperties: false },
)
export type Desired = Static<typeof Desired>

export const Reported = Type.Object(
  {
    v: Type.Literal(1),
    node: Type.String({ minLength: 2, maxLength: 32 }),
    /** What the box runs by now; 0 = what it was provisioned with. */
    version: SettingsVersion,
    /** A version it was sent and could not take, with the reason. */
    refused: Type.Optional(
      Type.Object({ version: SettingsVersion, reason: Type.String({ maxLength: 200 }) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
)
export type Reported = Static<typeof Reported>
