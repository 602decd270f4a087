/** The sums of hours, days, areas and clips, recomputed from the raw records by other means, after everything that can happen on the way. */
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { Client } from 'pg'
import { spreadOverMinutes } from '#central/noc/ingest/spread.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import type { Batch, WireRecord } from '#edge/wire/envelope.ts'
import type { Health } from '#edge/wire/health.ts'
import type { Play } from '#edge/wire/play.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { hotspotOf, NOW, openIngest } from '#test/support/ingest-bench.ts'
import { batch, EPOCH, health, OTHER_EPOCH, record, usage } from '#test/support/records.ts'
import { column, onBothStores, type StorePlace } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** WIB: the city's day begins at 17:00 UTC. */
const cityDay = (at: number) => Math.floor((at + 7 * HOUR) / DAY) * DAY - 7 * HOUR
const SEEDS = [1, 2]
const KELURAHAN: Record<string, string> = { 'n-1': '35.77.01.1003', 'n-2': '35.77.01.1003', 'n-3': '35.77.03.1009' }

/** Mulberry32: a run can be had again by its seed. */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

function someRecord(roll: (below: number) => number, seq: number): WireRecord {
  const at = NOW - roll(3 * DAY)
  const change = roll(40) === 0 ? { clock: 'none' as const } : {}
  // Some clocks are in 1970 or ten years ahead.
  const said = roll(30) === 0 ? (roll(2) === 0 ? 5_000 : NOW + 3_650 * DAY) : at
  switch (roll(4)) {
    case 0: {
      const cpu = roll(5) === 0 ? null : roll(100) / 100
      return record(seq, 'health', health({ cpu, uplinkMilliseconds: roll(4) === 0 ? null : roll(200) }), said, change)
    }
    case 1:
      return record(seq, 'play', { clip: `film-${roll(3)}`, started: roll(9), watched: roll(9), fallback: roll(3) }, said, change)
    default: {
      const seconds = [60, 60, 60, 15, 300, 900, 3_600][roll(7)]!
      const body = usage({ seconds, online: roll(40), downOctets: roll(9_000_000), upOctets: roll(900_000), admitted: roll(9) })
      return record(seq, 'usage', body, said, change)
    }
  }
}

/** Batches of a few boxes and outboxes, cut, repeated and shuffled. */
function traffic(roll: (below: number) => number, from: number): Batch[] {
  const batches: Batch[] = []
  for (const node of Object.keys(KELURAHAN)) {
    for (const epoch of [EPOCH, OTHER_EPOCH]) {
      for (let first = from; first < from + 60;) {
        const count = 1 + roll(20)
        const records = Array.from({ length: count }, (_, i) => someRecord(roll, first + i))
        batches.push(batch(node, 't', records, { epoch }))
        first += count
      }
    }
  }
  return batches
}

async function sendInAnyOrder(store: TelemetryStore, batches: readonly Batch[], roll: (below: number) => number): Promise<void> {
  const bench = await openIngest(store, { hotspot: (node) => Promise.resolve({ ...hotspotOf(node), kelurahan: KELURAHAN[node]! }) })
  const done = async () => {
    for (const { node, epoch, records } of batches) {
      const marks = await store.marks(node, epoch)
      if ((marks?.t ?? 0) < records.at(-1)!.seq) return false
    }
    return true
  }
  // What is ahead is dropped and comes again, as from a box that was not acked.
  for (let round = 0; !(await done()); round++) {
    assert.ok(round < 200, 'all of it is taken in the end')
    const repeated = [...batches, ...batches.slice(0, roll(batches.length))]
    const order = repeated.map((each) => ({ each, at: each.records[0]!.seq + roll(40) })).toSorted((a, b) => a.at - b.at)
    for (let i = 0; i < order.length; i += 1 + roll(12)) await bench.send(...order.slice(i, i + 14).map(({ each }) => each))
  }
  await bench.ingest.stop()
}

type Raw = { node: string; kind: string; placedAt: number; body: string }

async function rawOf(place: StorePlace): Promise<Raw[]> {
  const json = place.file ? 'json_object' : 'json_build_object'
  const rows = await column(
    place,
    `SELECT CAST(${json}('node', node, 'kind', kind, 'placedAt', placed_at, 'body', body) AS TEXT) FROM raw JOIN stream ON stream.id = raw.stream`,
  )
  return rows.map((row) => JSON.parse(String(row)) as Raw)
}

type Sums = Map<string, number>
const add = (sums: Sums, key: string, value: number) => void sums.set(key, (sums.get(key) ?? 0) + value)
const round = (sums: Sums) =>
  Object.fromEntries([...sums].filter(([, value]) => value !== 0).map(([key, value]) => [key, Math.round(value * 1e6) / 1e6]))

function recompute(rows: readonly Raw[]): Sums {
  const sums: Sums = new Map()
  for (const { node, kind, placedAt, body } of rows) {
    const hour = placedAt - (placedAt % HOUR)
    if (kind === 'usage') {
      for (const part of spreadOverMinutes(JSON.parse(body) as Usage, placedAt)) {
        for (const [name, value] of [
          ['online', part.onlineMs],
          ['covered', part.coveredMs],
          ['down', part.downOctets],
          ['up', part.upOctets],
          ['admitted', part.admitted],
        ] as const) {
          add(sums, `hour ${node} ${part.t - (part.t % HOUR)} ${name}`, value)
          add(sums, `day ${node} ${cityDay(part.t)} ${name}`, value)
          for (const area of ['city', KELURAHAN[node]!]) add(sums, `area ${area} ${part.t} ${name}`, value)
        }
      }
    } else if (kind === 'health') {
      const { cpu, memoryUsed, uplinkMilliseconds } = JSON.parse(body) as Health
      for (const [name, value] of [
        ['cpu', cpu],
        ['memory', memoryUsed],
        ['uplink', uplinkMilliseconds],
      ] as const) {
        if (value === null) continue
        add(sums, `hour ${node} ${hour} ${name}`, value)
        add(sums, `hour ${node} ${hour} ${name}-n`, 1)
      }
    } else if (kind === 'play') {
      const play = JSON.parse(body) as Play
      const day = cityDay(placedAt)
      add(sums, `day ${node} ${day} watched`, play.watched)
      add(sums, `day ${node} ${day} fallback`, play.fallback)
      for (const name of ['started', 'watched', 'fallback'] as const) add(sums, `play ${node} ${play.clip} ${day} ${name}`, play[name])
    }
  }
  return sums
}

/** Every row of every rollup table, in the words of recompute(). */
async function stored(place: StorePlace): Promise<Sums> {
  const sums: Sums = new Map()
  const usages = { online: 'online_ms', covered: 'covered_ms', down: 'down_octets', up: 'up_octets', admitted: 'admitted' }
  const healths = {
    cpu: 'cpu_sum',
    'cpu-n': 'cpu_n',
    memory: 'memory_sum',
    'memory-n': 'memory_n',
    uplink: 'uplink_sum',
    'uplink-n': 'uplink_n',
  }
  const own = { watched: 'watched', fallback: 'fallback' }
  for (const [table, prefix, names] of [
    ['area_minute', `'area ' || area || ' ' || t`, usages],
    ['node_hour', `'hour ' || node || ' ' || t`, { ...usages, ...healths }],
    ['node_day', `'day ' || node || ' ' || t`, { ...usages, ...own }],
    ['play', `'play ' || node || ' ' || clip || ' ' || day`, { started: 'started', ...own }],
  ] as const) {
    for (const [name, columnName] of Object.entries(names)) {
      for (const row of await column(place, `SELECT ${prefix} || ' ${name}=' || ${columnName} FROM ${table}`)) {
        const [key, value] = String(row).split('=')
        add(sums, key!, Number(value))
      }
    }
  }
  return sums
}

/** The database as it is now, kept aside; `back` puts it in place again, as an operator restores a backup. The store is closed for both. */
async function backup(place: StorePlace): Promise<() => Promise<void>> {
  if (place.file) {
    const copy = `${place.file}.backup`
    const parts = ['', '-wal', '-shm']
    for (const part of parts) if (existsSync(place.file + part)) copyFileSync(place.file + part, copy + part)
    return () => {
      for (const part of parts) {
        rmSync(place.file! + part, { force: true })
        if (existsSync(copy + part)) copyFileSync(copy + part, place.file! + part)
      }
      return Promise.resolve()
    }
  }
  const name = new URL(place.url!).pathname.slice(1)
  const server = Object.assign(new URL(place.url!), { pathname: '/postgres' }).toString()
  const run = async (...statements: string[]) => {
    const client = new Client({ connectionString: server })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  await run(`CREATE DATABASE ${name}_backup TEMPLATE ${name}`)
  return () => run(`DROP DATABASE ${name}`, `CREATE DATABASE ${name} TEMPLATE ${name}_backup`, `DROP DATABASE ${name}_backup`)
}

for (const seed of SEEDS) {
  testStores(
    `Hours, days, areas and plays equal the raw records after disorder, repetition and a restored backup, seed ${seed}`,
    async (store, t, place) => {
      const roll = dice(seed)
      const early = traffic(roll, 1)
      await sendInAnyOrder(store, early, roll)
      await store.close()
      const back = await backup(place)

      // What came after the backup is lost with the database, and the boxes, asked from the old marks, send it again.
      const late = traffic(roll, 90)
      const lateAndBetween = late.map((each) => ({ ...each, lo: each.records[0]!.seq }))
      let again = await openTelemetryStore(place)
      await sendInAnyOrder(again, byBox(lateAndBetween), roll)
      const before = round(await stored(place))
      await again.close()
      await back()
      again = await openTelemetryStore(place)
      try {
        assert.notDeepEqual(round(await stored(place)), before, 'the backup is older')
        await sendInAnyOrder(again, early, roll)
        await sendInAnyOrder(again, byBox(lateAndBetween), roll)
        const raw = await rawOf(place)
        const expected = early.concat(late).reduce((sum, { records }) => sum + records.length, 0)
        assert.equal(raw.length, expected)
        assert.deepEqual(round(await stored(place)), round(recompute(raw)))
        t.diagnostic(`seed ${seed}: ${raw.length} records, ${Object.keys(before).length} sums`)
      } finally {
        await again.close()
      }
    },
  )
}

/** A jump is believed only at the oldest record a box still has: each box's batches from the second on follow the first. */
function byBox(batches: readonly Batch[]): Batch[] {
  const firsts = new Map<string, number>()
  return batches.map((each) => {
    const key = `${each.node} ${each.epoch}`
    if (!firsts.has(key)) firsts.set(key, each.lo)
    return { ...each, lo: firsts.get(key)! }
  })
}
