import { Type, type Static } from 'typebox'
import { DEVICE_NAME_MAX, DEVICES_MAX } from './device.ts'

const fraction = Type.Number({ minimum: 0, maximum: 1 })
const milliseconds = Type.Union([Type.Number({ minimum: 0, maximum: 60_000 }), Type.Null()])
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
    uplinkMilliseconds: milliseconds,
    /**
     * Connections tried to that target in the last 60 seconds, and how many were answered within one second: later ones lost
     * a packet, which TCP sent again. Of the answered: half took at most p50, 95 of 100 at most p95; null when none was.
     * Absent where it is not probed.
     */
    uplinkProbes: Type.Optional(
      Type.Object(
        {
          sent: Type.Integer({ minimum: 0, maximum: 1_000 }),
          answered: Type.Integer({ minimum: 0, maximum: 1_000 }),
          p50Milliseconds: milliseconds,
          p95Milliseconds: milliseconds,
        },
        { additionalProperties: false },
      ),
    ),
    /** Names of the access points, switches and routers that left two looks in a row unanswered; absent where none is watched. */
    silentDevices: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: DEVICE_NAME_MAX }), { maxItems: DEVICES_MAX })),
    /** Time for the box's own resolver to get an answer from upstream; null when there was none. Absent where it is not probed. */
    dnsMilliseconds: Type.Optional(milliseconds),
    /** False while nothing can be written and the box works from memory. */
    storage: Type.Optional(Type.Boolean()),
    version: Type.String({ maxLength: 40 }),
  },
  { additionalProperties: false },
)
export type Health = Static<typeof Health>
