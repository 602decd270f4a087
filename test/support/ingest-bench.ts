/** Central's ingest without a broker: packets in by hand, acks out into a list. */
import { createIngest, type Ingest, type IngestDeps } from '#central/noc/ingest/ingest.ts'
import type { ComplaintArrival } from '#central/noc/ingest/arrival.ts'
import type { Hotspot, TelemetryStore, VisitMove } from '#central/noc/ingest/store-port.ts'
import type { Ack } from '#edge/wire/ack.ts'
import { decodePacket, type Batch } from '#edge/wire/envelope.ts'
import { parseTopic } from '#edge/wire/topics.ts'
import { packetOf } from './records.ts'

/** A Tuesday morning in Madiun. */
export const NOW = Date.UTC(2026, 8, 22, 2, 0, 0)

export const hotspotOf = (node: string): Hotspot => ({
  node,
  name: `Hotspot ${node}`,
  kelurahan: '35.77.01.1003',
  rt: 'RT 01 RW 02',
  lat: -7.629,
  lon: 111.537,
  simulated: false,
})

export type IngestBench = {
  ingest: Ingest
  acks: (Ack & { node: string })[]
  complaints: ComplaintArrival[]
  problems: string[]
  hellos: string[]
  visits: VisitMove[]
  send(...batches: Batch[]): Promise<void>
  lastAck(node: string): Ack | undefined
}

export async function openIngest(store: TelemetryStore, change: Partial<IngestDeps> = {}): Promise<IngestBench> {
  const acks: (Ack & { node: string })[] = []
  const complaints: ComplaintArrival[] = []
  const problems: string[] = []
  const hellos: string[] = []
  const visits: VisitMove[] = []
  const ingest = createIngest({
    store,
    publish: (topic, payload) => {
      const packet = decodePacket(payload)
      const parsed = parseTopic(topic)
      if (packet.ok && parsed?.leaf === 'ack') acks.push({ ...(packet.value as Ack), node: parsed.node })
      return Promise.resolve()
    },
    hotspot: (node) => Promise.resolve(node.startsWith('n-') ? hotspotOf(node) : undefined),
    kelurahanName: () => 'Klegen',
    telemetryAround: () => Promise.resolve(null),
    onComplaint: (arrival) => Promise.resolve(void complaints.push(arrival)),
    onHello: ({ node }) => Promise.resolve(void hellos.push(node)),
    onVisits: (moves) => void visits.push(...moves),
    onProblem: (what) => void problems.push(what),
    now: () => NOW,
    retryFirstMs: 10,
    ...change,
  })
  await ingest.start()
  return {
    ingest,
    acks,
    complaints,
    problems,
    hellos,
    visits,
    async send(...batches) {
      for (const batch of batches) ingest.onPacket(packetOf(batch))
      await ingest.settle()
    },
    lastAck: (node) => acks.findLast((ack) => ack.node === node),
  }
}
