/**
 * Removes what is past its retention, in slices by key and never by a scan: a DELETE of a whole day was measured to hold
 * SQLite for seconds. Between slices the event loop is let go, because ingest may share it. What went is written down.
 */
import { setImmediate } from 'node:timers/promises'
import { CLOCK_CLASS, clockDoubt } from './clock-doubt.ts'
import { cityDayOf } from './clock.ts'
import { keptFrom, type RetentionClass } from './retention.ts'
import type { SqlPort, SqlValue } from './sql-port.ts'
import { CITY_AREA, DEVICES_READ_MAX, PRUNE_ROWS } from './store-port.ts'

/** Removes a slice of raw records received before then. @returns rows removed. */
export type PruneRaw = (from: number) => Promise<number>
type Remove = (statement: string, values: SqlValue[]) => Promise<void>

/** @returns rows removed; 0 = nothing left to do, or the clock that decides it is not to be believed. */
export async function prune(sql: SqlPort, now: number, pruneRaw: PruneRaw): Promise<number> {
  if (await clockDoubt(sql, now)) return 0
  let total = 0
  const inClass = async (name: RetentionClass, work: (remove: Remove) => Promise<number | void>) => {
    const began = performance.now()
    let removed = 0
    const counted = await work(async (statement, values) => {
      removed += await sql.run(statement, values)
      await setImmediate()
    })
    removed += counted ?? 0
    total += removed
    await noteRetention(sql, { name, removed, tookMs: Math.ceil(performance.now() - began), now })
  }
  const old = (table: string, key: string, before: string) =>
    `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${before} < $1 LIMIT ${PRUNE_ROWS})`

  await inClass('raw', () => pruneRaw(keptFrom('raw', now)))
  await inClass('minute', (remove) => pruneMinutes(sql, remove, keptFrom('minute', now)))
  await inClass('hour', (remove) => pruneHours(sql, remove, now))
  await inClass('session', async (remove) => {
    await remove(old('session', 'node, id', 'placed_at'), [keptFrom('session', now)])
    // Tags of sessions that are over by the clock, though no box said so.
    await remove(old('visit', 'kelurahan, simulated, code', 'ends_at'), [now])
  })
  await inClass('notice', (remove) => remove(old('notice', 'node, epoch, seq', 'at'), [keptFrom('notice', now)]))
  await inClass('quarantine', (remove) => remove(old('quarantine', 'id', 'received_at'), [keptFrom('quarantine', now)]))
  await inClass('gap', async (remove) => {
    for (const table of ['gap', 'node_event']) await remove(old(table, 'id', 'at'), [keptFrom('gap', now)])
  })
  await inClass('kept', async (remove) => {
    for (const { node } of await sql.all<{ node: string }>('SELECT node FROM node_state'))
      await remove('DELETE FROM downlink WHERE node = $1 AND created_at < $2', [node, keptFrom('kept', now)])
  })
  await inClass('counter', async (remove) => {
    const from = keptFrom('counter', now)
    await remove(old('ingest_minute', 't, worker', 't'), [from])
    await remove(old('ingest_lag', 't, worker, up_to', 't'), [from])
    await remove('DELETE FROM ingest_worker WHERE seen_at < $1', [from])
    await remove('DELETE FROM retention_report WHERE day < $1', [keptFrom('hour', now)])
  })
  return total
}

type Noted = { name: RetentionClass | typeof CLOCK_CLASS; removed: number; tookMs: number; now: number }

/** A person says that central's clock is right: what is old by it may go. */
export const trustClock = (sql: SqlPort, now: number): Promise<void> =>
  noteRetention(sql, { name: CLOCK_CLASS, removed: 0, tookMs: 0, now })

async function noteRetention(sql: SqlPort, work: Noted): Promise<void> {
  await sql.run(
    `INSERT INTO retention_report (class, day, removed, took_ms, at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (class, day) DO UPDATE SET removed = retention_report.removed + excluded.removed,
       took_ms = retention_report.took_ms + excluded.took_ms, at = excluded.at`,
    [work.name, cityDayOf(work.now), work.removed, work.tookMs, work.now],
  )
}

/** SQLite's raw records, a slice of each stream: within one, receive times rise with seq but for what came out of the quarantine. */
export const pruneRawByStream =
  (sql: SqlPort): PruneRaw =>
  async (from) => {
    let removed = 0
    for (const { id } of await sql.all<{ id: number }>('SELECT id FROM stream ORDER BY id')) {
      const [first] = await sql.all<{ receivedAt: number }>(
        'SELECT received_at AS "receivedAt" FROM raw WHERE stream = $1 ORDER BY seq LIMIT 1',
        [id],
      )
      if (!first || first.receivedAt >= from) continue
      removed += await sql.run(
        `DELETE FROM raw WHERE stream = $1 AND received_at < $2
           AND seq <= (SELECT MAX(seq) FROM (SELECT seq FROM raw WHERE stream = $1 ORDER BY seq LIMIT ${PRUNE_ROWS}))`,
        [id, from],
      )
      await setImmediate()
    }
    return removed
  }

async function pruneMinutes(sql: SqlPort, remove: Remove, from: number): Promise<void> {
  for (const { area } of await sql.all<{ area: string }>('SELECT DISTINCT kelurahan AS area FROM hotspot UNION SELECT $1', [CITY_AREA]))
    await remove('DELETE FROM area_minute WHERE area = $1 AND t < $2', [area, from])
}

async function pruneHours(sql: SqlPort, remove: Remove, now: number): Promise<void> {
  const from = keptFrom('hour', now)
  for (const { node } of await sql.all<{ node: string }>('SELECT node FROM node_state')) {
    await remove('DELETE FROM node_hour WHERE node = $1 AND t < $2', [node, from])
    await remove('DELETE FROM device_hour WHERE node = $1 AND t < $2', [node, from])
    // A box that makes up names keeps no more than these, and what it made up goes with them.
    await remove(
      `DELETE FROM device WHERE node = $1 AND (at < $2 OR name NOT IN
         (SELECT name FROM device WHERE node = $1 ORDER BY at DESC, name LIMIT ${DEVICES_READ_MAX}))`,
      [node, keptFrom('raw', now)],
    )
    await remove('DELETE FROM device_hour WHERE node = $1 AND name NOT IN (SELECT name FROM device WHERE node = $1)', [node])
  }
}
