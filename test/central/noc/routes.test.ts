import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import type { CityNow, HotspotList, HotspotPage, QuarantineRow, WallLink, WallView } from '#central/noc/api.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import type { Allow } from '#central/platform/accounts/guard.ts'
import { allow } from '#central/platform/accounts/guard.ts'
import type { Role } from '#central/platform/accounts/api.ts'
import { endStreams } from '#central/platform/live/sse.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { eventually } from '#test/support/eventually.ts'
import { hotspotOf } from '#test/support/ingest-bench.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { connectRaw } from '#test/support/raw-mqtt.ts'
import { batch, EPOCH, health, record, session, usage, usageRecords } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()

type Place = { app: FastifyInstance; bench: NocBench; store: TelemetryStore; as: (role: Role | null) => void }

/** The routes behind the real guard, with whoever is asked for signed in. */
async function withRoutes(store: TelemetryStore, body: (place: Place) => Promise<void>, now: () => number = Date.now): Promise<void> {
  const bench = await openNoc(store, { now, allow: allow satisfies Allow, publicUrl: 'https://pusat.example' })
  const app = Fastify()
  let role: Role | null = 'noc'
  app.addHook('onRequest', async (request) => {
    request.mustSetPassword = false
    request.caller = role && { userId: 1, name: 'Sri', positions: [{ id: 1, name: 'Petugas', role, opdId: 1, as: 'definitif' }] }
  })
  await app.register(bench.noc.routes)
  try {
    await body({ app, bench, store, as: (next) => void (role = next) })
  } finally {
    endStreams(app.server)
    await app.close()
    await bench.noc.stop()
  }
}

/** n-1 reports two minutes, a visit and its health, by MQTT. */
async function report(bench: NocBench, store: TelemetryStore, now: number): Promise<void> {
  const box = await connectRaw(bench.port, { clientId: 'n-1', username: 'n-1', password: bench.tokens.get('n-1')! })
  const records = [
    ...usageRecords(1, 2, now - 1_000, { online: 4, downOctets: 60_000 }),
    record(3, 'health', health({ cpu: 0.5 }), now - 1_000),
  ]
  await box.client.publishAsync(nodeTopic('n-1', 't'), encodePacket(batch('n-1', 't', [...records, record(4, 'nothing', {}, now)])), {
    qos: 1,
  })
  await box.client.publishAsync(nodeTopic('n-1', 'e'), encodePacket(batch('n-1', 'e', [record(1, 'session', session(), now)])), { qos: 1 })
  await eventually('the records', async () => (await store.road('n-1')).records === 4)
  await box.end()
}

testStores('The list, the page and the city tell what a box reported', async (store) => {
  await withRoutes(store, async ({ app, bench }) => {
    const now = Date.now()
    await report(bench, store, now)
    const list = await eventually('n-1 on the board', async () => {
      const list = (await app.inject('/api/noc/hotspots')).json<HotspotList>()
      return list.rows.find((row) => row.node === 'n-1')?.state === 'online' ? list : undefined
    })
    assert.deepEqual(list.counts, { online: 1, degraded: 0, offline: 0, new: 1 })
    const row = list.rows[0]!
    assert.deepEqual(
      [row.kelurahanName, row.kecamatan, row.online, row.downRate, row.openComplaints],
      ['Klegen', 'Kartoharjo', 4, 1_000, 2],
    )

    const page = (await app.inject('/api/noc/hotspots/n-1?range=1h')).json<HotspotPage>()
    assert.equal(page.intervalSeconds, 60)
    assert.ok(page.series.length >= 60 && page.series.length <= 61)
    const measured = page.series.filter((point) => point.online !== null)
    assert.ok(measured.length >= 2 && measured.every((point) => point.online === 4))
    assert.ok(
      page.series.some((point) => point.online === null),
      'a gap is a gap',
    )
    assert.equal(Math.round(page.series.reduce((sum, point) => sum + (point.downOctets ?? 0), 0)), 120_000)
    assert.equal((page.health as { cpu: number }).cpu, 0.5)
    assert.deepEqual(
      { ...page.road, skewSeconds: null },
      {
        epoch: EPOCH,
        committedT: 4,
        committedE: 1,
        dropped: 0,
        quarantined: 1,
        skewSeconds: null,
        repeated: 0,
        clock: 'ntp',
        rivalAt: null,
      },
    )
    assert.equal(page.sessions.length, 1)
    const hours = (await app.inject('/api/noc/hotspots/n-1?range=7d')).json<HotspotPage>()
    assert.equal(hours.intervalSeconds, 3_600)
    assert.equal(
      hours.series.reduce((sum, point) => sum + (point.downOctets ?? 0), 0),
      120_000,
    )

    const city = (await app.inject('/api/noc/city')).json<CityNow>()
    assert.equal(city.visitors, 4)
    assert.equal(city.downRate, 1_000)
    assert.equal(city.kelurahan.length, 27)
    assert.deepEqual(city.kelurahan.find((place) => place.code === '35.77.01.1003')!.hotspots, 2)
    assert.ok(city.day.length >= 288 && city.day.some((step) => step.downOctets !== null) && city.day.some((step) => step.online === null))
    assert.deepEqual([city.ingest.records, city.ingest.quarantined], [4, 1])
    assert.ok(!city.simulated && city.ingest.lastAt! >= now - 1_000)

    const quarantine = (await app.inject('/api/noc/quarantine?node=n-1&limit=5')).json<QuarantineRow[]>()
    assert.equal(quarantine.length, 1)
    assert.match(quarantine[0]!.reason, /unknown kind "nothing"/)
    assert.deepEqual(Object.keys(quarantine[0]!).sort(), [
      'bytes',
      'excerpt',
      'id',
      'node',
      'reason',
      'receivedAt',
      'replayable',
      'topic',
      'triedAt',
    ])
  })
})

testStores('The list is filtered and sorted, and its counts ignore the state filter', async (store) => {
  await withRoutes(store, async ({ app, bench }) => {
    await bench.noc.registry.seed([{ ...hotspotOf('n-3'), name: 'Alun-alun', kelurahan: '35.77.03.1009', simulated: true }])
    await eventually('n-3 on the board', async () => (await app.inject('/api/noc/hotspots')).json<HotspotList>().rows.length === 3)
    const nodes = async (query: string) => (await app.inject(`/api/noc/hotspots?${query}`)).json<HotspotList>().rows.map((row) => row.node)
    assert.deepEqual(await nodes('sort=name'), ['n-3', 'n-1', 'n-2'])
    assert.deepEqual(await nodes('sort=name&dir=desc'), ['n-2', 'n-1', 'n-3'])
    assert.deepEqual(await nodes('q=alun'), ['n-3'])
    assert.deepEqual(await nodes('q=klegen%20n-2'), ['n-2'])
    assert.deepEqual(await nodes('kelurahan=35.77.03.1009'), ['n-3'])
    const online = (await app.inject('/api/noc/hotspots?state=online')).json<HotspotList>()
    assert.deepEqual([online.rows.length, online.counts.new], [0, 3])
    assert.equal((await app.inject('/api/noc/hotspots?state=broken')).statusCode, 400)
    assert.equal((await app.inject('/api/noc/hotspots/n-1?range=99y')).statusCode, 400)
    assert.equal((await app.inject('/api/noc/hotspots/n-99')).statusCode, 404)
    assert.equal((await app.inject('/api/noc/quarantine?limit=100000')).statusCode, 400)
    assert.equal((await app.inject('/api/noc/city')).json<CityNow>().simulated, true)
  })
})

testStores('Only those whose position allows it see the NOC, and fewer make walls', async (store) => {
  await withRoutes(store, async ({ app, as }) => {
    const reads = ['/api/noc/hotspots', '/api/noc/hotspots/n-1', '/api/noc/city', '/api/noc/quarantine']
    const status = async (role: Role | null, url: string, method: 'GET' | 'POST' | 'DELETE' = 'GET') => {
      as(role)
      return (await app.inject({ url, method, ...(method === 'POST' && { payload: { name: 'Pendopo' } }) })).statusCode
    }
    for (const url of reads) {
      for (const role of ['admin', 'noc', 'executive', 'verifier'] as const) assert.equal(await status(role, url), 200, `${role} ${url}`)
      for (const role of ['opd-head', 'opd-staff'] as const) assert.equal(await status(role, url), 403, `${role} ${url}`)
      assert.equal(await status(null, url), 401, url)
    }
    for (const role of ['executive', 'verifier', 'opd-head', 'opd-staff'] as const) {
      assert.equal(await status(role, '/api/noc/walls'), 403)
      assert.equal(await status(role, '/api/noc/walls', 'POST'), 403)
      assert.equal(await status(role, '/api/noc/walls/1', 'DELETE'), 403)
    }
    assert.equal(await status(null, '/api/noc/walls', 'POST'), 401)
    assert.equal(await status('noc', '/api/noc/walls', 'POST'), 201)
    assert.equal(await status('admin', '/api/noc/walls'), 200)
  })
})

testStores('A wall opens by its link, sees the city and nothing else, and is shut by revoking', async (store) => {
  await withRoutes(store, async ({ app, as, bench }) => {
    const made = (await app.inject({ method: 'POST', url: '/api/noc/walls', payload: { name: 'Pendopo' } })).json<{
      link: string
      wall: WallLink
    }>()
    assert.match(made.link, /^https:\/\/pusat\.example\/wall#[\w-]{43}$/)
    const token = made.link.split('#')[1]!
    as(null)
    assert.equal((await app.inject('/api/wall')).statusCode, 403)
    assert.equal((await app.inject({ method: 'POST', url: '/api/wall/open', payload: { token: 'guess' } })).statusCode, 403)
    const opened = await app.inject({ method: 'POST', url: '/api/wall/open', payload: { token } })
    assert.equal(opened.statusCode, 204)
    const setCookie = String(opened.headers['set-cookie'])
    assert.match(setCookie, /^wall=[\w-]{43}; Path=\/api\/wall; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/)
    const cookie = setCookie.split(';')[0]!
    assert.ok(!cookie.includes(token), 'the cookie is not the link')

    const view = (await app.inject({ url: '/api/wall', headers: { cookie } })).json<WallView>()
    assert.equal(view.city.kelurahan.length, 27)
    assert.deepEqual([view.complaints.open, view.audit.entries], [2, 5])
    for (const url of ['/api/noc/city', '/api/noc/hotspots', '/api/noc/walls', '/api/noc/quarantine'])
      assert.equal((await app.inject({ url, headers: { cookie } })).statusCode, 401, url)
    assert.equal((await app.inject({ url: '/api/wall', headers: { cookie: `wall=${token}` } })).statusCode, 403)

    await app.listen({ port: 0, host: '127.0.0.1' })
    const stream = await openStream(app, cookie)
    bench.live.publish({ type: 'case', caseId: 77, module: 'complaints', state: 'masuk', version: 1 })
    await eventually('an event', () => stream.text.includes('event: city'))
    assert.ok(!stream.text.includes('caseId'), 'a wall is not told which case')
    as('noc')
    const [link] = (await app.inject('/api/noc/walls')).json<WallLink[]>()
    assert.ok(link!.lastSeenAt !== null && link!.revokedAt === null)
    assert.equal((await app.inject({ method: 'DELETE', url: `/api/noc/walls/${made.wall.id}` })).statusCode, 204)
    assert.equal((await app.inject({ method: 'DELETE', url: `/api/noc/walls/${made.wall.id}` })).statusCode, 404)
    as(null)
    assert.equal((await app.inject({ url: '/api/wall', headers: { cookie } })).statusCode, 403)
    assert.equal((await app.inject({ method: 'POST', url: '/api/wall/open', payload: { token } })).statusCode, 403)
    assert.equal((await app.inject({ url: '/api/wall/live', headers: { cookie } })).statusCode, 403)
    await eventually('the stream’s end', () => stream.ended)
  })
})

testStores('A link hangs on a handful of screens; one more takes the oldest off', async (store) => {
  let ticks = 0
  const clock = () => Date.now() + ticks++
  await withRoutes(
    store,
    async ({ app, bench }) => {
      const { token } = await bench.noc.walls.create('Lobi')
      const cookies: string[] = []
      for (let i = 0; i < 6; i++) {
        const opened = await app.inject({ method: 'POST', url: '/api/wall/open', payload: { token } })
        cookies.push(String(opened.headers['set-cookie']).split(';')[0]!)
      }
      const statuses = await Promise.all(
        cookies.map(async (cookie) => (await app.inject({ url: '/api/wall', headers: { cookie } })).statusCode),
      )
      assert.deepEqual(statuses, [403, 200, 200, 200, 200, 200])
    },
    clock,
  )
})

testStores('Open screens hear when a box changes its state', async (store) => {
  await withRoutes(store, async ({ bench }) => {
    const heard: string[] = []
    bench.live.subscribe((event) => heard.push(event.type === 'hotspot' ? `${event.node} ${event.state} ${event.online}` : event.type))
    const box = await connectRaw(bench.port, {
      clientId: 'n-1',
      username: 'n-1',
      password: bench.tokens.get('n-1')!,
      will: {
        topic: nodeTopic('n-1', 's'),
        payload: encodePacket({ v: 1, node: 'n-1', connection: '00000000000000c1', online: false, at: 1 }),
        qos: 1,
        retain: true,
      },
    })
    const status = {
      v: 1,
      node: 'n-1',
      connection: '00000000000000c1',
      online: true,
      at: Date.now(),
      usage: usage({ online: 6 }),
      health: health(),
    }
    await box.client.publishAsync(nodeTopic('n-1', 's'), encodePacket(status), { qos: 1, retain: true })
    await eventually('online', () => heard.includes('n-1 online 6') && heard.includes('city'))
    // The cable is pulled: the broker tells by the will.
    box.client.stream.destroy()
    await eventually('offline', () => heard.includes('n-1 offline 0'))
    const row = await bench.noc.hotspot('n-1')
    assert.deepEqual([row?.state, row?.reason, row?.online, row?.downRate], ['offline', 'last-will', 0, 0])
  })
})

async function openStream(app: FastifyInstance, cookie: string): Promise<{ text: string; ended: boolean }> {
  const { port } = app.server.address() as AddressInfo
  const request = httpRequest({ port, path: '/api/wall/live', headers: { cookie } }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  assert.equal(response.statusCode, 200)
  const stream = { text: '', ended: false }
  response.setEncoding('utf8').on('data', (text: string) => (stream.text += text))
  response.once('close', () => (stream.ended = true))
  await eventually('the stream', () => stream.text.includes('retry:'))
  return stream
}
