/** Words of the access policy's API, shared by the routes and the screen. Roles: admin and NOC. */
import { Type, type Static } from 'typebox'
import { SettingsVersion } from '#edge/wire/desired.ts'
import { NODE_NAME_PATTERN } from '#edge/wire/topics.ts'
import { Block, Bypass, GardenDomain, Group, GROUP_NAME_PATTERN, Member, Schedule, Voucher } from '#edge/wire/policy.ts'
import type { Counts } from './changes.ts'
import type { RolloutState } from './rollout-states.ts'

const strict = { additionalProperties: false }

const Where = Type.Union([
  Type.Object({ city: Type.Literal(true) }, strict),
  Type.Object({ kelurahan: Type.Array(Type.String({ minLength: 1, maxLength: 13 }), { minItems: 1, maxItems: 100 }) }, strict),
  Type.Object({ nodes: Type.Array(Type.String({ pattern: NODE_NAME_PATTERN }), { minItems: 1, maxItems: 500 }) }, strict),
])

const schedule = { ...Schedule.properties, where: Where }
const member = { ...Member.properties, where: Where }
const bypass = { ...Bypass.properties, where: Where }
const block = { ...Block.properties, where: Where }

const groupName = Type.String({ pattern: GROUP_NAME_PATTERN })
const rules = {
  publicGroup: groupName,
  groups: Type.Array(Group, { minItems: 1, maxItems: 32 }),
  schedules: Type.Array(Type.Object(schedule, strict), { maxItems: 300 }),
}
/** The whole city's; a box gets its part (document.ts). */
export const PolicyDocument = Type.Object(
  {
    ...rules,
    members: Type.Array(Type.Object(member, strict), { maxItems: 5_000 }),
    bypass: Type.Array(Type.Object(bypass, strict), { maxItems: 2_000 }),
    block: Type.Array(Type.Object(block, strict), { maxItems: 5_000 }),
    vouchers: Type.Array(Type.Object({ ...Voucher.properties, where: Where }, strict), { maxItems: 5_000 }),
    garden: Type.Array(GardenDomain, { maxItems: 100 }),
  },
  strict,
)
export type PolicyDocument = Static<typeof PolicyDocument>

/** As people type: an address in any common spelling, a domain with whatever was copied around it. */
const typed = Type.String({ maxLength: 300 })
/** What an editor sends; vouchers are made and withdrawn by doors of their own, so that their hashes stay here. */
export const PolicyDraft = Type.Object(
  {
    ...rules,
    members: Type.Array(Type.Object({ ...member, mac: typed }, strict), { maxItems: 5_000 }),
    bypass: Type.Array(Type.Object({ ...bypass, mac: typed }, strict), { maxItems: 2_000 }),
    block: Type.Array(Type.Object({ ...block, mac: Type.Optional(typed) }, strict), { maxItems: 5_000 }),
    garden: Type.Array(typed, { maxItems: 100 }),
  },
  strict,
)
export type PolicyDraft = Static<typeof PolicyDraft>

/** What is wrong, by a code the screen has words for; `name` and `other` say which entries. */
export type Problem = { code: string; part: keyof PolicyDocument; name: string; other?: string }

/** One batch of codes; the codes themselves were shown once. */
export type VoucherBatch = { batch: string; codes: number; group: string; until: number; devices: number; where: Static<typeof Where> }

export type PolicyVersion = { version: number; author: string | null; note: string; counts: Counts }

/** GET /api/noc/policy. `version` 0: never published, every box runs as it was provisioned. */
export type PolicyView = {
  at: number
  version: number
  document: PolicyDraft
  batches: VoucherBatch[]
  hotspots: { node: string; name: string; kelurahan: string; simulated: boolean }[]
  kelurahan: { code: string; name: string }[]
  /** Newest first. */
  history: PolicyVersion[]
}

/**
 * PUT /api/noc/policy → 200 {version} · 409 `stale` {version, author, document, counts}: somebody published since
 * `version` · 422 `invalid-policy` {problems}.
 */
export const PutPolicy = Type.Object(
  { version: SettingsVersion, note: Type.Optional(Type.String({ maxLength: 200 })), document: PolicyDraft },
  strict,
)
export type PutPolicy = Static<typeof PutPolicy>
export type StalePolicy = { code: 'stale'; version: number; author: string | null; document: PolicyDraft; counts: Counts | null }

/** GET /api/noc/policy/rollout. */
export type Rollout = {
  at: number
  version: number
  counts: Record<RolloutState, number>
  /** How many boxes run which version, most first. */
  versions: { version: number; boxes: number }[]
  /** Those that do not run the present one, worst first. */
  rows: {
    node: string
    name: string
    kelurahanName: string
    simulated: boolean
    state: RolloutState
    settings: number | null
    reason: string | null
    at: number | null
  }[]
}

const VOUCHERS_PER_BATCH_MAX = 200
/** POST /api/noc/policy/vouchers → 201 MadeVouchers; DELETE /api/noc/policy/vouchers/:batch → 204. */
export const MakeVouchers = Type.Object(
  {
    name: Type.String({ minLength: 2, maxLength: 60 }),
    count: Type.Integer({ minimum: 1, maximum: VOUCHERS_PER_BATCH_MAX }),
    group: groupName,
    until: Voucher.properties.until,
    devices: Voucher.properties.devices,
    where: Where,
  },
  strict,
)
export type MakeVouchers = Static<typeof MakeVouchers>
export type MadeVouchers = { version: number; batch: string; codes: string[] }

/** POST /api/noc/hotspots/:node/block → 201 {until}; DELETE /api/noc/hotspots/:node/block/:device → 204. */
const BLOCK_SECONDS = [3_600, 86_400, 2_592_000] as const
export const BlockDevice = Type.Object({ device: Type.String({ pattern: '^[0-9a-f]{16}$' }), seconds: Type.Enum(BLOCK_SECONDS) }, strict)
