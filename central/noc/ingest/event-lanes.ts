/**
 * Complaints are handed over before the mark that covers them is committed, one box at a time: their store may be another
 * database, and a hand-over that fails or hangs holds up that box's event lane only.
 */
import { setImmediate } from 'node:timers/promises'
import type { Complaint } from '#edge/wire/complaint.ts'
import type { Batch, WireRecord } from '#edge/wire/envelope.ts'
import { bodyOf } from './commit-work.ts'
import type { Hotspot } from './store-port.ts'

export type ReceivedBatch = { hotspot: Hotspot; batch: Batch; receivedAt: number }

/** Twice the widest window a box is given; what is beyond is resent. */
const WAITING_PER_NODE_MAX = 32
const RETRY_FIRST_MS = 500
const RETRY_LONGEST_MS = 30_000

export type EventLanes = {
  /** False when the box has too much waiting: it will resend. */
  enter(received: ReceivedBatch): boolean
  /** Resolves when every lane is empty, or waits to try a hand-over again. */
  settle(): Promise<void>
  stop(): void
}

export function createEventLanes(deps: {
  committedMark(node: string, epoch: string): Promise<number>
  handOver(received: ReceivedBatch, record: WireRecord, complaint: Complaint): Promise<void>
  /** The batch's complaints are safe; it may be committed. */
  onReady(received: ReceivedBatch): void
  onProblem: (what: string, error: unknown) => void
  retryFirstMs?: number
}): EventLanes {
  const waiting = new Map<string, ReceivedBatch[]>()
  const pausing = new Set<string>()
  const stopped = new AbortController()

  async function drain(node: string, queue: ReceivedBatch[]): Promise<void> {
    while (queue.length > 0 && !stopped.signal.aborted) {
      if (await handOverAll(queue[0]!)) deps.onReady(queue[0]!)
      queue.shift()
    }
    waiting.delete(node)
  }

  async function handOverAll(received: ReceivedBatch): Promise<boolean> {
    const { node, epoch } = received.batch
    for (const record of received.batch.records) {
      const body = bodyOf(record, 'e')
      if (!body.ok || body.kind !== 'complaint') continue
      for (let wait = deps.retryFirstMs ?? RETRY_FIRST_MS; ; wait = Math.min(wait * 2, RETRY_LONGEST_MS)) {
        try {
          if (record.seq > (await deps.committedMark(node, epoch))) {
            await deps.handOver(received, record, body.value)
            // A database in this process answers at once: without this nobody else is heard while a backlog of complaints comes in.
            await setImmediate()
          }
          break
        } catch (error) {
          if (stopped.signal.aborted) return false
          deps.onProblem(`complaint ${body.value.code} of ${node} was not taken; it is tried again`, error)
          pausing.add(node)
          const goesOn = await pause(wait, stopped.signal)
          pausing.delete(node)
          if (!goesOn) return false
        }
      }
    }
    return true
  }

  return {
    enter(received) {
      const { node } = received.batch
      const queue = waiting.get(node)
      if (!queue) {
        const queue = [received]
        waiting.set(node, queue)
        drain(node, queue).catch((error: unknown) => {
          waiting.delete(node)
          deps.onProblem(`event lane of ${node}`, error)
        })
        return true
      }
      if (queue.length >= WAITING_PER_NODE_MAX) return false
      queue.push(received)
      return true
    },
    async settle() {
      while ([...waiting.keys()].some((node) => !pausing.has(node))) await setImmediate()
    },
    stop: () => stopped.abort(),
  }
}

/** @returns false when stopped meanwhile. */
function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve(true)
    }, milliseconds)
    const onAbort = () => {
      clearTimeout(timer)
      resolve(false)
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
