import assert from 'node:assert/strict'
import { once, EventEmitter } from 'node:events'
import { enqueue, startOutbox } from '#central/platform/notify/outbox.ts'
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
