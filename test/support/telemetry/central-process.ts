/** Central's road end as its own process: the real NOC over a SQLite file. Argument: a CentralSetup as JSON. Says `ready` on stdout. */
import { generateKeyPairSync } from 'node:crypto'
import { flushCompileCache } from 'node:module'
import Database from 'better-sqlite3'
import { createNoc } from '#central/noc/noc.ts'
import { tokenHash } from '#central/platform/accounts/codes.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { answerWhenAsked } from './account.ts'
import type { CentralSetup } from './setup.ts'
import { nocDatabase } from '../noc-database.ts'

const setup = JSON.parse(process.argv[2]!) as CentralSetup
const store = await openTelemetryStore({ file: setup.file })
for (const { token, ...hotspot } of setup.hotspots) await store.addHotspot(hotspot, tokenHash(token), Date.now())

// Stands in for the complaints module: durable, once per ticket code, and counting how often it was told.
const complaints = new Database(setup.complaintsFile)
complaints.pragma('journal_mode = WAL')
complaints.pragma('synchronous = FULL')
complaints.exec('CREATE TABLE IF NOT EXISTS complaint (code TEXT PRIMARY KEY, text TEXT NOT NULL)')
const receive = complaints.prepare('INSERT OR IGNORE INTO complaint (code, text) VALUES (?, ?)')

let reached = 0
/** How often each point of a commit was passed, and when last. */
const passed: Record<string, { times: number; lastAt: number }> = {}
const noc = createNoc({
  store,
  database: await nocDatabase(),
  live: { publish: () => {}, subscribe: () => () => {} },
  signingKey: generateKeyPairSync('ed25519').privateKey,
  broker: setup.broker,
  onComplaint: async (arrival) => {
    receive.run(arrival.code, arrival.text)
  },
  complaintNumbers: () => Promise.reject(new Error('no screens here')),
  openComplaintsByNode: async () => new Map(),
  auditAnchor: () => Promise.reject(new Error('no screens here')),
  allow: () => () => Promise.reject(new Error('no screens here')),
  failpoint: (name) => {
    passed[name] = { times: (passed[name]?.times ?? 0) + 1, lastAt: Date.now() }
    if (name === setup.die?.at && ++reached === setup.die.nth) process.kill(process.pid, 'SIGKILL')
  },
  onProblem: (what, error) => process.stderr.write(`central: ${what}: ${error instanceof Error ? error.message : String(error)}\n`),
})
flushCompileCache()
answerWhenAsked('central', () => ({ brokerConnected: noc.brokerConnected(), passed }))
await noc.start()
process.stdout.write(`ready ${noc.mqttPort() ?? 0}\n`)
