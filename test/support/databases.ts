/** Runs the same test on SQLite and on PostgreSQL: every rule that lives in a query is proved on both. */
import { after, test, type TestContext } from 'node:test'
import { openDatabase, type Database } from '#central/platform/db/database.ts'
import { postgresMissing, startPostgres, type TestPostgres } from './postgres.ts'

export type OnBoth = (name: string, body: (database: Database, t: TestContext) => Promise<void>) => void

/** `prepare` migrates and seeds a fresh, empty database; each test gets its own. PostgreSQL starts once per file. */
export function onBothDatabases(prepare: (database: Database) => Promise<void>): OnBoth {
  const missing = postgresMissing()
  let server: Promise<TestPostgres> | undefined
  let made = 0
  after(async () => (await server)?.stop())
  return (name, body) => {
    test(`${name} (SQLite)`, async (t) => {
      const database = await openDatabase({ file: ':memory:' })
      try {
        await prepare(database)
        await body(database, t)
      } finally {
        await database.close()
      }
    })
    test(`${name} (PostgreSQL)`, { skip: missing ?? false }, async (t) => {
      server ??= startPostgres()
      const { url } = await server
      made += 1
      const database = await openDatabase({ url: await emptyDatabase(url, `t${made}`) })
      try {
        await prepare(database)
        await body(database, t)
      } finally {
        await database.close()
      }
    })
  }
}

async function emptyDatabase(url: string, name: string): Promise<string> {
  const { Client } = (await import('pg')).default
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return Object.assign(new URL(url), { pathname: `/${name}` }).toString()
}
