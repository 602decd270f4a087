import { Type, type Static } from 'typebox'

const fraction = Type.Number({ minimum: 0, maximum: 1 })
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** How the box itself is doing, sampled once a minute. A value that this box cannot measure is null, never 0. */
export const Health = Type.Object(
  {
    /** Busy share of all CPUs since the previous sample. */
    cpu: Type.Union([fraction, Type.Null()]),
    memoryUsed: Type.Union([fraction, Type.Null()]),
    /** Used share of the file system that holds the box's state. */
    diskUsed: Type.Union([fraction, Type.Null()]),
    temperatureCelsius: Type.Union([Type.Number({ minimum: -60, maximum: 200 }), Type.Null()]),
    uptimeSeconds: count,
    gate: Type.Union([Type.Literal('enforcing'), Type.Literal('no-firewall'), Type.Literal('failed')]),
    /** Records waiting for central's ack. */
    outboxRecords: count,
    /** Age of the oldest record that waits. */
    outboxAgeSeconds: count,
    /** Records given up because the outbox was full, since its creation. */
    outboxDropped: count,
    radius: Type.Object({ accepts: count, rejects: count, accounting: count, discarded: count }, { additionalProperties: false }),
    /** Round trip to the uplink's probe target; null when there was no answer. */
    uplinkMilliseconds: Type.Union([Type.Number({ minimum: 0, maximum: 60_000 }), Type.Null()]),
    /** Time for the box's own resolver to get an answer from upstream; null when there was none. Absent where it is not probed. */
    dnsMilliseconds: Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: 60_000 }), Type.Null()])),
    /** False while nothing can be written and the box works from memory. */
    storage: Type.Optional(Type.Boolean()),
    version: Type.String({ maxLength: 40 }),
  },
  { additionalProperties: false },
)
export type Health = Static<typeof Health>
