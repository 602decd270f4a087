/** Words of the RADIUS API, shared by the routes and the screens. Roles: admin and NOC. Times are Unix milliseconds. */
import { Type, type Static } from 'typebox'
import { GROUP_NAME_PATTERN } from '#edge/wire/policy.ts'
import { NODE_NAME_PATTERN } from '#edge/wire/topics.ts'
import type { SessionAt } from '../ingest/store-port.ts'
import { USERS_PER_REQUEST_MAX, type ListState } from './screen-words.ts'

const strict = { additionalProperties: false }

export const NAME_LETTERS_MAX = 63
export const PASSWORD_LETTERS_MIN = 8
/** A User-Password holds 128 octets (RFC 2865 §5.2); 64 letters of any alphabet we meet stay below. */
export const PASSWORD_LETTERS_MAX = 64

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const facts = {
  /** Of the access policy. */
  group: orNull(Type.String({ pattern: GROUP_NAME_PATTERN })),
  until: orNull(Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })),
  sessionSeconds: orNull(Type.Integer({ minimum: 60, maximum: 604_800 })),
  /** Keeps the NT hash beside the scrypt one, for PEAP and MS-CHAPv2: as good as the password. */
  recoverable: Type.Boolean(),
}
/** As typed; one that is too short or not text is refused by a code of its own. */
const password = Type.String({ maxLength: 200 })

/** POST /api/noc/radius/users → 200 AddedUsers: each row by itself, so that one mistake does not cost the others. */
export const AddUsers = Type.Object(
  {
    users: Type.Array(
      // Without a password central makes one, and shows it in the answer, once.
      Type.Object({ name: Type.String({ maxLength: 200 }), password: Type.Optional(password), ...facts }, strict),
      { minItems: 1, maxItems: USERS_PER_REQUEST_MAX },
    ),
  },
  strict,
)
export type AddUsers = Static<typeof AddUsers>
export type NewUser = AddUsers['users'][number]
/** `name`: unreadable · `taken` · `password`: too short or too long · `group`: not in the access policy · `until`: past · `full`. */
export type UserProblem = 'name' | 'taken' | 'password' | 'group' | 'until' | 'full'
export type AddedUser = { ok: true; id: number; name: string; password?: string } | { ok: false; name: string; problem: UserProblem }
export type AddedUsers = { version: number; results: AddedUser[] }

/** PUT /api/noc/radius/users/:id → 200 {version} · 422 UserProblem or `needs-password` (to keep an NT hash) · 404. DELETE → 204. */
export const ChangeUser = Type.Object({ ...facts, disabled: Type.Boolean(), password: Type.Optional(password) }, strict)
export type ChangeUser = Static<typeof ChangeUser>

export type RadiusUserRow = {
  id: number
  name: string
  group: string | null
  until: number | null
  sessionSeconds: number | null
  recoverable: boolean
  disabledAt: number | null
  changedAt: number
}
export const USERS_SHOWN_MAX = 200
/** GET /api/noc/radius/users?q&state → by name, at most USERS_SHOWN_MAX of `total`. */
export const UserQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 80 })),
    state: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('disabled'), Type.Literal('expired')])),
  },
  strict,
)
export type UserQuery = Static<typeof UserQuery>
export type RadiusUsers = {
  at: number
  version: number
  users: RadiusUserRow[]
  total: number
  /** Of all, whatever the filter. */
  count: number
  groups: { name: string; class: string }[]
  voucherBatches: number
}

export type RadiusBox = {
  node: string
  name: string
  kelurahanName: string
  state: ListState
  version: number
  reason: string | null
  recoverable: boolean
  clients: { name: string; address: string; vendor: string; legacy: boolean }[]
  clientCount: number
  reportedAt: number
}
/** GET /api/noc/radius/boxes: every box that ever said it takes the list, worst first. */
export type RadiusBoxes = { at: number; version: number; counts: Record<ListState, number>; boxes: RadiusBox[] }

const place = {
  node: Type.Optional(Type.String({ pattern: NODE_NAME_PATTERN })),
  /** Before this time: the next page. */
  before: Type.Optional(Type.Integer({ minimum: 1, maximum: 8_640_000_000_000_000 })),
}
export const ROWS_PER_PAGE = 100

/** GET /api/noc/radius/sessions?source&state&node&before → newest word first. */
export const SessionQuery = Type.Object(
  {
    source: Type.Optional(Type.Union([Type.Literal('radius'), Type.Literal('portal'), Type.Literal('bypass')])),
    state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('ended')])),
    ...place,
  },
  strict,
)
/** `heardAt`: when the box last said something of it. */
export type LiveSession = SessionAt & { name: string }
export type LiveSessions = { at: number; rows: LiveSession[]; next: number | null }

/** GET /api/noc/radius/rejections?reason&node&before → newest first. */
export const RejectionQuery = Type.Object({ reason: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,60}$' })), ...place }, strict)
export type RejectionRow = {
  node: string
  name: string
  at: number
  reason: string
  client: string
  account: string | null
  device: string | null
  count: number
}
export type Rejections = { at: number; rows: RejectionRow[]; next: number | null }
