import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Now } from '../sessions/moment.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { newFormToken, openFormToken } from '../sessions/token.ts'
import { PORTAL_PATHS, type ComplaintFormPage, type TicketLookupPage } from '../wire/page.ts'
import { readComplaint } from './complaint.ts'
import { field, languageOf, type PageReply } from './page-reply.ts'
import { createRecent } from './recent.ts'
import type { Site } from './site.ts'
import { readTicketCode } from './ticket-code.ts'
import type { Filed, Tickets } from './tickets.ts'

/** A person mistypes a few times; guessing needs millions. */
const LOOKUPS_PER_MINUTE = 10
/** Devices whose lookups are remembered: ten times what one box is built for. */
const LOOKUP_DEVICES_MAX = 10_000
/** Longer than any code with its spaces; what is typed is shown again. */
const TYPED_CODE_MAX = 40

/** Longer than central needs, shorter than a page may take on a weak signal. */
const DELIVERY_MS = 800
const DELIVERY_LOOK_MS = 40

/** Complaints and the answers to them. Open before login, and with central away. */
export function complaintRoutes(deps: {
  pages: PageReply
  tickets: Tickets
  sessions: Sessions
  key: Buffer
  site: Site
  now: Now
  log: (line: string) => void
}) {
  const { pages, tickets, sessions, key, site, now, log } = deps
  const lookups = createRecent({ seconds: 60, keysMax: LOOKUP_DEVICES_MAX, now })

  function form(request: FastifyRequest, reply: FastifyReply, filled: Partial<ComplaintFormPage>, status = 200): FastifyReply {
    return pages.send(
      request,
      reply,
      {
        ...pages.frame(request, PORTAL_PATHS.complaint),
        page: 'complaint',
        formToken: newFormToken(key, request.asker.mac),
        values: {},
        problems: {},
        online: sessions.isOnline(request.asker.mac, request.asker.address),
        ...filled,
      },
      status,
    )
  }

  function lookup(
    request: FastifyRequest,
    reply: FastifyReply,
    entered: string,
    problem?: NonNullable<TicketLookupPage['problem']>,
  ): FastifyReply {
    const page = { ...pages.frame(request, PORTAL_PATHS.ticket), page: 'ticket-lookup' } as const
    if (!problem) return pages.send(request, reply, page)
    return pages.send(
      request,
      reply,
      { ...page, entered: entered.slice(0, TYPED_CODE_MAX).toWellFormed(), problem },
      LOOKUP_STATUS[problem],
    )
  }

  /** @returns undefined when the box could not write it down. */
  function file(...of: Parameters<Tickets['file']>): Filed | undefined {
    try {
      return tickets.file(...of)
    } catch (error) {
      log(`welcome: a complaint could not be kept and was refused: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }

  function findTyped(request: FastifyRequest, reply: FastifyReply, typed: string): FastifyReply {
    if (typed === '') return lookup(request, reply, '')
    const code = readTicketCode(typed)
    if (code === undefined) return lookup(request, reply, typed, 'format')
    if (lookups.count(request.asker.mac) >= LOOKUPS_PER_MINUTE) return lookup(request, reply, typed, 'too-often')
    // A hit is counted by the page it leads to.
    if (tickets.find(code)) return pages.goTo(request, reply, `${PORTAL_PATHS.ticket}/${code}`)
    lookups.add(request.asker.mac)
    return lookup(request, reply, typed, 'not-found')
  }

  /** With central there its ack comes in a moment: worth waiting for, so that nobody reads "stored on this box" for nothing. */
  async function findOnceDelivered(code: string) {
    const until = performance.now() + DELIVERY_MS
    for (;;) {
      const ticket = tickets.find(code)
      if (!ticket || ticket.delivered || performance.now() > until) return ticket
      await setTimeout(DELIVERY_LOOK_MS)
    }
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get(PORTAL_PATHS.complaint, async (request, reply) =>
      form(request, reply, tickets.tooMany(request.asker.mac) ? { tooMany: true } : {}),
    )

    app.post(PORTAL_PATHS.complaint, async (request, reply) => {
      const { body } = request
      const typed = {
        category: field(body, 'category'),
        text: field(body, 'text'),
        contact: field(body, 'contact'),
        anonymous: field(body, 'anonymous') !== '',
      }
      const formToken = field(body, 'formToken')
      const read = readComplaint(typed)
      const nonce = openFormToken(key, request.asker.mac, formToken)
      if (!read.ok) return form(request, reply, { values: read.values, problems: read.problems, ...(nonce ? { formToken } : {}) }, 400)
      // The phone changed its address, or this form was never ours: what was typed is kept, one more press files it.
      if (nonce === undefined) return form(request, reply, { values: read.complaint }, 400)
      const filed = file({ mac: request.asker.mac, form: nonce }, { ...read.complaint, language: languageOf(request) })
      if (!filed) return form(request, reply, { values: read.complaint, formToken, notKept: true }, 503)
      if (!filed.ok) return form(request, reply, { values: read.complaint, formToken, tooMany: true }, 429)
      return pages.goTo(request, reply, `${PORTAL_PATHS.ticket}/${filed.code}?baru=1`)
    })

    app.get(PORTAL_PATHS.ticket, async (request, reply) => findTyped(request, reply, field(request.query, 'kode')))
    app.post(PORTAL_PATHS.ticket, async (request, reply) => findTyped(request, reply, field(request.body, 'kode')))

    app.get<{ Params: { code: string } }>(`${PORTAL_PATHS.ticket}/:code`, async (request, reply) => {
      const typed = request.params.code
      const code = readTicketCode(typed)
      if (code === undefined) return lookup(request, reply, typed, 'format')
      if (lookups.count(request.asker.mac) >= LOOKUPS_PER_MINUTE) return lookup(request, reply, typed, 'too-often')
      lookups.add(request.asker.mac)
      const fresh = field(request.query, 'baru') === '1'
      const ticket = fresh ? await findOnceDelivered(code) : tickets.find(code)
      if (!ticket) return lookup(request, reply, typed, 'not-found')
      const path = `${PORTAL_PATHS.ticket}/${code}`
      return pages.send(request, reply, {
        ...pages.frame(request, path),
        page: 'ticket',
        ...ticket,
        fresh,
        link: `${site.origin()}${path}`,
      })
    })
  }
}

const LOOKUP_STATUS: Record<NonNullable<TicketLookupPage['problem']>, number> = { format: 400, 'not-found': 404, 'too-often': 429 }
