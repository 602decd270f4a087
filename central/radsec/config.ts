/** The file that central/radsec/main.ts runs by: a box's own configuration as far as RADIUS and the uplink go, and the peers. */
import { readFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { EdgeConfig } from '#edge/config.ts'
import { CLIENT_VENDORS } from '#edge/radius/client-vendor.ts'
import { PEERS_MAX } from './peers.ts'

const strict = { additionalProperties: false }
const box = EdgeConfig.properties

export const RadsecConfig = Type.Object(
  {
    /** Sites without a box share one name in telemetry; their access points are told apart by NAS-Identifier. */
    node: box.node,
    stateDir: box.stateDir,
    memoryDir: box.memoryDir,
    host: Type.String(),
    /** RFC 6614 §2.1 has 2083. */
    port: Type.Integer({ minimum: 0, maximum: 65_535 }),
    /** PEM files, read again when they change. Peers' certificates must lead to `authoritiesFile`. */
    certificateFile: Type.String({ minLength: 1 }),
    keyFile: Type.String({ minLength: 1 }),
    authoritiesFile: Type.String({ minLength: 1 }),
    revocationListsFile: Type.Optional(Type.String({ minLength: 1 })),
    peers: Type.Array(
      Type.Object(
        {
          /** As its certificate says it: a DNS name in SubjectAltName, else the CN. */
          name: Type.String({ minLength: 1, maxLength: 253 }),
          vendor: Type.Optional(Type.Union(CLIENT_VENDORS.map((vendor) => Type.Literal(vendor)))),
          messageAuthenticator: Type.Optional(Type.Union([Type.Literal('require'), Type.Literal('legacy')])),
        },
        strict,
      ),
      { maxItems: PEERS_MAX },
    ),
    radius: Type.Object(
      {
        users: box.radius.properties.users,
        recoverableSecrets: box.radius.properties.recoverableSecrets,
        eap: box.radius.properties.eap,
      },
      strict,
    ),
    /** Until central has sent an access policy. */
    sessionSeconds: box.welcome.properties.sessionSeconds,
    mqtt: box.mqtt,
    telemetry: box.telemetry,
  },
  strict,
)
export type RadsecConfig = Static<typeof RadsecConfig>

const schema = Compile(RadsecConfig)

/** @throws Error naming the file and the first thing wrong in it; never a value, for secrets stand there. */
export function readRadsecConfig(file: string): RadsecConfig {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(
      `Cannot read the configuration ${file}: ${error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message}`,
      { cause: error },
    )
  }
  if (!schema.Check(value)) {
    const [first] = schema.Errors(value)
    throw new Error(`The configuration ${file} is wrong at "${first?.instancePath || '/'}": ${first?.message ?? 'invalid'}`)
  }
  return Object.freeze(value)
}
