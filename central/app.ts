/** Central's HTTP application, put together and not listening: main.ts and the tests do that. */
import { randomUUID } from 'node:crypto'
import cookiePlugin from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import Fastify, { LogController, type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { liveRoutes } from './live-routes.ts'
import type { LiveEvent } from './noc/api.ts'
import { adminRoutes } from './platform/accounts/admin-routes.ts'
import type { Role } from './platform/accounts/api.ts'
import { sessionCookie } from './platform/accounts/cookie.ts'
import { allow, callerOf } from './platform/accounts/guard.ts'
import { accountsPlugin } from './platform/accounts/plugin.ts'
import { accountsRoutes } from './platform/accounts/routes.ts'
import { sessionRoutes } from './platform/accounts/session-routes.ts'
import { inbox } from './platform/cases/inbox.ts'
import type { Kernel } from './platform/cases/kernel.ts'
import type { RunningModule } from './platform/cases/module.ts'
import { filesRoutes } from './platform/files/routes.ts'
import type { Files } from './platform/files/store.ts'
import { answerUndecodable, answerUnreadable } from './platform/http/before-routes.ts'
import { answerError } from './platform/http/errors.ts'
import { isForged } from './platform/http/origin.ts'
import { refuse } from './platform/http/refusal.ts'
import { validatorCompiler } from './platform/http/validation.ts'
import { serveWebFiles } from './platform/http/web-files.ts'
import type { Live } from './platform/live/port.ts'
import { endStreams } from './platform/live/sse.ts'

/** Forms and JSON; photos have their own limit. */
const BODY_OCTETS_MAX = 1024 * 1024
/** A request that takes longer to arrive is slow on purpose (slowloris); cut at the next look, within half a minute. */
const REQUEST_MILLISECONDS = 25_000
const CHECK_MILLISECONDS = 4_000
/** A city hall behind one address, every screen live; a flood is far above. */
const REQUESTS_PER_MINUTE = 3_000

export type AppDeps = {
  kernel: Kernel
  files: Files
  modules: readonly RunningModule[]
  /** The network operations centre's own routes, and who may see its events. */
  noc: { routes: FastifyPluginAsync; roles: readonly Role[]; ready: () => boolean } | null
  live: Live<LiveEvent>
  publicUrl: string | null
  trustProxy: readonly string[]
  /** central/web/dist */
  webRoot: string
  log: { level: string; stream: NodeJS.WritableStream } | false
}

export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { kernel, publicUrl } = deps
  const { database, now } = kernel
  const secure = publicUrl?.startsWith('https:') ?? false
  const cookie = sessionCookie(secure)
  const app = Fastify({
    bodyLimit: BODY_OCTETS_MAX,
    requestTimeout: REQUEST_MILLISECONDS,
    http: { headersTimeout: REQUEST_MILLISECONDS, connectionsCheckingInterval: CHECK_MILLISECONDS },
    trustProxy: deps.trustProxy.length > 0 ? [...deps.trustProxy] : false,
    genReqId: () => randomUUID(),
    logger: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (_error, _request, reply) => void answerUndecodable(reply),
    clientErrorHandler: answerUnreadable,
    return503OnClosing: true,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setErrorHandler(answerError)
  // A form on another site can send text/plain without asking; nothing here is plain text.
  app.removeContentTypeParser('text/plain')
  app.addHook('preClose', async () => endStreams(app.server))

  await protect(app, { publicUrl, secure })
  await app.register(cookiePlugin)
  await app.register(accountsPlugin({ db: database.db, cookie, now }))

  app.get('/healthz', async () => ({ ok: true }))
  app.get('/readyz', async (_request, reply) => {
    try {
      await database.ping()
      if (deps.noc?.ready() ?? true) return { ok: true }
    } catch (error) {
      app.log.error({ err: error }, 'the database does not answer')
    }
    return refuse(reply, 503, 'not-ready')
  })
  app.get('/api/inbox', { onRequest: allow() }, async (request) => inbox(database.db, callerOf(request)))
  await app.register(accountsRoutes({ database, cookie, now }))
  await app.register(sessionRoutes({ database, now }))
  await app.register(adminRoutes({ database, cookie, now }))
  await app.register(filesRoutes({ files: deps.files }))
  await app.register(liveRoutes({ live: deps.live, kernel, cookie, nocRoles: deps.noc?.roles ?? [] }))
  if (deps.noc) await app.register(deps.noc.routes)
  for (const module of deps.modules) await app.register(module.routes)
  await serveWebFiles(app, deps.webRoot)
  return app
}

/** What holds for every request before any route sees it. */
async function protect(app: FastifyInstance, site: { publicUrl: string | null; secure: boolean }): Promise<void> {
  const publicHost = site.publicUrl === null ? null : new URL(site.publicUrl).host
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // A chosen photo is shown before it is sent.
        imgSrc: ["'self'", 'data:', 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    // Only where HTTPS is: over plain HTTP browsers ignore it, and a test machine must not be pinned.
    strictTransportSecurity: site.secure ? { maxAge: 31_536_000, includeSubDomains: true } : false,
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()')
    const { origin, host } = request.headers
    const secFetchSite = request.headers['sec-fetch-site']
    const facts = { method: request.method, host, origin, secFetchSite: typeof secFetchSite === 'string' ? secFetchSite : undefined }
    if (!isForged(facts, publicHost)) return
    request.log.warn({ event: 'foreign-origin', address: request.ip }, 'request from a foreign origin refused')
    return refuse(reply, 403, 'foreign-origin')
  })
  app.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api') && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
  await app.register(rateLimit, { max: REQUESTS_PER_MINUTE, timeWindow: 60_000, allowList: (request) => !request.url.startsWith('/api') })
}
