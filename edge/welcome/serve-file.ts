import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PortalFile } from '../content/files.ts'
import { parseRange } from './range.ts'

/** Handed to the socket in pieces, so that what a phone never fetched is not counted as sent. */
const PIECE_BYTES = 64 * 1024
const YEAR_SECONDS = 31_536_000
/** A renamed file is not needed to change an unhashed one: phones ask again within the hour. */
const HOUR_SECONDS = 3600

/** RFC 9110 §13-14: 304, 206 and 416 as players need them. `onSent` hears of each piece the connection has taken. */
export function serveFile(request: FastifyRequest, reply: FastifyReply, file: PortalFile, onSent?: (from: number, to: number) => void) {
  reply.header('etag', file.etag).header('accept-ranges', 'bytes').type(file.type)
  reply.header('cache-control', file.immutable ? `public, max-age=${YEAR_SECONDS}, immutable` : `public, max-age=${HOUR_SECONDS}`)
  if (file.gzipped) reply.header('vary', 'accept-encoding')
  if (matches(request.headers['if-none-match'], file.etag)) return reply.code(304).send()

  const ifRange = request.headers['if-range']
  const wanted = ifRange === undefined || ifRange === file.etag ? request.headers.range : undefined
  const range = parseRange(wanted, file.bytes.length)
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${file.bytes.length}`).type('text/plain').send('')
  }
  if (!range && file.gzipped && acceptsGzip(request)) return reply.header('content-encoding', 'gzip').send(file.gzipped)

  const { from, to } = range ?? { from: 0, to: file.bytes.length }
  if (range) reply.code(206).header('content-range', `bytes ${from}-${to - 1}/${file.bytes.length}`)
  if (!onSent || request.method === 'HEAD') return reply.send(file.bytes.subarray(from, to))
  reply.header('content-length', to - from)
  return reply.send(Readable.from(pieces(file.bytes, from, to, onSent), { objectMode: false, highWaterMark: PIECE_BYTES }))
}

/** A piece counts when the next one is asked for: the connection has then taken it. */
function* pieces(bytes: Buffer, from: number, to: number, onSent: (from: number, to: number) => void): Generator<Buffer> {
  for (let at = from; at < to; at += PIECE_BYTES) {
    const end = Math.min(to, at + PIECE_BYTES)
    yield bytes.subarray(at, end)
    onSent(at, end)
  }
}

export const acceptsGzip = (request: FastifyRequest): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(header(request.headers['accept-encoding']))

const header = (value: string | string[] | undefined): string => (Array.isArray(value) ? value.join(',') : (value ?? ''))

const matches = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined && (ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === etag))
