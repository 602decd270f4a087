/** How telemetry arrives, what was refused, and trying that again: the NOC's and the admin's. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { callerOf, type Allow } from '../../platform/accounts/guard.ts'
import { appendAudit } from '../../platform/audit/store.ts'
import type { Database } from '../../platform/db/database.ts'
import { QuarantineRow } from '../api.ts'
import type { BoardRow } from '../hotspots/rows.ts'
import type { TelemetryStore } from '../ingest/store-port.ts'
import { IngestView, Replay, ReplayAnswer } from './api.ts'
import { replay, type Replayed, type ReplayDeps } from './replay.ts'
import { ingestView } from './view.ts'

const QUARANTINE_SHOWN = 100
const QUARANTINE_SHOWN_MAX = 500

const node = Type.Optional(Type.String({ maxLength: 32 }))
const NodeQuery = Type.Object({ node }, { additionalProperties: false })
const QuarantineQuery = Type.Object(
  { node, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: QUARANTINE_SHOWN_MAX })) },
  { additionalProperties: false },
)

type Payload = { summary: string } & Record<string, unknown>

export type RoadDeps = {
  store: TelemetryStore
  board: { rows(): BoardRow[] }
  database: Database
  allow: Allow
  replay: Omit<ReplayDeps, 'store' | 'now'>
  now: () => number
}

export function roadRoutes(deps: RoadDeps): FastifyPluginAsyncTypebox {
  const { store, database, now } = deps
  const mayLook = deps.allow('admin', 'noc', 'executive', 'verifier')
  const mayRepair = deps.allow('admin', 'noc')
  const write = (request: FastifyRequest, subject: string, action: string, payload: Payload) => {
    const { userId, positions } = callerOf(request)
    const positionId = positions.find(({ role }) => role === 'admin' || role === 'noc')?.id ?? null
    return database.transaction((trx) => appendAudit(trx, { at: now(), userId, positionId, subject, action, payload }))
  }
  return async (app) => {
    app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'))

    app.get('/api/noc/ingest', { onRequest: mayLook, schema: { querystring: NodeQuery, response: { 200: IngestView } } }, (request) =>
      ingestView(store, deps.board.rows(), request.query.node || undefined, now()),
    )
    app.get(
      '/api/noc/quarantine',
      { onRequest: mayLook, schema: { querystring: QuarantineQuery, response: { 200: Type.Array(QuarantineRow) } } },
      async (request) => {
        const rows = await store.quarantine(request.query.node || undefined, request.query.limit ?? QUARANTINE_SHOWN)
        return rows.map(({ form, ...row }) => ({ ...row, replayable: form !== 'none' }))
      },
    )
    app.post(
      '/api/noc/quarantine/replay',
      { onRequest: mayRepair, schema: { body: Replay, response: { 200: ReplayAnswer } } },
      async (request) => {
        const { ids } = request.body
        const audit = (action: string, payload: Payload) => write(request, 'quarantine', action, payload)
        // Before, because the telemetry may rest in another database: nothing is replayed that nobody asked for.
        await audit('replay', { summary: `Karantina: ${ids.length} pesan dicoba lagi`, ids })
        const results: Replayed[] = []
        for (const id of new Set(ids)) results.push(await replay({ ...deps.replay, store, now }, id))
        const count = (outcome: Replayed['outcome']) => results.filter((result) => result.outcome === outcome).length
        const counts = { taken: count('taken'), known: count('known'), refused: count('refused'), gone: count('gone') }
        await audit('replayed', { summary: `Karantina: ${counts.taken} diterima, ${counts.refused} tetap ditolak`, counts })
        return { results }
      },
    )
    app.post('/api/noc/retention/clock', { onRequest: mayRepair, schema: { response: { 204: Type.Null() } } }, async (request, reply) => {
      const at = now()
      // Before, for what then goes does not come back.
      await write(request, 'retention', 'clock-trusted', {
        summary: `Masa simpan: jam pusat ${new Date(at).toISOString()} dinyatakan benar`,
      })
      await store.trustClock(at)
      return reply.code(204).send(null)
    })
  }
}
