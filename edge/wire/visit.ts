/**
 * Roaming: what the boxes of one kelurahan tell each other through central, so that a visitor watches the welcome page once per
 * session and not once per hotspot. Nobody's address travels: a device is a tag, HMAC-SHA-256 under the kelurahan's roaming key and
 * the city's calendar day, so tags of two days cannot be put together. Central passes them on and forgets them when the session ends.
 */
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Decoded } from './envelope.ts'

const tag = Type.String({ pattern: '^[0-9a-f]{32}$' })
const octets = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** Record kind `visit`, lane e: a session began here, was moved here, or is over before its time. */
export const Visit = Type.Object(
  {
    event: Type.Union([Type.Literal('begin'), Type.Literal('end')]),
    tag,
    /** Tag of the session's resume code: how a phone that changed its address is known again. One per session, the same at every box. */
    code: tag,
    group: Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' }),
    secondsLeft: Type.Integer({ minimum: 0, maximum: 604_800 }),
    /** Used so far in this session, for its quota. */
    octets,
    /** Used today by this device, for the daily limits. */
    today: Type.Object({ seconds: Type.Integer({ minimum: 0, maximum: 86_400 }), octets }, { additionalProperties: false }),
  },
  { additionalProperties: false },
)
export type Visit = Static<typeof Visit>

export const VISITS_MAX = 500

/** Leaf `v`, signed: visits at the other boxes of the kelurahan. Sent as they happen, and all that still run after a hello. */
export const Visits = Type.Object(
  {
    v: Type.Literal(1),
    /** Central's clock. */
    sentAt: Type.Integer({ minimum: 0 }),
    /** `secondsLeft` is as of `sentAt`. */
    visits: Type.Array(
      Type.Object({ ...Visit.properties, from: Type.String({ minLength: 2, maxLength: 32 }) }, { additionalProperties: false }),
      {
        maxItems: VISITS_MAX,
      },
    ),
  },
  { additionalProperties: false },
)
export type Visits = Static<typeof Visits>

const schema = Compile(Visits)

export function decodeVisits(value: unknown): Decoded<Visits> {
  if (schema.Check(value)) return { ok: true, value }
  const [first] = schema.Errors(value)
  return { ok: false, reason: `visits${first?.instancePath ?? ''} ${first?.message ?? 'are invalid'}`.slice(0, 200) }
}
