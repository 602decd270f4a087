import { Type, type Static } from 'typebox'
import { SettingsVersion } from './desired.ts'

const lane = Type.Object(
  {
    /** Lowest and highest seq in the outbox; hi = lo - 1 when it is empty. */
    lo: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    hi: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  },
  { additionalProperties: false },
)

/** The first thing a box says on each connection. Central answers with an ack, and resends kept messages without a receipt. */
export const Hello = Type.Object(
  {
    v: Type.Literal(1),
    node: Type.String({ minLength: 2, maxLength: 32 }),
    epoch: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    lanes: Type.Object({ t: lane, e: lane }, { additionalProperties: false }),
    at: Type.Integer({ minimum: 0 }),
    version: Type.String({ maxLength: 40 }),
    /** Version of the settings it runs by (desired.ts); 0 = as provisioned. Absent from a box that takes none. */
    settings: Type.Optional(SettingsVersion),
    /** Random, made anew at each start of the program: who comes back with an earlier one is a second box of the same name. */
    run: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$' })),
  },
  { additionalProperties: false },
)
export type Hello = Static<typeof Hello>
