import { Type, type Static } from 'typebox'

/** The box has stored a message that central sent it to keep (see kept-message.ts); central may stop resending it. */
export const Receipt = Type.Object({ message: Type.String({ minLength: 1, maxLength: 80 }) }, { additionalProperties: false })
export type Receipt = Static<typeof Receipt>
