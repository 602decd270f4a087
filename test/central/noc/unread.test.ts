import { test } from 'node:test'
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { createUnread } from '#central/noc/ingest/unread.ts'
import { PACKET_BYTES_MAX } from '#edge/wire/envelope.ts'

const packet = (topic: string, bytes: number) => ({ topic, payload: new Uint8Array(bytes), retained: false })

/** Has room for `room` packets; what was read is in `read`. */
function opened(room: number) {
  const at = { room }
  const read: string[] = []
  const unread = createUnread({
    hasRoom: () => at.room > 0,
    async read({ topic }, receivedAt) {
      at.room -= 1
      await setImmediate()
      read.push(`${topic} ${receivedAt}`)
      return 10
    },
  })
  return { at, read, unread }
}

test('packets are read in the order in which they came, and only while there is room for what is in them', async () => {
  const { at, read, unread } = opened(2)
  for (let i = 1; i <= 4; i++) unread.add(packet(i % 2 ? 'a/t' : 'b/t', 1_000), i)
  await unread.pause()
  assert.deepEqual(read, ['a/t 1', 'b/t 2'])
  assert.equal(unread.isEmpty(), false)
  assert.equal(unread.records(), 20, 'two packets as large as one that held ten')
  unread.pump()
  await unread.pause()
  assert.equal(read.length, 2, 'there is still no room')
  at.room = 10
  unread.pump()
  await unread.pause()
  assert.deepEqual(read.slice(2), ['a/t 3', 'b/t 4'])
  assert.deepEqual([unread.isEmpty(), unread.records()], [true, 0])
})

test('one topic takes a bounded part, and the others still have theirs', async () => {
  const { at, read, unread } = opened(0)
  for (let i = 1; i <= 20; i++) unread.add(packet('greedy/t', PACKET_BYTES_MAX), i)
  for (let i = 0; i < 100_000; i++) unread.add(packet('empty/t', 0), i)
  unread.add(packet('modest/t', 500), 1)
  at.room = 1e6
  unread.pump()
  while (!unread.isEmpty()) await unread.pause()
  const of = (topic: string) => read.filter((each) => each.startsWith(topic)).length
  assert.equal(of('greedy'), 7)
  assert.equal(of('empty'), 2_048)
  assert.equal(of('modest'), 1)
  unread.add(packet('greedy/t', PACKET_BYTES_MAX), 21)
  await unread.pause()
  assert.equal(of('greedy'), 8, 'what was read makes room again')
})

test('all topics together take a bounded part', async () => {
  const { at, read, unread } = opened(0)
  for (let i = 0; i < 1_000; i++) unread.add(packet(`n-${i}/t`, PACKET_BYTES_MAX), i)
  at.room = 1e6
  unread.pump()
  while (!unread.isEmpty()) await unread.pause()
  assert.ok(read.length > 100 && read.length * PACKET_BYTES_MAX <= 32 * 1024 * 1024, `${read.length} were kept`)
})

test('once stopped nothing is read or taken any more: what was not read was not acked', async () => {
  const { at, read, unread } = opened(0)
  unread.add(packet('a/t', 10), 1)
  unread.stop()
  at.room = 10
  unread.pump()
  unread.add(packet('a/t', 10), 2)
  await unread.pause()
  assert.deepEqual([read, unread.isEmpty()], [[], true])
})
