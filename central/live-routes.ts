import type { FastifyInstance } from 'fastify'
import type { LiveEvent } from './noc/api.ts'
import { signedIn } from './platform/accounts/caller.ts'
import type { SessionCookie } from './platform/accounts/cookie.ts'
import { allow, callerOf } from './platform/accounts/guard.ts'
import type { Role } from './platform/accounts/api.ts'
import { inAudience } from './platform/cases/access.ts'
import type { Kernel } from './platform/cases/kernel.ts'
import type { Live } from './platform/live/port.ts'
import { sse } from './platform/live/sse.ts'
import { hasRole } from './platform/policy/port.ts'

/** GET /api/live: what changed, told only to those who may see it. */
export const liveRoutes =
  (deps: { live: Live<LiveEvent>; kernel: Kernel; cookie: SessionCookie; nocRoles: readonly Role[] }) => async (app: FastifyInstance) => {
    const { live, kernel, cookie, nocRoles } = deps
    app.get('/api/live', { onRequest: allow() }, (request, reply) => {
      let caller = callerOf(request)
      const token = cookie.read(request) ?? ''
      return sse(
        reply,
        (send) => {
          const endNetwork = live.subscribe((event) => {
            if (event.type !== 'case' && hasRole(caller, ...nocRoles)) send(event)
          })
          const endCases = kernel.news.subscribe(({ event, audience }) => {
            if (inAudience(caller, kernel.access, event.module, audience)) send(event)
          })
          return () => {
            endNetwork()
            endCases()
          }
        },
        {
          // Looking is not working: an open screen does not keep its session from idling out.
          alive: async () => {
            const who = await signedIn(kernel.database.db, token, kernel.now(), true)
            if (who) caller = who.caller
            return who !== null
          },
        },
      )
    })
  }
