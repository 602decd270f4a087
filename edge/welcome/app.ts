/** The welcome server: everything a visitor's phone may ask of this box over HTTP. Builds, never listens. */
import formbody from '@fastify/formbody'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { EdgeConfig } from '../config.ts'
import type { Portal } from '../content/portal.ts'
import type { Gate } from '../gate/port.ts'
import type { Now } from '../sessions/moment.ts'
import type { Asker } from '../sessions/port.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Notices } from '../telemetry/port.ts'
import type { Language, ProblemPage } from '../wire/page.ts'
import { createCapture, pathOf } from './capture.ts'
import { codeRoutes } from './code-routes.ts'
import { complaintRoutes } from './complaint-routes.ts'
import { connectRoutes } from './connect-routes.ts'
import { chooseLanguage, createLanguageMemory, explicitLanguage } from './language.ts'
import { chosenIn, createPageReply, VisitorProblem } from './page-reply.ts'
import { securityHeaders } from './security-headers.ts'
import { serveFile } from './serve-file.ts'
import { BODY_BYTES_MAX, HEADERS_MAX, PATIENCE, serverOptions, type Patience } from './server-options.ts'
import { createSite, type Site } from './site.ts'
import type { Tickets } from './tickets.ts'
import { deviceBehind, plainAddress } from './visitor.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, on the visitor's pages. */
    asker: Asker
    language: Language | undefined
  }
}

export type WelcomeDeps = {
  config: Pick<EdgeConfig, 'node' | 'hotspot' | 'welcome' | 'roamingKey'>
  portal: Portal
  sessions: Sessions
  tickets: Tickets
  gate: Gate
  /** The box's visitor key (`loadVisitorKey`): seals the forms. */
  key: Buffer
  now: Now
  /** False: no date is shown on a page. */
  clockTrusted: () => boolean
  /** True: the way to the internet is known to be down; the gate then stays shut and the page says so. */
  uplinkDown: () => boolean
  /** Hears of the certificate: refused, or in use. */
  notices?: Notices
  /** Where the captive-portal API is, for DHCP to announce (RFC 8910); undefined whenever there is none that phones accept. */
  onCaptiveApi?: (url: string | undefined) => void
  log: (line: string) => void
  /** How long a slow request is borne; only a test has a reason to shorten it. */
  patience?: Patience
  /** Requests a minute from one address; only a benchmark has a reason to raise it. */
  requestsPerMinute?: number
}

/** A page, its poster, captions and the clip in ranges, again and again; an app gone wild asks hundreds of times. */
const REQUESTS_PER_MINUTE = 300
/** Addresses whose requests are counted: ten times what one box is built for. */
const ADDRESSES_MAX = 10_000

export async function buildWelcome(deps: WelcomeDeps, site: Site = createSite(deps.config.welcome)): Promise<FastifyInstance> {
  const { config, portal, sessions, tickets, gate, key, now, uplinkDown, log } = deps
  const pages = createPageReply({ config, portal, gate, now, clockTrusted: deps.clockTrusted, pageServed: sessions.pageServed })
  const headers = securityHeaders(portal.inline)
  const comesBack = returning(deps)
  const capture = createCapture({
    site,
    async isOnline(request) {
      // Past the gate there is nothing: a phone that is told "online" would not show the page that says so.
      if (uplinkDown()) return false
      // Nobody is, and nobody can come from next door: the crowd of a box just started asks no neighbour table.
      if (sessions.count() === 0 && config.roamingKey === undefined) return false
      const asker = await deviceBehind(gate, request.socket.remoteAddress)
      return asker !== undefined && comesBack(asker)
    },
  })
  const app = Fastify({
    ...serverOptions(deps.patience ?? PATIENCE),
    /** An address that is not one (`/%zz`) never reaches a route or a hook. */
    frameworkErrors(_error, request, reply) {
      reply.headers(headers)
      void capture(request, reply).then(
        (answered) => answered ?? pages.problem(request, reply, 'bad-request'),
        () => reply.raw.destroy(),
      )
    },
  })
  app.server.maxHeadersCount = HEADERS_MAX
  app.decorateRequest('asker', null as unknown as Asker)
  app.decorateRequest('language', undefined)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    return capture(request, reply)
  })
  await app.register(formbody, { bodyLimit: BODY_BYTES_MAX })
  // The visitor's pages post forms and nothing else.
  app.removeContentTypeParser(['application/json', 'text/plain'])
  await app.register(rateLimit, {
    max: deps.requestsPerMinute ?? REQUESTS_PER_MINUTE,
    timeWindow: 60_000,
    cache: ADDRESSES_MAX,
    keyGenerator: (request) => plainAddress(request.socket.remoteAddress),
  })

  app.setErrorHandler((error: FastifyError | VisitorProblem, request, reply) => {
    const kind = problemKind(error)
    if (kind === 'internal') log(`welcome: ${request.method} ${pathOf(request.url).slice(0, 80)}: ${describe(error)}`)
    return pages.problem(request, reply, kind)
  })
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => pages.problem(request, reply, 'not-found'))

  const languages = createLanguageMemory()
  await app.register(async (scope) => {
    scope.addHook('preHandler', async (request) => {
      const asker = await deviceBehind(gate, request.socket.remoteAddress)
      if (asker === undefined) throw new VisitorProblem('unknown-device')
      request.asker = asker
      request.language = chooseLanguage(languages.of(asker.mac, explicitLanguage(chosenIn(request))), request.headers['accept-language'])
      await comesBack(asker)
    })
    await scope.register(connectRoutes({ pages, portal, sessions, site, uplinkDown }))
    await scope.register(codeRoutes({ pages, sessions, site, uplinkDown }))
    await scope.register(complaintRoutes({ pages, tickets, sessions, key, site, now, log }))
  })
  await app.register(async (scope) => fileRoutes(scope, deps))
  return app
}

/** Whether this visitor is online, let in right now if their session runs at a neighbouring box: no sheet pops up on the way through town. */
function returning({ sessions, uplinkDown, log }: WelcomeDeps) {
  return async (asker: Asker): Promise<boolean> => {
    if (sessions.isOnline(asker.mac, asker.address)) return true
    // Let through to a dead line they would lose the page that explains it.
    if (uplinkDown()) return false
    return sessions.welcomeBack(asker).catch((error: unknown) => {
      log(`welcome: a returning visitor could not be let in: ${describe(error)}`)
      return false
    })
  }
}

function fileRoutes(app: FastifyInstance, { portal, sessions, gate }: WelcomeDeps): void {
  const videos = new Set([portal.clip?.src, portal.clip?.smallSrc])

  async function serve(request: FastifyRequest, reply: FastifyReply) {
    const path = pathOf(request.url)
    const file = portal.files.get(path)
    if (!file) throw new VisitorProblem('not-found')
    const asker = videos.has(path) ? await deviceBehind(gate, request.socket.remoteAddress) : undefined
    if (asker === undefined) return serveFile(request, reply, file)
    const size = file.bytes.length
    return serveFile(request, reply, file, (from, to) => sessions.clipSent(asker.mac, { path, size }, from, to))
  }

  app.get('/assets/:name', serve)
  app.get('/content/:name', serve)
  // Asked for by every browser on its own account; a page about it would be noise.
  app.get('/favicon.ico', async (_request, reply) => reply.code(204).header('cache-control', 'public, max-age=86400').send())
}

function problemKind(error: FastifyError | VisitorProblem): ProblemPage['kind'] {
  if (error instanceof VisitorProblem) return error.kind
  const status = error.statusCode ?? 500
  if (status === 404) return 'not-found'
  if (status === 413) return 'too-large'
  if (status === 429) return 'too-many'
  return status >= 400 && status < 500 ? 'bad-request' : 'internal'
}

/** For the box's own log, where control characters would forge lines. */
function describe(error: unknown): string {
  const chain: string[] = []
  for (let at: unknown = error; at instanceof Error && chain.length < 4; at = at.cause) chain.push(at.message)
  // oxlint-disable-next-line no-control-regex -- they are what is being removed
  return chain.join(' < ').replace(/[\u0000-\u001f\u007f]/g, ' ')
}
