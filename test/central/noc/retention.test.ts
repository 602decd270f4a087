import assert from 'node:assert/strict'
import { Client } from 'pg'
import { cityDayOf } from '#central/noc/ingest/clock.ts'
import { sqlMigrations } from '#central/noc/ingest/migrations.ts'
import { RETENTION_CLASSES } from '#central/noc/ingest/retention.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { Status } from '#edge/wire/status.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { hotspotOf, NOW, openIngest, type IngestBench } from '#test/support/ingest-bench.ts'
import { batch, EPOCH, health, record, session, usage, usageRecords } from '#test/support/records.ts'
import { column, onBothStores, type StorePlace } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const DAY = 86_400_000
const DAYS = 460

/** Where each class rests, and the column that says how old a row is. */
const TABLES = {
  raw: [['raw', 'received_at']],
  minute: [['area_minute', 't']],
  hour: [['node_hour', 't']],
  session: [['session', 'placed_at']],
  notice: [['notice', 'at']],
  quarantine: [['quarantine', 'received_at']],
  gap: [['gap', 'at']],
  kept: [['downlink', 'created_at']],
  counter: [
    ['ingest_minute', 't'],
    ['ingest_lag', 't'],
    ['ingest_worker', 'seen_at'],
  ],
} as const

/** One day of a box's life, with something for every class. */
async function live(store: TelemetryStore, day: number, at: number): Promise<void> {
  const bench = await openIngest(store, { now: () => at })
  says(bench, 'n-1', at)
  const t = day * 10 + 1
  const lost = 2
  await bench.send(batch('n-1', 't', [...usageRecords(t + lost, 5, at), record(t + lost + 5, 'health', health(), at)], { lo: t + lost }))
  const e = day * 2 + 1
  const notice = { kind: 'start', count: 1 }
  const events = [record(e, 'session', session({ id: `p-${day}`, startedAt: at }), at), record(e + 1, 'notice', notice, at)]
  await bench.send(batch('n-1', 'e', events, { lo: e }))
  bench.ingest.onPacket({ topic: nodeTopic('n-1', 't'), payload: Buffer.from('rubbish'), retained: false })
  await bench.ingest.settle()
  await store.keep({ id: `m-${day}`, node: 'n-1', topic: 'x', packet: '{}' }, at)
  await store.saveWorker({ worker: `w-${day}`, shards: '0-f', startedAt: at, seenAt: at, waiting: 0 })
  await bench.ingest.stop()
}

/** A box's live word, with what its own clock says. */
function says(bench: IngestBench, node: string, at: number): void {
  const status: Status = { v: 1, node, connection: 'c'.repeat(16), online: true, at }
  bench.ingest.onPacket({ topic: nodeTopic(node, 's'), payload: encodePacket(status), retained: false })
}

const oldest = async (place: StorePlace, table: string, time: string) => (await column(place, `SELECT MIN(${time}) FROM ${table}`))[0]

testStores('After every day of a long life no row is older than its class allows, and what stays is there', async (store, t, place) => {
  await store.addHotspot(hotspotOf('n-1'), 'x', NOW)
  const lived = [0, 1, 13, 14, 15, 30, 31, 36, 90, 91, 200, 365, 366, 400, 401, DAYS]
  for (const day of lived) {
    const at = NOW + day * DAY
    await live(store, day, at)
    await store.prepareDays(at)
    for (let rounds = 0; (await store.prune(at)) > 0; rounds++) assert.ok(rounds < 100, 'retention comes to an end')
    for (const { name, days } of RETENTION_CLASSES) {
      if (name === 'day' || days === null) continue
      for (const [table, time] of TABLES[name]) {
        const first = await oldest(place, table, time)
        assert.ok(first === null || Number(first) >= at - days * DAY, `${table} on day ${day}`)
        assert.notEqual(first, null, `${table} still holds today on day ${day}`)
      }
    }
  }
  assert.equal((await column(place, 'SELECT COUNT(*) FROM node_day'))[0]?.toString(), String(lived.length), 'days stay for ever')
  const reports = await store.retentionReports(0)
  const removed = (name: string) => reports.filter((row) => row.class === name).reduce((sum, row) => sum + row.removed, 0)
  // Reports are kept for as long as hours are.
  const goneLately = (days: number) => lived.filter((day) => (lived.find((later) => later > day + days) ?? -1) >= DAYS - 400).length
  assert.ok(removed('raw') >= 8 * goneLately(14), `raw: ${removed('raw')}`)
  assert.equal(removed('session'), goneLately(90))
  const last = reports.filter((row) => row.day === cityDayOf(NOW + DAYS * DAY))
  assert.deepEqual(last.map((row) => row.class).sort(), Object.keys(TABLES).sort(), 'each class was looked through today')
  t.diagnostic(`${removed('raw')} raw records removed`)
})

testStores('Retention removes nothing that is younger, and says when it looked', async (store) => {
  await store.addHotspot(hotspotOf('n-1'), 'x', NOW)
  await live(store, 0, NOW)
  assert.equal(await store.prune(NOW + DAY), 0)
  const reports = await store.retentionReports(0)
  assert.ok(reports.every(({ removed, at }) => removed === 0 && at === NOW + DAY))
  assert.equal((await store.samples('n-1', 'usage', 0, NOW + DAY)).length, 5)
})

/** Central's clock at `at`; box n-1 has NTP, and what it says of the time then. */
async function hears(store: TelemetryStore, at: number, boxes: Record<string, number>): Promise<void> {
  const bench = await openIngest(store, { now: () => at })
  for (const [node, says_] of Object.entries(boxes)) {
    says(bench, node, says_)
    const [lo] = [(await store.marks(node, EPOCH))?.t ?? 0]
    await bench.send(batch(node, 't', usageRecords(lo + 1, 1, Math.min(says_, at))))
  }
  await bench.ingest.stop()
}

testStores(
  'A clock of central that leaps years ahead removes nothing, whatever comes in meanwhile, and once it is right all goes on',
  async (store) => {
    await store.addHotspot(hotspotOf('n-1'), 'x', NOW)
    await live(store, 0, NOW)
    assert.equal(await store.prune(NOW), 0)
    const leapt = NOW + 900 * DAY
    assert.equal(await store.prune(leapt), 0, 'nobody knows whether it leapt or central was away')
    assert.deepEqual(await store.clockDoubt(leapt), { lastAt: NOW, agree: 0, differ: 0 })
    await hears(store, leapt + 60_000, { 'n-1': NOW + 60_000 })
    assert.deepEqual(await store.clockDoubt(leapt + 60_000), { lastAt: NOW, agree: 0, differ: 1 })
    assert.equal(await store.prune(leapt + 60_000), 0)
    assert.equal((await store.samples('n-1', 'usage', 0, leapt)).length, 6)
    assert.deepEqual(
      (await store.retentionReports(0)).filter(({ at }) => at > NOW),
      [],
      'a look that was not trusted is no look',
    )
    assert.equal(await store.clockDoubt(NOW + 2 * DAY), null)
    assert.equal(await store.prune(NOW + 2 * DAY), 0, 'nothing is old')
    assert.ok((await store.retentionReports(0)).some(({ at }) => at === NOW + 2 * DAY))
  },
)

testStores('After a long time away retention goes on once a box with NTP says the same time, and not before', async (store) => {
  await store.addHotspot(hotspotOf('n-1'), 'x', NOW)
  await live(store, 0, NOW)
  await store.prune(NOW)
  const back = NOW + 100 * DAY
  await hears(store, back, { 'n-1': back - 700 * DAY, 'n-2': back - 700 * DAY, 'n-3': back })
  assert.deepEqual(await store.clockDoubt(back), { lastAt: NOW, agree: 1, differ: 2 }, 'one against two')
  assert.equal(await store.prune(back), 0)
  const later = back + 60_000
  await hears(store, later, { 'n-1': later - 5_000, 'n-2': later, 'n-3': later })
  assert.equal(await store.clockDoubt(later), null)
  assert.ok((await store.prune(later)) > 0)
  assert.equal(await store.clockDoubt(later + 15 * 60_000), null, 'what boxes said before is not asked for again')
})

testStores('A word of a box from before the leap is no witness for it', async (store) => {
  await store.addHotspot(hotspotOf('n-1'), 'x', NOW)
  await live(store, 0, NOW)
  await store.prune(NOW)
  const leapt = NOW + 900 * DAY
  const bench = await openIngest(store, { now: () => leapt })
  // A batch alone: the box is alive, but has not said the time since.
  await bench.send(batch('n-1', 't', usageRecords(100, 1, NOW), { lo: 100 }))
  await bench.ingest.stop()
  assert.deepEqual(await store.clockDoubt(leapt), { lastAt: NOW, agree: 0, differ: 0 })
})

testStores('A person’s word for the clock lets retention go on', async (store) => {
  await store.addHotspot(hotspotOf('n-1'), 'x', NOW)
  await live(store, 0, NOW)
  await store.prune(NOW)
  const back = NOW + 100 * DAY
  assert.equal(await store.prune(back), 0)
  await store.trustClock(back)
  assert.ok((await store.prune(back + 60_000)) > 0)
  assert.equal((await store.samples('n-1', 'usage', 0, back)).length, 0)
})

testStores('A box that sends days of backlog is stored under the day it was received', async (store, _t, place) => {
  const bench = await openIngest(store, { now: () => NOW })
  await bench.send(batch('n-1', 't', usageRecords(1, 400, NOW - 9 * DAY)))
  assert.equal(bench.lastAck('n-1')!.t, 400)
  if (!place.url) return
  const tables = await column(place, `SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'raw'::regclass`)
  assert.deepEqual(tables, ['raw_20260922'])
  await store.prepareDays(NOW)
  const ahead = await column(
    place,
    `SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'raw'::regclass ORDER BY 1`,
  )
  assert.deepEqual(ahead, ['raw_20260922', 'raw_20260923', 'raw_20260924', 'raw_20260925'])
})

testStores('Raw records from before there were days stay readable and go by their age', async (store, _t, place) => {
  if (!place.url) return
  await store.close()
  const client = new Client({ connectionString: place.url })
  await client.connect()
  await client.query('DROP SCHEMA telemetry CASCADE; CREATE SCHEMA telemetry; SET search_path = telemetry')
  await client.query('CREATE TABLE telemetry_migration (name TEXT PRIMARY KEY, ran_at BIGINT NOT NULL)')
  for (const { name, sql } of sqlMigrations('postgres').filter((each) => each.name < '005-r')) {
    await client.query(sql)
    await client.query('INSERT INTO telemetry_migration VALUES ($1, 0)', [name])
  }
  await client.query(`INSERT INTO stream (node, epoch, lane, mark, created_at) VALUES ('n-1', '${EPOCH}', 't', 2, 0)`)
  for (const [seq, at] of [
    [1, NOW - 20 * DAY],
    [2, NOW],
  ]) {
    const values = [seq, at, JSON.stringify(usage())]
    await client.query(`INSERT INTO raw VALUES (1, $1, 'usage', $2, $2, 0, 'ntp', NULL, $2, $3)`, values)
  }
  await client.end()

  const upgraded = await openTelemetryStore(place)
  try {
    assert.equal((await upgraded.samples('n-1', 'usage', 0, NOW + 1)).length, 2)
    const bench = await openIngest(upgraded)
    await bench.send(batch('n-1', 't', usageRecords(3, 2, NOW)))
    assert.equal(bench.lastAck('n-1')!.t, 4, 'today goes where the old records are')
    while ((await upgraded.prune(NOW)) > 0);
    assert.equal((await upgraded.samples('n-1', 'usage', 0, NOW + 1)).length, 3)
    await upgraded.trustClock(NOW + 16 * DAY)
    while ((await upgraded.prune(NOW + 16 * DAY)) > 0);
    assert.deepEqual(await column(place, 'SELECT COUNT(*)::int FROM raw'), [0])
  } finally {
    await upgraded.close()
  }
})
