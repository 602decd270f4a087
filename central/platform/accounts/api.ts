/** Words of the accounts API, shared by the routes and the screens. */
import { Type, type Static } from 'typebox'

/** What a position may do; positions hold roles, people hold positions. */
export const ROLES = ['admin', 'noc', 'verifier', 'opd-head', 'opd-staff', 'executive'] as const
export const Role = Type.Enum(ROLES)
export type Role = Static<typeof Role>

export const Opd = Type.Object({ id: Type.Integer(), name: Type.String(), short: Type.String() })
export type Opd = Static<typeof Opd>

export const Position = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  role: Role,
  opd: Opd,
  holder: Type.Union([
    Type.Object({
      userId: Type.Integer(),
      name: Type.String(),
      as: Type.Union([Type.Literal('definitif'), Type.Literal('Plt'), Type.Literal('Plh')]),
      /** False until the person has used the one-time code and set a password. */
      active: Type.Boolean(),
    }),
    Type.Null(),
  ]),
})
export type Position = Static<typeof Position>

/** GET /api/me → 200, or 401 when nobody is signed in. */
export const Me = Type.Object({
  userId: Type.Integer(),
  name: Type.String(),
  username: Type.String(),
  positions: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String(), role: Role, opd: Opd })),
  /** True between signing in with a one-time code and setting a password: everything else answers 403 `set-password`. */
  mustSetPassword: Type.Boolean(),
})
export type Me = Static<typeof Me>

/** POST /api/sign-in {username, password} → 200 Me | 401 `wrong-credentials` | 429 `too-often` (Retry-After). */
export const SignIn = Type.Object(
  { username: Type.String({ minLength: 1, maxLength: 80 }), password: Type.String({ minLength: 1, maxLength: 256 }) },
  { additionalProperties: false },
)
/** POST /api/sign-in/code {code} → 200 Me (mustSetPassword) | 401 `wrong-code` (unknown, used and expired look alike). */
export const SignInWithCode = Type.Object({ code: Type.String({ minLength: 4, maxLength: 64 }) }, { additionalProperties: false })
/** POST /api/password {username?, password} → 200 Me | 400 `weak-password` with `why`. The first admin also chooses a username. */
export const SetPassword = Type.Object(
  {
    username: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{2,39}$' })),
    name: Type.Optional(Type.String({ minLength: 2, maxLength: 80 })),
    /** Needed when a password is already set. */
    current: Type.Optional(Type.String({ maxLength: 256 })),
    password: Type.String({ minLength: 8, maxLength: 256 }),
  },
  { additionalProperties: false },
)
/** POST /api/positions/:id/invite {name, username} → 200 {code, expiresAt}; admin only. The code is shown once. */
export const Invite = Type.Object(
  { name: Type.String({ minLength: 2, maxLength: 80 }), username: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{2,39}$' }) },
  { additionalProperties: false },
)
export const Invited = Type.Object({ code: Type.String(), expiresAt: Type.Integer() })

/** GET /api/sessions → own sessions; DELETE /api/sessions/:id ends one; POST /api/sign-out ends this one. */
export const SignedInSession = Type.Object({
  id: Type.String(),
  current: Type.Boolean(),
  createdAt: Type.Integer(),
  lastSeenAt: Type.Integer(),
  userAgent: Type.String(),
})
export type SignedInSession = Static<typeof SignedInSession>

/** Every refusal of the API: `code` for the screen to translate, `requestId` for the log; nothing of the inside. */
export const Refusal = Type.Object({ code: Type.String(), requestId: Type.Optional(Type.String()), why: Type.Optional(Type.String()) })
export type Refusal = Static<typeof Refusal>

/** POST /api/positions/:id/appoint {username, as, from, until, decree} → 204 | 404 | 422 `bad-dates`; admin only. Days are YYYY-MM-DD, both inclusive. */
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
export const Appoint = Type.Object(
  {
    username: Type.String({ minLength: 3, maxLength: 40 }),
    as: Type.Union([Type.Literal('Plt'), Type.Literal('Plh')]),
    from: Day,
    until: Day,
    decree: Type.String({ minLength: 3, maxLength: 120 }),
  },
  { additionalProperties: false },
)
