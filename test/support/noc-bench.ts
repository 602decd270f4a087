/** A whole NOC in this process, with what the rest of central would hand it. */
import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync } from 'node:crypto'
import type { ComplaintArrival } from '#central/noc/ingest/arrival.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import type { LiveEvent } from '#central/noc/api.ts'
import { createNoc, type Noc, type NocDeps } from '#central/noc/noc.ts'
import { createLive } from '#central/platform/live/live.ts'
import type { Live } from '#central/platform/live/port.ts'
import { hotspotOf } from './ingest-bench.ts'
import { nocDatabase } from './noc-database.ts'

export type NocBench = {
  noc: Noc
  live: Live<LiveEvent>
  complaints: ComplaintArrival[]
  publicKey: KeyObject
  /** Of n-1 and n-2. */
  tokens: Map<string, string>
  port: number
}

export async function openNoc(store: TelemetryStore, change: Partial<NocDeps> = {}): Promise<NocBench> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const live = createLive<LiveEvent>()
  const complaints: ComplaintArrival[] = []
  const noc = createNoc({
    store,
    database: change.database ?? (await nocDatabase()),
    live,
    signingKey: privateKey,
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
    onComplaint: (arrival) => Promise.resolve(void complaints.push(arrival)),
    complaintNumbers: () => Promise.resolve({ open: 2, overdue: 1, today: 3, answeredToday: 1, latest: [] }),
    openComplaintsByNode: () => Promise.resolve(new Map([['n-1', 2]])),
    auditAnchor: () => Promise.resolve({ entries: 5, anchor: 'ab'.repeat(32) }),
    allow: () => () => Promise.resolve(undefined),
    boardTickMs: 50,
    revokedMs: 100,
    gatherMs: 20,
    ...change,
  })
  const tokens = await noc.registry.seed(['n-1', 'n-2'].map(hotspotOf))
  await noc.start()
  return { noc, live, complaints, publicKey, tokens, port: noc.mqttPort() ?? 0 }
}
