/**
 * One way to a database, SQLite or PostgreSQL. Everything above speaks Kysely and sees numbers for integers, counts and
 * sums in both. Booleans are 0/1, times Unix milliseconds, JSON text: what both keep alike.
 */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { CamelCasePlugin, Kysely, PostgresDialect, SqliteDialect, type Transaction } from 'kysely'
import { postgresPool } from './postgres-pool.ts'
import type { PlatformTables } from './tables.ts'

export type Dialect = 'sqlite' | 'postgres'
/** A connection or a transaction on one; a module adds its tables by `db.withTables<…>()`. */
export type Db = Kysely<PlatformTables>
export type Trx = Transaction<PlatformTables>

export type Database = {
  dialect: Dialect
  db: Db
  /** All or nothing. On PostgreSQL a deadlock or serialisation failure is tried again: `work` must only touch the database. */
  transaction<T>(work: (trx: Trx) => Promise<T>): Promise<T>
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** How long a second process (set-up beside a running central) waits for SQLite's write lock. */
const BUSY_MILLISECONDS = 5_000
/** Distinct statements of the whole application are a few hundred; preparing costs more than running. */
const PREPARED_MAX = 600
/** PostgreSQL's default is 100 connections for everyone. */
const POOL_CONNECTIONS = 10
/** No statement a person waits for takes longer; a stuck one must not hold its locks. */
const STATEMENT_MILLISECONDS = 30_000
const ATTEMPTS = 3
/** `due_at` in the database is `dueAt` in code. */
const names = new CamelCasePlugin()

/** `url` (postgres://…) wins over `file`; `:memory:` is for tests. */
export async function openDatabase(at: { url?: string | undefined; file?: string | undefined }): Promise<Database> {
  if (at.url) return openPostgres(at.url)
  if (!at.file) throw new Error('a database needs a url or a file')
  return openSqlite(at.file)
}

function openSqlite(file: string): Database {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const sqlite = new SqliteDatabase(file, { timeout: BUSY_MILLISECONDS })
  sqlite.pragma('journal_mode = WAL')
  // On every open: a reopened WAL file falls back to NORMAL, which loses acknowledged rows at a power cut.
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('foreign_keys = ON')
  const prepared = new Map<string, SqliteDatabase.Statement>()
  const prepare = (sql: string) => {
    const known = prepared.get(sql)
    if (known) return known
    // Taking the write lock at the start keeps a read-then-write transaction from failing half-way.
    const statement = sqlite.prepare(sql === 'begin' ? 'begin immediate' : sql)
    if (prepared.size >= PREPARED_MAX) prepared.clear()
    prepared.set(sql, statement)
    return statement
  }
  const db: Db = new Kysely({ dialect: new SqliteDialect({ database: { prepare, close: () => sqlite.close() } }), plugins: [names] })
  return database('sqlite', db, () => {
    sqlite.prepare('select 1').get()
    return Promise.resolve()
  })
}

function openPostgres(url: string): Database {
  const pool = postgresPool(url, { connections: POOL_CONNECTIONS, statementMilliseconds: STATEMENT_MILLISECONDS })
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [names] })
  return database('postgres', db, async () => void (await pool.query('select 1')))
}

function database(dialect: Dialect, db: Db, ping: () => Promise<void>): Database {
  return {
    dialect,
    db,
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await db.transaction().execute(work)
        } catch (error) {
          if (attempt >= ATTEMPTS || !isTransient(error)) throw error
        }
      }
    },
    ping,
    close: () => db.destroy(),
  }
}

/** PostgreSQL: 40001 serialization_failure, 40P01 deadlock_detected. */
function isTransient(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === '40001' || code === '40P01'
}
