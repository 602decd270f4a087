/** What one connection may ask of the box's HTTP server before it is cut. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyHttpOptions } from 'fastify'

/** A complaint of 2,000 letters of Javanese script (three bytes each, written %XX: 18 kB) with its other fields. */
export const BODY_BYTES_MAX = 24 * 1024
const HEADER_BYTES_MAX = 8 * 1024
/** A request with more is answered 431. */
export const HEADERS_MAX = 100

export type Patience = {
  /** Headers and form of an honest phone on a poor radio arrive within this; a slow drip is cut. */
  requestMilliseconds: number
  /** How often that limit is looked at: late by this much at most. */
  checkMilliseconds: number
  /** A connection without a byte either way. */
  connectionMilliseconds: number
  keepAliveMilliseconds: number
  /** TLS: two or three small messages. */
  handshakeMilliseconds: number
}

/** Together no slow request lasts 30 seconds. */
export const PATIENCE: Patience = {
  requestMilliseconds: 20_000,
  checkMilliseconds: 5_000,
  connectionMilliseconds: 30_000,
  keepAliveMilliseconds: 5_000,
  handshakeMilliseconds: 10_000,
}

export const serverOptions = (patience: Patience) =>
  ({
    logger: false,
    trustProxy: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: patience.requestMilliseconds,
    connectionTimeout: patience.connectionMilliseconds,
    keepAliveTimeout: patience.keepAliveMilliseconds,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: patience.requestMilliseconds,
      connectionsCheckingInterval: patience.checkMilliseconds,
      // Answered like any other stranger, with the way to the welcome page.
      requireHostHeader: false,
    },
    routerOptions: { maxParamLength: 100 },
    clientErrorHandler: answerNoRequest,
  }) satisfies FastifyHttpOptions<Server>

/** RFC 9110 §15.5.9, RFC 6585 §5; all else is not HTTP. */
const STATUS: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

/** Not HTTP, too much of it or too slow: one short answer, and the next visitor is unaffected. */
export function answerNoRequest(error: { code?: string | undefined }, socket: Socket): void {
  const status = STATUS[error.code ?? ''] ?? '400 Bad Request'
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  else socket.destroy()
}
