/** What a box must keep: signed, stored, sent, and sent again until its receipt record is committed. */
import type { KeyObject } from 'node:crypto'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { KeptMessage, TicketStatus } from '#edge/wire/kept-message.ts'
import { signFor, type Signed } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import type { KeptRow, TelemetryStore } from './ingest/store-port.ts'

/** More statuses than one box will ever wait for; the rest follows when these are confirmed. */
const RESEND_PER_HELLO_MAX = 500
/** A receipt takes a second; a message without one after this long is sent again even on a lasting connection. */
const RESEND_AFTER_MS = 60_000
const RESEND_PER_SWEEP_MAX = 200
/** A box that says hello without end does not make central send without end; the sweep catches up on what this skips. */
const RESEND_EVERY_MS = 5_000

export function createDownlink(deps: {
  store: TelemetryStore
  signingKey: KeyObject
  publish(topic: string, payload: Buffer): Promise<void>
  onProblem: (what: string, error: unknown) => void
  now: () => number
}) {
  const { store } = deps
  const resentAt = new Map<string, number>()

  async function send(rows: KeptRow[]): Promise<void> {
    const sent: KeptRow[] = []
    for (const row of rows) {
      try {
        await deps.publish(row.topic, encodePacket(JSON.parse(row.packet) as Signed))
        sent.push(row)
      } catch (error) {
        deps.onProblem(`${row.id} to ${row.node} waits`, error)
        break
      }
    }
    if (sent.length > 0) await store.markSent(sent, deps.now())
  }

  return {
    /** Resolves when the message is stored; whether the box is reachable now does not matter. */
    async sendKept(node: string, ticket: TicketStatus): Promise<void> {
      const message: KeptMessage = { id: `ticket-${ticket.code}-${ticket.version}`, kind: 'ticket', ticket }
      const topic = nodeTopic(node, 'x')
      const row: KeptRow = { id: message.id, node, topic, packet: JSON.stringify(signFor(topic, message, deps.signingKey)) }
      await store.keep(row, deps.now())
      await send([row])
    },
    async resend(node: string): Promise<void> {
      const now = deps.now()
      if (now - (resentAt.get(node) ?? 0) < RESEND_EVERY_MS) return
      resentAt.set(node, now)
      await send(await store.pendingFor(node, RESEND_PER_HELLO_MAX))
    },
    sweep: async (): Promise<void> => send(await store.pendingSentBefore(deps.now() - RESEND_AFTER_MS, RESEND_PER_SWEEP_MAX)),
  }
}
