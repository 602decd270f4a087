import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once, EventEmitter } from 'node:events'
import { CLAIM_MILLISECONDS, deliverDue, enqueue, startOutbox } from '#central/platform/notify/outbox.ts'
import { createDownlink } from '#central/noc/downlink.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import type { Database } from '#central/platform/db/database.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { prepareDatabase } from '#test/support/central.ts'

const onBoth = onBothDatabases(prepareDatabase)
const put = (database: Database, key: string) =>
  database.transaction((trx) => enqueue(trx, { channel: 'hotspot', key, payload: { key }, at: 0 }))
const fail = (error: unknown) => assert.fail(String(error))
const signal = () => AbortSignal.timeout(10_000)

onBoth('a message with a known key is not put twice', async (database) => {
  assert.deepEqual([await put(database, 'a'), await put(database, 'a'), await put(database, 'b')], [true, false, true])
})

onBoth('what waited from before is delivered at the start, what comes later at the wake, in order', async (database, t) => {
  const delivered: string[] = []
  const news = new EventEmitter()
  await put(database, 'from-before')
  const channels = {
    hotspot: async (payload: unknown) => {
      delivered.push((payload as { key: string }).key)
      news.emit('delivered')
    },
  }
  const first = once(news, 'delivered', { signal: signal() })
  const outbox = startOutbox({ database, channels, now: () => 1, onError: fail })
  t.after(() => outbox.stop())
  await first
  const second = once(news, 'delivered', { signal: signal() })
  await put(database, 'later')
  outbox.wake()
  await second
  await outbox.stop()
  assert.deepEqual(delivered, ['from-before', 'later'])
  const left = await database.db.selectFrom('outbox').select(['payload', 'deliveredAt']).execute()
  assert.deepEqual(left, [
    { payload: '{}', deliveredAt: 1 },
    { payload: '{}', deliveredAt: 1 },
  ])
})

onBoth('stopping waits for the delivery under way and begins no other', async (database) => {
  await put(database, 'one')
  await put(database, 'two')
  const steps = new EventEmitter()
  const done: string[] = []
  const channels = {
    hotspot: async (payload: unknown) => {
      steps.emit('began')
      await once(steps, 'go-on', { signal: signal() })
      done.push((payload as { key: string }).key)
    },
  }
  const began = once(steps, 'began', { signal: signal() })
  const outbox = startOutbox({ database, channels, now: () => 1, onError: fail })
  await began
  const stopped = outbox.stop()
  let others = 0
  steps.on('began', () => {
    others += 1
    setImmediate(() => steps.emit('go-on'))
  })
  steps.emit('go-on')
  await stopped
  outbox.wake()
  assert.deepEqual([done, others], [['one'], 0])
  const waiting = await database.db.selectFrom('outbox').select('key').where('deliveredAt', 'is', null).execute()
  assert.deepEqual(
    waiting.map((row) => row.key),
    ['two'],
  )
})

onBoth('two processes at one outbox send each message once', async (database) => {
  const keys = Array.from({ length: 40 }, (_, n) => `k${n}`)
  for (const key of keys) await put(database, key)
  const sent: string[] = []
  const channels = { hotspot: async (payload: unknown) => void sent.push((payload as { key: string }).key) }
  await Promise.all([deliverDue(database, channels, 1), deliverDue(database, channels, 1), deliverDue(database, channels, 1)])
  assert.deepEqual(sent.toSorted(), keys.toSorted())
})

onBoth('who dies between sending and marking is followed by another, and the hotspot still has one word', async (database, t) => {
  const store = await openTelemetryStore({ file: ':memory:' })
  t.after(() => store.close())
  const { privateKey: signingKey } = generateKeyPairSync('ed25519')
  const publish = () => Promise.reject(new Error('the broker is away'))
  const downlink = createDownlink({ store, signingKey, publish, onProblem: () => undefined, now: () => 1 })
  const ticket = { code: 'KLGN-ABCD', node: 'klegen-rt03', version: 2, status: 'disposisi' as const, at: 1 }
  await database.transaction((trx) => enqueue(trx, { channel: 'hotspot', key: 'ticket', payload: ticket, at: 0 }))
  let sends = 0
  const send = async (payload: unknown) => {
    const { node, ...rest } = payload as typeof ticket
    await downlink.sendKept(node, rest)
    sends += 1
  }
  const sent = new EventEmitter()
  const first = once(sent, 'sent', { signal: signal() })
  const died = new AbortController()
  t.after(() => died.abort())
  // Sent, and then nothing more of this process is ever heard.
  const dying = deliverDue(
    database,
    {
      hotspot: async (payload) => {
        await send(payload)
        sent.emit('sent')
        await once(died.signal, 'abort')
        throw new Error('dead')
      },
    },
    1,
  )
  await first
  assert.equal(await deliverDue(database, { hotspot: send }, CLAIM_MILLISECONDS), 0, 'claimed')
  assert.equal(await deliverDue(database, { hotspot: send }, 1 + CLAIM_MILLISECONDS), 1)
  assert.equal(await deliverDue(database, { hotspot: send }, 1 + 2 * CLAIM_MILLISECONDS), 0, 'marked')
  assert.equal(sends, 2)
  assert.equal((await store.pendingFor('klegen-rt03', 10)).length, 1)
  died.abort()
  await dying
})
