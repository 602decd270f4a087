import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { answerNoRequest, HEADERS_MAX, serverOptions, type Patience } from './server-options.ts'

/** RFC 9325 §3.1.1: nothing older. Every phone since Android 5 and iOS 9 speaks it. */
const OLDEST = 'TLSv1.2'

/** The second way to the same pages, open only while there is a certificate: without one a phone is refused at once. */
export function createSecureDoor(
  app: FastifyInstance,
  at: { host: string; port: number; patience: Patience; log: (line: string) => void },
) {
  let server: Server | undefined
  const { host, port, patience, log } = at
  const sockets = new Set<Socket>()

  async function open(pem: { cert: string; key: string }): Promise<Server> {
    await app.ready()
    const { http, requestTimeout, keepAliveTimeout, connectionTimeout } = serverOptions(patience)
    const handshakeTimeout = patience.handshakeMilliseconds
    const fresh = createServer({ ...http, requestTimeout, keepAliveTimeout, handshakeTimeout, minVersion: OLDEST, ...pem }, app.routing)
    fresh.maxHeadersCount = HEADERS_MAX
    fresh.setTimeout(connectionTimeout)
    fresh.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      // Not TLS, or a handshake that failed: there is no secret yet to answer under.
      if (/^ERR_SSL|^ERR_TLS|^ECONN/.test(error.code ?? '')) socket.destroy()
      else answerNoRequest(error, socket as Socket)
    })
    fresh.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    fresh.listen({ host, port })
    await once(fresh, 'listening')
    fresh.on('error', (error) => log(`welcome: ${error.message}`))
    return fresh
  }

  return {
    /** Serves with this certificate from the next connection on. @throws when OpenSSL refuses it or the port is taken. */
    async use({ chain: cert, key }: { chain: string; key: string }): Promise<void> {
      if (server) server.setSecureContext({ cert, key, minVersion: OLDEST })
      else server = await open({ cert, key })
    },
    /** Undefined while shut. */
    port: (): number | undefined => (server?.address() as AddressInfo | null | undefined)?.port,
    async shut(): Promise<void> {
      const old = server
      server = undefined
      if (!old) return
      const gone = once(old, 'close')
      old.close()
      for (const socket of sockets) socket.destroy()
      await gone
    },
  }
}
