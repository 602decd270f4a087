import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { eventually } from '#test/support/eventually.ts'
import { mosquittoMissing, startMosquitto, type TestMosquitto } from '#test/support/mosquitto.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { connectRaw } from '#test/support/raw-mqtt.ts'
import { batch, complaint, health, usage, usageRecords } from '#test/support/records.ts'

const PASSWORDS = new Map([
  ['central', 'c'.repeat(43)],
  ['n-1', 'a'.repeat(43)],
  ['n-2', 'b'.repeat(43)],
])
const login = (node: string) => ({ clientId: node, username: node, password: PASSWORDS.get(node)! })

type Place = { broker: TestMosquitto; store: TelemetryStore; bench: NocBench; folder: string; t: TestContext }

/** Mosquitto, central beside it, and a folder; all gone at the end. */
function overMosquitto(name: string, body: (place: Place) => Promise<void>): void {
  void test(name, { skip: mosquittoMissing() ?? false }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'ingest-mosquitto-'))
    const broker = await startMosquitto('central', PASSWORDS)
    const store = await openTelemetryStore({ file: join(folder, 'telemetry.db') })
    const url = `mqtt://127.0.0.1:${broker.port}`
    const bench = await openNoc(store, {
      broker: { kind: 'url', url, username: 'central', password: PASSWORDS.get('central') },
      onProblem: () => undefined,
    })
    try {
      await eventually('central at the broker', () => bench.noc.brokerConnected())
      await body({ broker, store, bench, folder, t })
    } finally {
      await bench.noc.stop()
      await store.close()
      await broker.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

overMosquitto(
  'Over Mosquitto, killed again and again under traffic, nothing is lost or doubled',
  async ({ broker, store, bench, folder, t }) => {
    const outbox = openOutbox({ file: join(folder, 'outbox.db'), bytesMax: 8 * 1024 * 1024, groupSeconds: 1, clockTrust: () => 'ntp' })
    const uplink = startUplink({
      node: 'n-1',
      mqtt: {
        url: `mqtt://127.0.0.1:${broker.port}`,
        token: PASSWORDS.get('n-1')!,
        centralKey: bench.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      },
      version: 'test',
      outbox,
      liveStatus: () => ({ usage: usage(), health: health() }),
      onKept: () => undefined,
      times: { ackTimeoutSeconds: 0.5 },
      backoff: { firstMilliseconds: 50, maxMilliseconds: 200 },
    })
    const drained = () => {
      const mark = uplink.centralMark()
      return mark?.t === outbox.bounds('t').hi && mark.e === outbox.bounds('e').hi
    }
    try {
      let downOctets = 0
      for (let round = 0; round < 5; round++) {
        for (let i = 0; i < 40; i++) {
          outbox.record('usage', usage({ downOctets: 1_000 + i }))
          downOctets += 1_000 + i
        }
        outbox.flush()
        outbox.record('complaint', complaint(`ABCD-EFG${'HJKLM'[round]!}`))
        // Killed at once in odd rounds, after the drain in even ones.
        if (round % 2 === 0) await eventually('the drain', drained)
        await broker.kill()
        outbox.record('complaint', complaint(`ABCD-EFH${'HJKLM'[round]!}`))
        await broker.start()
      }
      await eventually('everything', drained, 30_000)
      await bench.noc.sendTicket('n-1', { code: 'ABCD-EFGH', version: 1, status: 'proses', at: Date.now() })
      await eventually('the receipt', async () => (await store.pendingFor('n-1', 1)).length === 0)
      const hours = await store.nodeHours('n-1', 0, Date.now() + 3_600_000)
      assert.equal(
        hours.reduce((sum, hour) => sum + hour.downOctets, 0),
        downOctets,
      )
      assert.equal((await store.samples('n-1', 'usage', 0, Date.now() + 3_600_000)).length, 200)
      assert.equal(new Set(bench.complaints.map(({ code }) => code)).size, 10)
      assert.deepEqual(await store.totals(), { records: 211, quarantined: 0 })
      t.diagnostic('5 kills of the broker, 200 usage records, 10 complaints')
    } finally {
      await uplink.close()
      outbox.close()
    }
  },
)

overMosquitto('Mosquitto lets a box speak and listen on its own topics only', async ({ broker, store, bench }) => {
  const hostile = await connectRaw(broker.port, login('n-1'))
  const stranger = batch('n-2', 't', usageRecords(1, 1, Date.now()))
  for (const topic of [nodeTopic('n-2', 't'), nodeTopic('n-2', 's'), nodeTopic('n-2', 'ack'), nodeTopic('n-1', 'ack')])
    await hostile.client.publishAsync(topic, encodePacket(stranger), { qos: 1 })
  const spied = ['#', 'bc/#', 'bc/v1/+/+/x', nodeTopic('n-2', 'x'), nodeTopic('n-2', 'ack'), '$SYS/#', nodeTopic('n-2', 's')]
  // Mosquitto grants some of these to a 3.1.1 client and then delivers of them only what is its own.
  for (const filter of spied) await hostile.client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined)
  await hostile.client.subscribeAsync(nodeTopic('n-1', 'x'), { qos: 1 })
  await bench.noc.sendTicket('n-2', { code: 'ABCD-EFGH', version: 1, status: 'proses', at: 1 })
  await bench.noc.sendTicket('n-1', { code: 'HGFE-DCBA', version: 1, status: 'proses', at: 1 })
  await hostile.client.publishAsync(nodeTopic('n-1', 't'), encodePacket(batch('n-1', 't', usageRecords(1, 1, Date.now()))), { qos: 1 })
  await eventually('its own record', async () => (await store.road('n-1')).records === 1)
  const own = [nodeTopic('n-1', 'x'), nodeTopic('n-1', 'ack')]
  await eventually('its own message', () => hostile.received.some(({ topic }) => topic === own[0]))
  assert.deepEqual(
    hostile.received.map(({ topic }) => topic).filter((topic) => !own.includes(topic)),
    [],
  )
  assert.deepEqual(await store.totals(), { records: 1, quarantined: 0 })
  assert.equal(await store.marks('n-2', stranger.epoch), undefined)
  // The pattern cannot know the shard; ingest does.
  const shard = nodeTopic('n-1', 't').split('/')[2] === '0' ? '1' : '0'
  await hostile.client.publishAsync(`bc/v1/${shard}/n-1/t`, encodePacket(batch('n-1', 't', usageRecords(2, 1, Date.now()))), { qos: 1 })
  await eventually('the wrong shard written down', async () =>
    (await store.quarantine(undefined, 5)).some((row) => row.reason === 'not a topic of a box'),
  )
  await hostile.end()
})

overMosquitto('Retained poison is written down once and wiped from the broker', async ({ broker, store, bench }) => {
  const hostile = await connectRaw(broker.port, login('n-1'))
  const topic = nodeTopic('n-1', 't')
  await bench.noc.stop()
  await hostile.client.publishAsync(topic, 'poison', { qos: 1, retain: true })
  const url = `mqtt://127.0.0.1:${broker.port}`
  const central = { kind: 'url' as const, url, username: 'central', password: PASSWORDS.get('central') }
  for (const restart of [1, 2]) {
    const again = await openNoc(store, { broker: central, onProblem: () => undefined })
    await eventually('central at the broker', () => again.noc.brokerConnected())
    // A live record proves that what the broker had retained has been delivered before.
    await hostile.client.publishAsync(topic, encodePacket(batch('n-1', 't', usageRecords(restart, 1, Date.now()))), { qos: 1 })
    await eventually('the live record', async () => (await store.road('n-1')).records === restart)
    await again.noc.settle()
    assert.equal((await store.quarantine(undefined, 10)).length, 1, `after start ${restart}`)
    await again.noc.stop()
  }
  assert.match((await store.quarantine(undefined, 1))[0]!.reason, /must not be retained/)
  await hostile.end()
})

overMosquitto('A wrong password stays outside', async ({ broker }) => {
  await assert.rejects(connectRaw(broker.port, { clientId: 'n-1', username: 'n-1', password: 'wrong' }))
  await assert.rejects(connectRaw(broker.port, { clientId: 'n-1' }))
})
