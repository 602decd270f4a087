import { Type, type Static } from 'typebox'
import { Health } from './health.ts'
import { Usage } from './usage.ts'

/**
 * The live picture, retained at the broker and overwritten each time: for the map only, never stored as history.
 * `online: false` is the last will. `connection` ties a late will to the connection it belongs to.
 */
export const Status = Type.Object(
  {
    v: Type.Literal(1),
    node: Type.String({ minLength: 2, maxLength: 32 }),
    connection: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    online: Type.Boolean(),
    at: Type.Integer({ minimum: 0 }),
    usage: Type.Optional(Usage),
    health: Type.Optional(Health),
  },
  { additionalProperties: false },
)
export type Status = Static<typeof Status>
