/** An MQTT client that does what a hostile box would: any topic, any payload, any bytes. */
import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'

export type RawClient = {
  client: MqttClient
  received: { topic: string; payload: Buffer; retain: boolean }[]
  closed: Promise<void>
  end(): Promise<void>
}

/** @param options with a `ca`: over TLS. @throws when the broker refuses the connection. */
export async function connectRaw(port: number, options: IClientOptions): Promise<RawClient> {
  const scheme = options.ca === undefined ? 'mqtt' : 'mqtts'
  const client = connect(`${scheme}://127.0.0.1:${port}`, { protocolVersion: 4, reconnectPeriod: 0, connectTimeout: 5_000, ...options })
  const received: RawClient['received'] = []
  client.on('message', (topic, payload, packet) => received.push({ topic, payload, retain: packet.retain }))
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const outcome = await Promise.race([
    new Promise<'connected'>((resolve) => client.once('connect', () => resolve('connected'))),
    new Promise<Error>((resolve) => client.once('error', resolve)),
    closed.then(() => new Error('closed')),
  ])
  client.on('error', () => undefined)
  if (outcome !== 'connected') {
    client.end(true)
    throw outcome
  }
  return {
    client,
    received,
    closed,
    async end() {
      await client.endAsync(true)
    },
  }
}

/** Sends bytes on a bare socket and waits until the broker closes it. */
export async function closesAfter(port: number, bytes: Uint8Array, withinMs = 5_000): Promise<void> {
  const socket = connectSocket(port, '127.0.0.1')
  // A reset is a close, too.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(bytes)
  socket.resume()
  let late = false
  const timer = setTimeout(() => {
    late = true
    socket.destroy()
  }, withinMs)
  await closed
  clearTimeout(timer)
  if (late) throw new Error(`the connection was still open after ${withinMs} ms`)
}
