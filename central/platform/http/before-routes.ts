/** Answers to what never becomes a request to a route: they carry their protection themselves, because no hook sees them. */
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { refuse } from './refusal.ts'

const PROTECTION = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** An address that cannot be decoded. */
export const answerUndecodable = (reply: FastifyReply): FastifyReply => refuse(reply.headers(PROTECTION), 400, 'bad-request')

/** llhttp and Node's own words for what is wrong. */
const ANSWERS: Record<string, { line: string; code: string }> = {
  HPE_HEADER_OVERFLOW: { line: '431 Request Header Fields Too Large', code: 'too-large' },
  ERR_HTTP_REQUEST_TIMEOUT: { line: '408 Request Timeout', code: 'too-slow' },
}

/**
 * Bytes that are no HTTP, or two readers could read differently (RFC 9112 §6.3), or that come too slowly. Where one request
 * ends and the next begins is unknown, so the connection ends with the answer.
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  // The client is gone, or an answer is under way that this one would be written into.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) return void socket.destroy(error)
  const { line, code } = ANSWERS[error.code ?? ''] ?? { line: '400 Bad Request', code: 'bad-request' }
  const body = JSON.stringify({ code })
  const headers = {
    ...PROTECTION,
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${line}\r\n${head.join('')}\r\n${body}`)
}
