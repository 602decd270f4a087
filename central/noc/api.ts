/** Words of the NOC API, shared by the routes and the screens. Times are Unix milliseconds, amounts octets. */
import { Type, type Static } from 'typebox'

/**
 * online: heard within 3 intervals · degraded: online with a problem (see `reason`) · offline: last will or silence ·
 * new: never heard. `reason` is a short code the screen translates: `gate-failed`, `no-firewall`, `disk`, `outbox-age`,
 * `storage`, `uplink`, `dns`, `certificate`, `device` (in `reasonDetail`: which), `clock`, `silent`, `last-will`, `rival` (two boxes bear one name).
 */
export const HotspotState = Type.Union([Type.Literal('online'), Type.Literal('degraded'), Type.Literal('offline'), Type.Literal('new')])
export type HotspotState = Static<typeof HotspotState>

export const HotspotRow = Type.Object({
  node: Type.String(),
  name: Type.String(),
  /** Kemendagri code of the kelurahan, e.g. 35.77.01.1001. */
  kelurahan: Type.String(),
  kelurahanName: Type.String(),
  kecamatan: Type.String(),
  rt: Type.String(),
  lat: Type.Number(),
  lon: Type.Number(),
  /** Made by the demo city: every screen says so. */
  simulated: Type.Boolean(),
  state: HotspotState,
  reason: Type.Union([Type.String(), Type.Null()]),
  reasonDetail: Type.Optional(Type.String()),
  /** When central last heard from it; null when never. */
  heardAt: Type.Union([Type.Integer(), Type.Null()]),
  stateSince: Type.Union([Type.Integer(), Type.Null()]),
  online: Type.Integer(),
  /** Mean over the last usage record, octets per second. */
  downRate: Type.Number(),
  upRate: Type.Number(),
  openComplaints: Type.Integer(),
})
export type HotspotRow = Static<typeof HotspotRow>

/** GET /api/noc/hotspots?q&kelurahan&state&sort&page → filtered, with counts by state over the same filter without `state`. */
export const HotspotQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 80 })),
    kelurahan: Type.Optional(Type.String({ maxLength: 13 })),
    state: Type.Optional(HotspotState),
    sort: Type.Optional(
      Type.Union([Type.Literal('name'), Type.Literal('state'), Type.Literal('online'), Type.Literal('traffic'), Type.Literal('heard')]),
    ),
    dir: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
  },
  { additionalProperties: false },
)
export const HotspotList = Type.Object({
  at: Type.Integer(),
  rows: Type.Array(HotspotRow),
  counts: Type.Object({ online: Type.Integer(), degraded: Type.Integer(), offline: Type.Integer(), new: Type.Integer() }),
})
export type HotspotList = Static<typeof HotspotList>

/** One point of a chart; `t` is the start of its interval. Null where nothing was received: a gap is drawn as a gap. */
export const SeriesPoint = Type.Object({
  t: Type.Integer(),
  online: Type.Union([Type.Number(), Type.Null()]),
  downOctets: Type.Union([Type.Number(), Type.Null()]),
  upOctets: Type.Union([Type.Number(), Type.Null()]),
  cpu: Type.Union([Type.Number(), Type.Null()]),
  memoryUsed: Type.Union([Type.Number(), Type.Null()]),
  uplinkMilliseconds: Type.Union([Type.Number(), Type.Null()]),
})
export type SeriesPoint = Static<typeof SeriesPoint>

/** GET /api/noc/hotspots/:node?range=1h|24h|7d|30d → minute points up to 24 h, hour points beyond. 404 when unknown. */
export const HotspotPage = Type.Object({
  at: Type.Integer(),
  hotspot: HotspotRow,
  health: Type.Union([Type.Unknown(), Type.Null()]),
  healthAt: Type.Union([Type.Integer(), Type.Null()]),
  intervalSeconds: Type.Integer(),
  series: Type.Array(SeriesPoint),
  today: Type.Object({
    downOctets: Type.Number(),
    upOctets: Type.Number(),
    admitted: Type.Integer(),
    watched: Type.Integer(),
    fallback: Type.Integer(),
  }),
  /** What the road lost or refused, as numbers. */
  road: Type.Object({
    epoch: Type.Union([Type.String(), Type.Null()]),
    committedT: Type.Integer(),
    committedE: Type.Integer(),
    dropped: Type.Integer(),
    quarantined: Type.Integer(),
    skewSeconds: Type.Union([Type.Number(), Type.Null()]),
    /** Records that came although they were on disk already. */
    repeated: Type.Integer(),
    /** none, hint or ntp: whether its newest record's clock is believed. */
    clock: Type.Union([Type.String(), Type.Null()]),
    /** When a hello last proved that two boxes bear this name. */
    rivalAt: Type.Union([Type.Integer(), Type.Null()]),
  }),
  sessions: Type.Array(
    Type.Object({
      id: Type.String(),
      source: Type.String(),
      device: Type.String(),
      startedAt: Type.Integer(),
      seconds: Type.Integer(),
      upOctets: Type.Number(),
      downOctets: Type.Number(),
      open: Type.Boolean(),
      cause: Type.Union([Type.String(), Type.Null()]),
      group: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  /** Access points, switches and routers, by name (edge/wire/device.ts). */
  devices: Type.Array(
    Type.Object({
      name: Type.String(),
      kind: Type.String(),
      reachable: Type.Boolean(),
      problem: Type.Union([Type.String(), Type.Null()]),
      /** Of the last look, and when it last changed between answering and not. */
      at: Type.Integer(),
      since: Type.Integer(),
      /** The last record in which it answered, and when that was. */
      said: Type.Union([Type.Unknown(), Type.Null()]),
      saidAt: Type.Union([Type.Integer(), Type.Null()]),
      /** Of the last 24 hours, over all ports. */
      day: Type.Object({
        looks: Type.Integer(),
        answered: Type.Integer(),
        inOctets: Type.Number(),
        outOctets: Type.Number(),
        errors: Type.Number(),
        clientsSum: Type.Number(),
        clientsN: Type.Integer(),
      }),
    }),
  ),
  /** What the box itself had to say, newest first (edge/wire/notice.ts). */
  notices: Type.Array(
    Type.Object({
      at: Type.Integer(),
      kind: Type.String(),
      detail: Type.Union([Type.String(), Type.Null()]),
      device: Type.Union([Type.String(), Type.Null()]),
      count: Type.Integer(),
    }),
  ),
  /** How its box comes in. Newest certificate first, at most a few; `inUse`: by the connection it has at this moment, where central knows. */
  access: Type.Object({
    token: Type.Boolean(),
    certificates: Type.Array(
      Type.Object({
        serial: Type.String(),
        issuedAt: Type.Integer(),
        notAfter: Type.Integer(),
        revokedAt: Type.Union([Type.Integer(), Type.Null()]),
        inUse: Type.Boolean(),
      }),
    ),
  }),
  /** Devices that the access policy shuts out here. */
  blocked: Type.Array(Type.Object({ device: Type.String(), until: Type.Integer() })),
})
export type HotspotPage = Static<typeof HotspotPage>

/** POST /api/noc/hotspots/:node/revoke (admin) → how many certificates ended with it; its token, if any, ended too. */
export const AccessRevoked = Type.Object({ certificates: Type.Integer() })
export type AccessRevoked = Static<typeof AccessRevoked>

/** GET /api/noc/city → what the NOC's head line and the wall show, and how old it is. */
export const CityNow = Type.Object({
  at: Type.Integer(),
  simulated: Type.Boolean(),
  counts: Type.Object({ online: Type.Integer(), degraded: Type.Integer(), offline: Type.Integer(), new: Type.Integer() }),
  visitors: Type.Integer(),
  downRate: Type.Number(),
  upRate: Type.Number(),
  today: Type.Object({
    admitted: Type.Integer(),
    downOctets: Type.Number(),
    upOctets: Type.Number(),
    watched: Type.Integer(),
    fallback: Type.Integer(),
  }),
  kelurahan: Type.Array(
    Type.Object({
      code: Type.String(),
      name: Type.String(),
      kecamatan: Type.String(),
      hotspots: Type.Integer(),
      online: Type.Integer(),
      degraded: Type.Integer(),
      offline: Type.Integer(),
      visitors: Type.Integer(),
    }),
  ),
  /** City-wide visitors and octets of the last 24 h, every 5 minutes. */
  day: Type.Array(
    Type.Object({
      t: Type.Integer(),
      online: Type.Union([Type.Number(), Type.Null()]),
      downOctets: Type.Union([Type.Number(), Type.Null()]),
    }),
  ),
  ingest: Type.Object({ records: Type.Integer(), quarantined: Type.Integer(), lastAt: Type.Union([Type.Integer(), Type.Null()]) }),
})
export type CityNow = Static<typeof CityNow>

/** GET /api/noc/quarantine?node&limit → newest first. POST /api/noc/quarantine/replay { ids } (admin, noc) → ReplayAnswer. */
export const QuarantineRow = Type.Object({
  id: Type.Integer(),
  receivedAt: Type.Integer(),
  node: Type.Union([Type.String(), Type.Null()]),
  topic: Type.String(),
  reason: Type.String(),
  bytes: Type.Integer(),
  excerpt: Type.String(),
  /** False when it was too large to keep, or holds what must not be kept. */
  replayable: Type.Boolean(),
  /** When it was last tried again, in vain. */
  triedAt: Type.Union([Type.Integer(), Type.Null()]),
})
export type QuarantineRow = Static<typeof QuarantineRow>

/** Wall links. GET/POST /api/noc/walls, DELETE /api/noc/walls/:id (admin, noc). The link is shown once, at POST. */
export const WallLink = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  createdAt: Type.Integer(),
  lastSeenAt: Type.Union([Type.Integer(), Type.Null()]),
  revokedAt: Type.Union([Type.Integer(), Type.Null()]),
})
export type WallLink = Static<typeof WallLink>
/**
 * A wall link is `{publicUrl}/wall#{token}`: the fragment never reaches a server log. The page exchanges it with
 * POST /api/wall/open {token} → 204 and an HttpOnly cookie of its own scope, then drops the fragment.
 * With that cookie only GET /api/wall → WallView and GET /api/wall/live (SSE) answer; anything else is 403.
 */
export const WallView = Type.Object({
  city: CityNow,
  complaints: Type.Object({
    open: Type.Integer(),
    overdue: Type.Integer(),
    today: Type.Integer(),
    answeredToday: Type.Integer(),
    latest: Type.Array(
      Type.Object({ number: Type.String(), category: Type.String(), area: Type.String(), status: Type.String(), at: Type.Integer() }),
    ),
  }),
  audit: Type.Object({ entries: Type.Integer(), anchor: Type.String() }),
})
export type WallView = Static<typeof WallView>

/**
 * Live events over SSE. GET /api/live (signed in). `event:` is the type, `data:` the JSON below; `id:` rises.
 * A client that reconnects reloads its view: events are hints that something changed, never the only copy.
 */
export type LiveEvent =
  | { type: 'hotspot'; node: string; state: HotspotState; reason: string | null; online: number; heardAt: number }
  | { type: 'city'; at: number }
  /** Boxes reported another version of the access policy, or a new one was published. */
  | { type: 'policy'; at: number }
  | { type: 'case'; caseId: number; module: string; state: string; version: number }
