/** What waits for the next group commit: bounded in all, by box and by refusals. What is over is dropped, because unacked means resent. */
import { setImmediate, setTimeout as pause } from 'node:timers/promises'
import type { ReceivedBatch } from './event-lanes.ts'
import type { Refusal } from './store-port.ts'

/** How long the first record waits for company: the price of one fsync for many boxes. */
const LINGER_MS = 20
/** A commit of 5,000 rows was measured to hold the event loop for 117 ms; half of that is what a page may wait behind it. */
const COMMIT_RECORDS_MAX = 2_500
/** About 60 MB decoded. */
const RECORDS_MAX = 100_000
/** Both lanes' widest windows, twice: one box cannot take the queue from the others. */
const BATCHES_PER_NODE_MAX = 32
const REFUSALS_MAX = 5_000
/** A database that is away is asked once a second, not fifty times. */
const FAILED_PAUSE_MS = 1_000

/** What one group commit gets: batches, refusals, and boxes whose live picture changed. */
export type Waiting = { batches: ReceivedBatch[]; refusals: Refusal[]; changed: string[] }
export type CommitQueue = ReturnType<typeof createCommitQueue>

/** `commit` must not throw; false = the database seems to be at fault. */
export function createCommitQueue(commit: (waiting: Waiting) => Promise<boolean>) {
  const waiting = createWaiting()
  let linger: NodeJS.Timeout | undefined
  let flushing: Promise<void> | undefined
  let stopped = false

  function schedule(): void {
    if (flushing) return
    if (waiting.records() >= COMMIT_RECORDS_MAX) startFlush()
    else linger ??= setTimeout(startFlush, LINGER_MS)
  }
  function startFlush(): void {
    clearTimeout(linger)
    linger = undefined
    flushing = flush().finally(() => {
      flushing = undefined
      if (!waiting.isEmpty()) schedule()
    })
  }
  async function flush(): Promise<void> {
    while (!waiting.isEmpty()) {
      if (!(await commit(waiting.take())) && !stopped) await pause(FAILED_PAUSE_MS)
      // A store that answers at once must not keep the sockets waiting.
      await setImmediate()
    }
  }
  const accept = (add: () => boolean) => {
    if (!stopped && add()) schedule()
  }

  return {
    add: (received: ReceivedBatch) => accept(() => waiting.add(received)),
    refuse: (entry: Refusal) => accept(() => waiting.refuse(entry)),
    changed: (node: string) => accept(() => waiting.changed(node)),
    records: waiting.records,
    async settle(): Promise<void> {
      const idle = () => !flushing && waiting.isEmpty()
      while (!idle()) await (flushing ?? pause(LINGER_MS))
    },
    /** Takes nothing more and commits what is there. */
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(linger)
      await flushing
      await flush()
    },
  }
}

function createWaiting() {
  let batches: ReceivedBatch[] = []
  let refusals: Refusal[] = []
  const dirty = new Set<string>()
  const byNode = new Map<string, number>()
  let records = 0
  return {
    records: () => records,
    isEmpty: () => batches.length === 0 && refusals.length === 0 && dirty.size === 0,
    add(received: ReceivedBatch): boolean {
      const { node } = received.batch
      const count = received.batch.records.length
      const ofNode = byNode.get(node) ?? 0
      if (records + count > RECORDS_MAX || ofNode >= BATCHES_PER_NODE_MAX) return false
      byNode.set(node, ofNode + 1)
      batches.push(received)
      records += count
      return true
    },
    refuse: (entry: Refusal) => refusals.length < REFUSALS_MAX && refusals.push(entry) > 0,
    changed: (node: string) => dirty.add(node).has(node),
    /** As many batches as make a commit, and all the rest. */
    take(): Waiting {
      let count = 0
      let size = 0
      while (count < batches.length && size < COMMIT_RECORDS_MAX) size += batches[count++]!.batch.records.length
      const taken: Waiting = { batches: batches.slice(0, count), refusals, changed: [...dirty] }
      batches = batches.slice(count)
      records -= size
      for (const { batch } of taken.batches) byNode.set(batch.node, byNode.get(batch.node)! - 1)
      if (batches.length === 0) byNode.clear()
      refusals = []
      dirty.clear()
      return taken
    },
  }
}
