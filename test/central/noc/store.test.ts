import assert from 'node:assert/strict'
import { QUARANTINE_ROWS_MAX, type CommitWork, type QuarantineEntry } from '#central/noc/ingest/store-port.ts'
import { hotspotOf, NOW, openIngest } from '#test/support/ingest-bench.ts'
import { batch, usageRecords } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()

const work = (change: Partial<CommitWork>): CommitWork => ({
  at: NOW,
  moves: [],
  records: [],
  areaMinutes: [],
  nodeHours: [],
  nodeDays: [],
  sessions: [],
  plays: [],
  gaps: [],
  events: [],
  quarantine: [],
  receipts: [],
  notices: [],
  devices: [],
  deviceHours: [],
  visits: [],
  heard: [],
  totals: [],
  minutes: [],
  lags: [],
  fills: [],
  replayed: [],
  ...change,
})
const refused = (i: number): QuarantineEntry => ({
  receivedAt: NOW + i,
  node: 'n-1',
  topic: 't',
  reason: `no ${i}`,
  bytes: 1,
  excerpt: '',
  payload: '',
  form: 'none',
  epoch: null,
  lane: null,
})

testStores('A commit whose mark is not the one on disk changes nothing at all', async (store) => {
  const move = { node: 'n-1', epoch: '00000000000000a1', lane: 't' as const, from: 0, to: 5 }
  assert.equal(await store.commit(work({ moves: [move] })), 'committed')
  const late = work({
    moves: [{ ...move, to: 9 }],
    quarantine: [refused(1)],
    totals: [{ node: 'n-1', records: 9, quarantined: 1, dropped: 0, repeated: 0 }],
  })
  assert.equal(await store.commit(late), 'mark-moved')
  assert.deepEqual(await store.marks('n-1', move.epoch), { t: 5, e: 0 })
  assert.deepEqual(await store.totals(), { records: 0, quarantined: 0 })
  assert.deepEqual(await store.quarantine(undefined, 10), [])
})

testStores('A commit that fails in the middle leaves nothing behind', async (store) => {
  const move = { node: 'n-1', epoch: '00000000000000a1', lane: 't' as const, from: 0, to: 5 }
  const failing = store.commit(work({ moves: [move], quarantine: [refused(1)] }), () => {
    throw new Error('the power is gone')
  })
  await assert.rejects(failing, /the power is gone/)
  assert.equal(await store.marks('n-1', move.epoch), undefined)
  assert.deepEqual(await store.quarantine(undefined, 10), [])
})

testStores('Quarantine keeps the newest and its counts go on', async (store) => {
  const rows = Array.from({ length: QUARANTINE_ROWS_MAX + 50 }, (_, i) => refused(i))
  await store.commit(work({ quarantine: rows, totals: [{ node: 'n-1', records: 0, quarantined: rows.length, dropped: 0, repeated: 0 }] }))
  const kept = await store.quarantine('n-1', QUARANTINE_ROWS_MAX * 2)
  assert.equal(kept.length, QUARANTINE_ROWS_MAX)
  assert.equal(kept[0]!.reason, `no ${rows.length - 1}`)
  assert.equal((await store.totals()).quarantined, rows.length)
  while ((await store.prune(NOW + 31 * 86_400_000)) > 0);
  assert.equal((await store.quarantine(undefined, 10)).length, 0)
})

testStores('Retention takes what is old, slice by slice, and leaves days and the rest', async (store) => {
  const old = NOW - 40 * 86_400_000
  await store.addHotspot(hotspotOf('n-1'), 'x', old)
  const then = await openIngest(store, { now: () => old })
  for (let i = 0; i < 5; i++) await then.send(batch('n-1', 't', usageRecords(1 + i * 500, 500, old + i)))
  const today = await openIngest(store)
  await today.send(batch('n-1', 't', usageRecords(2_501, 100, NOW)))
  assert.equal((await store.samples('n-1', 'usage', 0, NOW + 1)).length, 2_600)
  let slices = 0
  while ((await store.prune(NOW)) > 0) slices += 1
  assert.ok(slices >= 1)
  const left = await store.samples('n-1', 'usage', 0, NOW + 1)
  assert.equal(left.length, 100)
  assert.equal((await store.citySteps(0, old + 60_000, 60_000)).length, 0)
  assert.ok((await store.citySteps(NOW - 3_600_000, NOW, 60_000)).length > 0)
  assert.ok((await store.nodeHours('n-1', 0, old + 1)).length > 0, 'hours stay longer')
  assert.deepEqual(await store.marks('n-1', '00000000000000a1'), { t: 2_600, e: 0 })
})

testStores('A hotspot is registered once, and its token can be replaced and taken away', async (store) => {
  assert.equal(await store.addHotspot(hotspotOf('n-1'), 'hash-1', NOW), true)
  assert.equal(await store.addHotspot({ ...hotspotOf('n-1'), name: 'another' }, 'hash-2', NOW), false)
  assert.equal(await store.tokenHash('n-1'), 'hash-1')
  assert.deepEqual(await store.hotspots(), [hotspotOf('n-1')])
  assert.equal(await store.setTokenHash('n-1', null), true)
  assert.equal(await store.tokenHash('n-1'), null)
  assert.equal(await store.setTokenHash('n-9', 'x'), false)
})

testStores('A kept message is pending until its receipt, for its own box', async (store) => {
  const message = { id: 'ticket-A-1', node: 'n-1', topic: 'x', packet: '{}' }
  await store.keep(message, NOW)
  await store.keep({ ...message, packet: 'other' }, NOW)
  assert.deepEqual(await store.pendingFor('n-1', 10), [message])
  await store.commit(work({ receipts: [{ node: 'n-2', id: message.id }] }))
  assert.equal((await store.pendingFor('n-1', 10)).length, 1, 'another box cannot confirm it')
  assert.equal((await store.pendingSentBefore(NOW, 10)).length, 1)
  await store.markSent([message], NOW)
  assert.equal((await store.pendingSentBefore(NOW, 10)).length, 0)
  await store.commit(work({ receipts: [{ node: 'n-1', id: message.id }] }))
  assert.equal((await store.pendingFor('n-1', 10)).length, 0)
})
