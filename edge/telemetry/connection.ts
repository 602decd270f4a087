/**
 * One MQTT connection's life: subscribe, live status, hello, then batches as central's acks allow. MQTT 3.1.1 only, so
 * that any broker serves. A lost connection is not repaired: the uplink opens a new one, with a new connection id.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { randomBytes } from 'node:crypto'
import { Compile } from 'typebox/compile'
import { Ack } from '../wire/ack.ts'
import { decodePacket, encodePacket, type Lane } from '../wire/envelope.ts'
import type { Health } from '../wire/health.ts'
import type { Hello } from '../wire/hello.ts'
import type { Status } from '../wire/status.ts'
import { nodeTopic } from '../wire/topics.ts'
import type { Usage } from '../wire/usage.ts'
import { cutBatch } from './batch.ts'
import type { UplinkOutbox } from './outbox.ts'
import { asked, isOverdue, nextToSend, onAck, onBrokerTook, onSent, type SendWindow } from './window.ts'

export type UplinkTimes = {
  statusSeconds: number
  /** Central's silence after which the box asks again. */
  ackTimeoutSeconds: number
  /** A connection on which nothing moves for this long is given up. */
  stallSeconds: number
  connectTimeoutSeconds: number
}

export type ConnectionOptions = {
  node: string
  url: string
  token: string
  version: string
  outbox: UplinkOutbox
  liveStatus: () => { usage?: Usage; health?: Health }
  /** A message on the topic of kept messages; checked and stored by the uplink. */
  onKept: (topic: string, payload: Uint8Array) => void
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
  /** Says goodbye: the offline status goes out by hand, because a clean end takes the last will back. */
  close(): Promise<void>
}

/** Half-open connections are noticed within 45 s: the broker's patience is one and a half of this. */
const KEEPALIVE_SECONDS = 30
/** Goodbye is worth this much waiting; after that the broker's own patience tells the city. */
const GOODBYE_MILLISECONDS = 2_000
const TICK_MILLISECONDS = 1_000

const ackSchema = Compile(Ack)
/** Waits are measured by a clock that nobody sets. */
const steady = () => performance.now()

export function openConnection(options: ConnectionOptions): Connection {
  const { node, outbox, times, now } = options
  const id = randomBytes(8).toString('hex')
  const statusOf = (online: boolean): Status => ({ v: 1, node, connection: id, online, at: now() })
  const client = connect(options.url, clientOptions(options, statusOf(false), times))

  let up = false
  let down = false
  /** Packets the broker has not taken yet; the window bounds them. */
  let untaken = 0
  let statusUntaken = false
  let statusAt = 0
  let window: SendWindow | undefined
  let saidEpoch = ''

  const finish = (reason: string) => {
    if (down) return
    down = true
    up = false
    clearInterval(ticker)
    unlisten()
    client.end(true)
    options.onDown(reason)
  }

  const publish = (leaf: 'hello' | 's' | Lane, message: unknown, taken?: () => void) => {
    untaken += 1
    client.publish(nodeTopic(node, leaf), encodePacket(message), { qos: 1, retain: leaf === 's' }, (error) => {
      untaken -= 1
      if (error) return finish(error.message)
      if (window) window = onBrokerTook(window, steady())
      taken?.()
    })
  }

  const sendStatus = () => {
    if (statusUntaken) return
    statusUntaken = true
    statusAt = steady()
    publish('s', { ...statusOf(true), ...readQuietly(options.liveStatus, options.onBad) }, () => {
      statusUntaken = false
    })
  }

  const ask = () => {
    saidEpoch = outbox.epoch()
    window = asked(steady(), window)
    publish('hello', helloOf(options))
  }

  const pump = () => {
    if (!up || !window) return
    if (outbox.epoch() !== saidEpoch) return ask()
    for (;;) {
      const next = nextToSend(window, { t: outbox.bounds('t').hi, e: outbox.bounds('e').hi })
      const batch = next && cutBatch(outbox, node, next.lane, next.afterSeq)
      if (!batch) return
      window = onSent(window, batch.lane, batch.records.at(-1)!.seq, steady())
      publish(batch.lane, batch)
    }
  }

  const tick = () => {
    if (!up || !window) return
    const quiet = steady() - window.movedAt
    if (untaken > 0 && quiet >= times.stallSeconds * 1000) return finish('nothing moves on this connection')
    if (steady() - statusAt >= times.statusSeconds * 1000) sendStatus()
    // While the road itself is busy, silence says nothing about central.
    if (untaken === 0 && isOverdue(window, steady(), times.ackTimeoutSeconds * 1000)) ask()
    pump()
  }

  const takeAck = (payload: Uint8Array) => {
    const packet = decodePacket(payload)
    if (!packet.ok) return options.onBad(packet.reason)
    if (!ackSchema.Check(packet.value)) return options.onBad('not an ack')
    const ack = packet.value
    options.onAck(ack)
    if (ack.epoch !== saidEpoch || !window) return
    outbox.acked(ack)
    window = onAck(window, ack, steady())
    pump()
  }

  const ticker = setInterval(tick, Math.min(TICK_MILLISECONDS, times.ackTimeoutSeconds * 250))
  const unlisten = outbox.onCommitted(pump)

  client.on('connect', () => {
    client.subscribe([nodeTopic(node, 'ack'), nodeTopic(node, 'x')], { qos: 1 }, (error, granted) => {
      if (error || granted?.some(({ qos }) => qos > 2)) return finish(error?.message ?? 'the broker refused a subscription')
      up = true
      options.onUp()
      sendStatus()
      ask()
    })
  })
  client.on('message', (topic, payload) => {
    if (topic === nodeTopic(node, 'ack')) takeAck(payload)
    else if (topic === nodeTopic(node, 'x')) options.onKept(topic, payload)
    else options.onBad('a topic that was not subscribed')
  })
  client.on('error', (error) => finish(error.message || (error as NodeJS.ErrnoException).code || 'connection error'))
  client.on('close', () => finish('the connection was closed'))

  return {
    isUp: () => up,
    async close() {
      if (up) await goodbye(client, nodeTopic(node, 's'), encodePacket(statusOf(false)))
      finish('closed')
    },
  }
}

function clientOptions(options: ConnectionOptions, offline: Status, times: UplinkTimes): IClientOptions {
  return {
    protocolVersion: 4,
    clean: true,
    clientId: options.node,
    username: options.node,
    password: options.token,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: times.connectTimeoutSeconds * 1000,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    will: { topic: nodeTopic(options.node, 's'), payload: encodePacket(offline), qos: 1, retain: true },
  }
}

const helloOf = ({ node, outbox, version, now }: ConnectionOptions): Hello => ({
  v: 1,
  node,
  epoch: outbox.epoch(),
  lanes: { t: outbox.bounds('t'), e: outbox.bounds('e') },
  at: now(),
  version,
})

function readQuietly(read: () => { usage?: Usage; health?: Health }, onBad: (reason: string) => void) {
  try {
    return read()
  } catch (error) {
    onBad(`the live status could not be read: ${(error as Error).message}`)
    return {}
  }
}

async function goodbye(client: MqttClient, topic: string, offline: Buffer): Promise<void> {
  const waited = Promise.withResolvers<void>()
  const timer = setTimeout(waited.resolve, GOODBYE_MILLISECONDS)
  client.publish(topic, offline, { qos: 1, retain: true }, () => client.end(false, () => waited.resolve()))
  await waited.promise
  clearTimeout(timer)
}
