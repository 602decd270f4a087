import { Type, type Static } from 'typebox'

/** Proof of play, counted by the box's own clock: how often a clip was begun and finished in one interval. No personal data. */
export const Play = Type.Object(
  {
    clip: Type.String({ minLength: 1, maxLength: 64 }),
    started: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
    /** Waited the whole time and was sent the clip. */
    watched: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
    /** Waited the whole time where the video could not play (poster and text). */
    fallback: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  },
  { additionalProperties: false },
)
export type Play = Static<typeof Play>
