/** People of RADIUS from the API to the boxes and back, over the real broker and the box's own keeper of the list, on both databases. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import type { AddedUsers, NewUser, RadiusBoxes, RadiusUsers } from '#central/noc/radius/api.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { allow } from '#central/platform/accounts/guard.ts'
import { verifyChain } from '#central/platform/audit/store.ts'
import type { Database } from '#central/platform/db/database.ts'
import { validatorCompiler } from '#central/platform/http/validation.ts'
import { openCentralAccounts } from '#edge/radius/central-accounts.ts'
import { ntPasswordHash } from '#edge/radius/mschap/response.ts'
import { parsePasswordHash, passwordMatches } from '#edge/radius/password.ts'
import type { RadiusReport } from '#edge/wire/desired.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { admin, centralOn, prepareDatabase } from '#test/support/central.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { eventually } from '#test/support/eventually.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { connectRaw } from '#test/support/raw-mqtt.ts'
import { EPOCH } from '#test/support/records.ts'

const onBoth = onBothDatabases(prepareDatabase)
const DAY = 86_400_000

type Place = { app: FastifyInstance; bench: NocBench; database: Database }

async function withRadius(database: Database, body: (place: Place) => Promise<void>): Promise<void> {
  const parts = centralOn(database)
  const { userId, positions } = await admin(parts)
  const store = await openTelemetryStore({ file: ':memory:' })
  const bench = await openNoc(store, { database, allow })
  const app = Fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.addHook('onRequest', async (request) => {
    request.mustSetPassword = false
    request.caller = { userId, name: 'Sri', positions }
  })
  await app.register(bench.noc.routes)
  try {
    await body({ app, bench, database })
  } finally {
    await app.close()
    await bench.noc.stop()
    await store.close()
    parts.forget()
  }
}

const CLIENT = { name: 'ap-balai', address: '10.0.0.0/24', vendor: 'mikrotik', legacy: false }

/** A box's keeper of the list behind a bare connection: it checks and reports as the real one does. */
async function boxOf(bench: NocBench, node: string, { recoverableSecrets = false } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'radius-people-'))
  const box = await connectRaw(bench.port, { clientId: node, username: node, password: bench.tokens.get(node)! })
  const accounts = openCentralAccounts({
    file: join(dir, 'accounts.json'),
    topic: nodeTopic(node, 'a'),
    centralKey: bench.publicKey,
    recoverableSecrets,
    trustedNow: () => Date.now(),
    notices: { tell: () => {} },
    log: () => {},
  })
  const publish = (leaf: 'hello' | 'r', value: unknown, retain = false) =>
    box.client.publishAsync(nodeTopic(node, leaf), encodePacket(value), { qos: 1, retain })
  const report = async () => {
    const refused = accounts.refused()
    const radius: RadiusReport = {
      accounts: accounts.version(),
      ...(refused && { refused }),
      recoverableSecrets,
      clients: [CLIENT],
      clientCount: 1,
    }
    await publish('r', { v: 1, node, version: 0, radius }, true)
  }
  box.client.on('message', (_topic, payload) => {
    const became = accounts.take(payload)
    if (became !== 'waiting' && became !== 'old') void report()
  })
  await box.client.subscribeAsync(nodeTopic(node, 'a'), { qos: 1 })
  const lanes = { t: { lo: 1, hi: 0 }, e: { lo: 1, hi: 0 } }
  await publish('hello', { v: 1, node, epoch: EPOCH, lanes, at: Date.now(), version: '1', settings: 0 })
  await report()
  return { accounts, report, received: box.received, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) }
}

const person = (name: string, change: Partial<NewUser> = {}): NewUser => ({
  name,
  password: 'kata-sandi-panjang',
  group: null,
  until: null,
  sessionSeconds: null,
  recoverable: false,
  ...change,
})
async function add(app: FastifyInstance, ...users: NewUser[]): Promise<AddedUsers> {
  const answer = await app.inject({ method: 'POST', url: '/api/noc/radius/users', payload: { users } })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json<AddedUsers>()
}
const list = async (app: FastifyInstance, query = '') => (await app.inject(`/api/noc/radius/users${query}`)).json<RadiusUsers>()
const boxes = async (app: FastifyInstance) => (await app.inject('/api/noc/radius/boxes')).json<RadiusBoxes>()
const put = (app: FastifyInstance, id: number, payload: object) =>
  app.inject({ method: 'PUT', url: `/api/noc/radius/users/${id}`, payload })
const KEPT = { group: null, until: null, sessionSeconds: null, recoverable: false, disabled: false }

onBoth('A person added reaches the box whole, and only the hash of what was typed', async (database) => {
  await withRadius(database, async ({ app, bench }) => {
    using box = await boxOf(bench, 'n-1')
    const until = Date.now() + DAY
    const { results, version } = await add(app, person('  Budi Santoso ', { until, sessionSeconds: 7_200 }))
    assert.ok(results[0]?.ok)
    assert.deepEqual([results[0].name, results[0].password], ['Budi Santoso', undefined])
    await eventually('the list', () => box.accounts.version() === version)
    const [user] = box.accounts.users()
    assert.deepEqual([user!.name, user!.until, user!.sessionTimeoutSeconds, user!.ntHash], ['Budi Santoso', until, 7_200, undefined])
    const hash = parsePasswordHash(user!.passwordHash)
    assert.ok(hash && (await passwordMatches(hash, Buffer.from('kata-sandi-panjang'))))
    assert.ok(!JSON.stringify(await list(app)).includes('scrypt'), 'no hash leaves by the API')
    await eventually('applied', async () => (await boxes(app)).counts.applied === 1)
    assert.deepEqual((await boxes(app)).boxes[0]!.clients, [CLIENT])
  })
})

onBoth('Who is disabled or removed is off the list at once, and back when enabled; the audit holds and names nobody', async (database) => {
  await withRadius(database, async ({ app, bench }) => {
    using box = await boxOf(bench, 'n-1')
    const { results } = await add(app, person('budi'), person('sri'))
    const [budi, sri] = results.map((each) => (each.ok ? each.id : 0))
    const names = () => box.accounts.users().map(({ name }) => name)
    await eventually('both', () => names().length === 2)
    assert.equal((await put(app, budi!, { ...KEPT, disabled: true })).statusCode, 200)
    await eventually('without Budi', () => names().join() === 'sri')
    assert.equal((await put(app, budi!, KEPT)).statusCode, 200)
    await eventually('with Budi', () => names().length === 2)
    for (const id of [budi, sri]) assert.equal((await app.inject({ method: 'DELETE', url: `/api/noc/radius/users/${id}` })).statusCode, 204)
    await eventually('nobody', () => names().length === 0)
    assert.equal((await app.inject({ method: 'DELETE', url: `/api/noc/radius/users/${budi}` })).statusCode, 404)
    assert.equal((await put(app, budi!, KEPT)).statusCode, 404)
    assert.ok((await verifyChain(database.db)).ok)
    const rows = await database.db.selectFrom('auditPayloads').select('payload').execute()
    const told = rows.map(({ payload }) => payload ?? '').filter((payload) => payload.includes('RADIUS'))
    assert.equal(told.length, 6)
    assert.ok(told.every((payload) => !/budi|sri|scrypt/i.test(payload)))
  })
})

onBoth('An NT hash is kept only for who opted in, and goes only to a box that takes such hashes', async (database) => {
  await withRadius(database, async ({ app, bench }) => {
    using careful = await boxOf(bench, 'n-1')
    using open = await boxOf(bench, 'n-2', { recoverableSecrets: true })
    const { results, version } = await add(app, person('guru', { recoverable: true }))
    await eventually('both boxes', () => careful.accounts.version() === version && open.accounts.version() === version)
    assert.equal(careful.accounts.users()[0]!.ntHash, undefined)
    assert.equal(open.accounts.users()[0]!.ntHash, ntPasswordHash(Buffer.from('kata-sandi-panjang')).toString('hex'))
    const id = results[0]?.ok ? results[0].id : 0
    await put(app, id, KEPT)
    await eventually('taken away', () => open.accounts.users()[0]!.ntHash === undefined)
    const again = await put(app, id, { ...KEPT, recoverable: true })
    assert.deepEqual([again.statusCode, again.json<{ code: string }>().code], [422, 'needs-password'])
  })
})

onBoth('A box that comes later gets the list when it reports, and one that has it is not sent it again', async (database) => {
  await withRadius(database, async ({ app, bench }) => {
    const { version } = await add(app, person('budi'))
    using box = await boxOf(bench, 'n-1')
    await eventually('the list', () => box.accounts.version() === version)
    await eventually('applied', async () => (await boxes(app)).counts.applied === 1)
    await box.report()
    const next = await add(app, person('sri'))
    await eventually('the next', () => box.accounts.version() === next.version)
    assert.equal(box.received.length, 2)
  })
})

onBoth('More people than a packet holds come in parts and count together', async (database) => {
  await withRadius(database, async ({ app, bench, database: { db } }) => {
    await add(app, person('satu'))
    const [row] = await db.withTables<{ radiusUsers: Record<string, unknown> }>().selectFrom('radiusUsers').selectAll().execute()
    const copies = Array.from({ length: 1_200 }, (_, i) => ({ ...row, id: i + 10, name: `orang-${i}` }))
    for (let i = 0; i < copies.length; i += 100)
      await db
        .withTables<{ radiusUsers: Record<string, unknown> }>()
        .insertInto('radiusUsers')
        .values(copies.slice(i, i + 100))
        .execute()
    await put(app, 1, { ...KEPT, sessionSeconds: 600 })
    using box = await boxOf(bench, 'n-1')
    await eventually('all of them', () => box.accounts.users().length === 1_201)
    assert.equal(box.received.length, 2)
    const shown = await list(app, '?q=ORANG-11&state=active')
    assert.deepEqual([shown.total, shown.count, shown.users.length], [111, 1_201, 111])
  })
})

onBoth('Each wrong row is named by what is wrong with it, and the others are taken', async (database) => {
  await withRadius(database, async ({ app }) => {
    await add(app, person('budi'))
    const { results } = await add(
      app,
      person('budi'),
      person(' '),
      person('x'.repeat(64)),
      person('a\u0007b'),
      person('pendek', { password: '1234567' }),
      person('lewat', { until: Date.now() - 1 }),
      person('kelompok', { group: 'tidak-ada' }),
      { ...person('baru', { group: 'publik' }), password: undefined } as unknown as NewUser,
    )
    assert.deepEqual(
      results.map((each) => (each.ok ? 'ok' : each.problem)),
      ['taken', 'name', 'name', 'name', 'password', 'until', 'group', 'ok'],
    )
    const made = results.at(-1)!
    assert.match(made.ok ? (made.password ?? '') : '', /^([a-hj-km-np-z2-9]{4}-){2}[a-hj-km-np-z2-9]{4}$/)
    assert.ok(!JSON.stringify(await list(app)).includes(made.ok ? made.password! : ''), 'and is shown once')
  })
})

onBoth('Where nobody was ever added, no box is sent a list', async (database) => {
  await withRadius(database, async ({ app, bench }) => {
    using box = await boxOf(bench, 'n-1')
    await eventually('its report', async () => (await boxes(app)).boxes.length === 1)
    assert.deepEqual([(await boxes(app)).counts.applied, box.received.length], [1, 0])
  })
})
