import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readCode } from '../sessions/codes.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { PORTAL_PATHS, type CodePage } from '../wire/page.ts'
import { CONNECTED } from './connect-routes.ts'
import { field, VisitorProblem, type PageReply } from './page-reply.ts'
import { isForeignForm, type Site } from './site.ts'

/** What is typed is shown again; longer than any code with its spaces is not a code. */
const TYPED_MAX = 40

type Problem = NonNullable<CodePage['problem']>
const STATUS: Record<Problem, number> = { format: 400, unknown: 404, 'used-up': 409, expired: 410, 'too-often': 429 }

/** The way online without the film: a voucher, or the code of a session that this visitor had under another address. */
export function codeRoutes(deps: { pages: PageReply; sessions: Sessions; site: Site; uplinkDown: () => boolean }) {
  const { pages, sessions, site, uplinkDown } = deps

  function show(request: FastifyRequest, reply: FastifyReply, entered?: string, problem?: Problem): FastifyReply {
    const page = { ...pages.frame(request, PORTAL_PATHS.code), page: 'code' } as const
    if (problem === undefined) return pages.send(request, reply, page)
    return pages.send(request, reply, { ...page, entered: (entered ?? '').slice(0, TYPED_MAX).toWellFormed(), problem }, STATUS[problem])
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get(PORTAL_PATHS.code, async (request, reply) => show(request, reply))

    app.post(PORTAL_PATHS.code, async (request, reply) => {
      if (isForeignForm(site, request)) throw new VisitorProblem('bad-request')
      const typed = field(request.body, 'kode')
      if (readCode(typed) === undefined) return show(request, reply, typed, 'format')
      // As behind the welcome page's button: a visitor let through to a dead line would lose the page that explains it.
      if (uplinkDown()) return pages.goTo(request, reply, PORTAL_PATHS.welcome)
      const outcome = await sessions.enterCode(request.asker, typed)
      if (outcome.ok) return pages.goTo(request, reply, CONNECTED)
      switch (outcome.reason) {
        case 'refused':
          // The welcome page says why.
          return pages.goTo(request, reply, PORTAL_PATHS.welcome)
        case 'gate-failed':
        case 'full':
          throw new VisitorProblem('gate-closed')
        case 'unknown':
        case 'expired':
        case 'used-up':
        case 'too-often':
          return show(request, reply, typed, outcome.reason)
      }
    })
  }
}
