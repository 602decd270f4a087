/**
 * Record kind `device`, lane t: how one access point, switch or router of the hotspot does, by SNMP. One per look; a look is
 * every minute unless the site says otherwise. Addresses of visitors' devices are counted, never listed. What the device does
 * not tell is absent, never 0.
 */
import { Type, type Static } from 'typebox'

const count = (maximum: number) => Type.Integer({ minimum: 0, maximum })
const octets = count(Number.MAX_SAFE_INTEGER)
/** 100 Gbit/s for an hour is 3e11 packets. */
const packets = count(1_000_000_000_000)

export const DEVICES_MAX = 16
export const PORTS_MAX = 128
export const RADIOS_MAX = 16
export const DEVICE_NAME_MAX = 60
export const PORT_NAME_MAX = 40

export const DevicePort = Type.Object(
  {
    /** ifName, ifDescr where there is none (RFC 2863). */
    name: Type.String({ minLength: 1, maxLength: PORT_NAME_MAX }),
    /** ifAlias: what an administrator called it. */
    alias: Type.Optional(Type.String({ maxLength: PORT_NAME_MAX })),
    /** ifOperStatus is up. */
    up: Type.Boolean(),
    speedMbps: Type.Optional(count(1_000_000)),
    /**
     * What the device received and sent there during `seconds`. Absent at the first look, and when the device or its counters
     * began anew since the last one.
     */
    inOctets: Type.Optional(octets),
    outOctets: Type.Optional(octets),
    /** Damaged packets in and out during `seconds`; absent when there were none. */
    errors: Type.Optional(packets),
    /** Packets thrown away for want of room, in and out, during `seconds`; absent when there were none. */
    discards: Type.Optional(packets),
  },
  { additionalProperties: false },
)
export type DevicePort = Static<typeof DevicePort>

export const DeviceRadio = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: PORT_NAME_MAX }),
    /** IEEE 802.11 channel number. */
    channel: Type.Optional(Type.Integer({ minimum: 1, maximum: 253 })),
    /** Associated stations now. */
    clients: Type.Optional(count(10_000)),
    /** Share of the time the channel is busy. */
    utilisation: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    noiseDbm: Type.Optional(Type.Integer({ minimum: -127, maximum: 0 })),
  },
  { additionalProperties: false },
)
export type DeviceRadio = Static<typeof DeviceRadio>

/** no-answer: dead, unplugged, or another community · auth: user or keys refused · unreadable: what it sends is no SNMP · too-much: not done in time */
const DEVICE_PROBLEMS = ['no-answer', 'auth', 'unreadable', 'too-much'] as const
export type DeviceProblem = (typeof DEVICE_PROBLEMS)[number]

export const Device = Type.Object(
  {
    /** As the site's configuration calls it; unique at the box. */
    name: Type.String({ minLength: 1, maxLength: DEVICE_NAME_MAX }),
    kind: Type.Union([Type.Literal('ap'), Type.Literal('switch'), Type.Literal('router'), Type.Literal('unknown')]),
    /** Whether this look was answered. All below `problem` is absent when not. */
    reachable: Type.Boolean(),
    problem: Type.Optional(Type.Unsafe<DeviceProblem>(Type.Union(DEVICE_PROBLEMS.map((word) => Type.Literal(word))))),
    /** Since the last answered look, which is what octets and packets are counted over; absent at the first. */
    seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 604_800 })),
    /** sysDescr's first line, and sysName. */
    model: Type.Optional(Type.String({ maxLength: 120 })),
    sysName: Type.Optional(Type.String({ maxLength: 60 })),
    /** sysObjectID. */
    objectId: Type.Optional(Type.String({ pattern: '^[0-9]+(\\.[0-9]+)*$', maxLength: 120 })),
    /** sysObjectID or sysName is not what the last look found: somebody put another device there. */
    replaced: Type.Optional(Type.Literal(true)),
    uptimeSeconds: Type.Optional(count(4_294_967_295)),
    /** Without bridges, VLANs, tunnels and loopback, which carry the same octets a second time. */
    ports: Type.Optional(Type.Array(DevicePort, { maxItems: PORTS_MAX })),
    /** Ports beyond PORTS_MAX, left out. */
    portsLeftOut: Type.Optional(count(1_000_000)),
    radios: Type.Optional(Type.Array(DeviceRadio, { maxItems: RADIOS_MAX })),
    /** Wi-Fi stations over all radios. */
    clients: Type.Optional(count(100_000)),
    /** Learned addresses in the bridge's table (RFC 4188, RFC 4363); counted up to 2,000. */
    learnedAddresses: Type.Optional(count(2_000)),
    /** Power over Ethernet drawn and available, watts (RFC 3621). */
    poeWatts: Type.Optional(count(100_000)),
    poeLimitWatts: Type.Optional(count(100_000)),
  },
  { additionalProperties: false },
)
export type Device = Static<typeof Device>
