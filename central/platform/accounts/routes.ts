import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../db/database.ts'
import { refuse } from '../http/refusal.ts'
import { SetPassword, SignIn, SignInWithCode } from './api.ts'
import { signedIn } from './caller.ts'
import type { SessionCookie } from './cookie.ts'
import { callerOf } from './guard.ts'
import { redeemCode } from './invitations.ts'
import { endSession } from './session-store.ts'
import { setPassword, signIn } from './sign-in.ts'
import { createThrottle } from './throttle.ts'
import { WEAKNESS_WORDS } from './weak-password.ts'

export type AccountsDeps = { database: Database; cookie: SessionCookie; now: () => number }

/** One's own account: signing in and out, the password. */
export const accountsRoutes = (deps: AccountsDeps) => async (instance: FastifyInstance) => {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { database, cookie, now } = deps
  const throttle = createThrottle(now)

  const welcome = async (request: FastifyRequest, reply: FastifyReply, token: string) => {
    const who = await signedIn(database.db, token, now())
    if (!who) return refuse(reply, 401, 'not-signed-in')
    cookie.set(reply, token)
    request.log.info({ event: 'signed-in', userId: who.caller.userId, byCode: who.mustSetPassword }, 'signed in')
    return reply.send(who.me)
  }
  /** True after the refusal was sent. The log line holds no name: people type passwords into the wrong field. */
  const throttled = (request: FastifyRequest, reply: FastifyReply, account: string): boolean => {
    const seconds = throttle.attempt(account, request.ip)
    if (seconds === 0) return false
    request.log.warn({ event: 'sign-in-throttled', address: request.ip }, 'sign-in throttled')
    refuse(reply.header('retry-after', String(seconds)), 429, 'too-often')
    return true
  }

  app.post('/api/sign-in', { schema: { body: SignIn } }, async (request, reply) => {
    const { username, password } = request.body
    const account = username.trim().toLowerCase()
    if (throttled(request, reply, account)) return reply
    const session = await signIn(database, { username, password, userAgent: userAgentOf(request), at: now() })
    if (!session) {
      request.log.warn({ event: 'sign-in-refused', address: request.ip }, 'sign-in refused')
      return refuse(reply, 401, 'wrong-credentials')
    }
    throttle.succeeded(account, request.ip)
    return welcome(request, reply, session.token)
  })

  app.post('/api/sign-in/code', { schema: { body: SignInWithCode } }, async (request, reply) => {
    if (throttled(request, reply, 'one-time-code')) return reply
    const session = await redeemCode(database, { typed: request.body.code, userAgent: userAgentOf(request), at: now() })
    if (!session) {
      request.log.warn({ event: 'code-refused', address: request.ip }, 'one-time code refused')
      return refuse(reply, 401, 'wrong-code')
    }
    throttle.succeeded('one-time-code', request.ip)
    return welcome(request, reply, session.token)
  })

  app.get('/api/me', async (request, reply) => {
    const token = cookie.read(request)
    const who = token === null ? null : await signedIn(database.db, token, now())
    return who ? reply.send(who.me) : refuse(reply, 401, 'not-signed-in')
  })

  app.post('/api/password', { onRequest: signedInEvenByCode, schema: { body: SetPassword } }, async (request, reply) => {
    const caller = callerOf(request)
    const account = `password of ${caller.userId}`
    if (throttled(request, reply, account)) return reply
    const order = { ...request.body, userId: caller.userId, byCode: request.mustSetPassword, userAgent: userAgentOf(request), at: now() }
    const outcome = await setPassword(database, order)
    if (outcome.ok || outcome.reason !== 'wrong-credentials') throttle.succeeded(account, request.ip)
    if (outcome.ok) return welcome(request, reply, outcome.token)
    switch (outcome.reason) {
      case 'weak-password':
        return refuse(reply, 400, 'weak-password', WEAKNESS_WORDS[outcome.why])
      case 'wrong-credentials':
        return refuse(reply, 401, 'wrong-credentials')
      case 'username-taken':
        return refuse(reply, 409, 'username-taken')
      case 'username-needed':
      case 'username-fixed':
        return refuse(reply, 400, outcome.reason)
    }
  })

  app.post('/api/sign-out', async (request, reply) => {
    if (request.caller && request.sessionId) await endSession(database.db, request.caller.userId, request.sessionId, now())
    cookie.clear(reply)
    return reply.code(204).send()
  })
}

/** `allow` would send away who still has to set a password. */
const signedInEvenByCode = async (request: FastifyRequest, reply: FastifyReply) =>
  request.caller ? undefined : refuse(reply, 401, 'not-signed-in')

const userAgentOf = (request: FastifyRequest): string => request.headers['user-agent'] ?? ''
