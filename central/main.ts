#!/usr/bin/env node
/**
 * Central's boot story, top to bottom: configuration → database → telemetry store → city → network → HTTP. Then it serves
 * until a signal, and closes in reverse.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { buildApp } from './app.ts'
import { createCentral } from './central.ts'
import { CONFIG_HELP, readConfig, type CentralConfig, type CentralSecrets } from './config.ts'
import { openTelemetryStore } from './noc/ingest/telemetry-store.ts'
import { createNoc, type BrokerChoice } from './noc/noc.ts'
import { loadSigningKey } from './noc/signing-key.ts'
import { allow } from './platform/accounts/guard.ts'
import { forgetOldSessions } from './platform/accounts/session-store.ts'
import { anchor } from './platform/audit/store.ts'
import { openDatabase } from './platform/db/database.ts'
import { prepareDatabase } from './prepare.ts'
import { startProblem } from './start-problem.ts'

const HELP = `Broadband City central: the network operations centre and the government modules.

Usage: node central/main.ts [options]

${CONFIG_HELP}
  --help                this text

When serving it prints one line of JSON on stdout: {"ready":true,"http":PORT,"mqtt":PORT}.`

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

  const onError = (error: unknown) => log('warn', error)
  const parts = createCentral({ database, dataDir: config.dataDir, onError })
  const noc = createNoc({
    store,
    database,
    live: parts.live,
    signingKey: key.privateKey,
    broker: brokerOf(config, secrets),
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
  await noc.start()
  closing.defer(() => noc.stop())
  const outbox = parts.startDelivery(({ node, ...ticket }) => noc.sendTicket(node, ticket))
  closing.defer(() => outbox.stop())
  const tidying = setInterval(() => void tidy().catch(onError), TIDY_MILLISECONDS)
  closing.defer(() => clearInterval(tidying))
  const tidy = async () => {
    await forgetOldSessions(database.db, Date.now())
    await parts.complaints.tidy()
  }
  await tidy()
  closing.defer(() => app.close())
  await app.listen({ host: config.host, port: config.port })
  const address = app.server.address()
  const http = typeof address === 'object' && address ? address.port : config.port
  process.stdout.write(`${JSON.stringify({ ready: true, http, mqtt: noc.mqttPort() ?? null })}\n`)
  if (!stop.aborted) await once(stop, 'abort')
  setTimeout(() => process.exit(1), STOP_MILLISECONDS).unref()
}

function brokerOf(config: CentralConfig, secrets: CentralSecrets): BrokerChoice {
  if (secrets.mqttUrl) return { kind: 'url', url: secrets.mqttUrl, username: secrets.mqttUsername, password: secrets.mqttPassword }
  return { kind: 'embedded', host: config.mqttHost, port: config.mqttPort }
}

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
