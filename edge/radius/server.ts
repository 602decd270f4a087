/**
 * RADIUS on the box: authentication, accounting, change of authorisation and Status-Server over UDP.
 *
 * Why not npm's `radius-server` in the request path. Version 2.1.4 was measured: it neither requires nor sends
 * Message-Authenticator, drops accounting, Status-Server and CHAP, has one secret for all access points and no duplicate
 * detection; a phone that finishes the TLS handshake and sends three octets ends the process; with its documented
 * `ticketKeys` a rejected client resumes to an Access-Accept; and the codec below it compares authenticators as UTF-8
 * text, which accepts about one forgery in 4.6 million. It serves here as what it is good for: a second opinion on our
 * codec in the tests and the baseline of scripts/benchmarks/radius.ts.
 *
 * Nothing here logs, and no error carries a secret or a password: what goes wrong is a counter by reason.
 */
import type { EdgeConfig } from '../config.ts'
import type { Notices, Recorder } from '../telemetry/port.ts'
import type { AccessPolicy } from '../wire/policy.ts'
import type { CentralAccounts } from './central-accounts.ts'
import type { RadiusCounters } from './counters.ts'
import { openChanges } from './change/changes.ts'
import { openRequester, type Requester } from './change/requester.ts'
import type { Change } from './change/rules.ts'
import { watchChanges } from './change/watch.ts'
import type { ClientTable } from './clients.ts'
import { openDesk } from './desk.ts'
import type { EapCounters, EapLimits } from './eap/port.ts'
import type { RateLimit } from './rate.ts'
import type { KeptRejection } from './rejections.ts'
import type { Port } from './receive.ts'
import { serve, type Desk } from './serve.ts'
import { wireId } from './reports.ts'
import { openSocket, type Datagram } from './sockets.ts'
import { userTable, type UserTable } from './users.ts'

/** How often silent sessions are looked for. */
const SWEEP_MS = 60_000
/** Turns of the event loop granted to the last replies at the end, should the kernel not have taken them at once. */
const CLOSING_TURNS = 3

export type RadiusParts = {
  config: EdgeConfig['radius']
  stateDir: string
  recorder: Recorder
  /** Clients beside the configuration's that are known by another name than an address: those of RadSec, by their certificates. */
  clients?: ClientTable
  /** Sixteen hex digits for a MAC written aa:bb:cc:dd:ee:ff. */
  pseudonym: (mac: string) => string
  /** In force now: groups, schedules, machines, vouchers, blocks. Absent: none, everybody known gets the defaults. */
  policy?: () => AccessPolicy
  /** Central's list of people, beside the configuration's. */
  accounts?: CentralAccounts
  notices?: Notices
  /** Unix milliseconds. */
  now?: () => number
  /** Whether `now` is the calendar's: else nothing runs out and no schedule counts. */
  clockTrusted?: () => boolean
  rateLimit?: RateLimit
  eapLimits?: EapLimits
  /** For what happens to its file only: a damaged one is set aside. */
  log?: (line: string) => void
}

export type Radius = {
  authPort: number
  acctPort: number
  counters(): RadiusCounters
  /** Absent where no EAP is set up. */
  eapCounters(): EapCounters | undefined
  /** What access points were asked to end or change, and what became of it; the newest first. */
  changes(): Change[]
  /** For what came otherwise than over the own sockets: `from.address` is what its client is found by. */
  serve(port: Port, datagram: Datagram): void
  /** By the id its records travel under. False when it is not running. */
  disconnect(sessionId: string): boolean
  /** Why people were refused lately, without names, addresses or secrets. */
  rejections(): KeptRejection[]
  /** Takes effect with the next request. @throws Error naming the user whose entry is wrong, and keeps the old ones. */
  replaceUsers(users: EdgeConfig['radius']['users']): void
  /** What is waiting is committed and answered first; reports not yet taken are told at the next start. */
  close(): Promise<void>
}

/** @throws Error when the configuration, the store or an address is unusable; nothing is left open then. */
export async function startRadius(parts: RadiusParts): Promise<Radius> {
  const { config, accounts } = parts
  const { desk, engine } = await openDesk(parts)
  if (parts.clients) Object.assign(desk, { clients: eitherTable(desk.clients, parts.clients) })
  const { store, reports, count } = desk
  const { auth, acct, requester } = await openSockets(config, desk).catch((error: unknown) => {
    engine?.close()
    store.close()
    throw error
  })
  const { changes, watch, useUsers } = openChangesOf(desk, requester, parts)
  desk.changes = changes
  let provisioned = config.users
  accounts?.onUsers((users) => useUsers(userTable(provisioned, users)))

  const sweep = (): void => {
    if (store.sweep(desk.now()) === 'failed') count.fault('store-failed')
    desk.vouchers.keepOnly(new Set(desk.rules.policy().vouchers.map(({ id }) => id)))
    accounts?.saveAgain()
    reports.wake()
  }
  const sweeping = setInterval(sweep, SWEEP_MS).unref()
  // What was committed but not yet told when the box last stopped.
  reports.wake()

  const shutDown = async (): Promise<void> => {
    clearInterval(sweeping)
    watch.close()
    for (const socket of [auth, acct]) socket.removeAllListeners('message')
    engine?.close()
    reports.close()
    store.close()
    for (let turn = 0; turn < CLOSING_TURNS; turn++) await new Promise(setImmediate)
    desk.closed = true
    await requester.close()
    await Promise.all([auth, acct].map((socket) => new Promise<void>((closed) => socket.close(closed))))
  }
  let closing: Promise<void> | undefined

  return {
    authPort: auth.address().port,
    acctPort: acct.address().port,
    counters: count.read,
    eapCounters: () => engine?.counters(),
    changes: changes.list,
    serve: (port, datagram) => serve(desk, port, datagram),
    disconnect(sessionId) {
      const session = store.running().find((one) => wireId(one) === sessionId)
      if (session) changes.ask(session, 'disconnect', 'asked')
      return session !== undefined
    },
    rejections: desk.rejections.list,
    replaceUsers(replacement) {
      useUsers(userTable(replacement, accounts?.users() ?? []))
      provisioned = replacement
    },
    close: () => (closing ??= shutDown()),
  }
}

/** @throws Error when an address cannot be had; none is left open then. */
async function openSockets(config: EdgeConfig['radius'], desk: Desk) {
  const opened: { close(): unknown }[] = []
  const keep = <T extends { close(): unknown }>(one: T): T => {
    opened.push(one)
    return one
  }
  const onError = (): void => desk.count.fault('socket-error')
  const listen = (port: 'auth' | 'acct', number: number) =>
    openSocket(config.host, number, (datagram) => serve(desk, port, datagram), onError)
  try {
    const auth = keep(await listen('auth', config.authPort))
    const acct = keep(await listen('acct', config.acctPort))
    return { auth, acct, requester: await openRequester(config.host, () => desk.count.discard('change-forged'), onError) }
  } catch (error) {
    for (const one of opened) one.close()
    throw error
  }
}

function openChangesOf(desk: Desk, requester: Requester, { notices }: RadiusParts) {
  const { store, clients, rules, count, accountName, now } = desk
  const changes = openChanges({ store: store.changes, session: store.session, clients, requester, rules, notices, count, now })
  const watch = watchChanges({ changes, store: store.changes, running: store.running, rules, accountName, now })
  const useUsers = (next: UserTable): void => {
    const kept = new Set(next.accounts())
    watch.restored(kept)
    watch.removed([...desk.users.accounts()].filter((account) => !kept.has(account)))
    desk.users = next
    watch.look()
  }
  return { changes, watch, useUsers }
}

const eitherTable = (one: ClientTable, other: ClientTable): ClientTable => ({ find: (address) => one.find(address) ?? other.find(address) })
