/**
 * The road's end: packets in, one group commit at a time, and only then the ack. What is acked is on disk; what is not
 * acked the box sends again, so every refusal to work here (full queue, failed commit) may simply drop.
 */
import type { Ack } from '#edge/wire/ack.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { Reported } from '#edge/wire/desired.ts'
import type { Hello } from '#edge/wire/hello.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { createAcks } from './acks.ts'
import { complaintArrival, type ComplaintArrival } from './arrival.ts'
import { commitOrSplit } from './committer.ts'
import { understand, type Packet, type Understood } from './decode.ts'
import { createEventLanes, type EventLanes, type ReceivedBatch } from './event-lanes.ts'
import { heardHello, heardReported, heardStatus, neverHeard } from './heard.ts'
import { createMarkBook, type MarkBook } from './marks.ts'
import { createSameRefusals, refusedPacket, type Refused } from './quarantine.ts'
import { createCommitQueue, type CommitQueue } from './queue.ts'
import { createUnread } from './unread.ts'
import type { Failpoint, Hotspot, Marks, NodeHeard, TelemetryStore, VisitMove } from './store-port.ts'

/**
 * Batches in flight a box is allowed, by how many records wait here. The answer to a hello allows one: a city that comes
 * back with a backlog says hello all at once, while nothing waits here yet, and would then send more than is taken.
 */
const HELLO_WINDOW = 1
/** Two commits: the next one is ready when the last one ends. */
const READ_AHEAD_RECORDS = 5_000
const WINDOWS = [
  { waiting: 5_000, window: 8 },
  { waiting: 30_000, window: 4 },
  { waiting: Infinity, window: 1 },
] as const
/** Boxes whose outbox went back are written down once; more than this at once is one story, not many. */
const WENT_BACK_MAX = 5_000

export type IngestDeps = {
  store: TelemetryStore
  publish(topic: string, payload: Buffer): Promise<void>
  hotspot(node: string): Promise<Hotspot | undefined>
  /** Whether every certificate of this box was taken back: a broker elsewhere lets a running connection go on. */
  isShutOut?: (node: string) => boolean
  kelurahanName(code: string): string
  telemetryAround(node: string, at: number): Promise<unknown>
  onComplaint(arrival: ComplaintArrival): Promise<void>
  onHello(hello: Hello): Promise<void>
  /** What a box says it runs by. `retained`: from the broker's memory. */
  onReported?: (reported: Reported, retained: boolean) => Promise<void>
  /** Sessions that began, moved or ended, once that is committed. */
  onVisits(visits: readonly VisitMove[]): void
  onProblem: (what: string, error: unknown) => void
  now: () => number
  /** Names this process's counters; one when there is only one. */
  worker?: string
  failpoint?: Failpoint
  retryFirstMs?: number
}

export type Ingest = {
  start(): Promise<void>
  onPacket: (packet: Packet) => void
  /** Something the broker refused by itself. */
  onRefused: (refused: Omit<Refused, 'receivedAt'>) => void
  /** Records that wait for their commit; those in packets not read yet by an estimate. */
  waiting(): number
  /** Resolves when everything taken so far is committed or dropped. */
  settle(): Promise<void>
  stop(): Promise<void>
}

export function createIngest(deps: IngestDeps): Ingest {
  const { store, now } = deps
  const marks = createMarkBook(store)
  const states = new Map<string, NodeHeard>()
  const handling = new Set<Promise<unknown>>()
  let stopped = false

  /** Boxes that said hello and had nothing committed since. */
  const greeting = new Set<string>()
  const windowOf = (node: string): number =>
    greeting.has(node) ? HELLO_WINDOW : WINDOWS.find(({ waiting }) => recordsWaiting() <= waiting)!.window
  const acks = createAcks((node, epoch) => sendAck(deps, marks, { node, epoch, window: windowOf(node) }))
  const owe = (node: string, epoch: string) => {
    greeting.delete(node)
    acks.owe(node, epoch)
  }
  const onVisits = (visits: readonly VisitMove[]) => deps.onVisits(visits)
  const committer = {
    store,
    marks,
    states,
    owe,
    onVisits,
    onProblem: deps.onProblem,
    now,
    worker: deps.worker ?? 'central',
    failpoint: deps.failpoint,
  }
  const queue = createCommitQueue((waiting) => {
    unread.pump()
    return commitOrSplit(committer, waiting)
  })
  const unread = createUnread({ hasRoom: () => queue.records() < READ_AHEAD_RECORDS, read })
  const recordsWaiting = () => queue.records() + unread.records()
  const lanes = openLanes(deps, marks, queue)
  const isSame = createSameRefusals()
  const refuse = (refused: Refused) => queue.refuse({ ...refusedPacket(refused), countOnly: isSame(refused) })
  const wentBack = createWentBack()

  function onHeard(state: NodeHeard | undefined): void {
    if (!state || stopped) return
    states.set(state.node, state)
    queue.changed(state.node)
  }

  async function onHello(hello: Hello, receivedAt: number): Promise<void> {
    const { node, epoch } = hello
    onHeard(heardHello(states.get(node) ?? neverHeard(node), hello, receivedAt))
    const reason = wentBack(hello, await marks.read(node, epoch))
    if (reason !== undefined) refuse({ topic: nodeTopic(node, 'hello'), payload: encodePacket(hello), reason, receivedAt })
    greeting.add(node)
    acks.owe(node, epoch)
    await deps.onHello(hello)
  }

  async function read(packet: Packet, receivedAt: number): Promise<number> {
    const before = queue.records()
    await handle(packet, receivedAt).catch((error: unknown) => deps.onProblem(`a packet on ${packet.topic}`, error))
    return queue.records() - before
  }

  async function handle(packet: Packet, receivedAt: number): Promise<void> {
    const understood = understand(packet)
    if (!understood.ok) return refuse({ ...packet, reason: understood.reason, receivedAt })
    const message = understood.value
    const node = nodeOf(message)
    const hotspot = await deps.hotspot(node)
    if (!hotspot) return refuse({ ...packet, reason: 'not a registered hotspot', receivedAt })
    // Without the payload: the box keeps it and sends it again once it has a certificate that counts.
    if (deps.isShutOut?.(node) && !isGoodbye(message))
      return refuse({ topic: packet.topic, payload: new Uint8Array(), reason: 'its certificate was revoked', receivedAt })
    deps.failpoint?.('received')
    switch (message.kind) {
      case 'batch': {
        const received = { hotspot, batch: message.batch, receivedAt }
        if (message.batch.lane === 'e') lanes.enter(received)
        else queue.add(received)
        return
      }
      case 'status':
        return onHeard(heardStatus(states.get(node) ?? neverHeard(node), message.status, receivedAt, packet.retained))
      case 'hello':
        return onHello(message.hello, receivedAt)
      case 'reported':
        onHeard(heardReported(states.get(node) ?? neverHeard(node), message.reported, receivedAt, packet.retained))
        return deps.onReported?.(message.reported, packet.retained)
    }
  }

  return {
    async start() {
      for (const state of await store.heard()) states.set(state.node, state)
    },
    onPacket(packet) {
      if (stopped) return
      // What is live, and events, do not wait behind a backlog.
      if (packet.topic.endsWith('/t')) return unread.add(packet, now())
      const handled: Promise<unknown> = read(packet, now()).finally(() => handling.delete(handled))
      handling.add(handled)
    },
    waiting: recordsWaiting,
    onRefused: (refused) => refuse({ ...refused, receivedAt: now() }),
    async settle() {
      await Promise.all(handling)
      await lanes.settle()
      while (!unread.isEmpty()) {
        await unread.pause()
        await queue.settle()
      }
      await queue.settle()
      await acks.settle()
    },
    async stop() {
      stopped = true
      unread.stop()
      lanes.stop()
      await Promise.all([...handling, unread.pause()])
      await queue.stop()
      await acks.settle()
    },
  }
}

function nodeOf(message: Understood): string {
  switch (message.kind) {
    case 'batch':
      return message.batch.node
    case 'status':
      return message.status.node
    case 'hello':
      return message.hello.node
    case 'reported':
      return message.reported.node
  }
}

/** A last will is the broker's word as much as the box's, and says nothing but that it is gone. */
const isGoodbye = (message: Understood): boolean => message.kind === 'status' && !message.status.online

function openLanes(deps: IngestDeps, marks: MarkBook, queue: CommitQueue): EventLanes {
  const telemetryAround = oncePerBatch(deps)
  return createEventLanes({
    committedMark: (node, epoch) => marks.committed(node, epoch, 'e'),
    handOver: async (received, record, complaint) => {
      const { hotspot, receivedAt } = received
      const kelurahanName = deps.kelurahanName(hotspot.kelurahan)
      const telemetry = await telemetryAround(received)
      await deps.onComplaint(complaintArrival({ complaint, record, receivedAt, hotspot, kelurahanName, telemetry }))
    },
    onReady: queue.add,
    onProblem: deps.onProblem,
    ...(deps.retryFirstMs !== undefined && { retryFirstMs: deps.retryFirstMs }),
  })
}

/**
 * Complaints of one batch came at one moment and get one picture. It costs thousands of rows when a box has much to say:
 * looked up for each of them, a backlog of a few hundred held central up for a quarter of a minute.
 */
function oncePerBatch({ telemetryAround }: Pick<IngestDeps, 'telemetryAround'>): (received: ReceivedBatch) => Promise<unknown> {
  const pictures = new WeakMap<ReceivedBatch, unknown>()
  return async (received) => {
    if (!pictures.has(received)) pictures.set(received, await telemetryAround(received.hotspot.node, received.receivedAt))
    return pictures.get(received)
  }
}

/** Tells the box what is on disk now, which may be more than when the ack fell due. */
async function sendAck(deps: IngestDeps, marks: MarkBook, to: { node: string; epoch: string; window: number }): Promise<void> {
  const { node, epoch, window } = to
  try {
    const at = (await marks.read(node, epoch)) ?? { t: 0, e: 0 }
    const message: Ack = { v: 1, epoch, t: at.t, e: at.e, at: deps.now(), window }
    await deps.publish(nodeTopic(node, 'ack'), encodePacket(message))
    deps.failpoint?.('acked')
  } catch (error) {
    deps.onProblem(`ack to ${node}`, error)
  }
}

/** A box whose outbox was put back to an older copy would number new facts with seqs that are taken: said once. */
function createWentBack() {
  const known = new Set<string>()
  return (hello: Hello, committed: Marks | undefined): string | undefined => {
    const key = `${hello.node} ${hello.epoch}`
    const lane = (['t', 'e'] as const).find((lane) => committed && hello.lanes[lane].hi < committed[lane])
    if (!lane || known.has(key) || known.size >= WENT_BACK_MAX) return undefined
    known.add(key)
    return `the outbox went back: lane ${lane} ends at ${hello.lanes[lane].hi}, ${committed![lane]} is committed`
  }
}
