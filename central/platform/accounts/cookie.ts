import '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** `secure`: the site is served by HTTPS. `__Host-` (RFC 6265bis §4.1.3.2) keeps sub-domains from planting a cookie. */
export type SessionCookie = {
  read(request: FastifyRequest): string | null
  set(reply: FastifyReply, token: string): void
  clear(reply: FastifyReply): void
}

/** 32 octets in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

export function sessionCookie(secure: boolean): SessionCookie {
  const name = secure ? '__Host-sid' : 'sid'
  const options = { path: '/', httpOnly: true, secure, sameSite: 'strict' as const }
  return {
    read(request) {
      const token = request.cookies[name]
      return token !== undefined && TOKEN.test(token) ? token : null
    },
    set: (reply, token) => void reply.setCookie(name, token, options),
    clear: (reply) => void reply.clearCookie(name, options),
  }
}
