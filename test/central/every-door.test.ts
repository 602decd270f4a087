/** Every route of central against everyone: nobody, somebody halfway in, each role, and the stranger to a case. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { ROLES, type Role } from '#central/platform/accounts/api.ts'
import { createAdminCode } from '#central/platform/accounts/invitations.ts'
import { admin, arrival, opdId, PASSWORD, person, type Parts } from '#test/support/central.ts'
import { wholeCentral, type RouteName, type WholeCentral } from '#test/support/whole-central.ts'

/** `anyone`: the published list. `wall`: a screen's own cookie, which no person holds. */
type Open = 'anyone' | 'wall' | 'signed-in' | 'signed-in, even by code' | readonly Role[]

const NETWORK: readonly Role[] = ['admin', 'noc', 'executive', 'verifier']
const COMPLAINTS: readonly Role[] = ['verifier', 'executive', 'opd-head', 'opd-staff', 'noc']

/** What is meant, beside what is there: a route that is not here fails, whatever guard it has. */
const MEANT: Record<string, Open> = {
  'GET /healthz': 'anyone',
  'GET /readyz': 'anyone',
  'GET /index.html': 'anyone',
  'GET /assets/app-1234.js': 'anyone',
  'POST /api/sign-in': 'anyone',
  'POST /api/sign-in/code': 'anyone',
  'POST /api/sign-out': 'anyone',
  'POST /api/wall/open': 'anyone',
  'GET /api/wall': 'wall',
  'GET /api/wall/live': 'wall',
  'GET /api/me': 'signed-in, even by code',
  'POST /api/password': 'signed-in, even by code',
  'GET /api/sessions': 'signed-in',
  'DELETE /api/sessions/:id': 'signed-in',
  'GET /api/inbox': 'signed-in',
  'GET /api/live': 'signed-in',
  'POST /api/files': 'signed-in',
  'GET /api/files/:sha256': 'signed-in',
  'GET /api/positions': ['admin'],
  'POST /api/positions/:id/invite': ['admin'],
  'POST /api/positions/:id/appoint': ['admin'],
  'DELETE /api/users/:id/sessions': ['admin'],
  'POST /api/users/:id/disable': ['admin'],
  'GET /api/audit/verify': ['admin'],
  'GET /api/noc/hotspots': NETWORK,
  'GET /api/noc/hotspots/:node': NETWORK,
  'GET /api/noc/city': NETWORK,
  'GET /api/noc/quarantine': NETWORK,
  'GET /api/noc/ingest': NETWORK,
  'POST /api/noc/quarantine/replay': ['admin', 'noc'],
  'POST /api/noc/retention/clock': ['admin', 'noc'],
  'GET /api/noc/policy': ['admin', 'noc'],
  'PUT /api/noc/policy': ['admin', 'noc'],
  'GET /api/noc/policy/rollout': ['admin', 'noc'],
  'POST /api/noc/policy/vouchers': ['admin', 'noc'],
  'DELETE /api/noc/policy/vouchers/:batch': ['admin', 'noc'],
  'GET /api/noc/radius/users': ['admin', 'noc'],
  'POST /api/noc/radius/users': ['admin', 'noc'],
  'PUT /api/noc/radius/users/:id': ['admin', 'noc'],
  'DELETE /api/noc/radius/users/:id': ['admin', 'noc'],
  'GET /api/noc/radius/boxes': ['admin', 'noc'],
  'GET /api/noc/radius/sessions': ['admin', 'noc'],
  'GET /api/noc/radius/rejections': ['admin', 'noc'],
  'POST /api/noc/hotspots/:node/revoke': ['admin'],
  'POST /api/noc/hotspots/:node/block': ['admin', 'noc'],
  'DELETE /api/noc/hotspots/:node/block/:device': ['admin', 'noc'],
  'GET /api/noc/walls': ['admin', 'noc'],
  'POST /api/noc/walls': ['admin', 'noc'],
  'DELETE /api/noc/walls/:id': ['admin', 'noc'],
  'GET /api/complaints': COMPLAINTS,
  'GET /api/complaints/:caseId': COMPLAINTS,
  'POST /api/complaints/:caseId/read': COMPLAINTS,
  'POST /api/complaints/:caseId/act': COMPLAINTS,
}

/** Signing out and signing in need a session of their own and are told by other stories. */
const ENDS_THE_SESSION = new Set(['POST /api/sign-out', 'POST /api/password'])
const ABSENT = '999999999'
const ACT = { action: 'terima', version: 1 }

type Answer = { status: number; code: string; body: string; headers: Record<string, string> }

async function ask(central: WholeCentral, method: string, url: string, cookie: string, body?: unknown): Promise<Answer> {
  const carries = method === 'POST' || method === 'PUT'
  const json = carries ? { body: JSON.stringify(body ?? {}) } : {}
  const headers = { cookie, origin: central.origin, ...(carries ? { 'content-type': 'application/json' } : {}) }
  const response = await fetch(central.origin + url, { method, headers, ...json })
  const kept = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date' && !name.startsWith('x-ratelimit-')))
  const { status } = response
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return { status, code: '', body: '', headers: kept }
  }
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
  return { status, code: isJson ? ((JSON.parse(text) as { code?: string }).code ?? '') : '', body: text, headers: kept }
}

const filled = (url: string, values: Record<string, string> = {}) =>
  url.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? (name === 'sha256' ? '0'.repeat(64) : ABSENT))

async function cookieOf(central: WholeCentral, username: string): Promise<string> {
  const response = await fetch(`${central.origin}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD }),
  })
  assert.equal(response.status, 200)
  return response.headers.get('set-cookie')!.split(';')[0]!
}

async function someoneAs(central: WholeCentral, role: Role, skip = 0): Promise<string> {
  const { parts } = central
  if (role === 'admin') return cookieOf(central, (await admin(parts)).username)
  const rows = await parts.database.db.selectFrom('positions').select('name').where('role', '=', role).orderBy('id').limit(2).execute()
  return cookieOf(central, (await person(parts, rows[skip]!.name)).username)
}

/** HEAD answers by GET's handler; Fastify adds it by itself. */
const meantFor = ({ method, url }: RouteName): Open | undefined => MEANT[`${method === 'HEAD' ? 'GET' : method} ${url}`]

test('every route is meant for somebody, and nobody is meant for a route that is not there', async (t) => {
  const { routes } = await wholeCentral(t)
  assert.ok(routes.length > 40, `only ${routes.length} routes were seen`)
  const unknown = routes.filter((route) => meantFor(route) === undefined)
  assert.deepEqual(unknown, [], 'a new route: say here who may use it')
  const there = new Set(routes.map(({ method, url }) => `${method} ${url}`))
  assert.deepEqual(
    Object.keys(MEANT).filter((name) => !there.has(name)),
    [],
  )
})

test('who is not signed in gets 401 everywhere but at the published doors, before anything of the request is read', async (t) => {
  const central = await wholeCentral(t)
  for (const route of central.routes) {
    const { method, url } = route
    const open = meantFor(route)
    const { status, code, body } = await ask(central, method, filled(url), '', { unread: 'x'.repeat(100) })
    const where = `${method} ${url}: ${status} ${body}`
    if (open === 'anyone') assert.notEqual(code, 'not-signed-in', where)
    else if (open === 'wall') assert.equal(status, 403, where)
    else assert.equal(status, 401, where)
  }
})

test('a one-time code opens nothing but the way to a password', async (t) => {
  const central = await wholeCentral(t)
  const { code } = await createAdminCode(central.parts.database, central.parts.clock.now)
  const response = await fetch(`${central.origin}/api/sign-in/code`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  })
  const cookie = response.headers.get('set-cookie')!.split(';')[0]!
  for (const route of central.routes) {
    const open = meantFor(route)
    if (open === 'anyone' || open === 'wall' || open === 'signed-in, even by code' || route.method === 'HEAD') continue
    const answer = await ask(central, route.method, filled(route.url), cookie)
    assert.deepEqual([answer.status, answer.code], [403, 'set-password'], `${route.method} ${route.url}`)
  }
})

for (const role of ROLES) {
  test(`${role} gets through the doors of ${role} and is refused with 403 at all others`, async (t) => {
    const central = await wholeCentral(t)
    const cookie = await someoneAs(central, role)
    for (const route of central.routes) {
      const { method, url } = route
      const open = meantFor(route)
      if (open === 'anyone' || ENDS_THE_SESSION.has(`${method} ${url}`)) continue
      const { status, code, body } = await ask(central, method, filled(url), cookie, url.endsWith('/act') ? ACT : undefined)
      const where = `${method} ${url}: ${status} ${body}`
      if (open === 'wall') assert.equal(status, 403, where)
      else if (Array.isArray(open) && !open.includes(role)) {
        assert.equal(status, 403, where)
        if (method !== 'HEAD') assert.equal(code, 'not-allowed', where)
      } else assert.ok(status < 500 && status !== 401 && status !== 403, where)
    }
  })
}

test('a case of another office answers to the byte like one that does not exist, at every door that takes a case', async (t) => {
  const central = await wholeCentral(t)
  const { caseId, sha256 } = await foreignCase(central.parts)
  const doors = central.routes.filter(({ url }) => /:(caseId|sha256)/.test(url))
  assert.ok(doors.length >= 6, `${doors.length} doors`)
  // The second office of the table: the complaint went to another one.
  for (const role of ['opd-head', 'opd-staff', 'noc', 'admin'] as const) {
    const cookie = await someoneAs(central, role, role.startsWith('opd-') ? 1 : 0)
    for (const { method, url } of doors) {
      const open = meantFor({ method, url })
      if (Array.isArray(open) && !open.includes(role)) continue
      const foreign = await ask(central, method, filled(url, { caseId: String(caseId), sha256 }), cookie, ACT)
      const absent = await ask(central, method, filled(url), cookie, ACT)
      assert.deepEqual(foreign, absent, `${role} ${method} ${url}`)
      assert.equal(foreign.status, 404, `${role} ${method} ${url}`)
    }
  }
})

/** A complaint with a photo, handled by Dishub. */
async function foreignCase(parts: Parts): Promise<{ caseId: number; sha256: string }> {
  const { caseId } = await parts.complaints.receive(arrival())
  const head = await person(parts, 'Kepala Dinas Perhubungan')
  const jpeg = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#357' } })
    .jpeg()
    .toBuffer()
  const stored = await parts.files.store(jpeg, head.userId)
  assert.ok(stored.ok)
  const { sha256 } = stored.file
  const { db } = parts.database
  await db
    .updateTable('cases')
    .set({ opdId: await opdId(parts.database, 'Dishub') })
    .where('id', '=', caseId)
    .execute()
  await db.insertInto('caseFiles').values({ sha256, caseId, at: parts.clock.now }).execute()
  return { caseId, sha256 }
}
