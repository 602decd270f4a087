import type { FastifyReply } from 'fastify'
import type { Refusal } from '../accounts/api.ts'

/** The one shape in which the API says no: a code for the screen, the request's id for the log, nothing of the inside. */
export function refuse(reply: FastifyReply, status: number, code: string, why?: string): FastifyReply {
  const refusal: Refusal = { code, requestId: reply.request.id, ...(why === undefined ? {} : { why }) }
  return reply.code(status).header('cache-control', 'no-store').type('application/json; charset=utf-8').send(refusal)
}

/**
 * What is foreign and what does not exist look the same to the byte (OWASP ASVS 8.2.2), so this body carries no request id;
 * the id stays in the log.
 */
export function refuseNotFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).header('cache-control', 'no-store').type('application/json; charset=utf-8').send({ code: 'not-found' })
}
