/**
 * RADIUS on the box: PAP authentication, accounting and Status-Server over UDP.
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
import { join } from 'node:path'
import type { EdgeConfig } from '../config.ts'
import type { Recorder } from '../telemetry/port.ts'
import { clientTable } from './clients.ts'
import { counters, type RadiusCounters } from './counters.ts'
import { duplicateCache } from './duplicates.ts'
import { passwordVerifier } from './password.ts'
import { rateLimiter, REQUESTS_BURST, REQUESTS_PER_SECOND, SOURCES_MAX, type RateLimit } from './rate.ts'
import { reporter } from './reports.ts'
import { serve, type Desk } from './serve.ts'
import { openSessionsStore } from './sessions-store.ts'
import { openSocket } from './sockets.ts'
import { userTable } from './users.ts'

/** How often silent sessions are looked for. */
const SWEEP_MS = 60_000
/** Turns of the event loop granted to the last replies at the end; they need one or two. */
const CLOSING_TURNS_MAX = 100

export type RadiusParts = {
  config: EdgeConfig['radius']
  stateDir: string
  recorder: Recorder
  /** Sixteen hex digits for a MAC written aa:bb:cc:dd:ee:ff. */
  pseudonym: (mac: string) => string
  /** Unix milliseconds. */
  now?: () => number
  rateLimit?: RateLimit
  /** For what happens to its file only: a damaged one is set aside. */
  log?: (line: string) => void
}

export type Radius = {
  authPort: number
  acctPort: number
  counters(): RadiusCounters
  /** Takes effect with the next request. @throws Error naming the user whose entry is wrong, and keeps the old ones. */
  replaceUsers(users: EdgeConfig['radius']['users']): void
  /** What is waiting is committed and answered first; reports not yet taken are told at the next start. */
  close(): Promise<void>
}

/** @throws Error when the configuration, the store or an address is unusable; nothing is left open then. */
export async function startRadius({ config, stateDir, recorder, pseudonym, now = Date.now, rateLimit, log }: RadiusParts): Promise<Radius> {
  const count = counters()
  const clients = clientTable(config.clients)
  const users = userTable(config.users)
  const store = openSessionsStore({
    file: join(stateDir, 'radius.sqlite'),
    onReportsDropped: (dropped) => count.fault('report-dropped', dropped),
    ...(log && { log }),
  })
  const reports = reporter({ store, recorder, onFailure: () => count.fault('record-failed') })
  const limiter = rateLimiter(rateLimit ?? { perSecond: REQUESTS_PER_SECOND, burst: REQUESTS_BURST, sourcesMax: SOURCES_MAX })
  const desk: Desk = {
    clients,
    users,
    limiter,
    store,
    reports,
    count,
    pseudonym,
    now,
    duplicates: duplicateCache(),
    verifier: passwordVerifier(),
    sending: 0,
    closed: false,
  }

  const listen = (port: 'auth' | 'acct', number: number) =>
    openSocket(
      config.host,
      number,
      (datagram) => serve(desk, port, datagram),
      () => count.fault('socket-error'),
    )
  const auth = await listen('auth', config.authPort).catch((error: unknown) => {
    store.close()
    throw error
  })
  const acct = await listen('acct', config.acctPort).catch((error: unknown) => {
    auth.close()
    store.close()
    throw error
  })

  const sweep = (): void => {
    if (store.sweep(now()) === 'failed') count.fault('store-failed')
    reports.wake()
  }
  const sweeping = setInterval(sweep, SWEEP_MS).unref()
  // What was committed but not yet told when the box last stopped.
  reports.wake()

  const shutDown = async (): Promise<void> => {
    clearInterval(sweeping)
    for (const socket of [auth, acct]) socket.removeAllListeners('message')
    reports.close()
    store.close()
    for (let turn = 0; desk.sending > 0 && turn < CLOSING_TURNS_MAX; turn++) await new Promise(setImmediate)
    desk.closed = true
    await Promise.all([auth, acct].map((socket) => new Promise<void>((closed) => socket.close(closed))))
  }
  let closing: Promise<void> | undefined

  return {
    authPort: auth.address().port,
    acctPort: acct.address().port,
    counters: count.read,
    replaceUsers(replacement) {
      desk.users = userTable(replacement)
    },
    close: () => (closing ??= shutDown()),
  }
}
