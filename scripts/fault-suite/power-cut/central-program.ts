/** Central's ingest and its complaints at work on their two database files, without a broker. Argument: a ProgramArgument. */
import { join } from 'node:path'
import { openDatabase } from '#central/platform/db/database.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { decodePacket, type Lane } from '#edge/wire/envelope.ts'
import { parseTopic } from '#edge/wire/topics.ts'
import type { Ack } from '#edge/wire/ack.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { centralOn, prepareDatabase } from '#test/support/central.ts'
import { openIngest } from '#test/support/ingest-bench.ts'
import { batch } from '#test/support/records.ts'
import { CITY_FILE, NODES, recordOf, TELEMETRY_FILE, type CentralLine } from './central.ts'
import { openLedger } from './ledger.ts'
import type { ProgramArgument } from './subject.ts'
import { weaken } from './weaken.ts'

const { folder, seed, rounds, control } = JSON.parse(process.argv[2]!) as ProgramArgument
weaken(control)
const random = seededRandom(seed)
const say = openLedger<CentralLine>(folder)

const database = await openDatabase({ file: join(folder, CITY_FILE) })
await prepareDatabase(database)
const city = centralOn(database)
say({ ready: 'city' })
const store = await openTelemetryStore({ file: join(folder, TELEMETRY_FILE) })

const { ingest, send } = await openIngest(store, {
  onComplaint: async (arrival) => void (await city.complaints.receive(arrival)),
  publish(topic, payload) {
    const packet = decodePacket(payload)
    const parsed = parseTopic(topic)
    if (packet.ok && parsed?.leaf === 'ack') {
      const { t, e } = packet.value as Ack
      say({ node: parsed.node, t, e })
    }
    return Promise.resolve()
  },
})

const sent = new Map(NODES.map((node) => [node, { t: 0, e: 0 }]))
for (let round = 0; round < rounds; round++) {
  const batches = NODES.flatMap((node) => {
    if (random() < 0.4) return []
    const lane: Lane = random() < 0.3 ? 'e' : 't'
    const marks = sent.get(node)!
    // Now and then again what was sent before, as after an ack that was lost.
    const first = Math.max(1, marks[lane] + 1 - (random() < 0.2 ? 5 : 0))
    const count = 1 + Math.floor(random() * (lane === 't' ? 25 : 4))
    marks[lane] = Math.max(marks[lane], first + count - 1)
    return [
      batch(
        node,
        lane,
        Array.from({ length: count }, (_, i) => recordOf(node, lane, first + i)),
      ),
    ]
  })
  await send(...batches)
}
await ingest.stop()
city.forget()
process.exit(0)
