import type { FastifyReply, FastifyRequest } from 'fastify'
import { findProbe } from './probes.ts'
import type { Site } from './site.ts'
import { plainAddress } from './visitor.ts'

/**
 * Whatever a phone asks of any other host is answered with the way to the welcome page. Before login there is never a
 * fake "online"; `Connection: close`, because a kept connection would go on hitting the portal after login.
 */
export function createCapture(deps: { site: Site; isOnline: (request: FastifyRequest) => Promise<boolean> }) {
  const { site } = deps

  return async function capture(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const host = (request.headers.host ?? '').toLowerCase()
    const path = pathOf(request.url)
    const foreign = !site.isOwnHost(host, request.raw.socket.localPort) && !isOwnAddress(host, request)
    const probe = findProbe(hostname(host), path)
    if (!foreign && !probe) return undefined

    reply.header('connection', 'close').header('cache-control', 'no-store')
    if (probe && (await deps.isOnline(request))) {
      reply.code(probe.status).headers(probe.headers ?? {})
      if (probe.type !== undefined) reply.type(probe.type)
      return reply.send(probe.body ?? '')
    }
    return reply.code(302).header('location', `${site.origin()}/`).send('')
  }
}

/** People type the box's address, with or without its port. */
function isOwnAddress(host: string, request: FastifyRequest): boolean {
  const { localAddress, localPort } = request.raw.socket
  const address = plainAddress(localAddress)
  if (address === '') return false
  const name = address.includes(':') ? `[${address}]` : address
  return host === name || host === `${name}:${localPort}`
}

/** A request line may also hold a whole URL (RFC 9112 §3.2.2); the Host header then decides all the same. */
export function pathOf(url: string): string {
  const path = url.startsWith('/') ? url : url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '') || '/'
  return path.split(/[?#]/, 1)[0] ?? '/'
}

const hostname = (host: string): string => host.replace(/:\d+$/, '').replace(/\.$/, '')
