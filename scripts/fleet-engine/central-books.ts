/** What central has of some boxes, read past the program that wrote it. Both databases have the same tables. */
import Sqlite from 'better-sqlite3'
import { Client } from 'pg'
import { sumOf, type Fact } from './ledger.ts'

export type CentralPlace = { telemetry: string; city: string } | { url: string }

/** `from` to `to`: numbers of one lane that will never come, by the box's own word. */
export type GapRange = { node: string; lane: string; from: number; to: number }

export type CentralBooks = {
  /** Everything stored, of all nodes; `code` of complaints. */
  stored: (each: (fact: Fact) => void) => Promise<void>
  quarantined: (each: (at: { node: string; mono: number; kind: string; reason: string }) => void) => Promise<void>
  /** A quarantine that could not name the record. */
  gaps: () => Promise<GapRange[]>
  /** Ticket codes that the government's part has. */
  complaintCodes: () => Promise<Set<string>>
  /** Octets of usage: in the records, and in the charts of days. */
  octets: () => Promise<{ records: number; charts: number }>
  close: () => Promise<void>
}

/** PostgreSQL's driver gives a BIGINT as text. */
type Whole = number | string

type Ask = <Row extends object>(sql: string, each: (row: Row) => void) => Promise<void>

const STORED = 'SELECT node, epoch, lane, seq, kind, mono, body FROM raw JOIN stream ON stream.id = raw.stream'
const QUARANTINED = "SELECT node, payload, reason FROM quarantine WHERE form = 'record' AND node IS NOT NULL"
const GAPS = "SELECT node, lane, from_seq, to_seq FROM gap WHERE source = 'jump'"

export async function openCentralBooks(place: CentralPlace): Promise<CentralBooks> {
  const { telemetry, city, close, jsonNumber } = 'url' in place ? await onPostgres(place.url) : onSqlite(place)
  return {
    stored: (each) =>
      telemetry<Omit<Fact, 'sum' | 'code' | 'seq' | 'mono'> & { seq: Whole; mono: Whole; body: string }>(
        STORED,
        ({ body, seq, mono, ...row }) =>
          each({ ...row, seq: Number(seq), mono: Number(mono), sum: sumOf(body), code: row.kind === 'complaint' ? codeIn(body) : null }),
      ),
    quarantined: (each) =>
      telemetry<{ node: string; payload: string; reason: string }>(QUARANTINED, ({ node, payload, reason }) => {
        const { mono, kind } = JSON.parse(payload) as { mono: number; kind: string }
        each({ node, mono, kind, reason })
      }),
    async gaps() {
      const ranges: GapRange[] = []
      await telemetry<{ node: string; lane: string; from_seq: Whole; to_seq: Whole }>(GAPS, ({ node, lane, from_seq, to_seq }) =>
        ranges.push({ node, lane, from: Number(from_seq), to: Number(to_seq) }),
      )
      return ranges
    },
    async complaintCodes() {
      const codes = new Set<string>()
      await city<{ code: string }>('SELECT code FROM complaints', ({ code }) => codes.add(code))
      return codes
    },
    async octets() {
      const sum = async (sql: string) => {
        let total = 0
        await telemetry<{ n: number | string | null }>(sql, ({ n }) => (total = Number(n ?? 0)))
        return total
      }
      return {
        records: await sum(`SELECT SUM(${jsonNumber('downOctets')}) AS n FROM raw WHERE kind = 'usage'`),
        charts: await sum('SELECT SUM(down_octets) AS n FROM node_day'),
      }
    },
    close,
  }
}

const codeIn = (body: string): string | null => (JSON.parse(body) as { code?: string }).code ?? null

type Opened = { telemetry: Ask; city: Ask; jsonNumber: (name: string) => string; close: () => Promise<void> }

function onSqlite({ telemetry, city }: { telemetry: string; city: string }): Opened {
  const open = (file: string) => new Sqlite(file, { readonly: true, fileMustExist: true })
  const databases = [open(telemetry), open(city)] as const
  const asking =
    (db: Sqlite.Database): Ask =>
    (sql, each) => {
      for (const row of db.prepare(sql).iterate()) each(row as never)
      return Promise.resolve()
    }
  return {
    telemetry: asking(databases[0]),
    city: asking(databases[1]),
    jsonNumber: (name) => `json_extract(body, '$.${name}')`,
    close: () => Promise.resolve(databases.forEach((db) => db.close())),
  }
}

/** Rows fetched at once: a cursor, so that a large city does not have to fit in memory. */
const FETCH_ROWS = 20_000

async function onPostgres(url: string): Promise<Opened> {
  const connect = async (schema: string) => {
    const client = new Client({ connectionString: url, options: `-c search_path=${schema}` })
    await client.connect()
    return client
  }
  const clients = [await connect('telemetry'), await connect('public')] as const
  const asking =
    (client: Client): Ask =>
    async (sql, each) => {
      await client.query('BEGIN READ ONLY')
      await client.query(`DECLARE books CURSOR FOR ${sql}`)
      for (let more = true; more;) {
        const { rows } = await client.query(`FETCH ${FETCH_ROWS} FROM books`)
        for (const row of rows) each(row as never)
        more = rows.length === FETCH_ROWS
      }
      await client.query('COMMIT')
    }
  return {
    telemetry: asking(clients[0]),
    city: asking(clients[1]),
    jsonNumber: (name) => `(body::json->>'${name}')::numeric`,
    close: async () => void (await Promise.all(clients.map((client) => client.end()))),
  }
}
