/** The file provisioning writes and this box runs by. Read once at start, frozen; process.env is read nowhere else. */
import { readFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { NODE_NAME_PATTERN } from './wire/topics.ts'

/**
 * Where every name leads before the login. Not the box's own private address: some phones take a probe name with a
 * private address for "no internet" and never show the portal. From the documentation ranges (RFC 5737, RFC 3849),
 * so never anybody's. Browsers keep such an answer for up to a minute whatever its TTL says, so the gate turns it
 * towards the portal after the login too.
 */
export const CAPTIVE_V4 = '192.0.2.1'
export const CAPTIVE_V6 = '2001:db8::1'

const port = Type.Integer({ minimum: 0, maximum: 65535 })
const seconds = Type.Integer({ minimum: 1, maximum: 86_400 })

const RadiusClient = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60 }),
    /** Address or prefix, e.g. 10.77.0.0/24 or fd00::/64. */
    address: Type.String({ minLength: 2, maxLength: 50 }),
    secret: Type.String({ minLength: 16, maxLength: 128 }),
  },
  { additionalProperties: false },
)

const RadiusUser = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 63 }),
    /** `scrypt$N$r$p$salt$hash`, base64url parts (edge/radius/password.ts makes it). Never the password itself. */
    passwordHash: Type.String({ minLength: 20, maxLength: 200 }),
    sessionTimeoutSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 604_800 })),
    group: Type.Optional(Type.String({ maxLength: 40 })),
  },
  { additionalProperties: false },
)

export const EdgeConfig = Type.Object(
  {
    node: Type.String({ pattern: NODE_NAME_PATTERN }),
    hotspot: Type.Object({ name: Type.String({ maxLength: 80 }), area: Type.String({ maxLength: 80 }) }, { additionalProperties: false }),
    /** Folder for the outbox, sessions and keys. */
    stateDir: Type.String({ minLength: 1 }),
    /** Folder with the built portal (render.js, assets, content). */
    portalDir: Type.String({ minLength: 1 }),
    welcome: Type.Object(
      {
        host: Type.String(),
        port,
        /** What visitors are sent to, e.g. http://10.77.0.1 or https://n0123.wifi.example. */
        origin: Type.String({ pattern: '^https?://[^/]+$' }),
        watchSeconds: seconds,
        sessionSeconds: seconds,
      },
      { additionalProperties: false },
    ),
    gate: Type.Object(
      {
        /** `none`: no firewall at all, announced on every page and in health. Never chosen silently. */
        mode: Type.Union([Type.Literal('nftables'), Type.Literal('none')]),
        /** Unix socket of the gate daemon. */
        socket: Type.String(),
        lan: Type.String({ maxLength: 15 }),
        wan: Type.String({ maxLength: 15 }),
      },
      { additionalProperties: false },
    ),
    radius: Type.Object(
      {
        host: Type.String(),
        authPort: port,
        acctPort: port,
        clients: Type.Array(RadiusClient, { maxItems: 256 }),
        users: Type.Array(RadiusUser, { maxItems: 20_000 }),
      },
      { additionalProperties: false },
    ),
    mqtt: Type.Object(
      {
        url: Type.String({ pattern: '^mqtts?://' }),
        /** This node's own token; never logged. */
        token: Type.String({ minLength: 32, maxLength: 128 }),
        /** Central's Ed25519 public key, SPKI PEM. */
        centralKey: Type.String(),
      },
      { additionalProperties: false },
    ),
    telemetry: Type.Object(
      {
        everySeconds: seconds,
        /** Telemetry records are committed in groups at most this far apart, to spare the SD card. */
        groupSeconds: Type.Integer({ minimum: 1, maximum: 60 }),
        outboxBytesMax: Type.Integer({ minimum: 1_048_576 }),
        /** `host:port` answered over TCP, to know whether the upstream lives; absent = not probed. */
        uplinkProbe: Type.Optional(Type.String({ maxLength: 120 })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)
export type EdgeConfig = Static<typeof EdgeConfig>

const schema = Compile(EdgeConfig)

/** @throws Error naming the file and the first thing wrong in it. */
export function readEdgeConfig(file: string): EdgeConfig {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`Cannot read the configuration ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value)
    throw new Error(`The configuration ${file} is wrong at "${first?.instancePath || '/'}": ${first?.message ?? 'invalid'}`)
  }
  return Object.freeze(value)
}
