/**
 * The network operations centre as one thing to start and stop: broker, ingest, board, downlink and their routes.
 * It knows no government module: what it needs of them is handed in.
 */
import type { KeyObject } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Hello } from '#edge/wire/hello.ts'
import type { TicketStatus } from '#edge/wire/kept-message.ts'
import type { Allow } from '../platform/accounts/guard.ts'
import type { Database } from '../platform/db/database.ts'
import { KELURAHAN, type Kelurahan } from '../platform/city/kelurahan.ts'
import type { Live } from '../platform/live/port.ts'
import type { Authority } from '../pki/authority.ts'
import type { HotspotRow, LiveEvent, WallView } from './api.ts'
import { createDownlink } from './downlink.ts'
import { accessOf, accessRoutes } from './hotspots/access.ts'
import { createBoard } from './hotspots/board.ts'
import { telemetryAround, type TelemetryAround } from './hotspots/page.ts'
import { createRegistry, type Registry } from './hotspots/registry.ts'
import { hotspotRoutes } from './hotspots/routes.ts'
import { complaintArrival, type ComplaintArrival } from './ingest/arrival.ts'
import { createDoorWatch } from './ingest/door-watch.ts'
import { ALL_SHARDS, shardWords } from './ingest/shards.ts'
import { createIngest } from './ingest/ingest.ts'
import { openBroker, type BrokerChoice } from './ingest/open-broker.ts'
import type { Failpoint, Hotspot, TelemetryStore } from './ingest/store-port.ts'
import { blockedAt, policyRoutes } from './policy/routes.ts'
import { createPolicySender } from './policy/sender.ts'
import { createPolicyStore } from './policy/store.ts'
import { radiusRoutes } from './radius/routes.ts'
import { createRadiusSender } from './radius/sender.ts'
import { createRadiusStore } from './radius/store.ts'
import type { ReplayDeps } from './road/replay.ts'
import { roadRoutes } from './road/routes.ts'
import { createRelay } from './roaming/relay.ts'
import { createWallLinks, type WallLinks } from './wall/links.ts'
import { wallRoutes } from './wall/routes.ts'

/** Kept messages without a receipt are looked for this often; downlink.ts says how old they must be. */
const SWEEP_MS = 30_000
/** A token taken away by another process (enrolment at the command line) ends its connection within this. */
const REVOKED_MS = 15_000
/** The same for a certificate: one small query, and a look at who is connected. */
const CERTIFICATES_MS = 1_000
/** Central's own certificate lasts weeks. */
const TEND_MS = 60 * 60_000
/** The page "Telemetri masuk" calls a worker silent after three of these. */
const WORKER_SEEN_MS = 5_000
/** Retention works in small slices, so it may run often. */
const PRUNE_MS = 10 * 60_000
/** Slices in one go; the rest next time, because ingest shares the database. */
const PRUNE_SLICES_MAX = 20

export type { BrokerChoice }

/** web: board and routes · ingest: the boxes' packets and what a hello is answered with · jobs: what is due by the clock. */
type NocRole = 'web' | 'ingest' | 'jobs'

export type NocDeps = {
  store: TelemetryStore
  /** What people decide, beside the telemetry: the access policy and its audit. */
  database: Database
  live: Live<LiveEvent>
  /** Ed25519 private key; boxes hold the public half. */
  signingKey: KeyObject
  broker: BrokerChoice
  /** The city's certificate authority; without it nobody comes in by certificate. `crlFile`: where a broker elsewhere reads the revocation list. */
  pki?: { authority: Authority; crlFile?: string | undefined } | undefined
  /** All of them in one process, unless said otherwise. */
  roles?: readonly NocRole[]
  /** The part of the topic space this process takes in; the whole, unless said otherwise. */
  shards?: readonly string[]
  /** Names this process's counters. */
  worker?: string
  /** Must be idempotent by ticket code, and durable when it resolves. */
  onComplaint(arrival: ComplaintArrival): Promise<void>
  complaintNumbers(): Promise<WallView['complaints']>
  openComplaintsByNode(): Promise<Map<string, number>>
  auditAnchor(): Promise<WallView['audit']>
  allow: Allow
  publicUrl?: string | undefined
  places?: readonly Kelurahan[]
  onProblem?: (what: string, error: unknown) => void
  now?: () => number
  failpoint?: Failpoint
  boardTickMs?: number
  revokedMs?: number
  gatherMs?: number
}

export type Noc = {
  routes: FastifyPluginAsync
  start(): Promise<void>
  stop(): Promise<void>
  /** Stored when it resolves; the box has it when its receipt comes. */
  sendTicket(node: string, ticket: TicketStatus): Promise<void>
  hotspot(node: string): Promise<HotspotRow | undefined>
  telemetryAround(node: string, at: number): Promise<TelemetryAround>
  registry: Registry
  walls: WallLinks
  /** The embedded broker's ports, for tokens and for certificates; undefined with a broker elsewhere. */
  mqttPort(): number | undefined
  mqttsPort(): number | undefined
  brokerConnected(): boolean
  /** Resolves when everything received so far is committed or dropped. For tests and an orderly hand-over. */
  settle(): Promise<void>
}

export function createNoc(deps: NocDeps): Noc {
  const { store, live } = deps
  const now = deps.now ?? Date.now
  const places = deps.places ?? KELURAHAN
  const nameOf = new Map(places.map(({ code, name }) => [code, name]))
  const onProblem = deps.onProblem ?? ((what: string, error: unknown) => console.error(`noc: ${what}:`, error))

  const does = (role: NocRole) => deps.roles?.includes(role) ?? true
  const shards = deps.shards && deps.shards.length < ALL_SHARDS.length ? deps.shards : ['+']
  const worker = deps.worker ?? 'central'

  const around = async (node: string, at: number) =>
    telemetryAround(store, does('web') ? board.find(node) : await board.look(node), node, at)
  const registry = createRegistry({
    store,
    kelurahan: new Set(nameOf.keys()),
    now,
    onRevoked: (node) => broker.disconnect(node),
  })
  const ingest = createIngest({
    store,
    publish: (topic, payload) => publish(topic, payload),
    hotspot: (node) => registry.find(node),
    isShutOut: (node) => door.isShutOut(node),
    kelurahanName: (code) => nameOf.get(code) ?? code,
    telemetryAround: around,
    onComplaint: (arrival) => deps.onComplaint(arrival),
    onHello: answerHello,
    onReported: async ({ node, radius: report }, retained) => {
      if (report) await people.onReport(node, report, retained)
    },
    onVisits: (visits) => relay.onVisits(visits),
    onProblem,
    now,
    worker,
    ...(deps.failpoint && { failpoint: deps.failpoint }),
  })
  const broker = openBroker(deps.broker, {
    handlers: { onPacket: ingest.onPacket, onRefused: ingest.onRefused, onProblem },
    registry,
    store,
    authority: deps.pki?.authority,
    shards: does('ingest') ? shards : [],
    now,
  })
  const isElsewhere = deps.broker.kind === 'url'
  const door = createDoorWatch({ store, broker, isElsewhere, isInCharge: does('jobs'), pki: deps.pki, now })
  const publish = (topic: string, payload: Buffer) => broker.publish(topic, payload)
  const signed = { store, signingKey: deps.signingKey, publish, onProblem, now }
  const downlink = createDownlink(signed)
  const relay = createRelay({
    ...signed,
    reachable: (node) => broker.reaches(node),
    ...(deps.gatherMs !== undefined && { gatherMs: deps.gatherMs }),
  })
  const policies = createPolicyStore(deps.database)
  const sender = createPolicySender({ ...signed, policies })
  const radius = createRadiusStore(deps.database)
  const people = createRadiusSender({ ...signed, radius })
  const openComplaintsByNode = () => deps.openComplaintsByNode()
  const tick = deps.boardTickMs === undefined ? {} : { tickMs: deps.boardTickMs }
  const board = createBoard({ store, live, places, openComplaintsByNode, onProblem, now, ...tick })
  const walls = createWallLinks({ store, now })
  const chores = createChores(onProblem)

  const hotspot = (node: string) => registry.find(node)
  const kelurahanName = (code: string) => nameOf.get(code) ?? code
  /** A complaint out of the quarantine goes the same way as one off the broker. */
  const replayed: ReplayDeps['onComplaint'] = async (at) => {
    const telemetry = await around(at.hotspot.node, at.receivedAt)
    await deps.onComplaint(complaintArrival({ ...at, kelurahanName: kelurahanName(at.hotspot.kelurahan), telemetry }))
  }

  /** Everything that waits for a box, the most urgent first; one thing's failure does not hold up the next. */
  async function answerHello({ node, settings }: Hello): Promise<void> {
    const hotspot = await registry.find(node)
    if (!hotspot) return
    const answers = await Promise.allSettled([sender.onHello(hotspot, settings), relay.onHello(hotspot), downlink.resend(node)])
    for (const answer of answers) if (answer.status === 'rejected') onProblem(`what waits for ${node}`, answer.reason)
  }

  async function startReports(): Promise<void> {
    const startedAt = now()
    const words = shardWords(deps.shards ?? ALL_SHARDS)
    const report = () => store.saveWorker({ worker, shards: words, startedAt, seenAt: now(), waiting: ingest.waiting() })
    await report()
    chores.every(WORKER_SEEN_MS, 'the worker’s report', report)
  }

  async function stop(): Promise<void> {
    await chores.stop()
    await relay.stop()
    await sender.stop()
    await people.stop()
    // Before the broker, so that what is committed now is still acked.
    await ingest.stop()
    await broker.stop()
    await board.stop()
  }

  return {
    routes: async (app) => {
      const blocked = async (place: Hotspot) => blockedAt((await policies.current()).document, place, now())
      const access = (node: string) => accessOf(store, node, broker.credential(node))
      await app.register(hotspotRoutes({ store, board, allow: deps.allow, blocked, access, now }))
      await app.register(accessRoutes({ store, registry, database: deps.database, allow: deps.allow, now }))
      await app.register(
        roadRoutes({ store, board, database: deps.database, allow: deps.allow, replay: { hotspot, onComplaint: replayed }, now }),
      )
      await app.register(policyRoutes({ policies, store, board, places, allow: deps.allow, onPublished: sender.announce, now }))
      await app.register(radiusRoutes({ radius, policies, store, board, allow: deps.allow, onChanged: people.announce, now }))
      await app.register(
        wallRoutes({
          links: walls,
          live,
          allow: deps.allow,
          city: () => board.city(),
          complaintNumbers: () => deps.complaintNumbers(),
          auditAnchor: () => deps.auditAnchor(),
          publicUrl: deps.publicUrl,
        }),
      )
    },
    async start() {
      try {
        if (does('ingest')) await ingest.start()
        if (does('web')) await board.start()
        // Before the first box can come in.
        await door.look()
        await broker.start()
      } catch (error) {
        // A taken port, most likely: nothing may stay behind that keeps the process alive.
        await stop()
        throw error
      }
      chores.every(deps.revokedMs ?? REVOKED_MS, 'revoked tokens', () => registry.dropRevoked(broker.present()))
      chores.every(deps.revokedMs ?? CERTIFICATES_MS, 'revoked certificates', door.look)
      chores.every(TEND_MS, 'central’s own certificate', () => broker.tend())
      if (does('ingest')) await startReports()
      if (!does('jobs')) return
      chores.every(SWEEP_MS, 'resending kept messages', () => downlink.sweep())
      chores.every(SWEEP_MS, 'resending settings', () => sender.sweep())
      chores.every(SWEEP_MS, 'resending accounts', () => people.sweep())
      chores.every(PRUNE_MS, 'retention', async () => {
        await store.prepareDays(now())
        if (await store.clockDoubt(now()))
          throw new Error(`nothing is removed: the clock of central says ${new Date(now()).toISOString()}, far ahead of its last look`)
        for (let slice = 0; slice < PRUNE_SLICES_MAX; slice++) if ((await store.prune(now())) === 0) return
      })
    },
    stop,
    sendTicket: (node, ticket) => downlink.sendKept(node, ticket),
    async hotspot(node) {
      const found = board.find(node)
      if (found) return found.row
      await board.tick()
      return board.find(node)?.row
    },
    telemetryAround: around,
    registry,
    walls,
    mqttPort: () => broker.port(),
    mqttsPort: () => broker.securePort(),
    brokerConnected: () => broker.connected(),
    settle: () => ingest.settle(),
  }
}

/** Repeated work that never overlaps itself and whose failure is a line in the log. */
function createChores(onProblem: (what: string, error: unknown) => void) {
  const timers = new Set<NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  return {
    every(milliseconds: number, name: string, work: () => Promise<void>): void {
      let busy = false
      timers.add(
        setInterval(() => {
          if (busy) return
          busy = true
          const done: Promise<void> = work()
            .catch((error: unknown) => onProblem(name, error))
            .finally(() => {
              busy = false
              running.delete(done)
            })
          running.add(done)
        }, milliseconds),
      )
    },
    async stop(): Promise<void> {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    },
  }
}
