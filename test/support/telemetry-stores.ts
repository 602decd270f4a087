/** Runs the same test on both telemetry stores, each test with an empty one of its own. PostgreSQL starts once per file. */
import { after, test, type TestContext } from 'node:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Client } from 'pg'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { postgresMissing, startPostgres, type TestPostgres } from './postgres.ts'

export type StorePlace = { url?: string; file?: string }
export type StoreTest = (store: TelemetryStore, t: TestContext, place: StorePlace) => Promise<void>

export function onBothStores(): (name: string, body: StoreTest) => void {
  const missing = postgresMissing()
  let server: Promise<TestPostgres> | undefined
  let made = 0
  after(async () => (await server)?.stop())

  const withStore = async (place: StorePlace, t: TestContext, body: StoreTest) => {
    const store = await openTelemetryStore(place)
    try {
      await body(store, t, place)
    } finally {
      await store.close()
    }
  }
  return (name, body) => {
    void test(`${name} (SQLite)`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'telemetry-'))
      try {
        await withStore({ file: join(folder, 'telemetry.db') }, t, body)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
    void test(`${name} (PostgreSQL)`, { skip: missing ?? false }, async (t) => {
      server ??= startPostgres()
      const { url } = await server
      made += 1
      await withStore({ url: await emptyDatabase(url, `telemetry${made}`) }, t, body)
    })
  }
}

export async function emptyDatabase(url: string, name: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return Object.assign(new URL(url), { pathname: `/${name}` }).toString()
}

/** What really rests in the raw table, read past the store. */
export async function rawBodies(place: StorePlace): Promise<string[]> {
  const sql = 'SELECT body FROM raw ORDER BY stream, seq'
  if (place.file) {
    const db = new Sqlite(place.file, { readonly: true })
    try {
      return db.prepare<[], string>(sql).pluck().all()
    } finally {
      db.close()
    }
  }
  const client = new Client({ connectionString: place.url!, options: '-c search_path=telemetry' })
  await client.connect()
  try {
    return (await client.query<{ body: string }>(sql)).rows.map((row) => row.body)
  } finally {
    await client.end()
  }
}

/** The tables in which a text can be found anywhere, read past the store. */
export async function tablesWith(place: StorePlace, text: string): Promise<string[]> {
  const found = (tables: [string, object[]][]) => tables.flatMap(([name, rows]) => (JSON.stringify(rows).includes(text) ? [name] : []))
  if (place.file) {
    const db = new Sqlite(place.file, { readonly: true })
    try {
      const names = db.prepare<[], string>(`SELECT name FROM sqlite_master WHERE type = 'table'`).pluck().all()
      return found(names.map((name) => [name, db.prepare<[], object>(`SELECT * FROM "${name}"`).all()]))
    } finally {
      db.close()
    }
  }
  const client = new Client({ connectionString: place.url!, options: '-c search_path=telemetry' })
  await client.connect()
  try {
    const names = await client.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'telemetry'`)
    const tables: [string, object[]][] = []
    for (const { name } of names.rows) tables.push([name, (await client.query<object>(`SELECT * FROM "${name}"`)).rows])
    return found(tables)
  } finally {
    await client.end()
  }
}

/** The first column of a query, read past the store. Parameters are written into it. */
export async function column(place: StorePlace, sql: string): Promise<(string | number | null)[]> {
  if (place.file) {
    const db = new Sqlite(place.file, { readonly: true })
    try {
      return db.prepare<[], string | number | null>(sql).pluck().all()
    } finally {
      db.close()
    }
  }
  const client = new Client({ connectionString: place.url!, options: '-c search_path=telemetry' })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, string | number | null>>(sql)
    return rows.map((row) => Object.values(row)[0] ?? null)
  } finally {
    await client.end()
  }
}
