/** The telemetry store in one SQLite file: WAL, and FULL on every open, because an ack says "on disk". */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { refuseNewer } from '../../platform/db/newer.ts'
import { createCheckpointer } from './checkpointer.ts'
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
  RAW,
  SESSION,
  TOTAL,
  VISIT,
  VISIT_OVER,
} from './commit-sql.ts'
import { sqlMigrations } from './migrations.ts'
import { prune, pruneRawByStream } from './prune.ts'
import { telemetryReads } from './reads.ts'
import type { SqlPort, SqlValue } from './sql-port.ts'
import {
  QUARANTINE_ROWS_MAX,
  type AreaMinute,
  type CommitWork,
  type Failpoint,
  type MarkMove,
  type NodeDay,
  type NodeHour,
  type RawRow,
  type TelemetryStore,
  type UsageSums,
} from './store-port.ts'

/** Pages that every commit touches again: the ends of all streams, of the index over time and of the sums. SQLite's own 2 MB forget them. */
const CACHE_KIBIBYTES = 64 * 1024
/**
 * Of 4 KiB: from 32 MB on, a commit moves what is left of the log into the file itself, so that the log begins anew even while
 * records never pause. Most of it has been moved by then beside this thread (checkpointer.ts).
 */
const CHECKPOINT_PAGES = 8_000
/** Waiting blocks the whole process, so a commit that finds the lock taken is soon given up (and not acked). */
const BUSY_MILLISECONDS = 1_000

export function openSqliteStore(file: string): TelemetryStore {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const db = new Sqlite(file, { timeout: BUSY_MILLISECONDS })
  db.pragma('journal_mode = WAL')
  // A reopened WAL file falls back to NORMAL, which loses acked rows at a power cut.
  db.pragma('synchronous = FULL')
  db.pragma(`cache_size = -${CACHE_KIBIBYTES}`)
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  migrate(db)
  const port = sqlPort(db)
  const commit = db.transaction(commitInto(db))
  const checkpointer = createCheckpointer(file)
  return {
    dialect: 'sqlite',
    commit(work, failpoint) {
      try {
        commit.immediate(work, failpoint)
        if (!db.memory) checkpointer.committed(work.records.length)
        return Promise.resolve('committed')
      } catch (error) {
        return error instanceof MarkMoved ? Promise.resolve('mark-moved') : Promise.reject(error as Error)
      }
    },
    ...telemetryReads(port),
    prune: (now) => prune(port, now, pruneRawByStream(port)),
    prepareDays: () => Promise.resolve(),
    async close() {
      await checkpointer.close()
      db.close()
    },
  }
}

function migrate(db: Sqlite.Database): void {
  db.exec('CREATE TABLE IF NOT EXISTS telemetry_migration (name TEXT PRIMARY KEY, ran_at INTEGER NOT NULL) STRICT')
  const migrations = sqlMigrations('sqlite')
  refuseNewer(
    db.prepare<[], string>('SELECT name FROM telemetry_migration').pluck().all(),
    migrations.map(({ name }) => name),
  )
  const done = db.prepare('SELECT 1 FROM telemetry_migration WHERE name = ?')
  for (const { name, sql } of migrations) {
    db.transaction(() => {
      if (done.get(name)) return
      db.exec(sql)
      db.prepare('INSERT INTO telemetry_migration (name, ran_at) VALUES (?, ?)').run(name, Date.now())
    }).immediate()
  }
}

function sqlPort(db: Sqlite.Database): SqlPort {
  const prepared = new Map<string, Sqlite.Statement>()
  const prepare = (sql: string) => {
    let statement = prepared.get(sql)
    if (!statement) prepared.set(sql, (statement = db.prepare(sql)))
    return statement
  }
  // SQLite knows $1 as a parameter whose name is "1".
  const named = (values: readonly SqlValue[]) => Object.fromEntries(values.map((value, i) => [i + 1, value]))
  const port: SqlPort = {
    all: <Row>(sql: string, values: readonly SqlValue[] = []) => Promise.resolve().then(() => prepare(sql).all(named(values)) as Row[]),
    run: (sql, values = []) => Promise.resolve().then(() => prepare(sql).run(named(values)).changes),
    // Every statement here runs to its end before anything else can: one connection, one thread. What a shared read
    // needs all-or-nothing it writes as one statement.
    transaction: (work) => work(port),
  }
  return port
}

class MarkMoved extends Error {}

/** Rows of one statement. With more there is nothing left to save: what remains is SQLite's own work on its trees. */
const ROWS_AT_ONCE = 40
type Value = string | number | null | undefined

/** Writes rows of one table, most of them forty in one statement. `put` appends one row's values: an array for each row was measurable. */
function rowsInto<Row>(db: Sqlite.Database, target: { into: string; conflict: string }, put: (values: Value[], row: Row) => void) {
  const columns = target.into.slice(target.into.indexOf('(') + 1, -1).split(', ')
  const row = `(${columns.map(() => '?').join(', ')})`
  const insert = (count: number) =>
    db.prepare(`INSERT INTO ${target.into} VALUES ${Array.from({ length: count }, () => row).join(', ')} ${target.conflict}`)
  const one = insert(1)
  const many = insert(ROWS_AT_ONCE)
  return (rows: readonly Row[]): void => {
    const whole = rows.length - (rows.length % ROWS_AT_ONCE)
    let values: Value[] = []
    for (const [i, row] of rows.entries()) {
      put(values, row)
      if (i < whole && values.length < ROWS_AT_ONCE * columns.length) continue
      ;(i < whole ? many : one).run(values)
      values = []
    }
  }
}

const putUsage = (values: Value[], r: UsageSums) => values.push(r.onlineMs, r.coveredMs, r.downOctets, r.upOctets, r.admitted)

function commitInto(db: Sqlite.Database) {
  const insert = (target: { into: string; conflict: string }) => {
    const columns = target.into.slice(target.into.indexOf('(') + 1, -1).split(', ')
    return db.prepare(`INSERT INTO ${target.into} VALUES (${columns.map(() => '?').join(', ')}) ${target.conflict}`)
  }
  const newStream = db.prepare('INSERT INTO stream (node, epoch, lane, mark, created_at) VALUES (?, ?, ?, 0, ?) ON CONFLICT DO NOTHING')
  const moveMark = db.prepare('UPDATE stream SET mark = ? WHERE node = ? AND epoch = ? AND lane = ? AND mark = ? RETURNING id').pluck()
  // Records come batch by batch: the name of their stream is looked up once for each.
  let streams = new Map<string, number>()
  let before: RawRow | undefined
  let stream: number | undefined
  const raw = rowsInto(db, RAW, (values, r: RawRow) => {
    if (r.node !== before?.node || r.epoch !== before.epoch || r.lane !== before.lane) stream = streams.get(streamKey(r))
    before = r
    values.push(stream, r.seq, r.kind, r.at, r.placedAt, r.mono, r.clock, r.flag, r.receivedAt, r.body)
  })
  const areaMinutes = rowsInto(db, AREA_MINUTE, (values, r: AreaMinute) => {
    values.push(r.area, r.t)
    putUsage(values, r)
  })
  const nodeHours = rowsInto(db, NODE_HOUR, (values, r: NodeHour) => {
    values.push(r.node, r.t)
    putUsage(values, r)
    values.push(r.cpuSum, r.cpuN, r.memorySum, r.memoryN, r.uplinkSum, r.uplinkN)
  })
  const nodeDays = rowsInto(db, NODE_DAY, (values, r: NodeDay) => {
    values.push(r.node, r.t)
    putUsage(values, r)
    values.push(r.watched, r.fallback)
  })
  const session = insert(SESSION)
  const play = insert(PLAY)
  const nodeState = insert(NODE_STATE)
  const total = insert(TOTAL)
  const gap = db.prepare(
    'INSERT INTO gap (node, epoch, lane, source, kind, from_seq, to_seq, records, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const event = db.prepare('INSERT INTO node_event (node, at, kind, detail) VALUES (?, ?, ?, ?)')
  const notice = insert(NOTICE)
  const device = insert(DEVICE_STATE)
  const deviceHour = insert(DEVICE_HOUR)
  const visit = insert(VISIT)
  const visitOver = db.prepare(VISIT_OVER.replaceAll(/\$\d/g, '?'))
  const minute = insert(INGEST_MINUTE)
  const lag = insert(INGEST_LAG)
  const quarantine = insert(QUARANTINE)
  const streamId = db.prepare('SELECT id FROM stream WHERE node = ? AND epoch = ? AND lane = ?').pluck()
  const outOfQuarantine = db.prepare('DELETE FROM quarantine WHERE id = ?')
  const trimQuarantine = db.prepare('DELETE FROM quarantine WHERE id <= (SELECT MAX(id) FROM quarantine) - ?')
  const delivered = db.prepare('UPDATE downlink SET delivered_at = ? WHERE node = ? AND id = ? AND delivered_at IS NULL')

  const streamKey = (row: { node: string; epoch: string; lane: string }) => `${row.node} ${row.epoch} ${row.lane}`
  const move = (m: MarkMove, at: number): number => {
    if (m.from === 0) newStream.run(m.node, m.epoch, m.lane, at)
    const id = moveMark.get(m.to, m.node, m.epoch, m.lane, m.from) as number | undefined
    if (id === undefined) throw new MarkMoved(streamKey(m))
    return id
  }
  return (work: CommitWork, failpoint?: Failpoint): void => {
    // First, so that of two who take the same row the second finds nothing.
    for (const id of work.replayed) if (outOfQuarantine.run(id).changes !== 1) throw new MarkMoved(`quarantine ${id}`)
    streams = new Map(work.moves.map((m) => [streamKey(m), move(m, work.at)]))
    before = undefined
    for (const r of work.fills) if (!streams.has(streamKey(r))) streams.set(streamKey(r), streamId.get(r.node, r.epoch, r.lane) as number)
    raw(work.records)
    raw(work.fills)
    areaMinutes(work.areaMinutes)
    nodeHours(work.nodeHours)
    nodeDays(work.nodeDays)
    for (const { node, session: s, placedAt } of work.sessions) {
      const ended = s.event === 'stop' ? 1 : 0
      session.run(
        node,
        s.id,
        s.source,
        s.device,
        s.startedAt,
        s.seconds,
        s.upOctets,
        s.downOctets,
        ended,
        s.cause ?? null,
        s.nas ?? null,
        placedAt,
        s.group ?? null,
      )
    }
    for (const r of work.plays) play.run(r.node, r.clip, r.day, r.started, r.watched, r.fallback)
    for (const r of work.gaps) gap.run(r.node, r.epoch, r.lane, r.source, r.kind, r.fromSeq, r.toSeq, r.records, r.at)
    for (const r of work.events) event.run(r.node, r.at, r.kind, r.detail)
    for (const r of work.notices) notice.run(r.node, r.epoch, r.seq, r.at, r.kind, r.detail, r.device, r.count)
    for (const r of work.devices) device.run(r.node, r.name, r.at, r.reachable, r.body, r.answered, r.answeredAt, r.since)
    for (const r of work.deviceHours)
      deviceHour.run(r.node, r.name, r.t, r.looks, r.answered, r.inOctets, r.outOctets, r.errors, r.clientsSum, r.clientsN)
    for (const { node, kelurahan, simulated, at, endsAt, visit: v } of work.visits) {
      const key = [kelurahan, Number(simulated), v.code] as const
      if (v.event === 'end') visitOver.run(...key, node)
      else visit.run(...key, v.tag, node, v.group, v.octets, v.today.seconds, v.today.octets, at, endsAt)
    }
    for (const r of work.quarantine)
      quarantine.run(r.receivedAt, r.node, r.topic, r.reason, r.bytes, r.excerpt, r.payload, r.form, r.epoch, r.lane)
    if (work.quarantine.length > 0) trimQuarantine.run(QUARANTINE_ROWS_MAX)
    for (const r of work.receipts) delivered.run(work.at, r.node, r.id)
    for (const r of work.heard) {
      const live = [r.usage, r.usageAt, r.usageSeconds, r.previousUsageSeconds, r.health, r.healthAt, r.uplinkMeasuredAt]
      const settings = [r.settings, r.settingsAt, r.refusedVersion, r.refusedReason, r.troubles, r.clock, r.lives, r.rivalAt]
      nodeState.run(r.node, r.connection, Number(r.connected), r.heardAt, r.statusAt, ...live, r.skewMs, r.epoch, r.version, ...settings)
    }
    for (const r of work.totals) total.run(r.node, r.records, r.quarantined, r.dropped, r.repeated)
    for (const r of work.minutes) minute.run(r.t, r.worker, r.commits, r.records, r.repeated, r.ahead, r.refused, r.untimed)
    for (const r of work.lags) lag.run(r.t, r.worker, r.upTo, r.records)
    failpoint?.('inserted')
  }
}
