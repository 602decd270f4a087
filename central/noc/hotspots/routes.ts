/** The NOC's reads: admin, NOC, executive and verifier may look; nothing here changes anything. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Allow } from '../../platform/accounts/guard.ts'
import { refuseNotFound } from '../../platform/http/refusal.ts'
import { CityNow, HotspotList, HotspotPage, HotspotQuery } from '../api.ts'
import type { Hotspot, TelemetryStore } from '../ingest/store-port.ts'
import type { Board } from './board.ts'
import { hotspotPage } from './page.ts'
import { listHotspots } from './rows.ts'

const Node = Type.Object({ node: Type.String({ maxLength: 32 }) })
const RangeQuery = Type.Object(
  { range: Type.Optional(Type.Union([Type.Literal('1h'), Type.Literal('24h'), Type.Literal('7d'), Type.Literal('30d')])) },
  { additionalProperties: false },
)

export function hotspotRoutes(deps: {
  store: TelemetryStore
  board: Board
  allow: Allow
  /** Devices that are shut out at this hotspot. */
  blocked(at: Hotspot): Promise<HotspotPage['blocked']>
  access(node: string): Promise<HotspotPage['access']>
  now: () => number
}): FastifyPluginAsyncTypebox {
  const { store, board, now } = deps
  const mayLook = deps.allow('admin', 'noc', 'executive', 'verifier')
  return async (app) => {
    app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'))

    app.get('/api/noc/hotspots', { onRequest: mayLook, schema: { querystring: HotspotQuery, response: { 200: HotspotList } } }, (request) =>
      listHotspots(
        board.rows().map(({ row }) => row),
        request.query,
        now(),
      ),
    )
    app.get(
      '/api/noc/hotspots/:node',
      { onRequest: mayLook, schema: { params: Node, querystring: RangeQuery, response: { 200: HotspotPage } } },
      async (request, reply) => {
        const found = board.find(request.params.node)
        if (!found) return refuseNotFound(reply)
        const page = await hotspotPage(store, found, request.query.range ?? '24h', now())
        const [blocked, access] = await Promise.all([deps.blocked(found.row), deps.access(found.row.node)])
        return { ...page, blocked, access }
      },
    )
    app.get('/api/noc/city', { onRequest: mayLook, schema: { response: { 200: CityNow } } }, () => board.city())
  }
}
