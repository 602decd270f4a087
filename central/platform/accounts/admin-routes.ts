import { Type } from 'typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { verifyChain } from '../audit/store.ts'
import { dayInCity } from '../calendar/days.ts'
import { refuse, refuseNotFound } from '../http/refusal.ts'
import { Appoint, Invite, Invited } from './api.ts'
import { appoint, disableUser } from './appoint.ts'
import { allow, callerOf } from './guard.ts'
import { invite } from './invitations.ts'
import { endAllSessions } from './session-store.ts'
import type { AccountsDeps } from './routes.ts'
import { listPositions } from './store.ts'

const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })

/** What only the administrator may do: fill positions, end accounts, check the audit chain. */
export const adminRoutes = (deps: AccountsDeps) => async (instance: FastifyInstance) => {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { database, now } = deps
  app.addHook('onRequest', allow('admin'))
  const by = (request: FastifyRequest) => {
    const caller = callerOf(request)
    const position = caller.positions.find((held) => held.role === 'admin')
    return { byUserId: caller.userId, byPositionId: position?.id ?? null, at: now() }
  }

  app.get('/api/positions', async () => listPositions(database.db, dayInCity(now())))

  app.post('/api/positions/:id/invite', { schema: { params: Id, body: Invite, response: { 200: Invited } } }, async (request, reply) => {
    const outcome = await invite(database, { ...request.body, ...by(request), positionId: request.params.id })
    if (outcome.ok) return reply.send(outcome.invited)
    return outcome.reason === 'not-found' ? refuseNotFound(reply) : refuse(reply, 409, outcome.reason)
  })

  app.post('/api/positions/:id/appoint', { schema: { params: Id, body: Appoint } }, async (request, reply) => {
    const outcome = await appoint(database, { ...request.body, ...by(request), positionId: request.params.id })
    if (outcome.ok) return reply.code(204).send()
    return outcome.reason === 'not-found' ? refuseNotFound(reply) : refuse(reply, 422, outcome.reason)
  })

  app.delete('/api/users/:id/sessions', { schema: { params: Id } }, async (request, reply) => {
    await endAllSessions(database.db, request.params.id, now())
    return reply.code(204).send()
  })

  app.post('/api/users/:id/disable', { schema: { params: Id } }, async (request, reply) => {
    // Nobody locks the last door behind themselves.
    if (request.params.id === callerOf(request).userId) return refuse(reply, 422, 'own-account')
    return (await disableUser(database, { ...by(request), userId: request.params.id })) ? reply.code(204).send() : refuseNotFound(reply)
  })

  app.get('/api/audit/verify', async () => verifyChain(database.db))
}
