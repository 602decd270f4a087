/**
 * One seeded life of a box and a central, in simulated time: the real conversation and window, central's real rule for
 * batches, and a road that loses, delays and repeats packets while everything on it dies now and then.
 */
import { planBatch } from '#central/noc/ingest/plan.ts'
import { converse, type Conversation } from '#edge/telemetry/conversation.ts'
import type { UplinkOutbox } from '#edge/telemetry/outbox.ts'
import type { Ack } from '#edge/wire/ack.ts'
import { encodePacket, type Batch, type Lane, type WireRecord } from '#edge/wire/envelope.ts'
import type { Reported } from '#edge/wire/desired.ts'
import type { Hello } from '#edge/wire/hello.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'

export type Life = {
  /** seq → how often central stored it. */
  stored: Record<Lane, Map<number, number>>
  hi: Record<Lane, number>
  /** Telemetry the box gave up: before central had acked it, and after. */
  gone: { unacked: Set<number>; acked: Set<number> }
  /** Central was set back to a backup at least once. */
  restored: boolean
  stepsAfterCalm: number
  hellos: number
}

type Packet = { to: 'central' | 'box'; connection: number; at: number; message: Hello | Batch | Ack | Reported }

const EPOCH = '00000000000000aa'
const LANES = ['t', 'e'] as const

function memoryOutbox() {
  const rows: Record<Lane, number[]> = { t: [], e: [] }
  const hi = { t: 0, e: 0 }
  const gone = { unacked: new Set<number>(), acked: new Set<number>() }
  const mark = { t: 0, e: 0 }
  const record = (seq: number, lane: Lane): WireRecord => ({
    seq,
    at: seq,
    mono: seq,
    clock: 'ntp',
    kind: lane === 't' ? 'usage' : 'session',
    body: {},
  })
  const outbox: UplinkOutbox = {
    record: () => 0,
    eventDelivered: (seq) => seq <= mark.e,
    epoch: () => EPOCH,
    bounds: (lane) => ({ lo: rows[lane][0] ?? hi[lane] + 1, hi: hi[lane] }),
    pending: (lane, afterSeq, limit) =>
      rows[lane]
        .filter((seq) => seq > afterSeq)
        .slice(0, Math.min(limit, 7))
        .map((seq) => record(seq, lane)),
    acked: (ack) => Object.assign(mark, { t: ack.t, e: ack.e }),
    onCommitted: () => () => {},
  }
  return {
    ...outbox,
    hi,
    gone,
    append(lane: Lane) {
      rows[lane].push((hi[lane] += 1))
    },
    evict(count: number) {
      for (const seq of rows.t.splice(0, count)) gone[seq > mark.t ? 'unacked' : 'acked'].add(seq)
    },
  }
}

export function liveOnce(seed: number): Life {
  const random = seededRandom(seed)
  const chance = (probability: number) => random() < probability
  const upTo = (n: number) => Math.floor(random() * n)
  const outbox = memoryOutbox()
  // A restore from backup takes rows and marks back together.
  let central = { marks: { t: 0, e: 0 }, stored: { t: new Map<number, number>(), e: new Map<number, number>() } }
  let backup = structuredClone(central)
  let centralUpAt = 0
  let clock = 0
  let road: Packet[] = []
  let connection = 0
  let talk: Conversation | undefined
  let connectAt = 0
  let hellos = 0
  let restored = false
  /** Afterwards nothing fails any more, and everything must arrive. */
  const calmFrom = 400 + upTo(400)

  const lose = () => clock < calmFrom && chance(0.02)
  const send = (packet: Omit<Packet, 'at'>) => {
    if (lose()) return
    road.push({ ...packet, at: clock + 1 + upTo(6) })
    if (clock < calmFrom && chance(0.02)) road.push({ ...packet, at: clock + 1 + upTo(20) })
  }
  const openTalk = () => {
    connection += 1
    const mine = connection
    talk = converse({
      node: 'box-1',
      version: 'test',
      outbox,
      isRoadBusy: () => false,
      isRoadFull: () => false,
      ackTimeoutSeconds: 0.03,
      now: () => clock,
      steady: () => clock,
      publish(leaf, message) {
        if (leaf === 'hello') hellos += 1
        send({ to: 'central', connection: mine, message })
      },
    })
    talk.ask()
  }
  const answer = (to: number) =>
    send({ to: 'box', connection: to, message: { v: 1, epoch: EPOCH, ...central.marks, at: clock, window: 1 + upTo(6) } })
  const centralTakes = (packet: Packet) => {
    if (clock < centralUpAt) return
    if ('records' in packet.message) store(central, packet.message)
    // Killed after the commit, before the ack: the worst moment for a road that must not double.
    if (clock < calmFrom && chance(0.03)) centralUpAt = clock + upTo(60)
    else answer(packet.connection)
  }

  for (; clock < calmFrom + 2_000; clock++) {
    if (clock < calmFrom) {
      if (chance(0.3)) outbox.append('t')
      if (chance(0.1)) outbox.append('e')
      if (chance(0.005)) outbox.evict(upTo(12))
      if (chance(0.01)) centralUpAt = clock + upTo(60)
      if (chance(0.004)) backup = structuredClone(central)
      if (chance(0.002)) [central, restored] = [structuredClone(backup), true]
      if (talk && chance(0.02)) [talk, road, connectAt] = [undefined, [], clock + upTo(30)]
    } else if (isAllThere(central.marks, outbox.hi)) break
    if (!talk && clock >= connectAt) openTalk()
    const due = road.filter((packet) => packet.at <= clock)
    road = road.filter((packet) => packet.at > clock)
    for (const packet of due) {
      if (packet.to === 'central') centralTakes(packet)
      else if (packet.connection === connection) talk?.takeAck(encodePacket(packet.message))
    }
    talk?.tick()
  }
  return { stored: central.stored, hi: outbox.hi, gone: outbox.gone, restored, stepsAfterCalm: clock - calmFrom, hellos }
}

const isAllThere = (marks: Record<Lane, number>, hi: Record<Lane, number>) => LANES.every((lane) => marks[lane] === hi[lane])

function store(central: { marks: Record<Lane, number>; stored: Record<Lane, Map<number, number>> }, batch: Batch): void {
  const { lane, lo, records } = batch
  const plan = planBatch(central.marks[lane], { lo, first: records[0]!.seq, last: records.at(-1)!.seq })
  if (!plan.take) return
  for (const { seq } of records) {
    if (seq >= plan.from) central.stored[lane].set(seq, (central.stored[lane].get(seq) ?? 0) + 1)
  }
  central.marks[lane] = plan.mark
}
