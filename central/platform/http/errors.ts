/** The one table from what went wrong to what is said outside. The text of a fault of ours never leaves. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from './refusal.ts'

const BY_CODE: Record<string, { status: number; code: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: 'too-large' },
  FST_REQ_FILE_TOO_LARGE: { status: 413, code: 'too-large' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { status: 415, code: 'unsupported-media-type' },
  FST_INVALID_MULTIPART_CONTENT_TYPE: { status: 415, code: 'unsupported-media-type' },
}

export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = BY_CODE[error.code]
  if (known) return refuse(reply, known.status, known.code)
  // Our validator's text names the place, never the value.
  if (error.validation || error.code === 'FST_ERR_VALIDATION') return refuse(reply, 400, 'bad-request', error.message)
  if (error.statusCode === 429) return refuse(reply, 429, 'too-often')
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) return refuse(reply, 400, 'bad-request')
  request.log.error({ err: error }, 'request failed')
  return refuse(reply, 500, 'internal')
}
