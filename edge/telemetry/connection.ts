/**
 * One MQTT connection's life: subscribe, live status, then the conversation with central. MQTT 3.1.1 only, so that any
 * broker serves. A lost connection is not repaired: the uplink opens a new one, with a new connection id.
 */
import type { IClientOptions, MqttClient } from 'mqtt'
import { randomBytes } from 'node:crypto'
import type { SecureRoad } from '../identity/secure-road.ts'
import type { Ack } from '../wire/ack.ts'
import { encodePacket, encodeText } from '../wire/envelope.ts'
import type { Reported } from '../wire/desired.ts'
import type { Health } from '../wire/health.ts'
import type { Hello } from '../wire/hello.ts'
import type { Status } from '../wire/status.ts'
import { nodeTopic, type DownLeaf, type UpLeaf } from '../wire/topics.ts'
import type { Usage } from '../wire/usage.ts'
import type { CutBatch } from './batch.ts'
import { converse, type Conversation, type ReportedSettings } from './conversation.ts'
import { dial, type Dialled } from './dial.ts'
import type { UplinkOutbox } from './outbox.ts'

/** x: messages to keep · d: desired settings · v: visits at neighbouring boxes */
type SignedLeaf = Extract<DownLeaf, 'x' | 'd' | 'a' | 'v'>

export type UplinkTimes = {
  statusSeconds: number
  /** Central's silence after which the box asks again. */
  ackTimeoutSeconds: number
  /** A connection on which nothing moves for this long is given up. */
  stallSeconds: number
  connectTimeoutSeconds: number
  /** Half-open connections are noticed within one and a half of this. */
  keepaliveSeconds: number
}

export type ConnectionOptions = {
  node: string
  url: string
  /** Absent with `road`: its certificate says who the box is. */
  token?: string | undefined
  road?: SecureRoad | undefined
  version: string
  /** This run of the program: said in every hello. */
  run?: string
  outbox: UplinkOutbox
  liveStatus: () => { usage?: Usage; health?: Health }
  reported?: (() => ReportedSettings) | undefined
  /** What central says besides its acks, by leaf; checked by the uplink. A box listens to these and to nothing else. */
  onSigned: Partial<Record<SignedLeaf, Listener>>
  onAck: (ack: Ack) => void
  onBad: (reason: string) => void
  onUp: () => void
  /** Called once, whatever ended it. */
  onDown: (reason: string) => void
  now: () => number
  times: UplinkTimes
}

export type Connection = {
  isUp(): boolean
  /** Says anew what settings the box runs by. */
  report(): void
  close(): Promise<void>
}

/** A goodbye is worth this much waiting; after that the broker's own patience tells the city. */
const GOODBYE_MILLISECONDS = 2_000
const TICK_MILLISECONDS = 1_000
/** At the slowest line we plan for (2 kB/s) the live status then waits less than half a minute behind a backlog. */
const UNTAKEN_BYTES_MAX = 48 * 1024

const steady = () => performance.now()

export function openConnection(options: ConnectionOptions): Connection {
  const { node, times, outbox, now } = options
  const id = randomBytes(8).toString('hex')
  const statusOf = (online: boolean): Status => ({ v: 1, node, connection: id, online, at: now() })
  const dialled = dial(options.url, clientOptions(options, statusOf(false)), options.road)
  const { client } = dialled
  const end = ending(dialled, options.onDown)
  let isUp = false
  /** What the broker has not taken yet. */
  let untaken = { packets: 0, bytes: 0 }
  const publish = (leaf: UpLeaf, message: Message, taken?: () => void) => {
    const packet = 'json' in message ? encodeText(message.json) : encodePacket(message)
    untaken = { packets: untaken.packets + 1, bytes: untaken.bytes + packet.length }
    client.publish(nodeTopic(node, leaf), packet, { qos: 1, retain: leaf === 's' }, (error) => {
      untaken = { packets: untaken.packets - 1, bytes: untaken.bytes - packet.length }
      if (error) return end.now(error.message)
      talk.brokerTook()
      taken?.()
    })
  }

  const talk = converse({
    ...options,
    publish,
    isRoadBusy: () => untaken.packets > 0,
    isRoadFull: () => untaken.bytes >= UNTAKEN_BYTES_MAX,
    ackTimeoutSeconds: times.ackTimeoutSeconds,
    steady,
  })
  const status = livePulse(times.statusSeconds, (taken) => publish('s', { ...statusOf(true), ...readQuietly(options) }, taken))

  const listeners = listenersByTopic(options, talk)

  client.on('connect', () => {
    client.subscribe([...listeners.keys()], { qos: 1 }, (error, granted) => {
      if (end.isOver()) return
      if (error || granted?.some(({ qos }) => qos > 2)) return end.now(error?.message ?? 'the broker refused a subscription')
      options.onUp()
      status.beat()
      talk.ask()
      const ticker = setInterval(
        () => {
          if (untaken.packets > 0 && talk.quietMilliseconds() >= times.stallSeconds * 1000)
            return end.now('nothing moves on this connection')
          status.beatIfDue()
          talk.tick()
        },
        Math.min(TICK_MILLISECONDS, times.ackTimeoutSeconds * 250),
      )
      end.first(outbox.onCommitted(talk.pump))
      end.first(() => clearInterval(ticker))
      isUp = true
    })
  })
  client.on('message', (topic, payload) => listeners.get(topic)?.(topic, payload))
  dialled.begin(end.now)

  return {
    isUp: () => isUp && !end.isOver(),
    report() {
      if (isUp && !end.isOver()) talk.report()
    },
    async close() {
      // A clean end takes the last will back, so the offline status goes out by hand.
      if (isUp && !end.isOver()) await goodbye(client, nodeTopic(node, 's'), encodePacket(statusOf(false)))
      end.now('closed')
    },
  }
}

type Message = Status | Hello | Reported | CutBatch
type Listener = (topic: string, payload: Uint8Array) => void

function listenersByTopic({ node, onSigned, onAck, onBad }: ConnectionOptions, talk: Conversation): Map<string, Listener> {
  const ack: Listener = (_topic, payload) => {
    const taken = talk.takeAck(payload)
    if (taken.ok) onAck(taken.value)
    else onBad(taken.reason)
  }
  return new Map(Object.entries({ ack, ...onSigned }).map(([leaf, listener]) => [nodeTopic(node, leaf as DownLeaf), listener]))
}

/** Whatever ends a connection ends it once, and undoes first what it had set going. */
function ending(dialled: Dialled, onDown: (reason: string) => void) {
  const undo: (() => void)[] = []
  let over = false
  const now = (reason: string) => {
    if (over) return
    over = true
    for (const step of undo) step()
    endSoon(dialled)
    onDown(reason)
  }
  dialled.client.on('error', (error) => now(dialled.explain(error)))
  dialled.client.on('close', () => now('the connection was closed'))
  return { now, isOver: () => over, first: (step: () => void) => undo.push(step) }
}

/**
 * Never from inside one of the client's own callbacks: while it walks through its open publishes to fail them, a nested
 * end would take away the entries it is walking over, and that throws where nobody can catch it.
 */
function endSoon(dialled: Dialled): void {
  queueMicrotask(dialled.end)
}

/** The live status, once in its time and never twice on the way: on a slow road it is newer or it is not sent. */
function livePulse(everySeconds: number, send: (taken: () => void) => void) {
  let onTheWay = false
  let sentAt = 0
  const beat = () => {
    if (onTheWay) return
    onTheWay = true
    sentAt = steady()
    send(() => {
      onTheWay = false
    })
  }
  return {
    beat,
    beatIfDue() {
      if (steady() - sentAt >= everySeconds * 1000) beat()
    },
  }
}

function clientOptions({ node, token, times }: ConnectionOptions, offline: Status): IClientOptions {
  return {
    protocolVersion: 4,
    clean: true,
    clientId: node,
    username: node,
    ...(token !== undefined && { password: token }),
    keepalive: times.keepaliveSeconds,
    connectTimeout: times.connectTimeoutSeconds * 1000,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    will: { topic: nodeTopic(node, 's'), payload: encodePacket(offline), qos: 1, retain: true },
  }
}

function readQuietly({ liveStatus, onBad }: ConnectionOptions): { usage?: Usage; health?: Health } {
  try {
    return liveStatus()
  } catch (error) {
    onBad(`the live status could not be read: ${(error as Error).message}`)
    return {}
  }
}

async function goodbye(client: MqttClient, topic: string, offline: Buffer): Promise<void> {
  const waited = Promise.withResolvers<void>()
  const timer = setTimeout(waited.resolve, GOODBYE_MILLISECONDS)
  client.publish(topic, offline, { qos: 1, retain: true }, () => queueMicrotask(() => client.end(false, () => waited.resolve())))
  await waited.promise
  clearTimeout(timer)
}
