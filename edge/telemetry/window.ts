/**
 * What to send next, and when to send it again: go-back-N over central's cumulative acks. Pure: facts and time in,
 * next state out, so that it can be run through thousands of simulated failures.
 *
 * On each connection, and whenever central has been silent too long, the box asks (hello) and sends nothing until
 * central has answered with its marks. So a central that is down costs one small message now and then, not a window.
 */
import { LANES, type Lane } from '../wire/envelope.ts'

export type LaneWindow = {
  /** Highest seq central has on disk, by its own word. */
  mark: number
  /** Highest seq sent since the last rewind. */
  sent: number
  /** Last seq of each batch in flight, oldest first. */
  inFlight: readonly number[]
}

export type SendWindow = {
  /** Central has not stated its marks yet: nothing may be sent. */
  asking: boolean
  /** Batches that may be in flight per lane, by central's word. */
  size: number
  /** When something last moved: a question, a first batch, a broker's receipt, an ack with progress. Milliseconds. */
  movedAt: number
  lanes: Record<Lane, LaneWindow>
}

type Marks = Record<Lane, number>

const rewound = (mark: number): LaneWindow => ({ mark, sent: mark, inFlight: [] })

/** The state after a question: everything not acked counts as not sent. */
export const asked = (now: number, before?: SendWindow): SendWindow => ({
  asking: true,
  size: 1,
  movedAt: now,
  lanes: { t: rewound(before?.lanes.t.mark ?? 0), e: rewound(before?.lanes.e.mark ?? 0) },
})

export function onAck(window: SendWindow, ack: Marks & { window: number }, now: number): SendWindow {
  const lanes = { t: afterAck(window.lanes.t, ack.t, window.asking), e: afterAck(window.lanes.e, ack.e, window.asking) }
  const moved = window.asking || LANES.some((lane) => lanes[lane].mark !== window.lanes[lane].mark)
  return { asking: false, size: ack.window, movedAt: moved ? now : window.movedAt, lanes }
}

function afterAck(lane: LaneWindow, mark: number, asking: boolean): LaneWindow {
  // Lower than before: central was restored from a backup and must be filled again from there.
  if (asking || mark < lane.mark) return rewound(mark)
  return { mark, sent: Math.max(lane.sent, mark), inFlight: lane.inFlight.filter((last) => last > mark) }
}

/** The lane to send from and the seq to send after; events before telemetry. Undefined when there is nothing, or no room. */
export function nextToSend(window: SendWindow, highest: Marks): { lane: Lane; afterSeq: number } | undefined {
  if (window.asking) return undefined
  for (const lane of ['e', 't'] as const) {
    const { sent, inFlight } = window.lanes[lane]
    if (highest[lane] > sent && inFlight.length < window.size) return { lane, afterSeq: sent }
  }
  return undefined
}

export function onSent(window: SendWindow, lane: Lane, lastSeq: number, now: number): SendWindow {
  const before = window.lanes[lane]
  const wasIdle = LANES.every((each) => window.lanes[each].inFlight.length === 0)
  const after = { ...before, sent: lastSeq, inFlight: [...before.inFlight, lastSeq] }
  return { ...window, movedAt: wasIdle ? now : window.movedAt, lanes: { ...window.lanes, [lane]: after } }
}

/** The broker took a packet. Proof of nothing but a road that moves: it restarts the wait, so that a slow link is not taken for a dead central. */
export const onBrokerTook = (window: SendWindow, now: number): SendWindow => ({ ...window, movedAt: now })

/** Central owes an answer for too long: time to ask. */
export const isOverdue = (window: SendWindow, now: number, ackTimeoutMilliseconds: number): boolean =>
  (window.asking || LANES.some((lane) => window.lanes[lane].inFlight.length > 0)) && now - window.movedAt >= ackTimeoutMilliseconds
