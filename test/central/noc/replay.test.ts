import assert from 'node:assert/strict'
import type { CommitWork, QuarantineEntry, TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { refusedRecord } from '#central/noc/ingest/quarantine.ts'
import { createCommitWork } from '#central/noc/ingest/commit-work.ts'
import { replay, type ReplayDeps } from '#central/noc/road/replay.ts'
import { encodePacket, type Batch, type WireRecord } from '#edge/wire/envelope.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { hotspotOf, NOW, openIngest } from '#test/support/ingest-bench.ts'
import { batch, complaint, EPOCH, packetOf, record, usage, usageRecords } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const DAY = 86_400_000

const repairing = (store: TelemetryStore, change: Partial<ReplayDeps> = {}): ReplayDeps => ({
  store,
  hotspot: (node) => Promise.resolve(hotspotOf(node)),
  onComplaint: () => Promise.resolve(),
  now: () => NOW,
  ...change,
})

/** As a central would leave it that did not know this record's kind yet: the mark is past it, and it lies in the quarantine. */
async function refuseOnce(store: TelemetryStore, made: Batch, wrong: WireRecord): Promise<number> {
  const bench = await openIngest(store)
  await bench.send({ ...made, records: made.records.map((each) => (each.seq === wrong.seq ? { ...each, kind: 'not-yet' } : each)) })
  const work: CommitWork = createCommitWork(NOW, 'test').rows()
  const [left] = await store.quarantine(made.node, 1)
  const entry: QuarantineEntry = refusedRecord({ batch: made, record: wrong, reason: 'unknown kind', receivedAt: NOW })
  await store.commit({ ...work, quarantine: [entry], replayed: [left!.id] })
  return (await store.quarantine(made.node, 1))[0]!.id
}

const downOf = async (store: TelemetryStore) => (await store.nodeHours('n-1', 0, NOW + DAY)).reduce((sum, hour) => sum + hour.downOctets, 0)

testStores('A record that was refused is stored once when it can be read, with its sums, and leaves the quarantine', async (store) => {
  const records = usageRecords(1, 3, NOW, { downOctets: 100 })
  const id = await refuseOnce(store, batch('n-1', 't', records), records[1]!)
  assert.equal(await downOf(store), 200)
  assert.deepEqual(await replay(repairing(store), id), { id, outcome: 'taken', records: 1, reason: null })
  assert.equal(await downOf(store), 300)
  assert.deepEqual(await store.storedSeqs('n-1', EPOCH, 't', 1, 9), new Set([1, 2, 3]))
  assert.deepEqual(await store.quarantine('n-1', 5), [])
  assert.deepEqual(await replay(repairing(store), id), { id, outcome: 'gone', records: 0, reason: null })
  assert.equal(await downOf(store), 300, 'not twice')
  assert.deepEqual(await store.marks('n-1', EPOCH), { t: 3, e: 0 }, 'no mark moved')
})

testStores('Two people who try the same record again at once store it once', async (store) => {
  const records = usageRecords(1, 2, NOW, { downOctets: 100 })
  const id = await refuseOnce(store, batch('n-1', 't', records), records[0]!)
  const results = await Promise.all([replay(repairing(store), id), replay(repairing(store), id)])
  assert.equal(results.filter(({ outcome }) => outcome === 'taken').length, 1)
  assert.equal(await downOf(store), 200)
})

testStores('What still cannot be read stays, with the new reason and the time it was tried', async (store) => {
  const records = usageRecords(1, 2, NOW)
  const id = await refuseOnce(store, batch('n-1', 't', records), { ...records[0]!, body: { ...usage(), online: -1 } })
  const result = await replay(repairing(store), id)
  assert.equal(result.outcome, 'refused')
  assert.match(result.reason!, /^record 1: .*online/)
  const [row] = await store.quarantine('n-1', 1)
  assert.deepEqual([row!.id, row!.reason, row!.triedAt], [id, result.reason, NOW])
  assert.deepEqual(await store.storedSeqs('n-1', EPOCH, 't', 1, 9), new Set([2]))
})

testStores('Packets of a box that was registered late are taken as its own, in their order, and its next ones go on', async (store) => {
  const bench = await openIngest(store, { hotspot: () => Promise.resolve(undefined) })
  const [first, second] = [batch('n-1', 't', usageRecords(1, 5, NOW)), batch('n-1', 't', usageRecords(6, 5, NOW))]
  await bench.send(second)
  await bench.send(first)
  const [older, newer] = (await store.quarantine('n-1', 5)).toReversed()
  assert.equal(
    (await replay(repairing(store, { hotspot: () => Promise.resolve(undefined) }), older!.id)).reason,
    'not a registered hotspot',
  )
  const early = await replay(repairing(store), older!.id)
  assert.match(early.reason!, /records before it are missing/)
  assert.deepEqual(await replay(repairing(store), newer!.id), { id: newer!.id, outcome: 'taken', records: 5, reason: null })
  assert.equal((await replay(repairing(store), older!.id)).outcome, 'taken')
  assert.deepEqual(await store.marks('n-1', EPOCH), { t: 10, e: 0 })
  const registered = await openIngest(store)
  await registered.send(first, second, batch('n-1', 't', usageRecords(11, 1, NOW)))
  assert.equal(registered.lastAck('n-1')!.t, 11)
  assert.deepEqual(await store.road('n-1'), { dropped: 0, quarantined: 2, records: 11, repeated: 10 })
})

testStores('A packet whose box has sent it again since is known, and one that was jumped over fills its gap', async (store) => {
  const stranger = await openIngest(store, { hotspot: () => Promise.resolve(undefined) })
  const lost = batch('n-1', 't', usageRecords(1, 4, NOW, { downOctets: 10 }))
  const resent = batch('n-1', 't', usageRecords(9, 2, NOW, { downOctets: 10 }), { lo: 9 })
  await stranger.send(lost, resent)
  const bench = await openIngest(store)
  await bench.send(resent)
  const rows = (await store.quarantine('n-1', 5)).toReversed()
  assert.deepEqual(
    [await replay(repairing(store), rows[1]!.id), await replay(repairing(store), rows[0]!.id)].map(({ outcome, records }) => [
      outcome,
      records,
    ]),
    [
      ['known', 0],
      ['taken', 4],
    ],
  )
  assert.equal(await downOf(store), 60)
  assert.deepEqual(await store.storedSeqs('n-1', EPOCH, 't', 1, 20), new Set([1, 2, 3, 4, 9, 10]))
})

testStores('A complaint out of the quarantine is handed over before it leaves it, and not when that fails', async (store) => {
  const records = [record(1, 'complaint', complaint('ABCD-EFGH'), NOW)]
  const id = await refuseOnce(store, batch('n-1', 'e', records), records[0]!)
  assert.equal((await store.quarantine('n-1', 1))[0]!.excerpt, '')
  const away = repairing(store, { onComplaint: () => Promise.reject(new Error('the complaint store is away')) })
  await assert.rejects(replay(away, id))
  assert.equal((await store.quarantine('n-1', 1)).length, 1)
  const codes: string[] = []
  const taken = await replay(repairing(store, { onComplaint: ({ complaint: { code } }) => Promise.resolve(void codes.push(code)) }), id)
  assert.deepEqual([taken.outcome, codes], ['taken', ['ABCD-EFGH']])
})

testStores('What is older than the raw records, cut off or not kept is not tried, and says so', async (store) => {
  const stranger = await openIngest(store, { hotspot: () => Promise.resolve(undefined) })
  const old = batch('n-1', 't', usageRecords(1, 2, NOW))
  await stranger.send(old)
  await (await openIngest(store)).send(old)
  const id = (await store.quarantine('n-1', 1))[0]!.id
  const late = await replay(repairing(store, { now: () => NOW + 14 * DAY + 1 }), id)
  assert.match(late.reason!, /too old/)
  stranger.ingest.onPacket({ topic: nodeTopic('n-1', 't'), payload: Buffer.alloc(40_000, 1), retained: false })
  stranger.ingest.onPacket({ topic: nodeTopic('n-1', 's'), payload: encodePacket({ v: 1 }), retained: false })
  stranger.ingest.onPacket(packetOf(batch('n-1', 'e', [record(1, 'visit', { tags: 1 }, NOW)])))
  await stranger.ingest.settle()
  for (const row of await store.quarantine('n-1', 3)) {
    if (row.form === 'packet') continue
    assert.match((await replay(repairing(store), row.id)).reason!, /cannot be tried again/)
  }
})
