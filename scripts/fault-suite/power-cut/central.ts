/** What central may never do: acknowledge a record that is not on disk, store one twice, or let charts differ from records. */
import { join } from 'node:path'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import type { Marks, TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { openDatabase } from '#central/platform/db/database.ts'
import type { Lane, WireRecord } from '#edge/wire/envelope.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { NOW } from '#test/support/ingest-bench.ts'
import { EPOCH, record } from '#test/support/records.ts'
import { codeOf, complaintOf, sessionOf, usageOf } from './facts.ts'
import { nothingFound, type Finding, type Subject } from './subject.ts'

export type CentralLine =
  | { ready: 'city' }
  /** An ack, after it was sent. */
  | ({ node: string } & Marks)

export const TELEMETRY_FILE = 'telemetry.db'
export const CITY_FILE = 'city.db'
export const NODES = ['n-1', 'n-2', 'n-3', 'n-4']

const READ_MAX = 100_000
/** Every so many records one that no schema allows: it must be in quarantine. */
const BAD_EVERY = 29
const COMPLAINT_EVERY = 4
const FACTS_PER_NODE = 1_000_000

const factOf = (node: string, seq: number) => (NODES.indexOf(node) + 1) * FACTS_PER_NODE + seq
const isBad = (seq: number) => seq % BAD_EVERY === 0
const isComplaint = (lane: Lane, seq: number) => lane === 'e' && seq % COMPLAINT_EVERY === 0

/** A box's record follows from its number alone, so whoever looks later knows what it must be. */
export function recordOf(node: string, lane: Lane, seq: number): WireRecord {
  const fact = factOf(node, seq)
  if (isBad(seq)) return record(seq, lane === 't' ? 'usage' : 'session', { seconds: -1 }, NOW)
  if (lane === 't') return record(seq, 'usage', usageOf(fact), NOW - 60_000)
  return isComplaint(lane, seq) ? record(seq, 'complaint', complaintOf(fact), NOW) : record(seq, 'session', sessionOf(fact), NOW)
}

export const centralSubject: Subject = {
  name: 'central',
  program: join(import.meta.dirname, 'central-program.ts'),
  controls: ['off', 'normal', 'no-fsync'],
  async inspect(folder, lines) {
    const acked = new Map<string, Marks>()
    let isReady = false
    for (const line of lines as readonly CentralLine[]) {
      if ('ready' in line) isReady = true
      else acked.set(line.node, { t: line.t, e: line.e })
    }
    const found = nothingFound()
    const store = await openTelemetryStore({ file: join(folder, TELEMETRY_FILE) })
    try {
      const codes = isReady ? await complaintCodes(folder) : []
      for (const node of NODES) await compare(store, codes, node, acked.get(node) ?? { t: 0, e: 0 }, found)
      await compareSums(store, found)
    } finally {
      await store.close()
    }
    return found
  },
}

async function complaintCodes(folder: string): Promise<string[]> {
  const database = await openDatabase({ file: join(folder, CITY_FILE) })
  try {
    // The table belongs to a module that the platform's types do not name.
    const { db } = database
    return (
      await db
        .selectFrom('complaints' as never)
        .select('code' as never)
        .execute()
    ).map(({ code }) => code as string)
  } finally {
    await database.close()
  }
}

async function compare(store: TelemetryStore, codes: string[], node: string, acked: Marks, found: Finding): Promise<void> {
  const usage = (await store.samples(node, 'usage', 0, NOW + 1)).map(({ body }) => (JSON.parse(body) as Usage).downOctets)
  const sessions = (await store.sessions(node, READ_MAX)).map(({ id }) => id)
  const refused = (await store.quarantine(node, READ_MAX)).length
  const marks = (await store.marks(node, EPOCH)) ?? { t: 0, e: 0 }
  const kept = { usage: new Set(usage), sessions: new Set(sessions), codes: new Set(codes) }
  found.duplicated += usage.length - kept.usage.size + sessions.length - kept.sessions.size
  if (node === NODES[0]) found.duplicated += codes.length - kept.codes.size
  let bad = 0
  for (const lane of ['t', 'e'] as const) {
    if (marks[lane] < acked[lane]) found.faults.push(`${node} ${lane}: ${acked[lane]} was acked, the mark is ${marks[lane]}`)
    for (let seq = 1; seq <= acked[lane]; seq++) {
      found.accepted += 1
      const fact = factOf(node, seq)
      if (isBad(seq)) bad += 1
      else if (lane === 't' ? kept.usage.has(fact) : isComplaint(lane, seq) ? kept.codes.has(codeOf(fact)) : kept.sessions.has(`p-${fact}`))
        found.stored += 1
      else found.lost += 1
    }
  }
  found.quarantined += Math.min(bad, refused)
  found.lost += Math.max(0, bad - refused)
  const { records, quarantined } = await store.road(node)
  // Without gaps every number up to the mark is a row or a refusal.
  if (records + quarantined !== marks.t + marks.e)
    found.faults.push(`${node}: ${records} rows and ${quarantined} refused, the marks are ${marks.t} and ${marks.e}`)
}

async function compareSums(store: TelemetryStore, found: Finding): Promise<void> {
  let raw = 0
  let hours = 0
  for (const node of NODES) {
    for (const { body } of await store.samples(node, 'usage', 0, NOW + 1)) raw += (JSON.parse(body) as Usage).downOctets
    for (const { downOctets } of await store.nodeHours(node, 0, NOW + 1)) hours += downOctets
  }
  const minutes = (await store.citySteps(0, NOW + 1, 60_000)).reduce((sum, { downOctets }) => sum + downOctets, 0)
  if (raw !== hours || raw !== minutes) found.faults.push(`records add up to ${raw}, hours to ${hours}, city minutes to ${minutes}`)
}
