/**
 * The running EAP conversations, within bounds that hold whoever knocks.
 *
 * A conversation costs some hundred octets until its TLS handshake begins, then some 60 kB. So there are two tables: of
 * those that only named themselves the oldest makes room, and of those in TLS the one that has been silent longest, if it
 * has been silent for a while; else the newcomer waits for its retransmission.
 */
import { randomBytes } from 'node:crypto'
import type { EapAnswer, EapMethod } from './port.ts'
import type { Link, LinkStep } from './link.ts'

/** Each device is here for a moment only: 20,000 invented names push each other out. */
const FRESH_MAX = 2048
/** 8 MB at the measured 60 kB; at a second per conversation far more devices than a hotspot has. */
const RUNNING_MAX = 128
/** What ended is remembered for retransmissions of its last message; the front's duplicate cache sees most of them before. */
const ENDED_MAX = 512

/** A radio link and a person who looks for a certificate; a device that lets go of the link is never heard again. */
const SILENT_MS_MAX = 20_000
/** The whole conversation, however slowly a peer drips its fragments. */
const LIFETIME_MS_MAX = 60_000
/** An access point gives up a request after about this long. */
const ENDED_MS_MAX = 15_000
/** Devices answer within a fraction of a second. Who has been silent for longer may lose the place to a newcomer. */
const SILENT_BEFORE_REPLACED_MS = 3000

/** RFC 2865 §5.24 leaves the content to us: sixteen octets that nobody can guess. */
const STATE_OCTETS = 16

export type Conversation = {
  readonly state: Buffer
  readonly client: string
  readonly source: string
  readonly startedAt: number
  heardAt: number
  /** Identifier of our last request, which the next response must carry. */
  expected: number
  rounds: number
  outer: Buffer | undefined
  method: EapMethod | undefined
  readonly offered: Set<EapMethod>
  link: Link | undefined
  working: boolean
  /** Set while the accounts were too busy to check what `answered` said. */
  again: (() => Promise<LinkStep>) | undefined
  /** The last response and what it got, for when it comes again. */
  answered: { readonly octets: Buffer; readonly answer: EapAnswer | undefined } | undefined
}

type Limits = { freshMax?: number; runningMax?: number; endedMax?: number }

export function conversations({ freshMax = FRESH_MAX, runningMax = RUNNING_MAX, endedMax = ENDED_MAX }: Limits = {}) {
  // A Map keeps the order of insertion, so the first is the oldest.
  const fresh = new Map<string, Conversation>()
  const running = new Map<string, Conversation>()
  const ended = new Map<string, Conversation>()

  const drop = (table: Map<string, Conversation>, conversation: Conversation): void => {
    table.delete(keyOf(conversation.state))
    conversation.link?.close()
    conversation.link = undefined
    conversation.again = undefined
  }
  const dropOldest = (table: Map<string, Conversation>): void => {
    const [oldest] = table.values()
    if (oldest) drop(table, oldest)
  }

  return {
    begin({ client, source, now, expected }: { client: string; source: string; now: number; expected: number }): Conversation {
      if (fresh.size >= freshMax) dropOldest(fresh)
      const conversation: Conversation = {
        state: randomBytes(STATE_OCTETS),
        client,
        source,
        startedAt: now,
        heardAt: now,
        expected,
        rounds: 0,
        outer: undefined,
        method: undefined,
        offered: new Set(),
        link: undefined,
        working: false,
        again: undefined,
        answered: undefined,
      }
      fresh.set(keyOf(conversation.state), conversation)
      return conversation
    },

    /** A State told by another access point than the one it was given to is nobody's. */
    find(state: Buffer, { client, source, now }: { client: string; source: string; now: number }): Conversation | undefined {
      if (state.length !== STATE_OCTETS) return undefined
      const key = keyOf(state)
      const found = fresh.get(key) ?? running.get(key) ?? ended.get(key)
      return found && found.client === client && found.source === source && !isOver(found, now, ended.has(key)) ? found : undefined
    },

    /** Whether there is room for this one to begin its handshake; it then counts as running. */
    promote(conversation: Conversation, now: number): boolean {
      if (running.size >= runningMax) {
        const [first, ...others] = [...running.values()].filter(({ working }) => !working)
        const silent = first && others.reduce((one, other) => (other.heardAt < one.heardAt ? other : one), first)
        if (silent === undefined || now - silent.heardAt < SILENT_BEFORE_REPLACED_MS) return false
        drop(running, silent)
      }
      fresh.delete(keyOf(conversation.state))
      running.set(keyOf(conversation.state), conversation)
      return true
    },

    /** Frees everything but the last answer. */
    end(conversation: Conversation): void {
      drop(fresh, conversation)
      drop(running, conversation)
      if (ended.size >= endedMax) dropOldest(ended)
      ended.set(keyOf(conversation.state), conversation)
    },

    sweep(now: number): void {
      for (const table of [fresh, running, ended])
        for (const conversation of table.values())
          if (!conversation.working && isOver(conversation, now, table === ended)) drop(table, conversation)
    },

    clear(): void {
      for (const table of [fresh, running, ended]) for (const conversation of table.values()) drop(table, conversation)
    },

    sizes: () => ({ fresh: fresh.size, running: running.size, ended: ended.size }),
  }
}

const keyOf = (state: Buffer): string => state.toString('latin1')

const isOver = ({ startedAt, heardAt }: Conversation, now: number, ended: boolean): boolean =>
  ended ? now - heardAt > ENDED_MS_MAX : now - heardAt > SILENT_MS_MAX || now - startedAt > LIFETIME_MS_MAX
