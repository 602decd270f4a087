import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { refuseNotFound } from '../http/refusal.ts'
import type { SignedInSession } from './api.ts'
import { allow, callerOf } from './guard.ts'
import { endSession, listSessions } from './session-store.ts'

/** Where one is signed in, and ending it there. */
export const sessionRoutes = (deps: { database: Database; now: () => number }) => async (instance: FastifyInstance) => {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { database, now } = deps
  app.addHook('onRequest', allow())

  app.get('/api/sessions', async (request) => {
    const sessions = await listSessions(database.db, callerOf(request).userId, now())
    return sessions.map(({ id, createdAt, lastSeenAt, userAgent }): SignedInSession => ({
      id,
      current: id === request.sessionId,
      createdAt,
      lastSeenAt,
      userAgent,
    }))
  })

  const SessionId = Type.Object({ id: Type.String({ maxLength: 40 }) })
  app.delete('/api/sessions/:id', { schema: { params: SessionId } }, async (request, reply) => {
    const ended = await endSession(database.db, callerOf(request).userId, request.params.id, now())
    return ended ? reply.code(204).send() : refuseNotFound(reply)
  })
}
