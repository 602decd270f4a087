import { Type, type Static } from 'typebox'

/** Records the box had to give up (outbox full). Loss is a number on the NOC's screen, never a silence. */
export const Gap = Type.Object(
  {
    kind: Type.String({ maxLength: 20 }),
    records: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    fromSeq: Type.Integer({ minimum: 1 }),
    toSeq: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
)
export type Gap = Static<typeof Gap>
