/** The telemetry store in PostgreSQL, in its own schema beside the platform's tables: one statement per table and commit. */
import type { Pool, PoolClient } from 'pg'
import { refuseNewer } from '../../platform/db/newer.ts'
import { postgresPool } from '../../platform/db/postgres-pool.ts'
import {
  AREA_MINUTE,
  DEVICE_HOUR,
  DEVICE_STATE,
  INGEST_LAG,
  INGEST_MINUTE,
  NODE_DAY,
  NODE_HOUR,
  NODE_STATE,
  NOTICE,
  PLAY,
  QUARANTINE,
  SESSION,
  TOTAL,
  VISIT,
  VISIT_OVER,
} from './commit-sql.ts'
import { sqlMigrations } from './migrations.ts'
import { prune } from './prune.ts'
import { createRawDays } from './raw-days.ts'
import { telemetryReads } from './reads.ts'
import type { SqlPort } from './sql-port.ts'
import { QUARANTINE_ROWS_MAX, type CommitWork, type Failpoint, type TelemetryStore, type VisitMove } from './store-port.ts'

const POOL_CONNECTIONS = 6
/** Longer than any bounded read here; a stuck commit must not hold the area rows. */
const STATEMENT_MILLISECONDS = 20_000
/** Two processes that start at once migrate one after the other. Any number, the same everywhere. */
const MIGRATION_LOCK = 351_578

export async function openPostgresStore(url: string): Promise<TelemetryStore> {
  const pool = postgresPool(url, {
    connections: POOL_CONNECTIONS,
    statementMilliseconds: STATEMENT_MILLISECONDS,
    // An ack means "on disk", whatever the server's own default is.
    options: '-c synchronous_commit=on -c search_path=telemetry',
  })
  try {
    await inTransaction(pool, migrate)
  } catch (error) {
    await pool.end()
    throw error
  }
  const port = sqlPort(pool, pool)
  const days = createRawDays(pool)
  let closed: Promise<void> | undefined
  return {
    dialect: 'postgres',
    commit: async (work, failpoint) => {
      try {
        await days.ready([...work.records, ...work.fills].map(({ receivedAt }) => receivedAt))
        await inTransaction(pool, (client) => commit(client, work, failpoint))
        return 'committed'
      } catch (error) {
        if (error instanceof MarkMoved) return 'mark-moved'
        days.forget()
        throw error
      }
    },
    ...telemetryReads(port),
    prune: (now) => prune(port, now, days.prune),
    prepareDays: (now) => days.ahead(now),
    close: () => (closed ??= pool.end()),
  }
}

class MarkMoved extends Error {}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    // When even ROLLBACK fails the connection is gone; the server rolls back by itself.
    await client.query('ROLLBACK').catch((cause: unknown) => {
      broken = new Error('lost the connection in a transaction', { cause })
    })
    throw error
  } finally {
    client.release(broken)
  }
}

async function migrate(client: PoolClient): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
  await client.query('CREATE SCHEMA IF NOT EXISTS telemetry')
  await client.query('CREATE TABLE IF NOT EXISTS telemetry_migration (name TEXT PRIMARY KEY, ran_at BIGINT NOT NULL)')
  const { rows } = await client.query<{ name: string }>('SELECT name FROM telemetry_migration')
  const done = new Set(rows.map((row) => row.name))
  const migrations = sqlMigrations('postgres')
  refuseNewer(
    done,
    migrations.map(({ name }) => name),
  )
  for (const { name, sql } of migrations) {
    if (done.has(name)) continue
    await client.query(sql)
    await client.query('INSERT INTO telemetry_migration (name, ran_at) VALUES ($1, $2)', [name, Date.now()])
  }
}

function sqlPort(pool: Pool, on: Pool | PoolClient): SqlPort {
  return {
    all: async <Row>(sql: string, values: readonly unknown[] = []) => (await on.query(sql, [...values])).rows as Row[],
    run: async (sql, values = []) => (await on.query(sql, [...values])).rowCount ?? 0,
    transaction: (work) => inTransaction(pool, (client) => work(sqlPort(pool, client))),
  }
}

/** PostgreSQL's text knows neither NUL nor half a surrogate pair; a box must not be able to make a commit fail with one. */
const storable = (_key: string, value: unknown) => (typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value)

const USAGE_COLUMNS = `"onlineMs" bigint, "coveredMs" bigint, "downOctets" bigint, "upOctets" bigint, admitted bigint`
const USAGE = `"onlineMs", "coveredMs", "downOctets", "upOctets", admitted`
const HEALTH_COLUMNS = `"cpuSum" float8, "cpuN" bigint, "memorySum" float8, "memoryN" bigint, "uplinkSum" float8, "uplinkN" bigint`
const HEALTH = `"cpuSum", "cpuN", "memorySum", "memoryN", "uplinkSum", "uplinkN"`

/** Rows that several workers may touch are written in one order, so that they wait for each other and never deadlock. */
const upsert = (target: { into: string; conflict: string }, columns: string, select: string, order: string) =>
  `INSERT INTO ${target.into} SELECT ${select} FROM json_to_recordset($1::json) AS r(${columns}) ORDER BY ${order} ${target.conflict}`

const NEW_STREAMS = `INSERT INTO stream (node, epoch, lane, mark, created_at)
  SELECT node, epoch, lane, 0, $2 FROM json_to_recordset($1::json) AS r(node text, epoch text, lane text)
  ORDER BY node, epoch, lane ON CONFLICT DO NOTHING`
const MOVE_MARKS = `UPDATE stream SET mark = r."to"
  FROM json_to_recordset($1::json) AS r(node text, epoch text, lane text, "from" bigint, "to" bigint)
  WHERE stream.node = r.node AND stream.epoch = r.epoch AND stream.lane = r.lane AND stream.mark = r."from"`
const RAW = `INSERT INTO raw (stream, seq, kind, at, placed_at, mono, clock, flag, received_at, body)
  SELECT stream.id, seq, kind, at, "placedAt", mono, clock, flag, "receivedAt", body
  FROM json_to_recordset($1::json) AS r(node text, epoch text, lane text, seq bigint, kind text, at bigint, "placedAt" bigint,
    mono bigint, clock text, flag text, "receivedAt" bigint, body text)
  JOIN stream USING (node, epoch, lane)`
const HEARD_COLUMNS = `node text, connection text, connected bool, "heardAt" bigint, "statusAt" bigint, usage text, "usageAt" bigint,
  "usageSeconds" bigint, "previousUsageSeconds" bigint, health text, "healthAt" bigint, "uplinkMeasuredAt" bigint, "skewMs" bigint,
  epoch text, version text, settings bigint, "settingsAt" bigint, "refusedVersion" bigint, "refusedReason" text, troubles text,
  clock text, lives text, "rivalAt" bigint`
const HEARD = `node, connection, connected::int, "heardAt", "statusAt", usage, "usageAt", "usageSeconds", "previousUsageSeconds",
  health, "healthAt", "uplinkMeasuredAt", "skewMs", epoch, version,
  settings, "settingsAt", "refusedVersion", "refusedReason", troubles, clock, lives, "rivalAt"`

const DAY_COLUMNS = `node text, t bigint, ${USAGE_COLUMNS}, watched bigint, fallback bigint`
const SESSION_COLUMNS = `node text, id text, source text, device text, "startedAt" bigint, seconds bigint, "upOctets" bigint,
  "downOctets" bigint, ended bigint, cause text, nas text, "placedAt" bigint, "group" text`
const SESSION_VALUES = `node, id, source, device, "startedAt", seconds, "upOctets", "downOctets", ended, cause, nas, "placedAt", "group"`
const NOTICE_COLUMNS = 'node text, epoch text, seq bigint, at bigint, kind text, detail text, device text, count bigint'
const VISIT_COLUMNS = `kelurahan text, simulated int, code text, tag text, node text, "group" text, octets bigint, "todaySeconds" bigint,
  "todayOctets" bigint, at bigint, "endsAt" bigint`
const PLAY_COLUMNS = 'node text, clip text, day bigint, started bigint, watched bigint, fallback bigint'
const TOTAL_COLUMNS = 'node text, records bigint, quarantined bigint, dropped bigint, repeated bigint'
const MINUTE_COLUMNS =
  't bigint, worker text, commits bigint, records bigint, repeated bigint, ahead bigint, refused bigint, untimed bigint'
const GAPS = `INSERT INTO gap (node, epoch, lane, source, kind, from_seq, to_seq, records, at)
  SELECT node, epoch, lane, source, kind, "fromSeq", "toSeq", records, at FROM json_to_recordset($1::json)
    AS r(node text, epoch text, lane text, source text, kind text, "fromSeq" bigint, "toSeq" bigint, records bigint, at bigint)`
const EVENTS = `INSERT INTO node_event (node, at, kind, detail)
  SELECT node, at, kind, detail FROM json_to_recordset($1::json) AS r(node text, at bigint, kind text, detail text)`
const REFUSALS = `INSERT INTO ${QUARANTINE.into}
  SELECT "receivedAt", node, topic, reason, bytes, excerpt, payload, form, epoch, lane FROM json_to_recordset($1::json)
    AS r("receivedAt" bigint, node text, topic text, reason text, bytes bigint, excerpt text, payload text,
      form text, epoch text, lane text)`
const OUT_OF_QUARANTINE = 'DELETE FROM quarantine WHERE id = ANY($1)'
const TRIM_REFUSALS = 'DELETE FROM quarantine WHERE id <= (SELECT MAX(id) FROM quarantine) - $1'
const RECEIPTS = `UPDATE downlink SET delivered_at = $2 FROM json_to_recordset($1::json) AS r(node text, id text)
  WHERE downlink.node = r.node AND downlink.id = r.id AND delivered_at IS NULL`

const HOURS = upsert(NODE_HOUR, `node text, t bigint, ${USAGE_COLUMNS}, ${HEALTH_COLUMNS}`, `node, t, ${USAGE}, ${HEALTH}`, 'node, t')
const AREAS = upsert(AREA_MINUTE, `area text, t bigint, ${USAGE_COLUMNS}`, `area, t, ${USAGE}`, 'area, t')
const DAYS = upsert(NODE_DAY, DAY_COLUMNS, `node, t, ${USAGE}, watched, fallback`, 't, node')
const SESSIONS = upsert(SESSION, SESSION_COLUMNS, SESSION_VALUES, 'node, id')
const PLAYS = upsert(PLAY, PLAY_COLUMNS, 'node, clip, day, started, watched, fallback', 'node, clip, day')
const NOTICES = upsert(NOTICE, NOTICE_COLUMNS, 'node, epoch, seq, at, kind, detail, device, count', 'node, seq')
const DEVICES = upsert(
  DEVICE_STATE,
  'node text, name text, at bigint, reachable bigint, body text, answered text, "answeredAt" bigint, since bigint',
  'node, name, at, reachable, body, answered, "answeredAt", since',
  'node, name',
)
const DEVICE_HOURS = upsert(
  DEVICE_HOUR,
  `node text, name text, t bigint, looks bigint, answered bigint, "inOctets" float8, "outOctets" float8, errors float8,
   "clientsSum" float8, "clientsN" bigint`,
  'node, name, t, looks, answered, "inOctets", "outOctets", errors, "clientsSum", "clientsN"',
  'node, name, t',
)
const VISITS = upsert(
  VISIT,
  VISIT_COLUMNS,
  'kelurahan, simulated, code, tag, node, "group", octets, "todaySeconds", "todayOctets", at, "endsAt"',
  'kelurahan, code',
)
const STATES = upsert(NODE_STATE, HEARD_COLUMNS, HEARD, 'node')
const TOTALS = upsert(TOTAL, TOTAL_COLUMNS, 'node, records, quarantined, dropped, repeated', 'node')
const MINUTES = upsert(INGEST_MINUTE, MINUTE_COLUMNS, 't, worker, commits, records, repeated, ahead, refused, untimed', 't, worker')
const LAGS = upsert(INGEST_LAG, 't bigint, worker text, "upTo" bigint, records bigint', 't, worker, "upTo", records', 't, worker, "upTo"')

async function commit(client: PoolClient, work: CommitWork, failpoint?: Failpoint): Promise<void> {
  const each = async (rows: readonly unknown[], sql: string, ...more: unknown[]) =>
    rows.length === 0 ? 0 : ((await client.query(sql, [JSON.stringify(rows, storable), ...more])).rowCount ?? 0)
  const firstMoves = work.moves.filter((move) => move.from === 0)
  const sessions = work.sessions.map(({ node, session, placedAt }) => {
    return { ...session, node, placedAt, ended: Number(session.event === 'stop') }
  })

  // First, so that of two who take the same row the second finds nothing.
  if (work.replayed.length > 0) {
    const { rowCount } = await client.query(OUT_OF_QUARANTINE, [work.replayed])
    if (rowCount !== work.replayed.length) throw new MarkMoved('somebody else took it out of the quarantine')
  }
  await each(firstMoves, NEW_STREAMS, work.at)
  if ((await each(work.moves, MOVE_MARKS)) !== work.moves.length) throw new MarkMoved('another writer moved a mark')
  await each(work.records, RAW)
  await each(work.fills, RAW)
  await each(work.areaMinutes, AREAS)
  await each(work.nodeHours, HOURS)
  await each(work.nodeDays, DAYS)
  await each(sessions, SESSIONS)
  await each(work.plays, PLAYS)
  await each(work.gaps, GAPS)
  await each(work.events, EVENTS)
  await each(work.quarantine, REFUSALS)
  if (work.quarantine.length > 0) await client.query(TRIM_REFUSALS, [QUARANTINE_ROWS_MAX])
  await each(work.receipts, RECEIPTS, work.at)
  await each(work.notices, NOTICES)
  await each(work.devices, DEVICES)
  await each(work.deviceHours, DEVICE_HOURS)
  await commitVisits(client, work.visits)
  await each(work.heard, STATES)
  await each(work.totals, TOTALS)
  await each(work.minutes, MINUTES)
  await each(work.lags, LAGS)
  failpoint?.('inserted')
}

/** One session may begin and end within a commit: its last word counts, and an upsert may meet a row only once. */
async function commitVisits(client: PoolClient, moves: VisitMove[]): Promise<void> {
  const begun = new Map<string, VisitMove>()
  for (const move of moves) {
    const key = `${move.kelurahan} ${move.simulated} ${move.visit.code}`
    const before = begun.get(key)
    if (move.visit.event === 'begin') {
      if (!before || move.at >= before.at) begun.set(key, move)
    } else {
      if (before?.node === move.node) begun.delete(key)
      await client.query(VISIT_OVER, [move.kelurahan, Number(move.simulated), move.visit.code, move.node])
    }
  }
  if (begun.size === 0) return
  const rows = [...begun.values()].map(({ node, kelurahan, simulated, at, endsAt, visit }) => {
    const { code, tag, group, octets, today } = visit
    const row = { kelurahan, simulated: Number(simulated), code, tag, node, group, octets, at, endsAt }
    return { ...row, todaySeconds: today.seconds, todayOctets: today.octets }
  })
  await client.query(VISITS, [JSON.stringify(rows, storable)])
}
