/** Central's configuration: flags over environment, read once, frozen. Secrets are kept in an object that is never logged. */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { ALL_SHARDS, readShards } from './noc/ingest/shards.ts'
import { isHost } from './pki/purposes.ts'
import { readRoles, ROLES, type CentralRole } from './roles.ts'

export type CentralConfig = {
  /** Databases, photos and keys; only central's user may read it. */
  dataDir: string
  host: string
  /** 0 takes a free one. */
  port: number
  /** Where the embedded broker takes tokens, on loopback only; unused when `externalBroker`. */
  mqttHost: string
  mqttPort: number
  /** Where it takes certificates; null: nowhere. `names`: all names and addresses that boxes know it by. */
  mqtts: { host: string; port: number; names: readonly string[] } | null
  /** Where a broker of its own reads which certificates were taken back; null: nowhere. */
  crlFile: string | null
  externalBroker: boolean
  /** How people reach central. With https the session cookie is `__Host-` and Secure. */
  publicUrl: string | null
  /** Addresses of reverse proxies whose X-Forwarded-For is believed; nobody else's is. */
  trustProxy: readonly string[]
  roles: readonly CentralRole[]
  /** Hexadecimal digits: the part of the topic space that this process takes in. */
  shards: readonly string[]
}
export type CentralSecrets = {
  databaseUrl: string | undefined
  mqttUrl: string | undefined
  mqttUsername: string | undefined
  mqttPassword: string | undefined
}
export type ReadConfig =
  | { ok: true; config: Readonly<CentralConfig>; secrets: Readonly<CentralSecrets>; flags: Flags }
  | { ok: false; problem: string }
type Flags = { help: boolean; json: boolean; adminCode: boolean }

export const CONFIG_HELP = `  --data DIR            folder for databases, photos and keys (DATA_DIR; default .state/central)
  --host ADDRESS        address to serve people on (HOST; default 127.0.0.1)
  --port N              port to serve people on, 0 for a free one (PORT; default 8080)
  --public-url URL      how people reach it, e.g. https://kota.example.id (PUBLIC_URL)
  --mqtts-host ADDRESS  address on which boxes come in by certificate, e.g. 0.0.0.0 (MQTTS_HOST; default: none do)
  --mqtts-port N        port for that, 0 for a free one (MQTTS_PORT; default 8883)
  --broker-names LIST   names and addresses boxes know that by (BROKER_NAMES; default: the address, this machine's name)
  --mqtt-host ADDRESS   address for tokens over plain TCP, loopback only: trials, programs on this machine
                        (MQTT_HOST; default 127.0.0.1)
  --mqtt-port N         port for that, 0 for a free one (MQTT_PORT; default 1883)
  --crl-file FILE       keep the list of revoked certificates here, for another broker to read (CRL_FILE)
  --roles LIST          what this process does: web, ingest, jobs (ROLES; default all three)
  --shards LIST         the boxes whose telemetry it takes in, e.g. 0-7 or 8-f (SHARDS; default 0-f)

Environment only:
  DATABASE_URL          postgres://… instead of SQLite in the data folder
  MQTT_URL              another broker instead of the embedded one, with MQTT_USERNAME and MQTT_PASSWORD;
                        mqtts:// without a password: by a certificate of central's own in that name
  TRUST_PROXY           addresses of reverse proxies, separated by commas`

/** What the MQTT client speaks. */
const BROKER_SCHEMES: readonly string[] = ['mqtt:', 'mqtts:', 'ws:', 'wss:']

const OPTIONS = {
  data: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'public-url': { type: 'string' },
  'mqtt-host': { type: 'string' },
  'mqtt-port': { type: 'string' },
  'mqtts-host': { type: 'string' },
  'mqtts-port': { type: 'string' },
  'broker-names': { type: 'string' },
  'crl-file': { type: 'string' },
  roles: { type: 'string' },
  shards: { type: 'string' },
  'admin-code': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export function readConfig(argv: readonly string[], env: Env): ReadConfig {
  const given = readFlags(argv, OPTIONS)
  if (!given.ok) return given
  const flags = given.values
  const port = readPort(flags.port ?? env.PORT ?? '8080')
  const mqttPort = readPort(flags['mqtt-port'] ?? env.MQTT_PORT ?? '1883')
  if (port === null || mqttPort === null) return { ok: false, problem: 'A port is a whole number from 0 to 65535.' }
  const mqtts = readMqtts({
    host: flags['mqtts-host'] ?? env.MQTTS_HOST,
    port: flags['mqtts-port'] ?? env.MQTTS_PORT,
    names: flags['broker-names'] ?? env.BROKER_NAMES,
  })
  if (!mqtts.ok) return mqtts
  const publicUrl = readPublicUrl(flags['public-url'] ?? env.PUBLIC_URL)
  if (publicUrl === undefined) return { ok: false, problem: 'The public URL must be http://… or https://… without a path.' }
  const database = readDatabaseUrl(env)
  if (!database.ok) return database
  if (env.MQTT_URL && !(URL.canParse(env.MQTT_URL) && BROKER_SCHEMES.includes(new URL(env.MQTT_URL).protocol))) {
    return { ok: false, problem: 'MQTT_URL must be an address like mqtt://broker:1883 or mqtts://broker:8883.' }
  }
  const share = readShare(flags.roles ?? env.ROLES, flags.shards ?? env.SHARDS, Boolean(database.databaseUrl && env.MQTT_URL))
  if (!share.ok) return share
  return {
    ok: true,
    config: Object.freeze({
      roles: share.roles,
      shards: share.shards,
      dataDir: resolve(flags.data ?? env.DATA_DIR ?? '.state/central'),
      host: flags.host ?? env.HOST ?? '127.0.0.1',
      port,
      mqttHost: flags['mqtt-host'] ?? env.MQTT_HOST ?? '127.0.0.1',
      mqttPort,
      mqtts: mqtts.mqtts,
      crlFile: (flags['crl-file'] ?? env.CRL_FILE) || null,
      externalBroker: Boolean(env.MQTT_URL),
      publicUrl,
      trustProxy: Object.freeze(readList(env.TRUST_PROXY)),
    }),
    secrets: Object.freeze({
      databaseUrl: database.databaseUrl,
      mqttUrl: env.MQTT_URL || undefined,
      mqttUsername: env.MQTT_USERNAME || undefined,
      mqttPassword: env.MQTT_PASSWORD || undefined,
    }),
    flags: { help: flags.help ?? false, json: flags.json ?? false, adminCode: flags['admin-code'] ?? false },
  }
}

type Env = Readonly<Record<string, string | undefined>>
type Problem = { ok: false; problem: string }

/** Unknown flags, missing values and stray words are one line, not a trace. */
export function readFlags<Options extends NonNullable<ParseArgsConfig['options']>>(argv: readonly string[], options: Options) {
  try {
    return { ok: true as const, values: parseArgs({ args: [...argv], options, strict: true }).values }
  } catch (error) {
    const problem = `${error instanceof Error ? error.message.split('. ')[0] : 'unreadable flags'}. See --help.`
    return { ok: false as const, problem }
  }
}

export function readDatabaseUrl(env: Env): { ok: true; databaseUrl: string | undefined } | Problem {
  const databaseUrl = env.DATABASE_URL || undefined
  // The URL itself is not shown: it holds a password.
  if (databaseUrl && !(/^postgres(ql)?:\/\//.test(databaseUrl) && URL.canParse(databaseUrl))) {
    return { ok: false, problem: 'DATABASE_URL must be an address like postgres://user:password@host:5432/name.' }
  }
  return { ok: true, databaseUrl }
}

function readPort(text: string): number | null {
  const port = Number(text)
  return /^\d+$/.test(text) && port <= 65_535 ? port : null
}

const readList = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)

/** An address that means all of them is no name anybody could dial. */
const ALL_ADDRESSES: readonly string[] = ['0.0.0.0', '::']

function readMqtts(given: Record<'host' | 'port' | 'names', string | undefined>): { ok: true; mqtts: CentralConfig['mqtts'] } | Problem {
  const { host } = given
  if (!host) return { ok: true, mqtts: null }
  const port = readPort(given.port ?? '8883')
  if (port === null) return { ok: false, problem: 'A port is a whole number from 0 to 65535.' }
  const asked = readList(given.names)
  const names =
    asked.length > 0 ? asked : [host, hostname(), 'localhost', '127.0.0.1'].filter((name) => isHost(name) && !ALL_ADDRESSES.includes(name))
  const wrong = names.find((name) => !isHost(name))
  if (wrong !== undefined) return { ok: false, problem: `${JSON.stringify(wrong)} is no name or address boxes could reach the broker by.` }
  return { ok: true, mqtts: { host, port, names: [...new Set(names)] } }
}

/** What of central's work this process does. Processes can only share what several can open: PostgreSQL and a broker outside. */
function readShare(
  roles: string | undefined,
  shards: string | undefined,
  canBeShared: boolean,
): { ok: true; roles: readonly CentralRole[]; shards: readonly string[] } | Problem {
  const doing = roles ? readRoles(roles) : ROLES
  if (!doing) return { ok: false, problem: `Roles are ${ROLES.join(', ')}, separated by commas.` }
  const taking = shards ? readShards(shards) : ALL_SHARDS
  if (!taking) return { ok: false, problem: 'Shards are hexadecimal digits and ranges, e.g. 0-7 or 0,3,a-f.' }
  const separated = doing.length < ROLES.length || taking.length < ALL_SHARDS.length
  if (separated && !canBeShared) {
    const problem =
      'Separate roles and shards need PostgreSQL (DATABASE_URL) and a broker of its own (MQTT_URL): SQLite and the embedded broker belong to one process.'
    return { ok: false, problem }
  }
  return { ok: true, roles: doing, shards: taking }
}

/** Null when not given, undefined when unusable. */
function readPublicUrl(text: string | undefined): string | null | undefined {
  if (!text) return null
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.pathname === '/' ? url.origin : undefined
}
