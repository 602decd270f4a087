import { Type } from 'typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { allow, callerOf } from '../../platform/accounts/guard.ts'
import type { Kernel } from '../../platform/cases/kernel.ts'
import { markRead, readCase } from '../../platform/cases/store.ts'
import { refuse, refuseNotFound } from '../../platform/http/refusal.ts'
import { ComplaintAct, ComplaintQuery } from './api.ts'
import { complaintPage } from './page.ts'
import { perform } from './perform.ts'
import { COMPLAINT_ROLES, complaintAccess } from './policy.ts'
import { listComplaints } from './queries.ts'

const { module } = complaintAccess

export const complaintRoutes = (kernel: Kernel) => async (instance: FastifyInstance) => {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { db } = kernel.database
  app.addHook('onRequest', allow(...COMPLAINT_ROLES))

  app.get('/api/complaints', { schema: { querystring: ComplaintQuery } }, async (request) =>
    listComplaints(db, callerOf(request), request.query, kernel.now()),
  )

  const CaseId = Type.Object({ caseId: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })
  app.get('/api/complaints/:caseId', { schema: { params: CaseId } }, async (request, reply) => {
    const caller = callerOf(request)
    const subject = await readCase(db, { caseId: request.params.caseId, module, caller, access: kernel.access })
    if (!subject) return refuseNotFound(reply)
    return complaintPage(db, caller, subject, kernel.now())
  })

  /** Opening a page does not change anything; the screen says when it has been shown. */
  app.post('/api/complaints/:caseId/read', { schema: { params: CaseId } }, async (request, reply) => {
    const caller = callerOf(request)
    if (!(await readCase(db, { caseId: request.params.caseId, module, caller, access: kernel.access }))) return refuseNotFound(reply)
    await markRead(db, request.params.caseId, caller, kernel.now())
    return reply.code(204).send()
  })

  app.post('/api/complaints/:caseId/act', { schema: { params: CaseId, body: ComplaintAct } }, async (request, reply) => {
    const caller = callerOf(request)
    const outcome = await perform(kernel, caller, request.params.caseId, request.body)
    if (outcome.ok) return complaintPage(db, caller, outcome.case, kernel.now())
    switch (outcome.reason) {
      case 'not-found':
        return refuseNotFound(reply)
      case 'not-allowed':
        return refuse(reply, 403, 'not-allowed')
      case 'not-now':
        return refuse(reply, 422, 'not-now')
      case 'invalid':
        return refuse(reply, 400, 'invalid', outcome.why)
      case 'stale': {
        const now = await complaintPage(db, caller, outcome.now, kernel.now())
        return reply.code(409).send({ code: 'stale', requestId: request.id, now })
      }
    }
  })
}
