import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../http/refusal.ts'
import { hasRole, type Caller } from '../policy/port.ts'
import type { Role } from './api.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; null for nobody. Set before any handler by the accounts plugin. */
    caller: Caller | null
    /** The session's public id, to tell one's own among one's sessions. */
    sessionId: string | null
    /** Signed in by a one-time code: may only set a password. */
    mustSetPassword: boolean
  }
}

type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
export type Allow = (...roles: Role[]) => Guard

/** An onRequest hook, before the body is read: 401 when nobody is signed in, 403 when none of the caller's positions has one of the roles. No roles: anyone signed in. */
export const allow: Allow =
  (...roles) =>
  async (request, reply) => {
    if (!request.caller) return refuse(reply, 401, 'not-signed-in')
    if (request.mustSetPassword) return refuse(reply, 403, 'set-password')
    if (roles.length === 0 || hasRole(request.caller, ...roles)) return undefined
    request.log.warn({ event: 'denied', userId: request.caller.userId, route: request.routeOptions.url }, 'refused by role')
    return refuse(reply, 403, 'not-allowed')
  }

/** The caller of a route that stands behind `allow`. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error(`${request.method} ${request.routeOptions.url ?? ''} has no guard`)
  return request.caller
}
