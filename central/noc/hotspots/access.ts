/** How a hotspot's box comes in, and taking that away: everybody at the NOC reads it, the admin does it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { callerOf, type Allow } from '../../platform/accounts/guard.ts'
import { appendAudit } from '../../platform/audit/store.ts'
import type { Database } from '../../platform/db/database.ts'
import { refuseNotFound } from '../../platform/http/refusal.ts'
import { AccessRevoked, type HotspotPage } from '../api.ts'
import type { Credential } from '../ingest/broker-port.ts'
import type { TelemetryStore } from '../ingest/store-port.ts'
import type { Registry } from './registry.ts'

/** The one in force, the one before it, and what a clone or a broken renewal would add. */
const SHOWN_MAX = 5

/** @param credential what the box is connected with at this moment, where central knows. */
export async function accessOf(store: TelemetryStore, node: string, credential: Credential | undefined): Promise<HotspotPage['access']> {
  const [rows, token] = await Promise.all([store.certificatesOf(node), store.tokenHash(node)])
  const serial = credential?.kind === 'certificate' ? credential.serial : undefined
  return {
    token: token !== null,
    certificates: rows.slice(0, SHOWN_MAX).map((row) => ({
      serial: row.serial,
      issuedAt: row.issuedAt,
      notAfter: row.notAfter,
      revokedAt: row.revokedAt,
      inUse: row.serial === serial,
    })),
  }
}

const Node = Type.Object({ node: Type.String({ maxLength: 32 }) })

export function accessRoutes(deps: {
  store: TelemetryStore
  registry: Registry
  database: Database
  allow: Allow
  now: () => number
}): FastifyPluginAsyncTypebox {
  const { store, registry, database, now } = deps
  return async (app) => {
    app.post(
      '/api/noc/hotspots/:node/revoke',
      { onRequest: deps.allow('admin'), schema: { params: Node, response: { 200: AccessRevoked } } },
      async (request, reply) => {
        const { node } = request.params
        if (!(await store.hotspot(node))) return refuseNotFound(reply)
        const taken = (await store.certificatesOf(node)).filter(({ revokedAt }) => revokedAt === null)
        const { userId, positions } = callerOf(request)
        const positionId = positions.find(({ role }) => role === 'admin')?.id ?? null
        const payload = { summary: `Akses kotak ${node} dicabut`, node, certificates: taken.map(({ serial }) => serial) }
        // Before, because the books rest in another database: nothing is taken away that nobody asked for.
        await database.transaction((trx) =>
          appendAudit(trx, { at: now(), userId, positionId, subject: `hotspot ${node}`, action: 'revoke', payload }),
        )
        await registry.shutOut(node)
        return { certificates: taken.length }
      },
    )
  }
}
