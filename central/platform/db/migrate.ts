/** Numbered migrations, written once for both dialects with Kysely's schema builder. */
import { sql, type ColumnDefinitionBuilder, type Kysely } from 'kysely'
import type { Database, Db, Dialect } from './database.ts'
import { refuseNewer } from './newer.ts'

// A migration describes tables as they were on its day; today's table types do not apply to it.
export type MigrationDb = Kysely<any>
export type Migration = {
  /** `accounts-001`: the folder and its own number. */
  name: string
  up: (db: MigrationDb, dialect: Dialect) => Promise<void>
}

/** Any number, the same everywhere: two processes starting at once on one PostgreSQL migrate one after the other. */
const MIGRATION_LOCK = 351_577

/** Runs what has not run yet of all of this version's migrations, in the order given, in one transaction. @returns the names that ran now. */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<string[]> {
  const ran: string[] = []
  await database.transaction(async (trx) => {
    if (database.dialect === 'postgres') await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx)
    await trx.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('ran_at', 'bigint', (column) => column.notNull())
      .execute()
    const done = new Set((await trx.selectFrom('migrations').select('name').execute()).map((row) => row.name))
    refuseNewer(
      done,
      migrations.map(({ name }) => name),
    )
    ran.length = 0
    for (const migration of migrations) {
      if (done.has(migration.name)) continue
      await migration.up(trx as unknown as MigrationDb, database.dialect)
      await trx.insertInto('migrations').values({ name: migration.name, ranAt: Date.now() }).execute()
      ran.push(migration.name)
    }
  })
  return ran
}

/** A primary key that the database counts up and never gives twice. */
export function idColumn(
  dialect: Dialect,
): [name: 'id', type: 'integer' | 'bigint', build: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder] {
  return dialect === 'sqlite'
    ? ['id', 'integer', (column) => column.primaryKey().autoIncrement()]
    : ['id', 'bigint', (column) => column.primaryKey().generatedByDefaultAsIdentity()]
}

/** Makes UPDATE and DELETE of a table fail in the database itself, whoever asks. */
export async function forbidChange(db: MigrationDb | Db, dialect: Dialect, table: string): Promise<void> {
  const name = sql.raw(table)
  const message = sql.raw(`'${table} is append-only'`)
  if (dialect === 'sqlite') {
    for (const verb of ['update', 'delete']) {
      await sql`create trigger ${sql.raw(`${table}_no_${verb}`)} before ${sql.raw(verb)} on ${name} begin select raise(abort, ${message}); end`.execute(
        db,
      )
    }
    return
  }
  await sql`create function ${sql.raw(`${table}_append_only`)}() returns trigger language plpgsql as ${sql.raw(
    `$$ begin raise exception '${table} is append-only'; end $$`,
  )}`.execute(db)
  await sql`create trigger ${sql.raw(`${table}_no_change`)} before update or delete or truncate on ${name} for each statement execute function ${sql.raw(
    `${table}_append_only`,
  )}()`.execute(db)
}
