/** What the outbox costs a box, and how fast records get from its disk to central's. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { createNoc } from '#central/noc/noc.ts'
import { tokenHash } from '#central/platform/accounts/codes.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { openOutbox, type Outbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { nocDatabase } from '#test/support/noc-database.ts'
import type { BenchRow } from './row.ts'

const REPETITIONS = 3
const SECONDS_EACH = 1
/** Five boxes with a backlog of a little over three days each. */
const BOXES = 5
const RECORDS_PER_BOX = 5_000
const DRAIN_SECONDS_MAX = 8
const BYTES_MAX = 64 * 1024 * 1024

const usage = (i: number): Usage => ({
  seconds: 60,
  online: i % 40,
  waiting: i % 3,
  upOctets: i * 900,
  downOctets: i * 11_000,
  admitted: i % 2,
  portalPages: i % 9,
})
const session = (i: number) => ({
  id: `p-${i}`,
  source: 'portal' as const,
  event: 'start' as const,
  device: '00112233aabbccdd',
  startedAt: 1_790_000_000_000 + i,
  seconds: 0,
  upOctets: 0,
  downOctets: 0,
})

export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-outbox-'))
  try {
    const events = median(repeat((n) => perSecond(join(folder, `e${n}.db`), (outbox, i) => outbox.record('session', session(i)))))
    const telemetry = median(repeat((n) => perSecond(join(folder, `t${n}.db`), (outbox, i) => outbox.record('usage', usage(i)))))
    const drained = await drain(folder)
    return [
      row(
        'outbox, events',
        'appends',
        'records/s',
        events,
        `each on disk (WAL, synchronous=FULL) before it returns; median of ${REPETITIONS} × ${SECONDS_EACH} s`,
      ),
      row(
        'outbox, telemetry',
        'appends',
        'records/s',
        telemetry,
        `committed in groups of 500; median of ${REPETITIONS} × ${SECONDS_EACH} s`,
      ),
      row(
        'outbox to central’s disk',
        'drain',
        'records/s',
        drained,
        `${BOXES} boxes × ${RECORDS_PER_BOX} usage records through the embedded broker until central's last ack; boxes and central share one process and one core`,
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const row = (benchmark: string, figure: string, unit: string, value: number, method: string): BenchRow => ({
  benchmark,
  figure,
  unit,
  value: Math.round(value),
  method,
})
const repeat = (measure: (n: number) => number) => Array.from({ length: REPETITIONS }, (_, n) => measure(n))
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

function perSecond(file: string, append: (outbox: Outbox, i: number) => void): number {
  const outbox = openOutbox({ file, bytesMax: BYTES_MAX, groupSeconds: 10 })
  const begun = performance.now()
  let count = 0
  while (performance.now() - begun < SECONDS_EACH * 1000) append(outbox, count++)
  outbox.flush()
  const seconds = (performance.now() - begun) / 1000
  outbox.close()
  return count / seconds
}

async function drain(folder: string): Promise<number> {
  const store = await openTelemetryStore({ file: join(folder, 'central.db') })
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const noc = createNoc({
    store,
    database: await nocDatabase(),
    live: { publish: () => {}, subscribe: () => () => {} },
    signingKey: privateKey,
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
    onComplaint: async () => {},
    complaintNumbers: () => Promise.reject(new Error('not benched')),
    openComplaintsByNode: async () => new Map(),
    auditAnchor: () => Promise.reject(new Error('not benched')),
    allow: () => () => Promise.reject(new Error('not benched')),
  })
  await noc.start()
  const url = `mqtt://127.0.0.1:${noc.mqttPort()}`
  const centralKey = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const boxes = await Promise.all(Array.from({ length: BOXES }, (_, i) => fullBox(folder, i)))
  for (const { hotspot, token } of boxes) await store.addHotspot(hotspot, tokenHash(token), Date.now())

  const begun = performance.now()
  const uplinks = boxes.map(({ hotspot, token, outbox }) =>
    startUplink({
      node: hotspot.node,
      mqtt: { url, token, centralKey },
      version: 'bench',
      outbox,
      liveStatus: () => ({}),
      onKept: () => {},
    }),
  )
  const acked = () => uplinks.reduce((sum, uplink) => sum + (uplink.centralMark()?.t ?? 0), 0)
  while (acked() < BOXES * RECORDS_PER_BOX && performance.now() - begun < DRAIN_SECONDS_MAX * 1000) await setTimeout(5)
  const rate = acked() / ((performance.now() - begun) / 1000)
  await Promise.all(uplinks.map((uplink) => uplink.close()))
  for (const { outbox } of boxes) outbox.close()
  await noc.stop()
  await store.close()
  return rate
}

async function fullBox(folder: string, i: number) {
  const node = `bench-${i}`
  const from = Date.now() - RECORDS_PER_BOX * 60_000
  let minute = 0
  const outbox = openOutbox({
    file: join(folder, `box-${i}.db`),
    bytesMax: BYTES_MAX,
    groupSeconds: 10,
    now: () => from + minute * 60_000,
    clockTrust: () => 'ntp',
  })
  for (; minute < RECORDS_PER_BOX; minute++) outbox.record('usage', usage(minute))
  outbox.flush()
  const hotspot = { node, name: 'Bench', kelurahan: '35.77.01.1003', rt: 'RT 01 RW 01', lat: -7.63, lon: 111.53, simulated: true }
  return { hotspot, token: `a-token-of-this-bench-only-0123456789-${node}`, outbox }
}
