import assert from 'node:assert/strict'
import { keptFrom } from '#central/noc/ingest/retention.ts'
import { troublesOf } from '#central/noc/hotspots/troubles.ts'
import { hotspotOf, NOW, openIngest } from '#test/support/ingest-bench.ts'
import { batch, record, session } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const HOUR = 3_600_000

testStores('What a box has to say is kept with its hotspot, newest first, once however often it is sent', async (store) => {
  const bench = await openIngest(store)
  const said = batch('n-1', 'e', [
    record(1, 'notice', { kind: 'start', detail: 'power', count: 1 }, NOW - 2 * HOUR),
    record(2, 'notice', { kind: 'address-spoofed', device: '0123456789abcdef', count: 7 }, NOW - HOUR),
    record(3, 'notice', { kind: 'gate-failed', count: 1 }, NOW - 1_000),
  ])
  await bench.send(said, said)
  const notices = await store.notices('n-1', 10)
  assert.deepEqual(
    notices.map(({ kind, detail, device, count, at }) => [kind, detail, device, count, NOW - at]),
    [
      ['gate-failed', null, null, 1, 1_000],
      ['address-spoofed', null, '0123456789abcdef', 7, HOUR],
      ['start', 'power', null, 1, 2 * HOUR],
    ],
  )
  assert.equal((await store.notices('n-1', 2)).length, 2)
  assert.deepEqual(await store.notices('n-2', 10), [])
})

testStores('What is wrong survives a restart of central, and a word from a backlog does not undo a newer one', async (store) => {
  const first = await openIngest(store)
  await first.send(batch('n-1', 'e', [record(1, 'notice', { kind: 'uplink-down', count: 1 }, NOW - 60_000)]))
  const troubles = async () => troublesOf((await store.heard()).find(({ node }) => node === 'n-1')?.troubles ?? null)
  assert.deepEqual(await troubles(), ['uplink'])
  const second = await openIngest(store)
  // The other outbox of the same box: what it could not send before its disk was replaced.
  await second.send(batch('n-1', 'e', [record(1, 'notice', { kind: 'uplink-up', count: 1 }, NOW - HOUR)], { epoch: '00000000000000b2' }))
  assert.deepEqual(await troubles(), ['uplink'])
  await second.send(batch('n-1', 'e', [record(2, 'notice', { kind: 'uplink-up', count: 1 }, NOW - 1_000)]))
  assert.deepEqual(await troubles(), [])
})

testStores('A notice that is none is refused alone, and old ones go with the sessions of their time', async (store) => {
  await store.addHotspot(hotspotOf('n-1'), 'x', NOW)
  const bench = await openIngest(store)
  await bench.send(
    batch('n-1', 'e', [
      record(1, 'notice', { kind: 'lunch', count: 1 }, NOW),
      record(2, 'notice', { kind: 'start', count: 0 }, NOW),
      record(3, 'notice', { kind: 'start', count: 1 }, NOW),
    ]),
  )
  assert.equal((await store.notices('n-1', 10)).length, 1)
  assert.equal((await store.road('n-1')).quarantined, 2)
  while ((await store.prune(NOW + (NOW - keptFrom('notice', NOW)))) > 0);
  assert.equal((await store.notices('n-1', 10)).length, 1)
  while ((await store.prune(NOW + (NOW - keptFrom('notice', NOW)) + 1)) > 0);
  assert.equal((await store.notices('n-1', 10)).length, 0)
})

testStores('A session tells its group, also when an earlier record did not', async (store) => {
  const bench = await openIngest(store)
  await bench.send(batch('n-1', 'e', [record(1, 'session', session({ event: 'start' }), NOW)]))
  assert.equal((await store.sessions('n-1', 1))[0]!.group, null)
  await bench.send(batch('n-1', 'e', [record(2, 'session', session({ group: 'publik' }), NOW), record(3, 'session', session(), NOW)]))
  assert.equal((await store.sessions('n-1', 1))[0]!.group, 'publik')
})
