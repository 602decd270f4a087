import { Type, type Static } from 'typebox'

const mark = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/**
 * What central has committed to disk, per lane: the highest seq up to which nothing is missing.
 * Cumulative and idempotent. It may also be lower than before (central restored from a backup): the box resends from there.
 */
export const Ack = Type.Object(
  {
    v: Type.Literal(1),
    epoch: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    t: mark,
    e: mark,
    /** Central's wall clock, Unix milliseconds: a time hint for a box without one. */
    at: Type.Integer({ minimum: 0 }),
    /** Batches the box may have in flight per lane: back-pressure. */
    window: Type.Integer({ minimum: 1, maximum: 16 }),
  },
  { additionalProperties: false },
)
export type Ack = Static<typeof Ack>
