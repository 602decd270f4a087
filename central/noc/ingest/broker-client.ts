/** Ingest at a broker of its own (Mosquitto, EMQX …): one MQTT 3.1.1 client for the whole fleet's upward topics. */
import { rootCertificates } from 'node:tls'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { fleetFilter, parseTopic, UP_LEAVES } from '#edge/wire/topics.ts'
import type { OwnCertificate } from '../../pki/own-certificate.ts'
import type { Broker, BrokerHandlers } from './broker-port.ts'
import { createStandIn } from './stand-in.ts'

const CONNECT_MILLISECONDS = 10_000
/** Fast enough that a broker's restart is not an outage on the map. */
const RECONNECT_MILLISECONDS = 1_000

export type BrokerClientDeps = BrokerHandlers & {
  url: string
  username?: string
  password?: string
  /** What central shows at a TLS broker, and whom it believes there beside the world's authorities. */
  certificate?: (() => Promise<OwnCertificate>) | undefined
  /** One in a box's name, for minutes; absent where central does not come in by certificate. */
  standIn?: ((node: string) => Promise<OwnCertificate>) | undefined
  clientId: string
  /** Whose packets come here: `+` for the whole fleet; none for a process that only speaks. */
  shards: readonly string[]
}

export function createBrokerClient(deps: BrokerClientDeps): Broker {
  let client: MqttClient | undefined
  let subscribed = false
  /** Why the connection ended last, and what was said of it: a broker away for a day is not a line a second. */
  let fault: Error | undefined
  let told: string | undefined
  let stopping = false
  /** Topics whose retained packet we are removing: the broker sends us our own empty packet back. */
  const clearing = new Set<string>()

  function onMessage(topic: string, payload: Buffer, retained: boolean): void {
    if (payload.length === 0 && clearing.delete(topic)) return
    deps.onPacket({ topic, payload, retained })
    const leaf = parseTopic(topic)?.leaf
    // A broker's ACL cannot forbid the retain flag; poison left there would come back at every start.
    if (retained && leaf !== 's' && leaf !== 'r') {
      clearing.add(topic)
      publish(topic, Buffer.alloc(0), { retain: true }).catch((error: unknown) => deps.onProblem(`clearing ${topic}`, error))
    }
  }

  function outage(): void {
    const error = fault ?? new Error('it ended the connection')
    fault = undefined
    // A name with two addresses fails with an empty message and a code.
    const why = error.message || (error as NodeJS.ErrnoException).code || error.name
    if (stopping || why === told) return
    told = why
    // Never the URL itself: it may hold a password.
    const { host } = new URL(deps.url)
    deps.onProblem(`the broker at ${host} cannot be used (${why}): trying again every second; check it, MQTT_URL and its user`, error)
  }

  async function publish(topic: string, payload: Buffer, options?: { retain?: boolean }): Promise<void> {
    // Not queued while the broker is away: an ack is repeated and a kept message resent when the box says hello.
    if (!client?.connected) throw new Error('the broker is not connected')
    await client.publishAsync(topic, payload, { qos: 1, retain: options?.retain ?? false })
  }

  const shown = async () => {
    const own = await deps.certificate?.()
    return own && { key: own.key, cert: own.cert, ca: [own.ca, ...rootCertificates] }
  }
  const throwOut = deps.standIn && createStandIn({ url: deps.url, certificate: deps.standIn, onProblem: deps.onProblem })

  return {
    async start() {
      const options: IClientOptions = {
        protocolVersion: 4,
        clientId: deps.clientId,
        clean: true,
        connectTimeout: CONNECT_MILLISECONDS,
        reconnectPeriod: RECONNECT_MILLISECONDS,
        resubscribe: false,
        queueQoSZero: false,
        ...(deps.username !== undefined && { username: deps.username }),
        ...(deps.password !== undefined && { password: deps.password }),
        ...(await shown()),
      }
      client = connect(deps.url, options)
      client.on('error', (error) => (fault = error))
      client.on('message', (topic, payload, packet) => onMessage(topic, payload, packet.retain))
      client.on('close', () => {
        subscribed = false
        outage()
      })
      client.on('connect', () => {
        const filters = UP_LEAVES.flatMap((leaf) => deps.shards.map((shard) => fleetFilter(leaf, shard)))
        const done = filters.length === 0 ? Promise.resolve() : client!.subscribeAsync(filters, { qos: 1 })
        done.then(
          () => {
            subscribed = true
            told = undefined
          },
          (error: unknown) => deps.onProblem('subscribing to the fleet', error),
        )
      })
      // The connection is not awaited: central also starts, and says so, while its broker is away.
    },
    publish,
    present: () => new Map(),
    credential: () => undefined,
    reaches: () => true,
    disconnect: (node) => throwOut?.(node),
    port: () => undefined,
    securePort: () => undefined,
    async tend() {
      // Read anew at every try to connect.
      if (client) Object.assign(client.options, await shown())
    },
    connected: () => subscribed,
    async stop() {
      stopping = true
      await client?.endAsync()
    },
  }
}
