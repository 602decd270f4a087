/** The broker inside central (aedes, MQTT 3.1.1): what a box may do is decided here, and its packets go straight to ingest. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes'
import { PACKET_BYTES_MAX } from '#edge/wire/envelope.ts'
import { mayPublish, maySubscribe, parseTopic } from '#edge/wire/topics.ts'
import type { Broker, BrokerHandlers } from './broker-port.ts'
import { watchFrames } from './frame-watch.ts'

/** A packet's topic, packet id and CONNECT's fields beside the payload. */
const FRAME_BYTES_MAX = PACKET_BYTES_MAX + 1_024
/** The planned fleet is a tenth of it; each idle connection costs about 21 KB. */
const CONNECTIONS_MAX = 20_000
/** Sockets that have not said who they are: a few seconds of a whole city's boxes coming back at once. */
const STRANGERS_MAX = 2_000
const CONNECT_MILLISECONDS = 10_000
/** A box that takes nothing in for this long is cut, so that it cannot hold up what waits behind it. */
const DRAIN_MILLISECONDS = 10_000
/** Ours have 43 letters. */
const TOKEN_BYTES_MAX = 256
/** A will must not be noticed later than the silence rule would: boxes ping every 30 s. */
const KEEPALIVE_SECONDS_MAX = 120
/** QoS 2 is not part of our protocol; what a stray client may leave half-open. */
const QOS2_INFLIGHT_MAX = 4

/** Ends in the connection's close, and was written down where it arose. */
class Refusal extends Error {}

export type EmbeddedBrokerDeps = BrokerHandlers & {
  host: string
  port: number
  /** The token's hash when it is the node's, else undefined. */
  knows: (node: string, token: Buffer) => Promise<string | undefined>
}

export function createEmbeddedBroker(deps: EmbeddedBrokerDeps): Broker {
  const clients = new Map<string, Client>()
  /** By connection, not by name: a box that reconnects has two for a moment. */
  const credentials = new WeakMap<Client, string>()

  const aedes = new Aedes({
    connectTimeout: CONNECT_MILLISECONDS,
    drainTimeout: DRAIN_MILLISECONDS,
    keepaliveLimit: KEEPALIVE_SECONDS_MAX,
    maxInflightInbound: QOS2_INFLIGHT_MAX,
    preConnect: (_client, packet, done) => {
      // Nothing of a box's session is kept here: what must survive is in its outbox and in our downlink table.
      packet.clean = true
      done(null, true)
    },
    authenticate: (client, username, password, done) => {
      const answer = (known: boolean) => (known ? done(null, true) : done(notAuthorized(), false))
      authenticate(client, username, password).then(answer, (error: unknown) => {
        deps.onProblem('a token could not be checked', error)
        answer(false)
      })
    },
    authorizePublish: (client, packet, done) => {
      const reason = client && refusal(client, packet)
      if (!client || !reason) return done(null)
      deps.onRefused({ node: client.id, topic: packet.topic, payload: bytes(packet.payload), reason })
      done(new Refusal(reason))
    },
    authorizeSubscribe: (client, subscription, done) => {
      if (maySubscribe(client.id, subscription.topic)) return done(null, subscription)
      deps.onRefused({ node: client.id, topic: subscription.topic, payload: new Uint8Array(), reason: 'may not subscribe here' })
      done(null, null)
    },
    published: (packet, client, done) => {
      if (client) deps.onPacket({ topic: packet.topic, payload: bytes(packet.payload), retained: false })
      done(null)
    },
  })

  async function authenticate(client: Client, username: string | undefined, token: Buffer | undefined): Promise<boolean> {
    const named = username !== undefined && username === client.id
    const hash = named && token !== undefined && token.length <= TOKEN_BYTES_MAX ? await deps.knows(username, token) : undefined
    if (hash !== undefined) {
      credentials.set(client, hash)
      return true
    }
    const who = `${client.id.slice(0, 40)} as ${(username ?? 'nobody').slice(0, 40)}`
    deps.onRefused({ node: null, topic: '', payload: new Uint8Array(), reason: `connection refused: ${who}` })
    return false
  }

  aedes.on('client', (client) => clients.set(client.id, client))
  aedes.on('clientDisconnect', (client) => {
    if (clients.get(client.id) === client) clients.delete(client.id)
  })
  const onClientError = (client: Client, error: Error) => {
    if (error instanceof Refusal || !isProtocolError(error)) return
    deps.onRefused({ node: client.id ?? null, topic: '', payload: new Uint8Array(), reason: `protocol: ${error.message}` })
  }
  aedes.on('clientError', onClientError)
  aedes.on('connectionError', onClientError)

  const sockets = new Set<Socket>()
  const server = createServer(socketHandler(aedes, sockets, deps))

  return {
    async start() {
      await aedes.listen()
      server.listen(deps.port, deps.host)
      await once(server, 'listening')
    },
    publish: (topic, payload, options) =>
      new Promise((resolve, reject) => {
        const packet: PublishPacket = { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: options?.retain ?? false }
        aedes.publish(packet, (error) => (error ? reject(error) : resolve()))
      }),
    present: () => new Map([...clients].map(([node, client]) => [node, credentials.get(client) ?? ''])),
    reaches: (node) => clients.has(node),
    disconnect: (node) => clients.get(node)?.close(),
    port() {
      const address = server.address()
      return address && typeof address === 'object' ? address.port : undefined
    },
    connected: () => server.listening,
    async stop() {
      server.close()
      await new Promise<void>((resolve) => aedes.close(resolve))
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Gives each socket to the broker, within bounds on how many there are and on how large a packet may become in memory. */
function socketHandler(aedes: Aedes, sockets: Set<Socket>, deps: BrokerHandlers): (socket: Socket) => void {
  let strangers = 0
  return (socket) => {
    if (strangers >= STRANGERS_MAX || sockets.size >= CONNECTIONS_MAX) return void socket.destroy()
    sockets.add(socket)
    strangers += 1
    let known = false
    const client = aedes.handle(socket)
    client.once('connected', () => {
      known = true
      strangers -= 1
    })
    socket.once('close', () => {
      sockets.delete(socket)
      if (!known) strangers -= 1
    })
    const fits = watchFrames(FRAME_BYTES_MAX)
    // aedes reads on `readable`; `data` then fires with each chunk it reads, before it sees it.
    socket.on('data', (chunk: Buffer) => {
      if (socket.destroyed || fits(chunk)) return
      const reason = `packet is over ${PACKET_BYTES_MAX} bytes or has no length`
      deps.onRefused({ node: known ? client.id : null, topic: '', payload: chunk, reason })
      socket.destroy()
    })
  }
}

function refusal(client: Client, packet: { topic: string; retain: boolean; payload: string | Buffer }): string | undefined {
  if (!mayPublish(client.id, packet.topic)) return 'may not publish here'
  const leaf = parseTopic(packet.topic)?.leaf
  if (packet.retain && leaf !== 's' && leaf !== 'r') return `lane ${leaf ?? ''} must not be retained`
  return undefined
}

const bytes = (payload: string | Buffer): Buffer => (typeof payload === 'string' ? Buffer.from(payload) : payload)

/** MQTT 3.1.1 §3.2.2.3, code 5. */
const notAuthorized = () => Object.assign(new Error('not authorized'), { returnCode: 5 }) as unknown as AuthenticateError

/** Sockets that break, boxes that fall silent and refused logins are no protocol errors. */
function isProtocolError(error: Error): boolean {
  if ('code' in error || 'errorCode' in error || 'returnCode' in error) return false
  return !['keep alive timeout', 'connection closed', 'drain timeout', 'connect did not arrive in time'].includes(error.message)
}
