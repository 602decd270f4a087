import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { openDatabase } from '#central/platform/db/database.ts'
import { forbidChange, idColumn, migrate, type Migration } from '#central/platform/db/migrate.ts'
import { onBothDatabases } from '#test/support/databases.ts'

const things: Migration = {
  name: 'things-001',
  up: async (db, dialect) => {
    await db.schema
      .createTable('things')
      .addColumn(...idColumn(dialect))
      .addColumn('octets', 'bigint', (column) => column.notNull())
      .execute()
    await forbidChange(db, dialect, 'things')
  },
}
type Things = { things: { id: number | undefined; octets: number } }

const onBoth = onBothDatabases(async (database) => void (await migrate(database, [things])))

onBoth('a migration runs once', async (database) => {
  assert.deepEqual(await migrate(database, [things]), [])
})

onBoth('a migration that fails leaves nothing behind', async (database) => {
  const broken: Migration = {
    name: 'broken-001',
    up: async (db) => {
      await db.schema.createTable('half').addColumn('a', 'integer').execute()
      throw new Error('planted')
    },
  }
  await assert.rejects(migrate(database, [things, broken]), /planted/)
  await assert.rejects(sql`select * from half`.execute(database.db))
  assert.deepEqual(await migrate(database, [things]), [])
})

onBoth('big integers, counts and sums are numbers', async (database) => {
  const db = database.db.withTables<Things>()
  await db
    .insertInto('things')
    .values([{ octets: 9_007_199_254_740_000 }, { octets: 1 }] as never)
    .execute()
  const row = await db
    .selectFrom('things')
    .select((e) => [e.fn.countAll<number>().as('n'), e.fn.sum<number>('octets').as('total'), e.fn.max('id').as('last')])
    .executeTakeFirstOrThrow()
  assert.deepEqual(row, { n: 2, total: 9_007_199_254_740_001, last: 2 })
})

onBoth('an append-only table refuses UPDATE and DELETE', async (database) => {
  const db = database.db.withTables<Things>()
  await db
    .insertInto('things')
    .values({ octets: 5 } as never)
    .execute()
  await assert.rejects(db.updateTable('things').set({ octets: 6 }).execute(), /append-only/)
  await assert.rejects(db.deleteFrom('things').execute(), /append-only/)
})

onBoth('a transaction that throws is undone', async (database) => {
  await assert.rejects(
    database.transaction(async (trx) => {
      await trx
        .withTables<Things>()
        .insertInto('things')
        .values({ octets: 5 } as never)
        .execute()
      throw new Error('planted')
    }),
    /planted/,
  )
  assert.deepEqual(await database.db.withTables<Things>().selectFrom('things').selectAll().execute(), [])
})

test('SQLite is WAL with synchronous FULL on every open, not only the first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'broadband-city-db-'))
  try {
    for (const _open of ['first', 'second']) {
      const database = await openDatabase({ file: join(folder, 'city.db') })
      const read = async (name: string) =>
        Object.values((await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(database.db)).rows[0]!)[0]
      assert.deepEqual([await read('journal_mode'), await read('synchronous'), await read('foreign_keys')], ['wal', 2, 1])
      await database.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
