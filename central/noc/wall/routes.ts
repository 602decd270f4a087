/** The wall: a screen that shows the city and nothing else. Its cookie opens these two reads; every other route ignores it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Allow } from '../../platform/accounts/guard.ts'
import { refuse, refuseNotFound } from '../../platform/http/refusal.ts'
import type { Live } from '../../platform/live/port.ts'
import { sse } from '../../platform/live/sse.ts'
import { WallLink, WallView, type CityNow, type LiveEvent } from '../api.ts'
import type { WallLinks } from './links.ts'

const COOKIE = 'wall'
/** A wall stays up for years; the link is what is revoked. */
const COOKIE_SECONDS = 365 * 86_400
/** How long a revoked screen may go on: asked at each heartbeat of its stream. */
const ALIVE_MS = 3_000

const Name = Type.Object({ name: Type.String({ minLength: 2, maxLength: 60 }) }, { additionalProperties: false })
const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })
const Token = Type.Object({ token: Type.String({ minLength: 1, maxLength: 128 }) }, { additionalProperties: false })

export type WallDeps = {
  links: WallLinks
  live: Live<LiveEvent>
  allow: Allow
  city(): Promise<CityNow>
  complaintNumbers(): Promise<WallView['complaints']>
  auditAnchor(): Promise<WallView['audit']>
  /** Where people reach central, without a slash at the end; the request's own origin when not set. */
  publicUrl?: string | undefined
}

export function wallRoutes(deps: WallDeps): FastifyPluginAsyncTypebox {
  const { links } = deps
  const mayManage = deps.allow('admin', 'noc')
  const screenOf = async (request: FastifyRequest) => {
    const secret = readCookie(request.headers.cookie, COOKIE)
    return secret === undefined ? undefined : links.screen(secret)
  }
  return async (app) => {
    app.addHook('onSend', async (_request, reply) => {
      if (!reply.raw.headersSent) reply.header('cache-control', 'no-store')
    })

    app.get('/api/noc/walls', { onRequest: mayManage, schema: { response: { 200: Type.Array(WallLink) } } }, () => links.list())
    app.post('/api/noc/walls', { onRequest: mayManage, schema: { body: Name } }, async (request, reply) => {
      const { link: wall, token } = await links.create(request.body.name.trim())
      const origin = deps.publicUrl ?? `${request.protocol}://${request.host}`
      return reply.code(201).send({ link: wallUrl(origin, token), wall })
    })
    app.delete('/api/noc/walls/:id', { onRequest: mayManage, schema: { params: Id } }, async (request, reply) =>
      (await links.revoke(request.params.id)) ? reply.code(204).send() : refuseNotFound(reply),
    )

    app.post('/api/wall/open', { schema: { body: Token } }, async (request, reply) => {
      const secret = await links.open(request.body.token)
      if (secret === undefined) return refuse(reply, 403, 'wall-closed')
      const secure = deps.publicUrl?.startsWith('https:') || request.protocol === 'https' ? '; Secure' : ''
      const cookie = `${COOKIE}=${secret}; Path=/api/wall; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_SECONDS}${secure}`
      return reply.header('set-cookie', cookie).code(204).send()
    })
    app.get('/api/wall', { schema: { response: { 200: WallView } } }, async (request, reply) => {
      if (!(await screenOf(request))) return refuse(reply, 403, 'wall-closed')
      const [city, complaints, audit] = await Promise.all([deps.city(), deps.complaintNumbers(), deps.auditAnchor()])
      return { city, complaints, audit }
    })
    app.get('/api/wall/live', async (request, reply) => {
      if (!(await screenOf(request))) return refuse(reply, 403, 'wall-closed')
      const subscribe = (send: (event: { type: string }) => void) => deps.live.subscribe((event) => send(forWall(event)))
      return sse(reply, subscribe, { alive: async () => (await screenOf(request)) !== undefined, heartbeatMilliseconds: ALIVE_MS })
    })
  }
}

const wallUrl = (origin: string, token: string): string => `${origin}/wall#${token}`

/** A wall is told that something moved, not which complaint, nor that access rules did. */
const forWall = (event: LiveEvent): LiveEvent =>
  event.type === 'case' || event.type === 'policy' ? { type: 'city', at: Date.now() } : event

function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name && value) return value
  }
  return undefined
}
