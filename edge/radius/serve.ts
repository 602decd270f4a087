/** The way of one datagram through the house: checks, duplicates, decision, reply. */
import { decideAccess, type AccessDesk, type Outcome } from './access.ts'
import { readAccountingRecord } from './accounting-record.ts'
import type { Changes } from './change/changes.ts'
import type { Client, ClientTable } from './clients.ts'
import type { Counters } from './counters.ts'
import type { DuplicateCache, DuplicateEntry } from './duplicates.ts'
import { AUTHENTICATOR_AT, AUTHENTICATOR_OCTETS, CODE, type Packet } from './packet.ts'
import type { RateLimiter } from './rate.ts'
import { receive, type Port } from './receive.ts'
import { signedReply, type Reply } from './reply.ts'
import type { Reporter } from './reports.ts'
import type { SessionsStore } from './sessions-store.ts'
import type { Datagram } from './sockets.ts'
import type { Rejections } from './rejections.ts'

export type Desk = AccessDesk & {
  readonly clients: ClientTable
  readonly limiter: RateLimiter
  readonly duplicates: DuplicateCache
  readonly store: SessionsStore
  readonly reports: Reporter
  readonly count: Counters
  readonly rejections: Rejections
  /** A legacy client was let in without Message-Authenticator: the NOC should know. */
  readonly onUnproven: (client: Client) => void
  /** Absent until its socket is open. */
  changes: Changes | undefined
  readonly now: () => number
  closed: boolean
}

/** One request past all checks, with what answering it takes. */
type Request = { packet: Packet; client: Client; datagram: Datagram; entry: DuplicateEntry | undefined }

/** Above the eight bits of an Identifier. */
const ACCT_BIT = 0x100

export function serve(desk: Desk, port: Port, datagram: Datagram): void {
  const { octets, from } = datagram
  // Not the wall clock: a box without a battery jumps fifty years when it first hears the time.
  const time = performance.now()
  const received = receive(port, octets, from.address, { clients: desk.clients, limiter: desk.limiter, now: time })
  if (!received.ok) return desk.count.discard(received.reason)
  const { packet, client } = received
  // RFC 5997 §4.2: each Status-Server asks how we are now, so it is never answered from memory.
  if (packet.code === CODE['Status-Server']) return answerStatus(desk, port, { packet, client, datagram, entry: undefined })

  // Short, since each look-up hashes it anew: UTF-16 units for the source port, and for Identifier and our own port.
  const key = from.address + String.fromCharCode(from.port, packet.identifier | (port === 'auth' ? 0 : ACCT_BIT))
  const authenticator = packet.octets.toString('latin1', AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_OCTETS)
  const seen = desk.duplicates.see(key, authenticator, time)
  if (seen.kind === 'in-progress') return desk.count.discard('duplicate-in-progress')
  if (seen.kind === 'answered') {
    desk.count.resent()
    return send(desk, datagram, seen.reply)
  }
  const request = { packet, client, datagram, entry: seen.entry }
  if (received.unproven) {
    desk.count.unproven()
    desk.onUnproven(client)
  }
  if (port === 'auth') answerAccess(desk, request, time)
  else answerAccounting(desk, request)
}

function answerStatus(desk: Desk, port: Port, request: Request): void {
  if (answer(desk, request, { code: port === 'auth' ? 'Access-Accept' : 'Accounting-Response', attributes: [] })) desk.count.status()
}

function answerAccess(desk: Desk, request: Request, time: number): void {
  const { packet, client, datagram } = request
  const conclude = (outcome: Outcome): void => {
    if ('silence' in outcome) return giveUp(desk, request, outcome.silence)
    if (!answer(desk, request, outcome)) return
    desk.count.access(outcome.code)
    if (outcome.code === 'Access-Reject') desk.rejections.add(packet, client, outcome.reason)
  }
  const outcome = decideAccess({ packet, client, source: datagram.from.address, now: time }, desk)
  if (outcome instanceof Promise) outcome.then(conclude, () => giveUp(desk, request, 'verification-failed'))
  else conclude(outcome)
}

function answerAccounting(desk: Desk, request: Request): void {
  const read = readAccountingRecord(request.packet, {
    client: request.client.name,
    source: request.datagram.from.address,
    receivedAt: desk.now(),
    pseudonym: desk.pseudonym,
  })
  if (!read.ok) return giveUp(desk, request, read.reason)
  const taken = desk.store.submit(read.record, (outcome) => {
    if (outcome === 'failed') return giveUp(desk, request, 'store-failed')
    desk.reports.wake()
    desk.changes?.heard(read.record, request.packet)
    if (answer(desk, request, { code: 'Accounting-Response', attributes: [] })) desk.count.accounting()
  })
  if (!taken) giveUp(desk, request, 'store-full')
}

function answer(desk: Desk, { packet, client, datagram, entry }: Request, reply: Reply): boolean {
  const octets = signedReply(packet, reply, client.secret)
  if (octets === undefined) {
    desk.count.discard('no-room-for-reply')
    return false
  }
  if (entry) entry.reply = octets
  send(desk, datagram, octets)
  return true
}

/** No answer, and no memory of the request: its retransmission is a new try. */
function giveUp(desk: Desk, { entry }: Request, reason: string): void {
  if (entry) desk.duplicates.forget(entry)
  desk.count.discard(reason)
}

function send(desk: Desk, { from, socket }: Datagram, octets: Buffer): void {
  if (desk.closed) return
  // Without a callback, which would cost a tenth of a login: a reply that cannot leave is asked for again.
  socket.send(octets, from.port, from.address)
}
