/** The access policy from the API to the boxes and back, over the real broker, on both databases. */
import assert from 'node:assert/strict'
import Fastify, { type FastifyInstance } from 'fastify'
import type { HotspotPage, LiveEvent } from '#central/noc/api.ts'
import type { MadeVouchers, PolicyView, Rollout, StalePolicy } from '#central/noc/policy/api.ts'
import { voucherHash } from '#central/noc/policy/vouchers.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { allow } from '#central/platform/accounts/guard.ts'
import { verifyChain } from '#central/platform/audit/store.ts'
import type { Database } from '#central/platform/db/database.ts'
import { validatorCompiler } from '#central/platform/http/validation.ts'
import type { Desired } from '#edge/wire/desired.ts'
import { decodePolicy } from '#edge/wire/policy.ts'
import { decodePacket, encodePacket } from '#edge/wire/envelope.ts'
import { openSigned } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { admin, centralOn, prepareDatabase } from '#test/support/central.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { eventually } from '#test/support/eventually.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { connectRaw } from '#test/support/raw-mqtt.ts'
import { batch, EPOCH, record, session } from '#test/support/records.ts'

const onBoth = onBothDatabases(prepareDatabase)
const DAY = 86_400_000
const DEVICE = '0123456789abcdef'

type Place = { app: FastifyInstance; bench: NocBench; database: Database; heard: LiveEvent[]; clock: { ahead: number } }

async function withPolicy(database: Database, body: (place: Place) => Promise<void>): Promise<void> {
  const parts = centralOn(database)
  const { userId, positions } = await admin(parts)
  const store = await openTelemetryStore({ file: ':memory:' })
  const clock = { ahead: 0 }
  const bench = await openNoc(store, { database, allow, now: () => Date.now() + clock.ahead })
  const heard: LiveEvent[] = []
  bench.live.subscribe((event) => heard.push(event))
  const app = Fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.addHook('onRequest', async (request) => {
    request.mustSetPassword = false
    request.caller = { userId, name: 'Sri', positions }
  })
  await app.register(bench.noc.routes)
  try {
    await body({ app, bench, database, heard, clock })
  } finally {
    await app.close()
    await bench.noc.stop()
    await store.close()
    parts.forget()
  }
}

/** A box that takes settings as a real one does: checks the signature and the policy, and reports. */
async function boxOf(bench: NocBench, node: string) {
  const box = await connectRaw(bench.port, { clientId: node, username: node, password: bench.tokens.get(node)! })
  await box.client.subscribeAsync(nodeTopic(node, 'd'), { qos: 1 })
  const publish = (leaf: 'hello' | 'r' | 'e', value: unknown, retain = false) =>
    box.client.publishAsync(nodeTopic(node, leaf), encodePacket(value), { qos: 1, retain })
  return {
    ...box,
    hello: (settings?: number) => {
      const lanes = { t: { lo: 1, hi: 0 }, e: { lo: 1, hi: 0 } }
      return publish('hello', {
        v: 1,
        node,
        epoch: EPOCH,
        lanes,
        at: Date.now(),
        version: '1',
        ...(settings !== undefined && { settings }),
      })
    },
    report: (version: number, refused?: { version: number; reason: string }) =>
      publish('r', { v: 1, node, version, ...(refused && { refused }) }, true),
    sessions: () => publish('e', batch(node, 'e', [record(1, 'session', session({ device: DEVICE }), Date.now())])),
    wanted: (): Desired[] =>
      box.received.map(({ topic, payload }) => {
        const packet = decodePacket(payload)
        const opened = openSigned(topic, packet.ok && packet.value, bench.publicKey)
        assert.ok(opened.ok)
        const desired = opened.value as Desired
        const policy = decodePolicy(desired.policy)
        assert.ok(policy.ok, policy.ok ? '' : policy.reason)
        return desired
      }),
  }
}

const view = async (app: FastifyInstance) => (await app.inject('/api/noc/policy')).json<PolicyView>()
const rollout = async (app: FastifyInstance) => (await app.inject('/api/noc/policy/rollout')).json<Rollout>()
const put = (app: FastifyInstance, payload: object) => app.inject({ method: 'PUT', url: '/api/noc/policy', payload })

onBoth('Nothing is sent before somebody publishes; then every connected box gets its part, and says so', async (database) => {
  await withPolicy(database, async ({ app, bench, heard }) => {
    const [one, two] = [await boxOf(bench, 'n-1'), await boxOf(bench, 'n-2')]
    await one.hello(0)
    await two.hello()
    const fresh = await view(app)
    assert.equal(fresh.version, 0)
    await eventually('both on the board', async () => {
      const { counts } = await rollout(app)
      return counts.applied === 1 && counts.older === 1
    })
    assert.deepEqual([one.wanted(), two.wanted()], [[], []])

    const { document } = fresh
    document.bypass.push({ mac: 'AA-00-00-00-00-01', group: 'perangkat', until: Date.now() + DAY, where: { nodes: ['n-2'] } })
    const answer = await put(app, { version: 0, note: ' printer ', document })
    assert.equal(answer.statusCode, 200)
    const { version } = answer.json<{ version: number }>()
    await eventually('the settings', () => one.wanted().length === 1)
    assert.deepEqual([one.wanted()[0]!.version, one.wanted()[0]!.policy.bypass.length], [version, 0])
    assert.deepEqual(two.wanted(), [], 'a box that takes no settings is sent none')
    await eventually('behind', async () => (await rollout(app)).counts.behind === 1)
    heard.length = 0
    await one.report(version)
    await eventually('applied', async () => (await rollout(app)).counts.applied === 1)
    await eventually('the screens', () => heard.some(({ type }) => type === 'policy'))
    const { versions, rows } = await rollout(app)
    assert.deepEqual(versions, [{ version, boxes: 1 }])
    assert.deepEqual(
      rows.map(({ node, state }) => `${node} ${state}`),
      ['n-2 older'],
    )

    const after = await view(app)
    assert.equal(after.document.bypass[0]!.mac, 'aa:00:00:00:00:01')
    assert.deepEqual(
      after.history.map(({ note, counts }) => [note, counts]),
      [['printer', { bypass: { added: 1 } }]],
    )
  })
})

onBoth(
  'A box that comes with another version is sent the present one, and one that refuses it is asked again only by its hello',
  async (database) => {
    await withPolicy(database, async ({ app, bench }) => {
      const { document } = await view(app)
      const { version } = (await put(app, { version: 0, document })).json<{ version: number }>()
      const one = await boxOf(bench, 'n-1')
      await one.hello(version)
      const two = await boxOf(bench, 'n-2')
      await two.hello(version - 1_000)
      await eventually('the settings', () => two.wanted().length === 1)
      await two.report(version - 1_000, { version, reason: 'there is no group "x"' })
      await eventually('refused', async () => (await rollout(app)).counts.refused === 1)
      const [row] = (await rollout(app)).rows
      assert.deepEqual([row!.node, row!.state, row!.reason, row!.settings], ['n-2', 'refused', 'there is no group "x"', version - 1_000])
      assert.deepEqual(one.wanted(), [])
      // What the broker remembered of it after central's restart says the same.
      await two.end()
      await eventually('away is not refused any more than applied', async () => (await rollout(app)).counts.applied === 1)
    })
  },
)

onBoth('Two who publish at once: the second is told what the first changed, and nothing of theirs is lost', async (database) => {
  await withPolicy(database, async ({ app, database }) => {
    const { version, document } = await view(app)
    const mine = structuredClone(document)
    mine.garden.push('a.example.id')
    const theirs = structuredClone(document)
    theirs.garden.push('b.example.id')
    const [first, second] = await Promise.all([put(app, { version, document: mine }), put(app, { version, document: theirs })])
    assert.deepEqual(
      [first.statusCode, second.statusCode].toSorted((a, b) => a - b),
      [200, 409],
    )
    const loser = first.statusCode === 409 ? first : second
    const stale = loser.json<StalePolicy>()
    assert.equal(stale.code, 'stale')
    assert.deepEqual(stale.counts, { garden: { added: 1 } })
    assert.equal(stale.document.garden.length, 1)
    assert.ok(stale.version > version)
    const again = await put(app, { version: stale.version, document: { ...stale.document, garden: ['a.example.id', 'b.example.id'] } })
    assert.equal(again.statusCode, 200)
    assert.ok(again.json<{ version: number }>().version > stale.version, 'versions only rise')
    assert.equal((await verifyChain(database.db)).ok, true)
  })
})

onBoth('A clock that was put back gives no version that boxes already have', async (database) => {
  await withPolicy(database, async ({ app, clock }) => {
    const { document } = await view(app)
    const first = (await put(app, { version: 0, document })).json<{ version: number }>()
    clock.ahead = -3 * DAY
    const second = (await put(app, { version: first.version, document })).json<{ version: number }>()
    assert.equal(second.version, first.version + 1)
  })
})

onBoth('What cannot be meant is refused with every reason, and nothing changes', async (database) => {
  await withPolicy(database, async ({ app }) => {
    const { document } = await view(app)
    const bad = structuredClone(document)
    bad.members.push({ mac: 'nokia', group: 'tamu', until: Date.now() + DAY, where: { nodes: ['n-99'] } })
    bad.garden.push('satu')
    const answer = await put(app, { version: 0, document: bad })
    assert.equal(answer.statusCode, 422)
    const { code, problems } = answer.json<{ code: string; problems: { code: string }[] }>()
    assert.equal(code, 'invalid-policy')
    assert.deepEqual(problems.map((problem) => problem.code).sort(), ['bad-domain', 'bad-mac', 'unknown-group', 'unknown-place'])
    assert.equal((await put(app, { version: 0, document: { ...document, surprise: 1 } })).statusCode, 400)
    assert.equal(
      (await put(app, { version: 0, document: { ...document, vouchers: [] } })).statusCode,
      400,
      'vouchers have doors of their own',
    )
    assert.equal((await view(app)).version, 0)
  })
})

onBoth('Vouchers are made once, reach the boxes as hashes, and can be withdrawn', async (database) => {
  await withPolicy(database, async ({ app, bench, database }) => {
    const one = await boxOf(bench, 'n-1')
    await one.hello(0)
    await eventually('the box', async () => (await rollout(app)).counts.applied === 1)
    const order = { name: 'Rapat RW', count: 12, group: 'voucher', until: Date.now() + DAY, devices: 3, where: { nodes: ['n-1'] } }
    const make = (change: object) => app.inject({ method: 'POST', url: '/api/noc/policy/vouchers', payload: { ...order, ...change } })
    assert.deepEqual([(await make({ group: 'publik' })).statusCode, (await make({ group: 'tidak-ada' })).statusCode], [422, 422])
    assert.equal((await make({ until: Date.now() - 1 })).statusCode, 422)
    assert.equal((await make({ count: 201 })).statusCode, 400)
    const answer = await make({})
    assert.equal(answer.statusCode, 201)
    const made = answer.json<MadeVouchers>()
    await eventually('the settings', () => one.wanted().length === 1)
    const { vouchers } = one.wanted()[0]!.policy
    assert.equal(vouchers.length, 12)
    assert.equal(vouchers[4]!.hash, voucherHash(vouchers[4]!.id, made.codes[4]!.replace('-', '')))
    const seen = await view(app)
    assert.deepEqual(
      seen.batches.map(({ batch: name, codes, devices }) => [name, codes, devices]),
      [[made.batch, 12, 3]],
    )
    assert.ok(!JSON.stringify(seen).includes(vouchers[0]!.hash), 'hashes stay at central and the boxes')

    // An editor that knows nothing of vouchers leaves them where they are.
    assert.equal((await put(app, { version: seen.version, document: seen.document })).statusCode, 200)
    assert.equal((await view(app)).batches.length, 1)
    const withdraw = () => app.inject({ method: 'DELETE', url: `/api/noc/policy/vouchers/${made.batch}` })
    assert.deepEqual([(await withdraw()).statusCode, (await withdraw()).statusCode], [204, 404])
    assert.deepEqual((await view(app)).batches, [])
    const audit = JSON.stringify(await database.db.selectFrom('auditPayloads').selectAll().execute())
    assert.match(audit, /12 voucher ditambah/)
    for (const code of made.codes) assert.ok(!audit.includes(code))
    assert.ok(!audit.includes(vouchers[0]!.hash))
  })
})

onBoth('A device is shut out from its session’s row by its pseudonym, at that hotspot only, and let in again', async (database) => {
  await withPolicy(database, async ({ app, bench, database, clock }) => {
    const [one, two] = [await boxOf(bench, 'n-1'), await boxOf(bench, 'n-2')]
    await one.hello(0)
    await two.hello(0)
    await one.sessions()
    await eventually('both', async () => (await rollout(app)).counts.applied === 2)
    const block = (node: string, device: string, seconds: number) =>
      app.inject({ method: 'POST', url: `/api/noc/hotspots/${node}/block`, payload: { device, seconds } })
    assert.equal((await block('n-99', DEVICE, 3_600)).statusCode, 404)
    assert.equal((await block('n-1', '0'.repeat(16), 3_600)).statusCode, 422)
    assert.deepEqual([(await block('n-1', DEVICE, 60)).statusCode, (await block('n-1', 'aa:bb', 3_600)).statusCode], [400, 400])
    assert.equal((await block('n-1', DEVICE, 3_600)).statusCode, 201)
    assert.equal((await block('n-1', DEVICE, 86_400)).statusCode, 201)
    await eventually('the later word', () =>
      one
        .wanted()
        .at(-1)
        ?.policy.block.some(({ until }) => until > Date.now() + 3_700_000),
    )
    assert.equal(one.wanted().at(-1)!.policy.block.length, 1, 'one block, not two')
    await eventually('the other box', () => two.wanted().length === 2)
    assert.deepEqual(two.wanted().at(-1)!.policy.block, [])
    const page = async () => (await app.inject('/api/noc/hotspots/n-1')).json<HotspotPage>()
    assert.deepEqual(
      (await page()).blocked.map(({ device }) => device),
      [DEVICE],
    )
    const lift = () => app.inject({ method: 'DELETE', url: `/api/noc/hotspots/n-1/block/${DEVICE}` })
    assert.deepEqual([(await lift()).statusCode, (await lift()).statusCode], [204, 404])
    assert.deepEqual((await page()).blocked, [])
    await block('n-1', DEVICE, 3_600)
    clock.ahead = 3_700_000
    assert.deepEqual((await page()).blocked, [], 'over when its time is')
    const audit = JSON.stringify(await database.db.selectFrom('auditPayloads').selectAll().execute())
    assert.match(audit, /1 blokir ditambah/)
    assert.ok(!audit.includes(DEVICE))
  })
})
