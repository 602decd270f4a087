/** RADIUS over HTTP: admin and NOC keep the people, and read sessions, refusals and what boxes say. No password ever leaves. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { callerOf, type Allow } from '../../platform/accounts/guard.ts'
import { refuse, refuseNotFound } from '../../platform/http/refusal.ts'
import type { BoardRow } from '../hotspots/rows.ts'
import type { TelemetryStore } from '../ingest/store-port.ts'
import type { PolicyStore } from '../policy/store.ts'
import { batchesOf } from '../policy/vouchers.ts'
import {
  AddUsers,
  ChangeUser,
  NAME_LETTERS_MAX,
  RejectionQuery,
  SessionQuery,
  UserQuery,
  type AddedUser,
  type AddedUsers,
  type NewUser,
  type RadiusBoxes,
  type RadiusUsers,
  type UserProblem,
} from './api.ts'
import { hashesOf, isUsablePassword, madePassword } from './credentials.ts'
import { boxesOf, rejectionsOf, ROWS_READ, sessionsOf } from './rows.ts'
import type { Author, RadiusStore, UserFacts } from './store.ts'

/** Both are for today's calls for help; retention keeps more (road/). */
const SESSIONS_SHOWN_MS = 7 * 86_400_000
const REJECTIONS_SHOWN_MS = 30 * 86_400_000
/** A session that nothing was heard of for a day does not run, whatever its last word was. */
const OPEN_MS_MAX = 86_400_000

export type RadiusDeps = {
  radius: RadiusStore
  policies: Pick<PolicyStore, 'current'>
  store: Pick<TelemetryStore, 'sessionsEverywhere' | 'rejections'>
  board: { rows(): BoardRow[] }
  allow: Allow
  /** Sends what changed; its failure is not the author's. */
  onChanged(): void
  now: () => number
}

export function radiusRoutes(deps: RadiusDeps): FastifyPluginAsyncTypebox {
  const { radius, now } = deps
  const mayRule = { onRequest: deps.allow('admin', 'noc') }
  const nameOf = () => {
    const names = new Map(deps.board.rows().map(({ row }) => [row.node, row.name]))
    return (node: string) => names.get(node) ?? node
  }
  const groupNames = async () => new Set((await deps.policies.current()).document.groups.map(({ name }) => name))

  /** What is wrong with a person's conditions; `kept`: what was so before may stay. */
  function problemOf({ group, until }: UserFacts, groups: ReadonlySet<string>, kept?: UserFacts): UserProblem | undefined {
    if (group !== null && group !== kept?.group && !groups.has(group)) return 'group'
    if (until !== null && until !== kept?.until && until <= now()) return 'until'
    return undefined
  }

  async function add(user: NewUser, groups: ReadonlySet<string>, author: Author): Promise<AddedUser & { version?: number }> {
    const name = user.name.normalize('NFC').trim()
    const wrong = (problem: UserProblem) => ({ ok: false as const, name: user.name, problem })
    if (name === '' || Buffer.byteLength(name) > NAME_LETTERS_MAX || /[\p{Cc}\p{Cs}]/u.test(name)) return wrong('name')
    const password = user.password ?? madePassword()
    if (!isUsablePassword(password)) return wrong('password')
    const problem = problemOf(user, groups)
    if (problem !== undefined) return wrong(problem)
    const added = await radius.add(name, user, await hashesOf(password, user.recoverable), author)
    if (!added.ok) return wrong(added.problem)
    return { ok: true, id: added.id, name, version: added.version, ...(user.password === undefined && { password }) }
  }

  return async (app) => {
    app.get('/api/noc/radius/users', { ...mayRule, schema: { querystring: UserQuery } }, async (request): Promise<RadiusUsers> => {
      const [version, found, { document }] = await Promise.all([
        radius.version(),
        radius.list(request.query, now()),
        deps.policies.current(),
      ])
      const groups = document.groups.map(({ name, class: kind }) => ({ name, class: kind }))
      return { at: now(), version, ...found, groups, voucherBatches: batchesOf(document.vouchers).length }
    })

    app.post('/api/noc/radius/users', { ...mayRule, schema: { body: AddUsers } }, async (request): Promise<AddedUsers> => {
      const groups = await groupNames()
      const results: AddedUser[] = []
      // One after the other: a list must not take all threads of those who sign in meanwhile.
      for (const user of request.body.users) {
        const { version: _, ...result } = await add(user, groups, authorOf(request, now()))
        results.push(result)
      }
      if (results.some(({ ok }) => ok)) deps.onChanged()
      return { version: await radius.version(), results }
    })

    const One = Type.Object({ id: Type.Integer({ minimum: 1 }) })
    app.put('/api/noc/radius/users/:id', { ...mayRule, schema: { params: One, body: ChangeUser } }, async (request, reply) => {
      const { id } = request.params
      const { password, recoverable, ...facts } = request.body
      const before = await radius.find(id)
      if (!before) return refuseNotFound(reply)
      const problem = problemOf(facts, await groupNames(), before)
      if (problem !== undefined) return refuse(reply, 422, problem)
      if (password !== undefined && !isUsablePassword(password)) return refuse(reply, 422, 'password')
      // The scrypt hash does not give it.
      if (recoverable && !before.recoverable && password === undefined) return refuse(reply, 422, 'needs-password')
      const hashes = password !== undefined ? await hashesOf(password, recoverable) : recoverable ? {} : { ntHash: null }
      const version = await radius.change(id, facts, hashes, authorOf(request, now()))
      if (version === undefined) return refuseNotFound(reply)
      deps.onChanged()
      return { version }
    })

    app.delete('/api/noc/radius/users/:id', { ...mayRule, schema: { params: One } }, async (request, reply) => {
      if ((await radius.remove(request.params.id, authorOf(request, now()))) === undefined) return refuseNotFound(reply)
      deps.onChanged()
      return reply.code(204).send()
    })

    app.get('/api/noc/radius/boxes', mayRule, async (): Promise<RadiusBoxes> => {
      const [reports, version] = await Promise.all([radius.boxes(), radius.version()])
      return boxesOf(reports, deps.board.rows(), version, now())
    })

    app.get('/api/noc/radius/sessions', { ...mayRule, schema: { querystring: SessionQuery } }, async (request) => {
      const { source, state, node, before } = request.query
      const at = now()
      const open = state === undefined ? undefined : state === 'open'
      const since = at - (open === true ? OPEN_MS_MAX : SESSIONS_SHOWN_MS)
      const rows = await deps.store.sessionsEverywhere({ source, node, open, since, before: before ?? at + 1, limit: ROWS_READ })
      return sessionsOf(rows, nameOf(), at)
    })

    app.get('/api/noc/radius/rejections', { ...mayRule, schema: { querystring: RejectionQuery } }, async (request) => {
      const { reason, node, before } = request.query
      const at = now()
      const rows = await deps.store.rejections({
        reason,
        node,
        since: at - REJECTIONS_SHOWN_MS,
        before: before ?? at + 1,
        limit: ROWS_READ,
      })
      return rejectionsOf(rows, nameOf(), at)
    })
  }
}

function authorOf(request: FastifyRequest, at: number): Author {
  const caller = callerOf(request)
  const position = caller.positions.find(({ role }) => role === 'admin' || role === 'noc')
  return { userId: caller.userId, positionId: position?.id ?? null, at }
}
