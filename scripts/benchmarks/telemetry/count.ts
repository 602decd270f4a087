/** What is in central's store of what the boxes sent: by (node, epoch, seq), past the program that wrote it. */
import Sqlite from 'better-sqlite3'
import { Client } from 'pg'
import type { BoxLedger } from './boxes.ts'

export type StorePlace = { file: string } | { url: string }
/**
 * `lost`: seqs of a box's outbox that the store has not, under that box's name and epoch. `doubled`: rows beyond the first
 * with the same name. `foreign`: rows that no box sent. `sumsWrong`: boxes whose hours do not add up to what they sent.
 */
export type Books = { sent: number; stored: number; lost: number; doubled: number; foreign: number; sumsWrong: number }

type Stored = { node: string; epoch: string; n: number; distinct: number; within: number }

/** `within`: how many different seqs lie between 1 and the last that this box sent. */
const STORED = `SELECT stream.node, stream.epoch, COUNT(*) AS n, COUNT(DISTINCT seq) AS "distinct",
    COUNT(DISTINCT CASE WHEN seq >= 1 AND seq <= sent.last THEN seq END) AS within
  FROM raw JOIN stream ON stream.id = raw.stream LEFT JOIN sent ON sent.node = stream.node AND sent.epoch = stream.epoch
  WHERE stream.lane = 't' GROUP BY stream.node, stream.epoch, sent.last`
const SUMS = 'SELECT node, SUM(down_octets) AS octets FROM node_hour GROUP BY node'
const SENT = 'CREATE TEMPORARY TABLE sent (node TEXT, epoch TEXT, last BIGINT)'

export async function readBooks(place: StorePlace, ledger: readonly BoxLedger[]): Promise<Books> {
  const { stored, sums } = 'file' in place ? fromSqlite(place.file, ledger) : await fromPostgres(place.url, ledger)
  return compare(ledger, stored, sums)
}

function compare(ledger: readonly BoxLedger[], stored: readonly Stored[], sums: ReadonlyMap<string, number>): Books {
  const key = ({ node, epoch }: { node: string; epoch: string }) => `${node} ${epoch}`
  const byBox = new Map(stored.map((row) => [key(row), row]))
  const books: Books = { sent: 0, stored: 0, lost: 0, doubled: 0, foreign: 0, sumsWrong: 0 }
  for (const box of ledger) {
    const row = byBox.get(key(box))
    books.sent += box.last
    books.lost += box.last - (row?.within ?? 0)
    if (sums.get(box.node) !== box.downOctets) books.sumsWrong += 1
  }
  for (const row of stored) {
    books.stored += row.n
    books.doubled += row.n - row.distinct
    books.foreign += row.distinct - row.within
  }
  return books
}

function fromSqlite(file: string, ledger: readonly BoxLedger[]) {
  const db = new Sqlite(file, { fileMustExist: true })
  try {
    db.pragma('temp_store = MEMORY')
    db.exec(SENT)
    const sent = db.prepare('INSERT INTO sent VALUES (?, ?, ?)')
    for (const { node, epoch, last } of ledger) sent.run(node, epoch, last)
    const stored = db.prepare<[], Stored>(STORED).all()
    const sums = db.prepare<[], { node: string; octets: number }>(SUMS).all()
    return { stored, sums: new Map(sums.map(({ node, octets }) => [node, octets])) }
  } finally {
    db.close()
  }
}

async function fromPostgres(url: string, ledger: readonly BoxLedger[]) {
  const client = new Client({ connectionString: url, options: '-c search_path=telemetry' })
  await client.connect()
  try {
    await client.query(SENT)
    await client.query('INSERT INTO sent SELECT * FROM json_to_recordset($1::json) AS r(node text, epoch text, last bigint)', [
      JSON.stringify(ledger),
    ])
    const { rows } = await client.query<Record<keyof Stored, string>>(STORED)
    const sums = await client.query<{ node: string; octets: string }>(SUMS)
    return {
      stored: rows.map(({ node, epoch, n, distinct, within }) => ({
        node,
        epoch,
        n: Number(n),
        distinct: Number(distinct),
        within: Number(within),
      })),
      sums: new Map(sums.rows.map(({ node, octets }) => [node, Number(octets)])),
    }
  } finally {
    await client.end()
  }
}
