/** A road of ours between boxes and the broker, that can be made slow, deaf or broken while it is in use. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export type RoadState =
  | 'open'
  /** Bytes trickle in both directions. */
  | 'slow'
  /** Half-open: connections stand, take everything and deliver nothing, and nobody is told. */
  | 'deaf'
  /** Connections are cut and new ones refused. */
  | 'cut'

export type Proxy = {
  port: number
  set(state: RoadState): void
  [Symbol.asyncDispose](): Promise<void>
}

/** The slowest line we plan for. */
const SLOW_BYTES_PER_SECOND = 2_000
const SLOW_TICK_MILLISECONDS = 50
/** What lies in a deaf road's buffers is gone; this much it takes before it pushes back. */
const CHUNKS_MAX = 10_000

/** @param rewrite makes the stream from box to broker another one. */
export async function openProxy(brokerPort: number, rewrite?: () => Duplex, brokerHost = '127.0.0.1'): Promise<Proxy> {
  let state: RoadState = 'open'
  const sockets = new Set<Socket>()
  const flows = new Set<() => void>()

  const server = createServer((box) => {
    if (state === 'cut') return void box.destroy()
    const broker = connect(brokerPort, brokerHost)
    for (const socket of [box, broker]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        sockets.delete(socket)
        // A deaf road does not tell one end that the other has gone.
        if (state !== 'deaf') for (const other of [box, broker]) other.destroy()
      })
    }
    const upward = rewrite?.()
    if (upward) {
      upward.on('error', () => undefined)
      upward.on('data', (chunk: Buffer) => broker.write(chunk))
    }
    const stop = [flow(box, (chunk) => (upward ?? broker).write(chunk)), flow(broker, (chunk) => box.write(chunk))]
    box.once('close', () => stop.forEach((end) => end()))
  })

  /** Moves what comes from one end to the other as the state allows. */
  function flow(from: Socket, deliver: (chunk: Buffer) => void): () => void {
    let waiting: Buffer[] = []
    const move = () => {
      if (state === 'deaf' || waiting.length === 0) return
      if (state !== 'slow') {
        for (const chunk of waiting.splice(0)) deliver(chunk)
        return
      }
      const bytes = Buffer.concat(waiting)
      const share = Math.ceil((SLOW_BYTES_PER_SECOND * SLOW_TICK_MILLISECONDS) / 1000)
      deliver(bytes.subarray(0, share))
      waiting = bytes.length > share ? [bytes.subarray(share)] : []
    }
    from.on('data', (chunk: Buffer) => {
      if (waiting.length < CHUNKS_MAX) waiting.push(chunk)
      if (state === 'open') move()
    })
    flows.add(move)
    return () => flows.delete(move)
  }
  const ticker = setInterval(() => flows.forEach((move) => move()), SLOW_TICK_MILLISECONDS)

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      state = next
      if (next === 'cut') for (const socket of sockets) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      clearInterval(ticker)
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
