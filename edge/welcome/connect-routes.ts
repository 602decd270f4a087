import type { FastifyInstance } from 'fastify'
import type { Portal } from '../content/portal.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { PORTAL_PATHS } from '../wire/page.ts'
import { CAPTIVE_TYPE, captiveState } from './captive-api.ts'
import { field, languageOf, VisitorProblem, type PageReply } from './page-reply.ts'

/** The way online: welcome, continue, connected, status, disconnect. */
export function connectRoutes(deps: {
  pages: PageReply
  portal: Pick<Portal, 'news' | 'clip'>
  sessions: Sessions
  origin: string
  sessionSeconds: number
  uplinkDown: () => boolean
}) {
  const { pages, portal, sessions, origin, sessionSeconds, uplinkDown } = deps
  const { clip, news } = portal

  return async (app: FastifyInstance): Promise<void> => {
    app.get(PORTAL_PATHS.welcome, async (request, reply) => {
      const visit = sessions.visit(request.mac, clip?.id)
      if (visit.is === 'online') return pages.goTo(request, reply, PORTAL_PATHS.status)
      const frame = pages.frame(request, PORTAL_PATHS.welcome)
      return pages.send(request, reply, {
        ...frame,
        // Good enough for the day and the greeting, and the same for everyone who comes in this time.
        now: frame.now - (frame.now % GREETING_MILLISECONDS),
        page: 'welcome',
        news: news[languageOf(request)],
        ...(clip ? { clip } : {}),
        token: visit.token,
        secondsLeft: visit.secondsLeft,
        sessionMinutes: Math.round(sessionSeconds / 60),
        ...(field(request.query, 'awal') === '1' && visit.secondsLeft > 0 ? { early: true } : {}),
        ...(uplinkDown() ? { uplinkDown: true } : {}),
      })
    })

    app.post(PORTAL_PATHS.continue, async (request, reply) => {
      // A visitor let through to a dead line would lose the page that explains it.
      if (uplinkDown() && !sessions.look(request.mac).online) return pages.goTo(request, reply, PORTAL_PATHS.welcome)
      const outcome = await sessions.proceed(request.mac, field(request.body, 'token'))
      if (outcome.ok) return pages.goTo(request, reply, CONNECTED)
      switch (outcome.reason) {
        case 'too-early':
          return pages.goTo(request, reply, `${PORTAL_PATHS.welcome}?awal=1`)
        case 'stale':
          return pages.goTo(request, reply, PORTAL_PATHS.welcome)
        case 'gate-failed':
        case 'full':
          throw new VisitorProblem('gate-closed')
      }
    })
    // A sheet that is opened again may ask for the form's address with GET.
    app.get(PORTAL_PATHS.continue, async (request, reply) => pages.goTo(request, reply, PORTAL_PATHS.welcome))

    app.get(CONNECTED, async (request, reply) => {
      const { online, secondsLeft } = sessions.look(request.mac)
      if (!online) return pages.goTo(request, reply, PORTAL_PATHS.welcome)
      return pages.send(request, reply, { ...pages.frame(request, CONNECTED), page: 'connected', secondsLeft })
    })

    app.get(PORTAL_PATHS.status, async (request, reply) =>
      pages.send(request, reply, { ...pages.frame(request, PORTAL_PATHS.status), page: 'status', ...sessions.look(request.mac) }),
    )

    app.post(PORTAL_PATHS.disconnect, async (request, reply) => {
      if (isForeignForm(request.headers)) throw new VisitorProblem('bad-request')
      await sessions.end(request.mac, 'logout')
      return pages.goTo(request, reply, PORTAL_PATHS.status)
    })

    app.get('/api/captive', async (request, reply) => {
      const { online, secondsLeft } = sessions.look(request.mac)
      const body = JSON.stringify(captiveState(origin, online ? secondsLeft : undefined))
      return reply.header('cache-control', 'private, no-store').header('content-type', CAPTIVE_TYPE).send(body)
    })
  }
}

const GREETING_MILLISECONDS = 600_000

const CONNECTED = '/terhubung'

/** Without cookies the visitor is known by address alone, so another site's form would speak for them; browsers name that site. */
const isForeignForm = (headers: { origin?: string | undefined; host?: string | undefined }): boolean =>
  headers.origin !== undefined && headers.origin.replace(/^https?:\/\//, '') !== headers.host
