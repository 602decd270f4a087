import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Portal } from '../content/portal.ts'
import type { Refusal } from '../sessions/port.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { PORTAL_PATHS } from '../wire/page.ts'
import { allowanceOf } from './allowance.ts'
import { CAPTIVE_PATH, CAPTIVE_TYPE, captiveState } from './captive-api.ts'
import { field, languageOf, VisitorProblem, type PageReply } from './page-reply.ts'
import { isForeignForm, type Site } from './site.ts'

/** After the gate has opened, by whatever way. */
export const CONNECTED = '/terhubung'

/** The way online: welcome, continue, connected, status, disconnect. */
export function connectRoutes(deps: {
  pages: PageReply
  portal: Pick<Portal, 'news' | 'clip'>
  sessions: Sessions
  site: Site
  uplinkDown: () => boolean
}) {
  const { pages, portal, sessions, site, uplinkDown } = deps
  const { clip, news } = portal
  const look = ({ asker }: FastifyRequest) => sessions.look(asker.mac, asker.address)

  /** No error to a phone: its sheet shows it, and everything but the internet goes on. */
  function refuse(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
    const frame = pages.frame(request, PORTAL_PATHS.welcome)
    const now = frame.now - (frame.now % UNTIL_MILLISECONDS)
    return pages.send(request, reply, { ...frame, now, page: 'refused', ...refusal, news: news[languageOf(request)] })
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get(PORTAL_PATHS.welcome, async (request, reply) => {
      const visit = sessions.visit(request.asker, clip?.id)
      if (visit.is === 'online') return pages.goTo(request, reply, PORTAL_PATHS.status)
      if (visit.is === 'refused') return refuse(request, reply, visit.refusal)
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
        sessionMinutes: Math.round(visit.sessionSeconds / 60),
        ...(field(request.query, 'awal') === '1' && visit.secondsLeft > 0 ? { early: true } : {}),
        ...(uplinkDown() ? { uplinkDown: true } : {}),
      })
    })

    app.post(PORTAL_PATHS.continue, async (request, reply) => {
      // A visitor let through to a dead line would lose the page that explains it.
      if (uplinkDown() && !look(request).online) return pages.goTo(request, reply, PORTAL_PATHS.welcome)
      const outcome = await sessions.proceed(request.asker, field(request.body, 'token'))
      if (outcome.ok) return pages.goTo(request, reply, CONNECTED)
      switch (outcome.reason) {
        case 'too-early':
          return pages.goTo(request, reply, `${PORTAL_PATHS.welcome}?awal=1`)
        case 'stale':
        case 'refused':
          return pages.goTo(request, reply, PORTAL_PATHS.welcome)
        case 'gate-failed':
        case 'full':
          throw new VisitorProblem('gate-closed')
      }
    })
    // A sheet that is opened again may ask for the form's address with GET.
    app.get(PORTAL_PATHS.continue, async (request, reply) => pages.goTo(request, reply, PORTAL_PATHS.welcome))

    app.get(CONNECTED, async (request, reply) => {
      const seen = look(request)
      if (!seen.online) return pages.goTo(request, reply, PORTAL_PATHS.welcome)
      const { secondsLeft } = seen
      return pages.send(request, reply, { ...pages.frame(request, CONNECTED), page: 'connected', secondsLeft, ...allowanceOf(seen) })
    })

    app.get(PORTAL_PATHS.status, async (request, reply) => {
      const seen = look(request)
      const { online, secondsLeft, upOctets, downOctets, countersAge, endedBecause } = seen
      return pages.send(request, reply, {
        ...pages.frame(request, PORTAL_PATHS.status),
        page: 'status',
        online,
        secondsLeft,
        upOctets,
        downOctets,
        countersAge,
        ...allowanceOf(seen),
        ...(endedBecause === undefined ? {} : { endedBecause }),
      })
    })

    app.post(PORTAL_PATHS.disconnect, async (request, reply) => {
      if (isForeignForm(site, request)) throw new VisitorProblem('bad-request')
      await sessions.end(request.asker.mac, 'logout')
      return pages.goTo(request, reply, PORTAL_PATHS.status)
    })

    app.get(CAPTIVE_PATH, async (request, reply) => {
      if (request.protocol !== 'https') throw new VisitorProblem('not-found')
      // As bytes: a text would be given a charset, which this type does not have.
      const body = Buffer.from(JSON.stringify(captiveState(site.origin(), look(request))))
      return reply.header('cache-control', 'private, no-store').header('content-type', CAPTIVE_TYPE).send(body)
    })
  }
}

const GREETING_MILLISECONDS = 600_000
/** The time until it opens again is told in hours and minutes; the page is the same for everyone within one. */
const UNTIL_MILLISECONDS = 60_000
