/** What one connection may ask of the box's HTTP server before it is cut. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyHttpOptions } from 'fastify'

/** A complaint of 2,000 letters of Javanese script (three bytes each, written %XX: 18 kB) with its other fields. */
export const BODY_BYTES_MAX = 24 * 1024
const HEADER_BYTES_MAX = 8 * 1024
export const HEADERS_MAX = 100
/** Headers and form of an honest phone on a poor radio arrive within this; a slow drip is cut. */
const REQUEST_MILLISECONDS = 20_000
/** How often that limit is looked at: late by this much at most. */
const CHECK_MILLISECONDS = 5_000
/** A connection without a byte either way. */
const CONNECTION_MILLISECONDS = 30_000
const KEEP_ALIVE_MILLISECONDS = 5_000

export const SERVER_OPTIONS = {
  logger: false,
  trustProxy: false,
  bodyLimit: BODY_BYTES_MAX,
  requestTimeout: REQUEST_MILLISECONDS,
  connectionTimeout: CONNECTION_MILLISECONDS,
  keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
  http: {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: REQUEST_MILLISECONDS,
    connectionsCheckingInterval: CHECK_MILLISECONDS,
    // Answered like any other stranger, with the way to the welcome page.
    requireHostHeader: false,
  },
  routerOptions: { maxParamLength: 100 },
  clientErrorHandler(_error: unknown, socket: Socket): void {
    // Not HTTP, or too much of it: one short answer, and the next visitor is unaffected.
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  },
} satisfies FastifyHttpOptions<Server>
