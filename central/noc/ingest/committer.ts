/** Turns what waits into one transaction and owes the acks only after it. */
import { nodeTopic } from '#edge/wire/topics.ts'
import { createCommitWork, type WorkInProgress } from './commit-work.ts'
import type { ReceivedBatch } from './event-lanes.ts'
import { heardBatch, neverHeard } from './heard.ts'
import type { MarkBook } from './marks.ts'
import { planBatch } from './plan.ts'
import { refusedPacket } from './quarantine.ts'
import type { Waiting } from './queue.ts'
import type { Failpoint, NodeHeard, TelemetryStore, VisitMove } from './store-port.ts'

/** After this many commits in a row that fail alone the database is at fault, not a record. */
const LONE_FAILURES_MAX = 3

export type CommitterDeps = {
  store: TelemetryStore
  marks: MarkBook
  /** What each box last said, in memory; the store keeps the copy that others read. */
  states: Map<string, NodeHeard>
  owe: (node: string, epoch: string) => void
  onProblem: (what: string, error: unknown) => void
  /** Told after the commit, of what is on disk. */
  onVisits: (visits: readonly VisitMove[]) => void
  now: () => number
  /** Whose counters these are. */
  worker: string
  failpoint?: Failpoint | undefined
}

/**
 * One bad record must not hold up the fleet: when a commit fails, its batches are tried one by one.
 * @returns false when it seems to be the database that fails.
 */
export async function commitOrSplit(deps: CommitterDeps, waiting: Waiting): Promise<boolean> {
  const { batches, refusals, changed } = waiting
  try {
    await commit(deps, waiting)
    return true
  } catch (error) {
    deps.onProblem(`a commit of ${batches.length} batches failed`, error)
  }
  if (batches.length < 2) return false
  let failures = 0
  await commit(deps, { batches: [], refusals, changed }).catch((error: unknown) => deps.onProblem('refusals were not written down', error))
  for (const received of batches) {
    try {
      await commit(deps, { batches: [received], refusals: [], changed: [] })
      failures = 0
    } catch (error) {
      deps.onProblem(`batch of ${received.batch.node} from seq ${received.batch.records[0]?.seq} failed alone`, error)
      if (++failures >= LONE_FAILURES_MAX) return false
    }
  }
  return true
}

async function commit(deps: CommitterDeps, waiting: Waiting): Promise<void> {
  const { store, marks, states } = deps
  const work = createCommitWork(deps.now(), deps.worker)
  const answer = new Map<string, { node: string; epoch: string }>()
  for (const entry of waiting.refusals) work.refuse(entry)
  for (const node of waiting.changed) work.heard(states.get(node) ?? neverHeard(node))
  for (const received of waiting.batches) {
    const { node, epoch } = received.batch
    if (await take(deps, work, received)) answer.set(`${node} ${epoch}`, { node, epoch })
  }
  if (!work.isEmpty()) {
    const outcome = await store.commit(work.rows(), deps.failpoint).catch((error: unknown) => {
      // It may have been committed all the same (the connection broke in between): what is remembered is not believed.
      marks.forget(work.moves())
      throw error
    })
    if (outcome === 'committed') {
      marks.moved(work.moves())
      if (work.visits().length > 0) deps.onVisits(work.visits())
    } else {
      // Another process committed for one of these boxes. Nothing of this was written; the boxes resend from its marks.
      marks.forget(work.moves())
      deps.onProblem('a mark was moved by another writer', new Error('commit refused'))
    }
  }
  deps.failpoint?.('committed')
  for (const { node, epoch } of answer.values()) deps.owe(node, epoch)
}

/** @returns whether the box is owed an ack. */
async function take({ marks, states }: CommitterDeps, work: WorkInProgress, received: ReceivedBatch): Promise<boolean> {
  const { batch, receivedAt } = received
  const { node, epoch, lane, lo, records } = batch
  const before = states.get(node) ?? neverHeard(node)
  const admitted = await marks.admit(node, epoch, receivedAt)
  if (admitted === 'too-many') {
    const reason = 'too many new outboxes in a day'
    work.refuse(refusedPacket({ topic: nodeTopic(node, lane), payload: new Uint8Array(), reason, receivedAt }))
    return false
  }
  const mark = work.markAfter(node, epoch, lane) ?? (await marks.committed(node, epoch, lane))
  const plan = planBatch(mark, { lo, first: records[0]!.seq, last: records.at(-1)!.seq })
  if (plan.take) {
    const newest = work.take({ ...received, plan, markBefore: mark })
    const begins = admitted === 'new' && before.epoch !== epoch
    if (begins && before.epoch !== null) work.event({ node, at: receivedAt, kind: 'new-epoch', detail: epoch })
    states.set(node, heardBatch(before, begins || before.epoch === null ? epoch : before.epoch, newest, receivedAt))
  } else {
    if (plan.why === 'known') work.repeated(node, records.length)
    else work.ahead(records.length)
    states.set(node, heardBatch(before, before.epoch, {}, receivedAt))
  }
  work.heard(states.get(node)!)
  return true
}
