/** Server-Sent Events (WHATWG HTML §9.2) over a Fastify reply. */
import type { FastifyReply } from 'fastify'
import { refuse } from '../http/refusal.ts'

const CONTENT_TYPE = 'text/event-stream; charset=utf-8'
/** Below the 30-60 s after which proxies and phones drop a silent connection. */
const HEARTBEAT_MILLISECONDS = 15_000
/** How long the browser waits before it reconnects. */
const RETRY_MILLISECONDS = 3_000
/** Unsent bytes after which a client is too slow to be live: it is cut, reconnects and reloads its view. */
export const BACKLOG_BYTES_MAX = 256 * 1024
/** Twice the staff expected to watch at once; each stream holds a socket and a listener. */
const STREAMS_MAX = 1_000

export type SendEvent = (event: { type: string }) => void
export type SseOptions = {
  /** Asked at every heartbeat; false ends the stream (signed out, link revoked). */
  alive?: () => boolean | Promise<boolean>
  heartbeatMilliseconds?: number
  streamsMax?: number
}

/** Streams by server, so that one process may hold several apps (tests do) and each can be ended alone. */
const streams = new WeakMap<object, Set<() => void>>()

/**
 * Takes the reply over and writes every event given to `send` as `event: {type}`, `id:` rising, `data:` JSON, until the
 * socket closes. `subscribe` returns the function that ends its subscription.
 */
export function sse(reply: FastifyReply, subscribe: (send: SendEvent) => () => void, options: SseOptions = {}): FastifyReply {
  // HEAD asks what GET would say, not for a stream: left open, everything after it on the connection would wait.
  if (reply.request.method === 'HEAD') return reply.header('cache-control', 'no-store, no-transform').type(CONTENT_TYPE).send()
  const open = openStreams(reply.server.server)
  if (open.size >= (options.streamsMax ?? STREAMS_MAX)) return refuse(reply.header('retry-after', '10'), 503, 'busy')
  reply.hijack()
  const { raw } = reply
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200, {
    'content-type': CONTENT_TYPE,
    'cache-control': 'no-store, no-transform',
    // nginx would otherwise collect events into a buffer.
    'x-accel-buffering': 'no',
  })
  raw.write(`retry: ${RETRY_MILLISECONDS}\n\n`)

  const write = (text: string) => {
    if (raw.destroyed || raw.writableEnded) return
    if (raw.writableLength > BACKLOG_BYTES_MAX) raw.destroy()
    else raw.write(text)
  }
  let id = 0
  const unsubscribe = subscribe((event) => {
    id += 1
    write(`id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  })
  const heartbeat = setInterval(() => {
    write(': \n\n')
    if (options.alive) void stillAlive(options.alive).then((alive) => alive || raw.end())
  }, options.heartbeatMilliseconds ?? HEARTBEAT_MILLISECONDS)
  const end = () => raw.end()
  open.add(end)
  raw.once('close', () => {
    clearInterval(heartbeat)
    unsubscribe()
    open.delete(end)
  })
  // A socket that died without a word reports here; `close` follows.
  raw.on('error', () => raw.destroy())
  return reply
}

/** Called before a server closes: an open stream would otherwise hold it for ever. */
export function endStreams(server: object): void {
  for (const end of openStreams(server)) end()
}

function openStreams(server: object): Set<() => void> {
  let open = streams.get(server)
  if (!open) {
    open = new Set()
    streams.set(server, open)
  }
  return open
}

/** A check that fails is a no: when the database is down nobody keeps watching. */
async function stillAlive(alive: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await alive()
  } catch {
    return false
  }
}
