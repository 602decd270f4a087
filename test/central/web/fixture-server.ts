/**
 * Answers the staff app's API on loopback with a fixed city, under the same content policy as central, so that the screens
 * can be looked at and driven without a database. Stands for central only where a test is about the screens themselves.
 */
import type { ServerResponse } from 'node:http'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import fastify from 'fastify'
import type { Role } from '#central/platform/accounts/api.ts'
import type { HotspotRow, LiveEvent } from '#central/noc/api.ts'
import type { AddUsers, ChangeUser } from '#central/noc/radius/api.ts'
import type { MakeVouchers, PolicyDraft, PutPolicy } from '#central/noc/policy/api.ts'
import type { ComplaintList, ComplaintPage } from '#central/modules/complaints/api.ts'
import * as made from './fixtures.ts'
import { radiusBoxes, radiusRejections, radiusSessions, radiusUsers } from './radius-fixtures.ts'

export const DIST = join(import.meta.dirname, '../../../central/web/dist')
export const screensAreBuilt = (): boolean => existsSync(join(DIST, 'index.html'))

/** Central's own policy; a screen that breaks it breaks here too, and the browser reports where. */
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

export type FixtureOptions = {
  roles: readonly Role[]
  actions?: readonly string[]
  hotspots?: number
  /** Put into every text field of every answer. */
  text?: string
  signedIn?: boolean
  at?: () => number
}

export type Act = { action: string; version: number } & Record<string, unknown>

export async function fixtureServer(options: FixtureOptions) {
  const { text, actions = [] } = options
  const now = options.at ?? Date.now
  const app = fastify({ logger: false })
  const streams = new Set<ServerResponse>()
  const state = {
    signedIn: options.signedIn ?? true,
    mustSetPassword: false,
    walls: 'open' as 'open' | 'revoked',
    hotspots: made.hotspots(now(), options.hotspots ?? 60, text),
    acts: [] as Act[],
    /** The next act is answered as stale, with this page. */
    stale: null as ComplaintPage | null,
    clockLeapt: false,
    revoked: null as { node: string; at: number } | null,
    policy: null as PolicyDraft | null,
    puts: [] as PutPolicy[],
    radiusAdds: [] as AddUsers[],
    radiusPuts: [] as ChangeUser[],
    noRadius: false,
    putAnswer: null as null | (() => { status: number; body: object } | undefined),
    rowsWanted: null as null | ((rows: HotspotRow[]) => HotspotRow[]),
  }
  const rows = () => state.rowsWanted?.(state.hotspots) ?? state.hotspots
  const complaints = () => made.complaintRows(now(), state.hotspots, text)

  app.addHook('onSend', async (_request, reply) => void reply.header('content-security-policy', POLICY))
  app.addHook('onRequest', async (request, reply) => {
    const open = ['/api/sign-in', '/api/sign-in/code', '/api/wall', '/api/wall/open', '/api/wall/live']
    const path = request.url.split('?')[0] ?? ''
    if (path.startsWith('/api/') && !open.includes(path) && !state.signedIn) await reply.code(401).send({ code: 'not-signed-in' })
  })

  const who = () => ({ ...made.me(options.roles, text), mustSetPassword: state.mustSetPassword })
  app.get('/api/me', () => who())
  app.post<{ Body: { username: string; password: string } }>('/api/sign-in', async (request, reply) => {
    if (request.body.password !== 'rahasia sekali') return reply.code(401).send({ code: 'wrong-credentials' })
    state.signedIn = true
    return who()
  })
  app.post<{ Body: { code: string } }>('/api/sign-in/code', async (request, reply) => {
    if (request.body.code !== 'K7QF-M3TX') return reply.code(401).send({ code: 'wrong-code' })
    state.signedIn = true
    state.mustSetPassword = true
    return who()
  })
  app.post('/api/password', () => {
    state.mustSetPassword = false
    return who()
  })
  app.post('/api/sign-out', (_request, reply) => {
    state.signedIn = false
    return reply.code(204).send()
  })
  app.get('/api/sessions', () => made.sessions(now(), text))
  app.get('/api/positions', () => made.positions(text))
  app.post('/api/positions/:id/invite', () => ({ code: 'W4RP-9HKD', expiresAt: now() + 86_400_000 }))

  app.get<{ Querystring: { q?: string } }>('/api/noc/hotspots', (request) => {
    const q = request.query.q?.toLowerCase()
    const found = rows().filter((row) => q === undefined || row.name.toLowerCase().includes(q))
    return { at: now(), rows: found, counts: made.city(now(), found).counts }
  })
  app.get<{ Params: { node: string }; Querystring: { range?: made.Range } }>('/api/noc/hotspots/:node', (request, reply) => {
    const found = rows().find((row) => row.node === request.params.node)
    if (!found) return reply.code(404).send({ code: 'not-found' })
    const page = made.hotspotPage(now(), found, request.query.range ?? '24h', text)
    return state.revoked?.node === found.node ? { ...page, access: made.revokedAccess(page.access, state.revoked.at) } : page
  })
  app.get('/api/noc/city', () => made.city(now(), rows()))
  app.get('/api/noc/ingest', () => ({ ...made.ingest(now(), text), ...(state.clockLeapt && { retentionHeld: made.leap(now()) }) }))
  app.post('/api/noc/retention/clock', (_request, reply) => {
    state.clockLeapt = false
    return reply.code(204).send()
  })
  app.post<{ Body: { ids: number[] } }>('/api/noc/quarantine/replay', (request) => ({
    results: request.body.ids.map((id, i) => ({
      id,
      outcome: i === 0 ? 'taken' : 'refused',
      records: 1 - Math.min(i, 1),
      reason: i === 0 ? null : 'not JSON',
    })),
  }))
  app.get('/api/noc/quarantine', () => made.quarantine(now(), text))
  app.post<{ Params: { node: string } }>('/api/noc/hotspots/:node/revoke', (request) => {
    state.revoked = { node: request.params.node, at: now() }
    return { certificates: 1 }
  })
  app.post('/api/noc/hotspots/:node/block', (_request, reply) => reply.code(201).send({ until: now() + 3_600_000 }))
  app.delete('/api/noc/hotspots/:node/block/:device', (_request, reply) => reply.code(204).send())
  app.get('/api/noc/policy', () => made.policyView(now(), rows(), state.policy, text))
  app.get('/api/noc/policy/rollout', () => made.rollout(now(), rows(), text))
  app.put<{ Body: PutPolicy }>('/api/noc/policy', (request, reply) => {
    state.puts.push(request.body)
    const answer = state.putAnswer?.()
    if (answer) return reply.code(answer.status).send(answer.body)
    state.policy = request.body.document
    return { version: now() }
  })
  app.post<{ Body: MakeVouchers }>('/api/noc/policy/vouchers', (request, reply) =>
    reply.code(201).send({ version: now(), batch: 'Rapat-7K3Q', codes: made.voucherCodes(request.body.count) }),
  )
  app.delete('/api/noc/policy/vouchers/:batch', (_request, reply) => reply.code(204).send())
  const noRows = { rows: [], next: null }
  app.get<{ Querystring: { q?: string; state?: string } }>('/api/noc/radius/users', (request) => {
    const list = radiusUsers(now(), request.query, text)
    return state.noRadius ? { ...list, users: [], total: 0, count: 0, version: 0 } : list
  })
  app.post<{ Body: AddUsers }>('/api/noc/radius/users', (request) => {
    state.radiusAdds.push(request.body)
    const results = request.body.users.map(({ name, password }, i) =>
      name === 'budi'
        ? { ok: false, name, problem: 'taken' }
        : { ok: true, id: 100 + i, name, ...(password === undefined && { password: 'k7qf-m3tx-9hwp' }) },
    )
    return { version: now(), results }
  })
  app.put<{ Body: ChangeUser }>('/api/noc/radius/users/:id', (request, reply) => {
    state.radiusPuts.push(request.body)
    if (request.body.recoverable && request.body.password === undefined) return reply.code(422).send({ code: 'needs-password' })
    return { version: now() }
  })
  app.delete('/api/noc/radius/users/:id', (_request, reply) => reply.code(204).send())
  app.get('/api/noc/radius/boxes', () => {
    const boxes = radiusBoxes(now(), rows(), text)
    return state.noRadius ? { ...boxes, version: 0, boxes: [], counts: { applied: 0, refused: 0, behind: 0, away: 0 } } : boxes
  })
  app.get('/api/noc/radius/sessions', () => (state.noRadius ? { at: now(), ...noRows } : radiusSessions(now(), rows(), text)))
  app.get('/api/noc/radius/rejections', () => (state.noRadius ? { at: now(), ...noRows } : radiusRejections(now(), rows(), text)))
  app.get('/api/noc/walls', () => made.wallLinks(now(), text))
  app.post('/api/noc/walls', (request, reply) =>
    reply.code(201).send({ link: `http://${request.host}/wall#k2J9sT0qVb`, wall: made.wallLinks(now())[1] }),
  )
  app.delete('/api/noc/walls/:id', (_request, reply) => reply.code(204).send())

  app.get<{ Querystring: { state?: string; category?: string; q?: string; mine?: string; node?: string } }>(
    '/api/complaints',
    (request): ComplaintList => {
      const { state: wanted, category, q, mine, node } = request.query
      const all = complaints()
      const found = all.filter(
        (row) =>
          (!wanted || row.state === wanted) &&
          (!category || row.category === category) &&
          (!q || row.excerpt.toLowerCase().includes(q.toLowerCase()) || row.number.includes(q)) &&
          (!mine || row.mine) &&
          (!node || row.hotspot?.node === node),
      )
      const counts = Object.fromEntries(
        Object.entries(Object.groupBy(all, (row) => row.state)).map(([key, list]) => [key, list?.length ?? 0]),
      )
      return { at: now(), rows: found, total: found.length, pageSize: 50, counts }
    },
  )
  const page = (caseId: number): ComplaintPage | null => {
    const row = complaints().find((each) => each.caseId === caseId)
    return row ? made.complaintPage(now(), row, actions, text) : null
  }
  app.get<{ Params: { caseId: string } }>('/api/complaints/:caseId', (request, reply) => {
    const found = page(Number(request.params.caseId))
    return found ?? reply.code(404).send({ code: 'not-found' })
  })
  app.post<{ Params: { caseId: string }; Body: Act }>('/api/complaints/:caseId/act', (request, reply) => {
    state.acts.push(request.body)
    if (state.stale) {
      const present = state.stale
      state.stale = null
      return reply.code(409).send({ code: 'stale', now: present })
    }
    return page(Number(request.params.caseId)) ?? reply.code(404).send({ code: 'not-found' })
  })

  app.post('/api/wall/open', (_request, reply) =>
    state.walls === 'open' ? reply.code(204).send() : reply.code(403).send({ code: 'wall-closed' }),
  )
  app.get('/api/wall', (_request, reply) =>
    state.walls === 'open' ? made.wallView(made.city(now(), rows()), complaints(), text) : reply.code(403).send({ code: 'wall-closed' }),
  )
  for (const path of ['/api/live', '/api/wall/live']) {
    app.get(path, (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      reply.raw.write('retry: 1000\n\n')
      streams.add(reply.raw)
      reply.raw.once('close', () => streams.delete(reply.raw))
    })
  }

  await app.register(fastifyStatic, { root: DIST, wildcard: false })
  app.setNotFoundHandler((request, reply) =>
    request.url.startsWith('/api/') ? reply.code(404).send({ code: 'not-found' }) : reply.sendFile('index.html'),
  )
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    origin,
    state,
    page,
    streams,
    publish(event: LiveEvent) {
      for (const stream of streams) stream.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    },
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.destroy()
      await app.close()
    },
  }
}

export type FixtureServer = Awaited<ReturnType<typeof fixtureServer>>
