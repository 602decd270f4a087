/**
 * All SQL of the box's RADIUS side. Records arrive one by one and are committed together: whatever came in during one
 * turn of the event loop shares one fsync, and nobody is answered before it.
 *
 * No MAC address, name or password is kept here: a stolen card tells pseudonyms and octets.
 */
import type Database from 'better-sqlite3'
import {
  account,
  endForRestart,
  endForSilence,
  SILENT_AFTER_MS,
  type Accounted,
  type AccountingRecord,
  type AcctSession,
} from './accounting.ts'
import { toWire } from './reports.ts'
import { changeStore, type ChangeStore } from './change/store.ts'
import { groupCommit, type Committed } from './group-commit.ts'
import { logSync } from './log-sync.ts'
import { COLUMNS, openSessionsDatabase } from './sessions-database.ts'
import { decodeBody } from '../wire/schemas.ts'
import type { Session } from '../wire/session.ts'
import type { VoucherStore } from './vouchers.ts'

/**
 * Reports the outbox has not taken, which it refuses only when it is full of events itself after weeks without central.
 * Access points are answered all the same: the sessions are safe here, and the oldest report makes room.
 */
const REPORTS_MAX = 50_000
/** Central keeps the sessions; here they only serve late records and questions at the counter. */
const KEPT_MS = 30 * 86_400_000
const KEPT_SESSIONS_MAX = 100_000
/** What one access point at its rate limit can add between two sweeps, so the store cannot outgrow them. */
const PRUNED_AT_ONCE_MAX = 30_000
const SILENT_AT_ONCE_MAX = 2000
/** Twice what access points of one box hold at once; some 400 octets each. */
const LATEST_MAX = 4096
/** A box's access points hold a few hundred; the rest is somebody's mistake. */
const RUNNING_MAX = 5_000

type PendingReport = { seq: number; body: Session }

export type SessionsStore = VoucherStore & {
  /** False: refused, too much is waiting. Else `done` is called once, `durable` only after the commit is on disk. */
  submit(record: AccountingRecord, done: (outcome: Committed) => void): boolean
  /** Ends sessions long unheard of and forgets old ones. */
  sweep(now: number): Committed
  pendingReports(limit: number): PendingReport[]
  /** The outbox has everything up to this seq. */
  reported(seq: number): Committed
  sessions(): AcctSession[]
  running(): AcctSession[]
  /** The latest life of this session id. */
  session(sessionKey: string): AcctSession | undefined
  readonly changes: ChangeStore
  /** Commits what waits, then closes. */
  close(): void
}

export type SessionsStoreOptions = {
  file: string
  reportsMax?: number
  onReportsDropped?: (count: number) => void
  log?: (line: string) => void
}

/** @throws when the file cannot be opened or belongs to a newer version. */
export function openSessionsStore({
  file,
  reportsMax = REPORTS_MAX,
  onReportsDropped = () => {},
  log: logLine,
}: SessionsStoreOptions): SessionsStore {
  const db = openSessionsDatabase(file, logLine)
  const sql = prepare(db)
  let dropped = 0
  let reportsPending = sql.reportCount.get()!.count

  /** Of the sessions heard of lately: a record then needs no reading. Emptied whenever a commit fails. */
  const latest = new Map<string, AcctSession>()
  const latestOf = (sessionKey: string): AcctSession | undefined => latest.get(sessionKey) ?? sql.latest.get(sessionKey)
  const rememberLatest = (session: AcctSession): void => {
    if ((latest.get(session.sessionKey)?.generation ?? 0) > session.generation) return
    if (latest.size >= LATEST_MAX) latest.clear()
    latest.set(session.sessionKey, session)
  }

  const write = ({ sessions, reports }: Accounted): void => {
    for (const session of sessions) {
      rememberLatest(session)
      // Most records only move a running session's counters, which touches no index.
      const advanced =
        session.stoppedAt === null && sql.advance.run(...countsOf(session), session.sessionKey, session.generation).changes > 0
      if (!advanced) sql.put.run(...rowOf(session))
    }
    for (const report of reports) sql.addReport.run(JSON.stringify(toWire(report)))
    reportsPending += reports.length
    if (reportsPending > reportsMax) {
      const { changes } = sql.dropOldestReports.run(reportsPending - reportsMax)
      reportsPending -= changes
      dropped += changes
    }
  }

  const apply = (record: AccountingRecord): void => {
    if ('sessionKey' in record) return write(account(latestOf(record.sessionKey), record))
    for (const running of sql.runningOf.all(record.nasKey)) {
      const ended = endForRestart(running, record)
      if (ended) write({ sessions: [ended], reports: [{ event: 'stop', session: ended }] })
    }
  }

  const inTransaction = db.transaction((work: () => void) => work())
  const commit = (work: () => void): Committed => {
    const before = reportsPending
    dropped = 0
    try {
      inTransaction.immediate(work)
      if (dropped > 0) onReportsDropped(dropped)
      return 'durable'
    } catch {
      // A full or failing disk. The caller counts it and stays silent, so that the access point keeps the record.
      reportsPending = before
      latest.clear()
      return 'failed'
    }
  }

  /** Not waited for on the disk: whoever needs to know asks `log`. */
  const commitSoon = (work: () => void): Committed => {
    db.pragma('synchronous = NORMAL')
    try {
      return commit(work)
    } finally {
      db.pragma('synchronous = FULL')
    }
  }
  const log = logSync(file)
  const records = groupCommit<AccountingRecord>({
    write: (batch) => commitSoon(() => batch.forEach(apply)) === 'durable',
    sync: (done) =>
      log.sync((isDurable) => {
        if (!isDurable) leaveLog(db)
        done(isDurable)
      }),
    syncNow: log.syncNow,
  })

  return {
    submit: records.submit,
    sweep(now) {
      return commit(() => {
        for (const running of sql.silent.all(now - SILENT_AFTER_MS, SILENT_AT_ONCE_MAX)) {
          const ended = endForSilence(running, now)
          if (ended) write({ sessions: [ended], reports: [{ event: 'stop', session: ended }] })
        }
        latest.clear()
        sql.pruneStopped.run(now - KEPT_MS, PRUNED_AT_ONCE_MAX)
        const excess = sql.count.get()!.count - KEPT_SESSIONS_MAX
        if (excess > 0) sql.pruneOldest.run(Math.min(excess, PRUNED_AT_ONCE_MAX))
      })
    },
    pendingReports: (limit) => {
      const readable: PendingReport[] = []
      for (const { seq, body } of sql.reports.all(limit)) {
        const report = decodeReport(body)
        if (report) readable.push({ seq, body: report })
        else if (commit(() => void (reportsPending -= sql.dropReport.run(seq).changes)) === 'durable') onReportsDropped(1)
      }
      return readable
    },
    // A power cut brings reports back that the outbox has; told twice they change nothing.
    reported: (seq) =>
      commitSoon(() => {
        reportsPending -= sql.dropReports.run(seq).changes
      }),
    sessions: () => sql.everything.all(),
    running: () => sql.running.all(RUNNING_MAX),
    session: (sessionKey) => sql.latest.get(sessionKey),
    changes: changeStore(db, commit),
    voucherHolders: () => sql.holders.all(),
    holdVoucher: (voucher, device) => commit(() => void sql.hold.run(voucher, device)) === 'durable',
    forgetVouchers: (gone) => void commit(() => gone.forEach((voucher) => sql.forgetVoucher.run(voucher))),
    close() {
      records.close()
      log.close()
      db.close()
    },
  }
}

/**
 * What a disk has refused to sync it may have forgotten, and a hole in the log hides everything behind it: so all of it goes
 * over to the database, and the log begins anew. Where that fails too, the next commit will say so.
 */
function leaveLog(db: Database.Database): void {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)')
  } catch {
    // A disk that takes nothing: nobody is answered until it does.
  }
}

function prepare(db: Database.Database) {
  return {
    latest: db.prepare<[string], AcctSession>(`SELECT ${COLUMNS} FROM session WHERE session_key = ? ORDER BY generation DESC LIMIT 1`),
    runningOf: db.prepare<[string], AcctSession>(`SELECT ${COLUMNS} FROM session WHERE nas_key = ? AND stopped_at IS NULL`),
    silent: db.prepare<[number, number], AcctSession>(`SELECT ${COLUMNS} FROM session WHERE stopped_at IS NULL AND heard_at < ? LIMIT ?`),
    everything: db.prepare<[], AcctSession>(`SELECT ${COLUMNS} FROM session ORDER BY started_at, session_key, generation`),
    running: db.prepare<[number], AcctSession>(`SELECT ${COLUMNS} FROM session WHERE stopped_at IS NULL ORDER BY started_at LIMIT ?`),
    holders: db.prepare<[], { voucher: string; device: string }>('SELECT voucher, device FROM voucher_holder'),
    hold: db.prepare<[string, string]>('INSERT OR IGNORE INTO voucher_holder VALUES (?, ?)'),
    forgetVoucher: db.prepare<[string]>('DELETE FROM voucher_holder WHERE voucher = ?'),
    count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM session'),
    advance: db.prepare(
      `UPDATE session SET device = ?, started_at = ?, heard_at = ?, seconds = ?, up_octets = ?, down_octets = ?, interims = ?,
         update_reported_at = ?, account = ?, group_name = ?, source = ? WHERE session_key = ? AND generation = ? AND stopped_at IS NULL`,
    ),
    put: db.prepare(`INSERT OR REPLACE INTO session VALUES (${'?, '.repeat(18)}?)`),
    pruneStopped: db.prepare<[number, number]>(
      `DELETE FROM session WHERE (session_key, generation) IN
         (SELECT session_key, generation FROM session WHERE stopped_at < ? ORDER BY stopped_at LIMIT ?)`,
    ),
    pruneOldest: db.prepare<[number]>(
      `DELETE FROM session WHERE (session_key, generation) IN
         (SELECT session_key, generation FROM session ORDER BY stopped_at IS NULL, heard_at LIMIT ?)`,
    ),
    addReport: db.prepare<[string]>('INSERT INTO report (body) VALUES (?)'),
    reports: db.prepare<[number], { seq: number; body: string }>('SELECT seq, body FROM report ORDER BY seq LIMIT ?'),
    dropReport: db.prepare<[number]>('DELETE FROM report WHERE seq = ?'),
    dropReports: db.prepare<[number]>('DELETE FROM report WHERE seq <= ?'),
    dropOldestReports: db.prepare<[number]>('DELETE FROM report WHERE seq IN (SELECT seq FROM report ORDER BY seq LIMIT ?)'),
    reportCount: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM report'),
  }
}

/** A flipped bit leaves words that are no report: it would stand in the way of all that come after it. */
function decodeReport(words: string): Session | undefined {
  try {
    const decoded = decodeBody('session', JSON.parse(words))
    return decoded.ok ? (decoded.value as Session) : undefined
  } catch {
    return undefined
  }
}

const countsOf = (session: AcctSession): (string | number | null)[] => [
  session.device,
  session.startedAt,
  session.heardAt,
  session.seconds,
  session.upOctets,
  session.downOctets,
  session.interims,
  session.updateReportedAt,
  session.account,
  session.group,
  session.source,
]

/** In the order of the table's columns. */
const rowOf = (session: AcctSession): (string | number | null)[] => [
  session.sessionKey,
  session.generation,
  session.nasKey,
  session.nas,
  session.acctSessionId,
  session.device,
  session.startedAt,
  session.heardAt,
  session.seconds,
  session.upOctets,
  session.downOctets,
  session.interims,
  session.stoppedAt,
  session.cause,
  session.stoppedBy,
  session.updateReportedAt,
  session.account,
  session.group,
  session.source,
]
