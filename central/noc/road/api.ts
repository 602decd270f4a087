/** Words of the page "Telemetri masuk": how records arrive, and what did not. Times are Unix milliseconds. */
import { Type, type Static } from 'typebox'

const maybe = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

/** Within `p50Ms`, `p95Ms`: half, and 95 of 100 records were here that long after they were made; steps of ingest/lag.ts. */
const Lag = Type.Object({
  minutes: Type.Integer(),
  records: Type.Integer(),
  p50Ms: maybe(Type.Integer()),
  p95Ms: maybe(Type.Integer()),
  /** Records whose box does not know the time. */
  untimed: Type.Integer(),
})

/** GET /api/noc/ingest. Counted by whole minutes of central's clock; `until` is the end of the last one. */
export const IngestView = Type.Object({
  at: Type.Integer(),
  until: Type.Integer(),
  /** The last whole minute, and the last sixty: records a second, and counts. */
  minute: Type.Object({ perSecond: Type.Number(), records: Type.Integer(), repeated: Type.Integer(), refused: Type.Integer() }),
  hour: Type.Object({ perSecond: Type.Number(), records: Type.Integer(), repeated: Type.Integer(), refused: Type.Integer() }),
  /** Records of each of the last sixty minutes, oldest first. */
  minutes: Type.Array(Type.Object({ t: Type.Integer(), records: Type.Integer() })),
  lag: Type.Array(Lag),
  /** What waits in the boxes, as each said last; `oldestNode` waits longest, and `saidAt` is how old its word is. */
  outbox: Type.Object({
    boxes: Type.Integer(),
    records: Type.Integer(),
    oldestSeconds: Type.Integer(),
    oldestNode: maybe(Type.String()),
    saidAt: maybe(Type.Integer()),
  }),
  workers: Type.Array(
    Type.Object({
      worker: Type.String(),
      /** Of the topic space, e.g. `0-7`. */
      shards: Type.String(),
      startedAt: Type.Integer(),
      seenAt: Type.Integer(),
      waiting: Type.Integer(),
      perSecond: Type.Number(),
    }),
  ),
  totals: Type.Object({
    boxes: Type.Integer(),
    records: Type.Integer(),
    repeated: Type.Integer(),
    dropped: Type.Integer(),
    quarantined: Type.Integer(),
  }),
  /** Boxes with something to look at, the most urgent first; at most ROADS_SHOWN. `troubled` is how many there are. */
  troubled: Type.Integer(),
  boxes: Type.Array(
    Type.Object({
      node: Type.String(),
      name: maybe(Type.String()),
      heardAt: maybe(Type.Integer()),
      markT: Type.Integer(),
      markE: Type.Integer(),
      waiting: maybe(Type.Integer()),
      outboxSeconds: maybe(Type.Integer()),
      /** Seqs that never came: counted here. `reported`: given up by the box, in its own words. */
      dropped: Type.Integer(),
      reported: Type.Integer(),
      repeated: Type.Integer(),
      quarantined: Type.Integer(),
      clock: maybe(Type.String()),
      skewSeconds: maybe(Type.Number()),
      rivalAt: maybe(Type.Integer()),
    }),
  ),
  gaps: Type.Array(
    Type.Object({
      id: Type.Integer(),
      node: Type.String(),
      lane: Type.String(),
      source: Type.String(),
      kind: Type.String(),
      fromSeq: Type.Integer(),
      toSeq: Type.Integer(),
      records: Type.Integer(),
      at: Type.Integer(),
    }),
  ),
  /** What is kept how long; what went in the last thirty days, when it was last looked through, and how long that took. */
  retention: Type.Array(
    Type.Object({
      name: Type.String(),
      days: maybe(Type.Integer()),
      basis: Type.String(),
      removed: Type.Integer(),
      removedAt: maybe(Type.Integer()),
      lookedAt: maybe(Type.Integer()),
      tookMs: Type.Integer(),
    }),
  ),
  /** Nothing is removed, because central's clock says `at`, long after its last look at `lastAt`; what boxes with NTP say to that. */
  retentionHeld: maybe(Type.Object({ lastAt: Type.Integer(), agree: Type.Integer(), differ: Type.Integer() })),
})
export type IngestView = Static<typeof IngestView>
export type BoxRoad = IngestView['boxes'][number]

/** How many rows one answer tries again: each is a transaction. */
const REPLAY_MAX = 200
export const Replay = Type.Object(
  { ids: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: REPLAY_MAX }) },
  { additionalProperties: false },
)
/** `taken`: stored, and out of the quarantine. `known`: on disk already, and out of it too. Else it stays, with the reason. */
export const ReplayAnswer = Type.Object({
  results: Type.Array(
    Type.Object({
      id: Type.Integer(),
      outcome: Type.Union([Type.Literal('taken'), Type.Literal('known'), Type.Literal('refused'), Type.Literal('gone')]),
      records: Type.Integer(),
      reason: maybe(Type.String()),
    }),
  ),
})
export type ReplayAnswer = Static<typeof ReplayAnswer>
