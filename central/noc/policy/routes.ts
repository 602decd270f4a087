/** The access policy over HTTP: admin and NOC read it, publish it, make vouchers and block a device from its session's row. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { decodePolicy } from '#edge/wire/policy.ts'
import { callerOf, type Allow } from '../../platform/accounts/guard.ts'
import type { Kelurahan } from '../../platform/city/kelurahan.ts'
import { refuse, refuseNotFound } from '../../platform/http/refusal.ts'
import type { BoardRow } from '../hotspots/rows.ts'
import type { TelemetryStore } from '../ingest/store-port.ts'
import { BlockDevice, MakeVouchers, PutPolicy, type PolicyDocument, type PolicyDraft, type PolicyView, type StalePolicy } from './api.ts'
import { countsBetween } from './changes.ts'
import { batchOf, checkDraft, policyFor } from './document.ts'
import { covers, placeKey } from './place.ts'
import { rolloutOf } from './rollout.ts'
import type { Author, PolicyStore, Published, PublishOrder } from './store.ts'
import { batchesOf, makeVouchers } from './vouchers.ts'

const HISTORY_SHOWN = 12
/** A full policy of a large city in JSON; everything else keeps the app's limit. */
const POLICY_OCTETS_MAX = 4 * 1024 * 1024
/** RADIUS sessions whose access point named no device share this pseudonym: a block of it would be of nobody, or of all. */
const NOBODY = '0'.repeat(16)

export type PolicyDeps = {
  policies: PolicyStore
  store: Pick<TelemetryStore, 'hotspots' | 'hotspot'>
  board: { rows(): BoardRow[] }
  places: readonly Kelurahan[]
  allow: Allow
  /** Sends what was published; its failure is not the author's. */
  onPublished(): void
  now: () => number
}

export function policyRoutes(deps: PolicyDeps): FastifyPluginAsyncTypebox {
  const { policies, store, now } = deps
  const mayRule = { onRequest: deps.allow('admin', 'noc') }
  const kelurahan = new Set(deps.places.map(({ code }) => code))

  const publish = async (order: Omit<PublishOrder, 'at'>): Promise<Published> => {
    const published = await policies.publish({ ...order, at: now() })
    if (published.ok) deps.onPublished()
    return published
  }

  return async (app) => {
    app.get('/api/noc/policy', mayRule, async (): Promise<PolicyView> => {
      const [{ version, document }, hotspots, history] = await Promise.all([
        policies.current(),
        store.hotspots(),
        policies.history(HISTORY_SHOWN),
      ])
      return {
        at: now(),
        version,
        document: draftOf(document),
        batches: batchesOf(document.vouchers),
        hotspots: hotspots.map(({ node, name, kelurahan: code, simulated }) => ({ node, name, kelurahan: code, simulated })),
        kelurahan: deps.places.map(({ code, name }) => ({ code, name })),
        history,
      }
    })

    app.put('/api/noc/policy', { ...mayRule, bodyLimit: POLICY_OCTETS_MAX, schema: { body: PutPolicy } }, async (request, reply) => {
      const { version, note, document } = request.body
      const current = await policies.current()
      if (current.version !== version) return reply.code(409).send(await stale(version))
      const checked = checkDraft(document, { current: current.document, hotspots: await store.hotspots(), kelurahan, now: now() })
      if (!checked.ok) return reply.code(422).send({ code: 'invalid-policy', problems: checked.problems })
      const edit = () => checked.document
      const published = await publish({ author: authorOf(request), base: version, note: note?.trim() ?? '', action: 'publish', edit })
      return published.ok ? reply.send({ version: published.version }) : reply.code(409).send(await stale(version))
    })

    /** What somebody else published since `base`. */
    async function stale(base: number): Promise<StalePolicy> {
      const { version, document } = await policies.current()
      const [before, [latest]] = await Promise.all([policies.documentOf(base), policies.history(1)])
      const counts = before === undefined ? null : countsBetween(before, document)
      return { code: 'stale', version, author: latest?.author ?? null, document: draftOf(document), counts }
    }

    app.get('/api/noc/policy/rollout', mayRule, async () => rolloutOf(deps.board.rows(), (await policies.current()).version, now()))

    app.post('/api/noc/policy/vouchers', { ...mayRule, schema: { body: MakeVouchers } }, async (request, reply) => {
      const order = request.body
      if (order.until <= now()) return refuse(reply, 422, 'ended')
      const made = makeVouchers(order)
      const { document: current } = await policies.current()
      if (current.groups.find(({ name }) => name === order.group)?.class !== 'voucher') return refuse(reply, 422, 'no-voucher-group')
      const withMade = (document: PolicyDocument) => ({ ...document, vouchers: [...inForce(document.vouchers), ...made.vouchers] })
      const draft = withMade(current)
      const checked = checkDraft(draftOf(draft), { current: draft, hotspots: await store.hotspots(), kelurahan, now: now() })
      if (!checked.ok) return reply.code(422).send({ code: 'invalid-policy', problems: checked.problems })
      const published = await publish({ author: authorOf(request), action: 'vouchers', edit: withMade })
      if (!published.ok) return refuse(reply, 409, 'stale')
      return reply.code(201).send({ version: published.version, batch: made.batch, codes: made.codes })
    })

    const Batch = Type.Object({ batch: Type.String({ maxLength: 40 }) })
    app.delete('/api/noc/policy/vouchers/:batch', { ...mayRule, schema: { params: Batch } }, async (request, reply) => {
      const edit = (document: PolicyDocument) => {
        const vouchers = document.vouchers.filter(({ id }) => batchOf(id) !== request.params.batch)
        return vouchers.length === document.vouchers.length ? null : { ...document, vouchers }
      }
      const withdrawn = await publish({ author: authorOf(request), action: 'withdraw', edit })
      if (!withdrawn.ok) return withdrawn.reason === 'nothing' ? refuseNotFound(reply) : refuse(reply, 409, 'stale')
      return reply.code(204).send()
    })

    const Node = Type.Object({ node: Type.String({ maxLength: 32 }) })
    app.post('/api/noc/hotspots/:node/block', { ...mayRule, schema: { params: Node, body: BlockDevice } }, async (request, reply) => {
      const { node } = request.params
      const { device, seconds } = request.body
      const hotspot = await store.hotspot(node)
      if (!hotspot) return refuseNotFound(reply)
      if (device === NOBODY) return refuse(reply, 422, 'no-device')
      const until = now() + seconds * 1_000
      const where = { nodes: [node] }
      const edit = (document: PolicyDocument) => ({
        ...document,
        block: [...inForce(document.block).filter((entry) => !isBlockOf(entry, device, node)), { device, until, where }],
      })
      // The box's own bound: past it the whole policy would be refused there.
      if (!decodePolicy(policyFor(edit((await policies.current()).document), hotspot)).ok) return refuse(reply, 422, 'too-many')
      const published = await publish({ author: authorOf(request), action: 'block', edit })
      return published.ok ? reply.code(201).send({ until }) : refuse(reply, 409, 'stale')
    })

    const Blocked = Type.Object({ node: Type.String({ maxLength: 32 }), device: Type.String({ maxLength: 16 }) })
    app.delete('/api/noc/hotspots/:node/block/:device', { ...mayRule, schema: { params: Blocked } }, async (request, reply) => {
      const { node, device } = request.params
      const edit = (document: PolicyDocument) => {
        const block = document.block.filter((entry) => !isBlockOf(entry, device, node))
        return block.length === document.block.length ? null : { ...document, block }
      }
      const lifted = await publish({ author: authorOf(request), action: 'unblock', edit })
      if (!lifted.ok) return lifted.reason === 'nothing' ? refuseNotFound(reply) : refuse(reply, 409, 'stale')
      return reply.code(204).send()
    })
  }

  function inForce<T extends { until: number }>(entries: readonly T[]): T[] {
    return entries.filter(({ until }) => until > now())
  }
}

const isBlockOf = (entry: PolicyDocument['block'][number], device: string, node: string): boolean =>
  entry.device === device && placeKey(entry.where) === placeKey({ nodes: [node] })

/** Devices that are shut out at this hotspot by their pseudonym, for the page with its sessions. */
export function blockedAt(
  document: PolicyDocument,
  place: { node: string; kelurahan: string },
  now: number,
): { device: string; until: number }[] {
  return document.block.flatMap(({ device, until, where }) =>
    device !== undefined && until > now && covers(where, place) ? [{ device, until }] : [],
  )
}

function draftOf({ vouchers: _, ...draft }: PolicyDocument): PolicyDraft {
  return draft
}

function authorOf(request: FastifyRequest): Author {
  const caller = callerOf(request)
  const position = caller.positions.find(({ role }) => role === 'admin' || role === 'noc')
  return { userId: caller.userId, positionId: position?.id ?? null }
}
