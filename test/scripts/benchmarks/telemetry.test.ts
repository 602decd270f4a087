/** The benchmark of the telemetry's road with a handful of samples: that its counters can fail, and that it counts what is there. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { checkAgreement } from '#scripts/benchmarks/telemetry/agreement.ts'
import type { Books, StorePlace } from '#scripts/benchmarks/telemetry/count.ts'
import { fillRawPostgres, fillRawSqlite } from '#scripts/benchmarks/telemetry/fill-raw.ts'
import { fillStore } from '#scripts/benchmarks/telemetry/fill.ts'
import type { InfluxRun } from '#scripts/benchmarks/telemetry/influx.ts'
import { lineOf } from '#scripts/benchmarks/telemetry/line-protocol.ts'
import { askPages } from '#scripts/benchmarks/telemetry/pages.ts'
import { drive, fillBoxes, type Driven } from '#scripts/benchmarks/telemetry/road.ts'
import { throughputRows } from '#scripts/benchmarks/telemetry/throughput.ts'
import { samplesOf, weeksOf } from '#scripts/benchmarks/telemetry/weeks.ts'
import { postgresMissing, startPostgres } from '#test/support/postgres.ts'
import { column, emptyDatabase } from '#test/support/telemetry-stores.ts'

const BOXES = 3
const MINUTES = 20
const SENT = BOXES * MINUTES * 2

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-smoke-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function spoil(place: StorePlace, sql: string): void {
  assert.ok('file' in place)
  const db = new Sqlite(place.file)
  try {
    assert.ok(db.prepare(sql).run().changes > 0, `${sql} changed nothing`)
  } finally {
    db.close()
  }
}

test('what real boxes send real processes is counted by name and number, and what is taken away is missed', async (t) => {
  const folder = folderFor(t)
  const filled = join(folder, 'filled')
  const ledger = await fillBoxes(filled, BOXES, MINUTES)
  const run = (name: string, ...harm: string[]): Promise<Driven> =>
    drive({
      road: { store: 'sqlite', broker: 'embedded' },
      folder: join(folder, name),
      filled,
      ledger,
      beforeBooks: (place) => harm.forEach((sql) => spoil(place, sql)),
    })
  const good = await run('good')
  const whole: Books = { sent: SENT, stored: SENT, lost: 0, doubled: 0, foreign: 0, sumsWrong: 0 }
  assert.deepEqual(good.books, whole)
  assert.equal(good.drained.acked, SENT)

  const bad = await run(
    'bad',
    // Lost; under a number that nobody sent; under another outbox's name; and a sum that is not its records'.
    'DELETE FROM raw WHERE seq = 7 AND stream = (SELECT MIN(id) FROM stream)',
    'UPDATE raw SET seq = 900 WHERE seq = 8 AND stream = (SELECT MIN(id) FROM stream)',
    `UPDATE stream SET epoch = 'ffffffffffffffff' WHERE node = 'bench-0002' AND lane = 't'`,
    `UPDATE node_hour SET down_octets = down_octets + 1 WHERE node = 'bench-0001'`,
  )
  const ofBox = MINUTES * 2
  assert.deepEqual(bad.books, { ...whole, stored: SENT - 1, lost: 2 + ofBox, foreign: 1 + ofBox, sumsWrong: 1 })

  const influx: InfluxRun = {
    seconds: 1,
    lines: SENT,
    refused: 0,
    firstRefusal: null,
    counted: SENT,
    perSecond: 1,
    cpu: 1,
    megabytes: 1,
  }
  const rows = throughputRows([{ name: 'smoke', target: 1e12, runs: [good, bad] }], influx)
  assert.deepEqual(
    rows.map(({ figure, target }) => [figure, target]),
    [
      ['box to disk and back, smoke', '>= 1,000,000,000,000: NOT MET'],
      ['lost, smoke', '0: NOT MET'],
      ['InfluxDB', undefined],
    ],
  )
  assert.equal(throughputRows([{ name: 'smoke', target: 1, runs: [good] }], influx)[1]!.target, '0: met')
})

test('two weeks of a box agree with their sums on both databases, and one changed record is noticed', async (t) => {
  const weeks = weeksOf(1, Date.now())
  assert.equal(samplesOf(weeks), 40_320)
  const quiet = () => undefined
  const fillAndAsk = async (place: { file: string } | { url: string }) => {
    const filling = await openTelemetryStore(place)
    await fillStore(filling, weeks, quiet)
    await filling.close()
    if ('file' in place) fillRawSqlite(place.file, weeks, quiet)
    else await fillRawPostgres(place.url, weeks, quiet)
    const store = await openTelemetryStore(place)
    try {
      assert.equal(Number((await column(place, 'SELECT COUNT(*) FROM raw'))[0]), 40_320)
      assert.equal(await checkAgreement(store, weeks), 24 + 3)
      const asked = await askPages(store, weeks, quiet, 2)
      assert.ok(asked.every(({ took }) => took.length === 2))
    } finally {
      await store.close()
    }
  }
  const place = { file: join(folderFor(t), 'telemetry.db') }
  await fillAndAsk(place)
  spoil(place, `UPDATE raw SET body = replace(body, '"seconds":60', '"seconds":61') WHERE kind = 'usage'`)
  const store = await openTelemetryStore(place)
  await assert.rejects(checkAgreement(store, weeks), /its records add up to/)
  await store.close()

  if (postgresMissing()) return t.diagnostic(postgresMissing()!)
  const server = await startPostgres()
  t.after(() => server.stop())
  await fillAndAsk({ url: await emptyDatabase(server.url, 'weeks') })
})

test('a line for InfluxDB carries every figure of its record, each field always of one type', () => {
  const record = {
    seq: 7,
    at: 1_790_000_000_000,
    mono: 5,
    clock: 'ntp' as const,
    kind: 'health',
    body: { cpu: 1, gate: 'enforcing', storage: true, uplinkMilliseconds: null, radius: { accepts: 3 }, dnsMilliseconds: 2 },
  }
  assert.equal(
    lineOf('bench-0001', 'aa', record),
    'health,node=bench-0001,epoch=aa seq=7i,mono=5i,clock="ntp",cpu=1,gate="enforcing",storage=true,radius_accepts=3i,dnsMilliseconds=2 1790000000000',
  )
})
