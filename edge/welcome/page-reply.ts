import { gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { EdgeConfig } from '../config.ts'
import type { Portal } from '../content/portal.ts'
import type { Gate } from '../gate/port.ts'
import type { Now } from '../sessions/moment.ts'
import type { Language, Page, PageFrame, ProblemPage } from '../wire/page.ts'
import { chooseLanguage, explicitLanguage } from './language.ts'
import { createPageCache, type RenderedPage } from './page-cache.ts'
import { acceptsGzip } from './serve-file.ts'

/** An expected refusal that has a page of its own. */
export class VisitorProblem extends Error {
  kind: ProblemPage['kind']
  constructor(kind: ProblemPage['kind']) {
    super(kind)
    this.kind = kind
  }
}

const PROBLEM_STATUS: Record<ProblemPage['kind'], number> = {
  'bad-request': 400,
  'unknown-device': 403,
  'not-found': 404,
  'too-large': 413,
  'too-many': 429,
  internal: 500,
  'gate-closed': 503,
}

/** Text of this size compresses to a quarter in under a millisecond; higher levels win little and cost a small box dearly. */
const GZIP_LEVEL = 5

export type PageReply = ReturnType<typeof createPageReply>

export function createPageReply(deps: {
  config: Pick<EdgeConfig, 'node' | 'hotspot'>
  portal: Pick<Portal, 'render'>
  gate: Pick<Gate, 'state'>
  now: Now
  clockTrusted: () => boolean
  pageServed: () => void
}) {
  const common = createPageCache(deps.portal.render)
  const hotspot = { node: deps.config.node, ...deps.config.hotspot }

  const frame = (request: FastifyRequest, path: string): PageFrame => ({
    language: languageOf(request),
    path,
    hotspot,
    now: deps.now().at,
    clockTrusted: deps.clockTrusted(),
    noFirewall: deps.gate.state() === 'no-firewall',
  })

  function send(request: FastifyRequest, reply: FastifyReply, page: Page, status = 200): FastifyReply {
    const rendered = page.page === 'welcome' || page.page === 'refused' ? common(page) : renderOnce(page)
    deps.pageServed()
    reply.code(status).type('text/html; charset=utf-8').header('cache-control', 'no-store').header('vary', 'accept-encoding')
    if (!acceptsGzip(request)) return reply.send(rendered.html())
    return reply.header('content-encoding', 'gzip').send(rendered.gzip())
  }

  function renderOnce(page: Page): RenderedPage {
    const html = deps.portal.render(page)
    return { html: () => html, gzip: () => gzipSync(html, { level: GZIP_LEVEL }) }
  }

  return {
    frame,
    send,
    /** The path of what was asked is not repeated: it may be anything. */
    problem(request: FastifyRequest, reply: FastifyReply, kind: ProblemPage['kind']): FastifyReply {
      try {
        return send(request, reply, { ...frame(request, '/'), page: 'problem', kind }, PROBLEM_STATUS[kind])
      } catch {
        // Even the page about the error fails: say the number, never the reason.
        return reply.code(500).type('text/plain').send('500')
      }
    },
    /** After a form: a full navigation, in the language that was chosen by hand. */
    goTo(request: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
      const chosen = explicitLanguage(chosenIn(request))
      const target = chosen === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}b=${chosen}`
      return reply.code(303).header('cache-control', 'no-store').header('location', target).send('')
    },
  }
}

export const languageOf = (request: FastifyRequest): Language =>
  request.language ?? chooseLanguage(explicitLanguage(chosenIn(request)), request.headers['accept-language'])

export function chosenIn(request: FastifyRequest): unknown {
  const query = request.query as Record<string, unknown> | undefined
  const body = request.body as Record<string, unknown> | null | undefined
  return query?.['b'] ?? body?.['b']
}

/** One text field of a form or an address; a field sent twice or shaped otherwise was not sent by our page. */
export function field(from: unknown, name: string): string {
  const value = (from as Record<string, unknown> | null | undefined)?.[name]
  if (value === undefined) return ''
  if (typeof value !== 'string') throw new VisitorProblem('bad-request')
  return value
}
