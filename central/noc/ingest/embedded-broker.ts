/** The broker inside central (aedes, MQTT 3.1.1): what a box may do is decided here, and its packets go straight to ingest. */
import { Aedes, type AuthenticateError, type Client, type PublishPacket } from 'aedes'
import { mayPublish, maySubscribe, parseTopic } from '#edge/wire/topics.ts'
import type { Broker, BrokerHandlers, Credential } from './broker-port.ts'
import { createDoors, type Place, type SecurePlace } from './doors.ts'
import { login, type Logins } from './login.ts'

const CONNECT_MILLISECONDS = 10_000
/** A box that takes nothing in for this long is cut, so that it cannot hold up what waits behind it. */
const DRAIN_MILLISECONDS = 10_000
/** A will must not be noticed later than the silence rule would: boxes ping every 30 s. */
const KEEPALIVE_SECONDS_MAX = 120
/** QoS 2 is not part of our protocol; what a stray client may leave half-open. */
const QOS2_INFLIGHT_MAX = 4

/** Ends in the connection's close, and was written down where it arose. */
class Refusal extends Error {}

export type EmbeddedBrokerDeps = BrokerHandlers &
  Logins & {
    /** Logins by token, from this machine only. */
    plain: Place | undefined
    /** Logins by certificate. */
    secure: SecurePlace | undefined
  }

export function createEmbeddedBroker(deps: EmbeddedBrokerDeps): Broker {
  const clients = new Map<string, Client>()
  /** By connection, not by name: a box that reconnects has two for a moment. */
  const credentials = new WeakMap<Client, Credential>()

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
      enter(client, username, password).then(answer, (error: unknown) => {
        deps.onProblem('a login could not be checked', error)
        answer(false)
      })
    },
    authorizePublish: (client, packet, done) => {
      const reason = client && refusal(client, packet)
      if (client && reason) {
        deps.onRefused({ node: client.id, topic: packet.topic, payload: bytes(packet.payload), reason })
        return done(new Refusal(reason))
      }
      // What boxes ask a broker to remember, ingest has heard: nobody here may subscribe to it. Remembered, all of it would be
      // gone through at every subscription, and a city of thousands that comes back would take minutes.
      if (client) packet.retain = false
      done(null)
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

  async function enter(client: Client, username: string | undefined, password: Buffer | undefined): Promise<boolean> {
    const made = await login(deps, client, username, password)
    if (made.ok) credentials.set(client, made.credential)
    // Nobody's: it is counted among the packets of a box otherwise, and no packet came.
    else deps.onRefused({ node: null, topic: '', payload: new Uint8Array(), reason: made.reason })
    return made.ok
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

  const doors = createDoors(aedes, deps, deps)

  return {
    async start() {
      await aedes.listen()
      await doors.open()
    },
    publish: (topic, payload, options) =>
      new Promise((resolve, reject) => {
        const packet: PublishPacket = { cmd: 'publish', topic, payload, qos: 1, dup: false, retain: options?.retain ?? false }
        aedes.publish(packet, (error) => (error ? reject(error) : resolve()))
      }),
    present: () => new Map([...clients].map(([node, client]) => [node, credentials.get(client)!])),
    credential(node) {
      const client = clients.get(node)
      return client && credentials.get(client)
    },
    reaches: (node) => clients.has(node),
    disconnect: (node) => clients.get(node)?.close(),
    port: doors.port,
    securePort: doors.securePort,
    tend: doors.renew,
    connected: doors.isOpen,
    async stop() {
      doors.close()
      await new Promise<void>((resolve) => aedes.close(resolve))
      doors.destroy()
    },
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
