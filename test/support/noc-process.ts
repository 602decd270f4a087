/**
 * Central's NOC as a process of its own, to be killed: reads one JSON argument, prints its MQTT port, and ends itself by
 * SIGKILL when the named point is reached for the nth time.
 */
import { generateKeyPairSync } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { createNoc } from '#central/noc/noc.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { createLive } from '#central/platform/live/live.ts'
import { nocDatabase } from './noc-database.ts'
import type { StorePlace } from './telemetry-stores.ts'

export type NocProcessOptions = {
  place: StorePlace
  port: number
  complaintsFile: string
  die?: { at: 'received' | 'inserted' | 'committed' | 'acked'; nth: number }
}

const options = JSON.parse(process.argv[2]!) as NocProcessOptions
const store = await openTelemetryStore(options.place)
const complaints = new Sqlite(options.complaintsFile)
complaints.pragma('journal_mode = WAL')
complaints.pragma('synchronous = FULL')
complaints.exec('CREATE TABLE IF NOT EXISTS complaint (code TEXT PRIMARY KEY, text TEXT NOT NULL, deliveries INTEGER NOT NULL)')
const take = complaints.prepare(
  'INSERT INTO complaint (code, text, deliveries) VALUES (?, ?, 1) ON CONFLICT (code) DO UPDATE SET deliveries = deliveries + 1',
)

let reached = 0
const noc = createNoc({
  store,
  database: await nocDatabase(),
  live: createLive(),
  signingKey: generateKeyPairSync('ed25519').privateKey,
  broker: { kind: 'embedded', host: '127.0.0.1', port: options.port },
  onComplaint: (arrival) => Promise.resolve(void take.run(arrival.code, arrival.text)),
  complaintNumbers: () => Promise.reject(new Error('not asked here')),
  openComplaintsByNode: () => Promise.resolve(new Map()),
  auditAnchor: () => Promise.reject(new Error('not asked here')),
  allow: () => () => Promise.resolve(undefined),
  failpoint: (name) => {
    if (name === options.die?.at && ++reached === options.die.nth) process.kill(process.pid, 'SIGKILL')
  },
})
await noc.start()
process.stdout.write(`${noc.mqttPort()}\n`)
