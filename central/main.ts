#!/usr/bin/env node
/**
 * Central's boot story, top to bottom: configuration → database → telemetry store → city → network → HTTP. Then it serves
 * until a signal, and closes in reverse.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { buildApp } from './app.ts'
import { createCentral, type Central } from './central.ts'
import { CONFIG_HELP, readConfig, type CentralConfig, type CentralSecrets } from './config.ts'
import { openTelemetryStore } from './noc/ingest/telemetry-store.ts'
import { ownShards } from './noc/ingest/shard-owner.ts'
import { shardWords } from './noc/ingest/shards.ts'
import { createNoc, type BrokerChoice, type Noc } from './noc/noc.ts'
import { loadSigningKey } from './noc/signing-key.ts'
import { openCityAuthority } from './pki/city-authority.ts'
import { allow } from './platform/accounts/guard.ts'
import { forgetOldSessions } from './platform/accounts/session-store.ts'
import { anchor } from './platform/audit/store.ts'
import { openDatabase, type Database } from './platform/db/database.ts'
import { openNewsRoad } from './platform/live/postgres-road.ts'
import { prepareDatabase } from './prepare.ts'
import { ROLES, type CentralRole } from './roles.ts'
import { startProblem } from './start-problem.ts'

const HELP = `Broadband City central: the network operations centre and the government modules.

Usage: node central/main.ts [options]

${CONFIG_HELP}
  --help                this text

When serving it prints one line of JSON on stdout: {"ready":true,"http":PORT,"mqtt":PORT,"mqtts":PORT}.`

/** What the law wants forgotten is looked for this often. */
const TIDY_MILLISECONDS = 60 * 60_000
/** Longer than the slowest request and delivery; after it the process ends anyway and loses nothing that was acknowledged. */
const STOP_MILLISECONDS = 15_000

export async function main(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const read = readConfig(argv, env)
  if (!read.ok) return complain(read.problem)
  if (read.flags.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort(signal))
  try {
    await serve(read.config, read.secrets, stop.signal)
    return 0
  } catch (error) {
    return complain(startProblem(error))
  }
}

async function serve(config: CentralConfig, secrets: CentralSecrets, stop: AbortSignal): Promise<void> {
  await using closing = new AsyncDisposableStack()
  const database = await openDatabase({ url: secrets.databaseUrl, file: join(config.dataDir, 'city.db') })
  closing.defer(() => database.close())
  await prepareDatabase(database)
  const store = await openTelemetryStore({ url: secrets.databaseUrl, file: join(config.dataDir, 'telemetry.db') })
  closing.defer(() => store.close())
  const key = await loadSigningKey(join(config.dataDir, 'signing-key.pem'))

  const authority = await openCityAuthority(join(config.dataDir, 'pki'), store)

  const onError = (error: unknown) => log('warn', error)
  const parts = createCentral({ database, dataDir: config.dataDir, onError })
  const noc = createNoc({
    store,
    database,
    live: parts.live,
    signingKey: key.privateKey,
    broker: brokerOf(config, secrets),
    pki: { authority, crlFile: config.crlFile ?? undefined },
    roles: config.roles,
    shards: config.shards,
    worker: nameOf(config),
    onComplaint: async (arrival) => void (await parts.complaints.receive(arrival)),
    complaintNumbers: () => parts.complaints.numbers(),
    openComplaintsByNode: () => parts.complaints.openByNode(),
    auditAnchor: async () => {
      const { number, hash } = await anchor(database.db)
      return { entries: number, anchor: hash }
    },
    allow,
    publicUrl: config.publicUrl ?? undefined,
    onProblem: (what, error) => log('warn', error, what),
  })
  const app = await buildApp({
    kernel: parts.kernel,
    files: parts.files,
    modules: [parts.complaints],
    noc: { routes: noc.routes, roles: ['admin', 'noc', 'executive', 'verifier'], ready: () => noc.brokerConnected() },
    live: parts.live,
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    webRoot: join(import.meta.dirname, 'web', 'dist'),
    log: { level: 'info', stream: process.stderr },
  })
  const does = (role: CentralRole) => config.roles.includes(role)
  if (secrets.databaseUrl) {
    const road = await openNewsRoad({
      url: secrets.databaseUrl,
      live: parts.kernel.news,
      onArrived: () => parts.kernel.wake(),
      onProblem: (what, error) => log('warn', error, what),
    })
    closing.defer(() => road.close())
  }
  const lost = new AbortController()
  if (secrets.databaseUrl && config.externalBroker && does('ingest')) {
    const owner = await ownShards({
      url: secrets.databaseUrl,
      shards: config.shards,
      stop,
      onWaiting: (taken) => say(`Shards ${shardWords(taken)} are another worker's: waiting until it ends.`),
      onLost: (error) => lost.abort(new Error('The database connection that holds the shards was lost. Start again.', { cause: error })),
    })
    if (!owner) return
    closing.defer(() => owner.release())
  }
  await noc.start()
  closing.defer(() => noc.stop())
  if (does('jobs')) await startJobs({ database, parts, noc, closing, onError })
  let http: number | null = null
  closing.defer(() => app.close())
  if (does('web')) {
    await app.listen({ host: config.host, port: config.port })
    const address = app.server.address()
    http = typeof address === 'object' && address ? address.port : config.port
  }
  if (!config.externalBroker && does('ingest')) say(whoComesIn(config, noc))
  process.stdout.write(`${JSON.stringify({ ready: true, http, mqtt: noc.mqttPort() ?? null, mqtts: noc.mqttsPort() ?? null })}\n`)
  const end = AbortSignal.any([stop, lost.signal])
  if (!end.aborted) await once(end, 'abort')
  setTimeout(() => process.exit(1), STOP_MILLISECONDS).unref()
  lost.signal.throwIfAborted()
}

/** What is due by the clock, and what goes out to people and boxes; once in the city, though twice does no harm. */
async function startJobs(at: {
  database: Database
  parts: Central
  noc: Noc
  closing: AsyncDisposableStack
  onError: (error: unknown) => void
}): Promise<void> {
  const { database, parts, noc, closing, onError } = at
  const outbox = parts.startDelivery(({ node, ...ticket }) => noc.sendTicket(node, ticket))
  closing.defer(() => outbox.stop())
  const tidy = async () => {
    await forgetOldSessions(database.db, Date.now())
    await parts.complaints.tidy()
  }
  const tidying = setInterval(() => void tidy().catch(onError), TIDY_MILLISECONDS)
  closing.defer(() => clearInterval(tidying))
  await tidy()
}

/** The name of a process in counters and at the broker: its roles, and its shards where it takes telemetry in. */
function nameOf({ roles, shards }: CentralConfig): string {
  const whole = roles.length === ROLES.length
  if (!roles.includes('ingest')) return roles.join('-')
  const words = shardWords(shards)
  if (whole) return words === '0-f' ? 'central' : `central-${words}`
  return `${roles.join('-')}-${words}`
}

function brokerOf(config: CentralConfig, secrets: CentralSecrets): BrokerChoice {
  if (secrets.mqttUrl) {
    // Only who takes packets in must not be there twice; several processes for people may.
    const name = nameOf(config)
    const clientId =
      config.roles.length === ROLES.length ? name : `central-${config.roles.includes('ingest') ? name : randomUUID().slice(0, 8)}`
    return { kind: 'url', url: secrets.mqttUrl, username: secrets.mqttUsername, password: secrets.mqttPassword, clientId }
  }
  return { kind: 'embedded', host: config.mqttHost, port: config.mqttPort, secure: config.mqtts ?? undefined }
}

function whoComesIn({ mqttHost, mqtts }: CentralConfig, noc: Noc): string {
  const tokens = `tokens over plain TCP on ${mqttHost}:${noc.mqttPort() ?? '?'} (this machine only)`
  const port = noc.mqttsPort()
  return port === undefined || !mqtts
    ? `MQTT: ${tokens}; no box elsewhere can come in, see --mqtts-host.`
    : `MQTT: boxes by certificate on ${mqtts.host}:${port} as ${mqtts.names.join(', ')}; ${tokens}.`
}

const say = (line: string) => process.stderr.write(`central: ${line}\n`)

function complain(problem: string): number {
  process.stderr.write(`central: ${problem}\n`)
  return 1
}

/** One JSON line, as Fastify's log writes them; never a secret: errors of ours do not carry any. */
function log(level: 'warn', error: unknown, what = 'background work failed'): void {
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`${JSON.stringify({ level, time: Date.now(), msg: what, err: problem })}\n`)
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.env)
