/**
 * The road's end: packets in, one group commit at a time, and only then the ack. What is acked is on disk; what is not
 * acked the box sends again, so every refusal to work here (full queue, failed commit) may simply drop.
 */
import { setImmediate, setTimeout as pause } from 'node:timers/promises'
import type { Ack } from '#edge/wire/ack.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { Hello } from '#edge/wire/hello.ts'
import type { Status } from '#edge/wire/status.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { createAcks } from './acks.ts'
import { complaintArrival, type ComplaintArrival } from './arrival.ts'
import { createCommitWork, type WorkInProgress } from './commit-work.ts'
import { understand, type Packet } from './decode.ts'
import { createEventLanes, type ReceivedBatch } from './event-lanes.ts'
import { heardBatch, heardHello, heardStatus, neverHeard } from './heard.ts'
import { createMarkBook } from './marks.ts'
import { planBatch } from './plan.ts'
import { refusedPacket, type Refused } from './quarantine.ts'
import type { Failpoint, Hotspot, NodeHeard, QuarantineEntry, TelemetryStore } from './store-port.ts'

/** How long the first record waits for company: the price of one fsync for many boxes. */
const LINGER_MS = 20
/** A commit of 5,000 rows was measured to hold the event loop for 117 ms. */
const COMMIT_RECORDS_MAX = 1_000
/** About 60 MB decoded. Past it batches are dropped and the boxes resend. */
const QUEUE_RECORDS_MAX = 100_000
/** Both lanes' widest windows, twice: one box cannot take the queue from the others. */
const QUEUE_BATCHES_PER_NODE_MAX = 32
const QUEUE_REFUSALS_MAX = 5_000
/** Batches in flight a box is allowed, by how much waits here. */
const WINDOWS = [
  { waiting: 5_000, window: 8 },
  { waiting: 30_000, window: 4 },
  { waiting: Infinity, window: 1 },
] as const
/** After this many commits in a row that fail alone the database is at fault, not a record. */
const LONE_FAILURES_MAX = 3
/** A database that is away is asked once a second, not fifty times. */
const FAILED_PAUSE_MS = 1_000

export type IngestDeps = {
  store: TelemetryStore
  publish(topic: string, payload: Buffer): Promise<void>
  hotspot(node: string): Promise<Hotspot | undefined>
  kelurahanName(code: string): string
  telemetryAround(node: string, at: number): Promise<unknown>
  onComplaint(arrival: ComplaintArrival): Promise<void>
  onHello(node: string): Promise<void>
  onProblem: (what: string, error: unknown) => void
  now: () => number
  failpoint?: Failpoint
  retryFirstMs?: number
}

export type Ingest = {
  start(): Promise<void>
  onPacket: (packet: Packet) => void
  /** Something the broker refused by itself. */
  onRefused: (refused: Omit<Refused, 'receivedAt'>) => void
  /** Resolves when everything taken so far is committed or dropped. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export function createIngest(deps: IngestDeps): Ingest {
  const { store, now } = deps
  const marks = createMarkBook(store)
  const states = new Map<string, NodeHeard>()
  const dirty = new Set<string>()
  const wentBack = new Set<string>()
  let batches: ReceivedBatch[] = []
  let refusals: QuarantineEntry[] = []
  const queuedByNode = new Map<string, number>()
  let queuedRecords = 0
  let linger: NodeJS.Timeout | undefined
  let flushing: Promise<void> | undefined
  let stopped = false
  const handling = new Set<Promise<void>>()

  const acks = createAcks(sendAck)
  const lanes = createEventLanes({
    committedMark: (node, epoch) => marks.committed(node, epoch, 'e'),
    handOver: async ({ hotspot, receivedAt }, record, complaint) => {
      const kelurahanName = deps.kelurahanName(hotspot.kelurahan)
      const telemetry = await deps.telemetryAround(hotspot.node, receivedAt)
      await deps.onComplaint(complaintArrival({ complaint, record, receivedAt, hotspot, kelurahanName, telemetry }))
    },
    onReady: enqueue,
    onProblem: deps.onProblem,
    ...(deps.retryFirstMs !== undefined && { retryFirstMs: deps.retryFirstMs }),
  })

  function enqueue(received: ReceivedBatch): void {
    const records = received.batch.records.length
    const { node } = received.batch
    const ofNode = queuedByNode.get(node) ?? 0
    if (stopped || queuedRecords + records > QUEUE_RECORDS_MAX || ofNode >= QUEUE_BATCHES_PER_NODE_MAX) return
    queuedByNode.set(node, ofNode + 1)
    batches.push(received)
    queuedRecords += records
    schedule()
  }

  function refuse(refused: Refused): void {
    if (stopped || refusals.length >= QUEUE_REFUSALS_MAX) return
    refusals.push(refusedPacket(refused))
    schedule()
  }

  const nothingWaits = () => batches.length === 0 && refusals.length === 0 && dirty.size === 0

  function schedule(): void {
    if (flushing) return
    if (queuedRecords >= COMMIT_RECORDS_MAX) startFlush()
    else linger ??= setTimeout(startFlush, LINGER_MS)
  }
  function startFlush(): void {
    clearTimeout(linger)
    linger = undefined
    flushing = flush().finally(() => {
      flushing = undefined
      if (!nothingWaits()) schedule()
    })
  }

  async function flush(): Promise<void> {
    while (!nothingWaits()) {
      let count = 0
      let records = 0
      while (count < batches.length && records < COMMIT_RECORDS_MAX) records += batches[count++]!.batch.records.length
      const taken = batches.slice(0, count)
      batches = batches.slice(count)
      queuedRecords -= records
      if (batches.length === 0) queuedByNode.clear()
      else for (const { batch } of taken) queuedByNode.set(batch.node, queuedByNode.get(batch.node)! - 1)
      const refused = refusals
      refusals = []
      const changed = [...dirty]
      dirty.clear()
      if (!(await commitOrSplit(taken, refused, changed)) && !stopped) await pause(FAILED_PAUSE_MS)
      // A store that answers at once must not keep the sockets waiting.
      await setImmediate()
    }
  }

  /**
   * One bad record must not hold up the fleet: when a commit fails, its batches are tried one by one.
   * @returns false when it seems to be the database that fails.
   */
  async function commitOrSplit(taken: ReceivedBatch[], refused: QuarantineEntry[], changed: string[]): Promise<boolean> {
    try {
      await commit(taken, refused, changed)
      return true
    } catch (error) {
      deps.onProblem(`a commit of ${taken.length} batches failed`, error)
    }
    if (taken.length < 2) return false
    let failures = 0
    await commit([], refused, changed).catch((error: unknown) => deps.onProblem('refusals were not written down', error))
    for (const received of taken) {
      try {
        await commit([received], [], [])
        failures = 0
      } catch (error) {
        deps.onProblem(`batch of ${received.batch.node} from seq ${received.batch.records[0]?.seq} failed alone`, error)
        if (++failures >= LONE_FAILURES_MAX) return false
      }
    }
    return true
  }

  async function commit(taken: ReceivedBatch[], refused: QuarantineEntry[], changed: string[]): Promise<void> {
    const work = createCommitWork(now())
    const answer = new Map<string, { node: string; epoch: string }>()
    for (const entry of refused) work.refuse(entry)
    for (const node of changed) work.heard(states.get(node) ?? neverHeard(node))
    for (const received of taken) {
      const { node, epoch } = received.batch
      if (await take(work, received)) answer.set(`${node} ${epoch}`, { node, epoch })
    }
    if (!work.isEmpty()) {
      const outcome = await store.commit(work.rows(), deps.failpoint).catch((error: unknown) => {
        // It may have been committed all the same (the connection broke in between): what is remembered is not believed.
        marks.forget(work.moves())
        throw error
      })
      if (outcome === 'committed') marks.moved(work.moves())
      else {
        // Another process committed for one of these boxes. Nothing of this was written; the boxes resend from its marks.
        marks.forget(work.moves())
        deps.onProblem('a mark was moved by another writer', new Error('commit refused'))
      }
    }
    deps.failpoint?.('committed')
    for (const { node, epoch } of answer.values()) acks.owe(node, epoch)
  }

  /** @returns whether the box is owed an ack. */
  async function take(work: WorkInProgress, received: ReceivedBatch): Promise<boolean> {
    const { batch, receivedAt } = received
    const { node, epoch, lane, lo, records } = batch
    const before = states.get(node) ?? neverHeard(node)
    const admitted = await marks.admit(node, epoch, receivedAt)
    const first = work.markAfter(node, epoch, 't') === undefined && work.markAfter(node, epoch, 'e') === undefined
    if (admitted === 'too-many') {
      work.refuse(
        refusedPacket({ topic: nodeTopic(node, lane), payload: new Uint8Array(), reason: 'too many new outboxes in a day', receivedAt }),
      )
      return false
    }
    const mark = work.markAfter(node, epoch, lane) ?? (await marks.committed(node, epoch, lane))
    const plan = planBatch(mark, { lo, first: records[0]!.seq, last: records.at(-1)!.seq })
    if (plan.take) {
      const newest = work.take({ ...received, plan, markBefore: mark })
      const isNew = admitted === 'new' && first
      if (isNew && before.epoch !== null) work.event({ node, at: receivedAt, kind: 'new-epoch', detail: epoch })
      states.set(node, heardBatch(before, isNew ? epoch : undefined, newest, receivedAt))
    } else states.set(node, heardBatch(before, undefined, {}, receivedAt))
    work.heard(states.get(node)!)
    return true
  }

  async function sendAck(node: string, epoch: string): Promise<void> {
    // Tells the box what is on disk now, which may be more than when the ack fell due.
    const { window } = WINDOWS.find(({ waiting }) => queuedRecords <= waiting)!
    try {
      const at = (await marks.read(node, epoch)) ?? { t: 0, e: 0 }
      const message: Ack = { v: 1, epoch, t: at.t, e: at.e, at: now(), window }
      await deps.publish(nodeTopic(node, 'ack'), encodePacket(message))
      deps.failpoint?.('acked')
    } catch (error) {
      deps.onProblem(`ack to ${node}`, error)
    }
  }

  function onStatus(status: Status, retained: boolean, receivedAt: number): void {
    const next = heardStatus(states.get(status.node) ?? neverHeard(status.node), status, receivedAt, retained)
    if (next) changed(next)
  }

  async function onHello(hello: Hello, receivedAt: number): Promise<void> {
    const { node, epoch } = hello
    changed(heardHello(states.get(node) ?? neverHeard(node), hello, receivedAt))
    const committed = await marks.read(node, epoch)
    for (const lane of ['t', 'e'] as const) {
      // A box whose outbox was put back to an older copy would number new facts with seqs that are taken.
      if (committed && hello.lanes[lane].hi < committed[lane] && wentBack.size < QUEUE_REFUSALS_MAX && !wentBack.has(`${node} ${epoch}`)) {
        wentBack.add(`${node} ${epoch}`)
        refuse({
          topic: nodeTopic(node, 'hello'),
          payload: encodePacket(hello),
          reason: `the outbox went back: lane ${lane} ends at ${hello.lanes[lane].hi}, ${committed[lane]} is committed`,
          receivedAt,
        })
      }
    }
    acks.owe(node, epoch)
    await deps.onHello(node)
  }

  function changed(state: NodeHeard): void {
    if (stopped) return
    states.set(state.node, state)
    dirty.add(state.node)
    schedule()
  }

  async function handle(packet: Packet, receivedAt: number): Promise<void> {
    const understood = understand(packet)
    if (!understood.ok) return refuse({ ...packet, reason: understood.reason, receivedAt })
    const message = understood.value
    const node = message.kind === 'batch' ? message.batch.node : message.kind === 'status' ? message.status.node : message.hello.node
    const hotspot = await deps.hotspot(node)
    if (!hotspot) return refuse({ ...packet, reason: 'not a registered hotspot', receivedAt })
    deps.failpoint?.('received')
    switch (message.kind) {
      case 'batch': {
        const received = { hotspot, batch: message.batch, receivedAt }
        if (message.batch.lane === 'e') lanes.enter(received)
        else enqueue(received)
        return
      }
      case 'status':
        return onStatus(message.status, packet.retained, receivedAt)
      case 'hello':
        return onHello(message.hello, receivedAt)
    }
  }

  return {
    async start() {
      for (const state of await store.heard()) states.set(state.node, state)
    },
    onPacket(packet) {
      if (stopped) return
      const handled: Promise<void> = handle(packet, now())
        .catch((error: unknown) => deps.onProblem(`a packet on ${packet.topic}`, error))
        .finally(() => handling.delete(handled))
      handling.add(handled)
    },
    onRefused: (refused) => refuse({ ...refused, receivedAt: now() }),
    async settle() {
      await Promise.all(handling)
      const idle = () => !flushing && nothingWaits()
      while (!idle()) await (flushing ?? pause(LINGER_MS))
      await acks.settle()
    },
    async stop() {
      stopped = true
      lanes.stop()
      await Promise.all(handling)
      clearTimeout(linger)
      linger = undefined
      await flushing
      await flush()
      await acks.settle()
    },
  }
}
