/** How long the NOC's pages wait for the store when fifty million records rest in it: both databases, one after the other. */
import { mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { quantile } from '../gate/quantile.ts'
import type { BenchRow } from '../row.ts'
import { checkAgreement } from './agreement.ts'
import { fillRawPostgres, fillRawSqlite } from './fill-raw.ts'
import { fillStore } from './fill.ts'
import { askPages, type Asked } from './pages.ts'
import { FILLING, startBenchPostgres } from './postgres.ts'
import { samplesOf, weeksOf, type Weeks } from './weeks.ts'

const P95_MILLISECONDS_MAX = 60
/** Twice what a sample was measured to take on PostgreSQL with its indexes. */
const BYTES_A_SAMPLE = 1_000

type Place = { url: string } | { file: string }
/** `bytes`: what the database takes on the disk. */
type Filled = { name: string; asked: Asked[]; compared: number; bytes: number; seconds: number }

export async function benchQueries(samples: number): Promise<BenchRow[]> {
  const weeks = weeksOf(samples, Date.now())
  const { bavail, bsize } = statfsSync(tmpdir())
  if (bavail * bsize < samplesOf(weeks) * BYTES_A_SAMPLE)
    throw new Error(
      `${samplesOf(weeks).toLocaleString('en')} samples need ${Math.ceil((samplesOf(weeks) * BYTES_A_SAMPLE) / 1e9)} GB in ${tmpdir()}`,
    )
  const folder = mkdtempSync(join(tmpdir(), 'bench-queries-'))
  try {
    const sqlite = await measure('SQLite', { file: join(folder, 'telemetry.db') }, weeks)
    rmSync(join(folder, 'telemetry.db'))
    const server = await startBenchPostgres(FILLING)
    try {
      return queryRows([sqlite, await measure('PostgreSQL', { url: server.url }, weeks)], weeks)
    } finally {
      await server.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(name: string, place: Place, weeks: Weeks): Promise<Filled> {
  const tell = (line: string) => process.stderr.write(`    ${name}: ${line}\n`)
  tell(`filling with ${samplesOf(weeks).toLocaleString('en')} samples of ${weeks.boxes} boxes`)
  const begun = Date.now()
  const filling = await openTelemetryStore(place)
  await fillStore(filling, weeks, tell)
  await filling.close()
  if ('file' in place) fillRawSqlite(place.file, weeks, tell)
  else await fillRawPostgres(place.url, weeks, tell)
  const seconds = (Date.now() - begun) / 1_000
  const store = await openTelemetryStore(place)
  try {
    tell(`filled in ${Math.round(seconds)} s; comparing sums with records`)
    const compared = await checkAgreement(store, weeks)
    return { name, compared, seconds, asked: await askPages(store, weeks, tell), bytes: await bytesOf(place) }
  } finally {
    await store.close()
  }
}

async function bytesOf(place: Place): Promise<number> {
  if ('file' in place) return statSync(place.file).size
  const client = new Client({ connectionString: place.url })
  await client.connect()
  try {
    return Number((await client.query<{ n: string }>('SELECT pg_database_size(current_database()) AS n')).rows[0]!.n)
  } finally {
    await client.end()
  }
}

/** From what was measured to rows with their targets. Pure. */
export function queryRows(filled: readonly Filled[], weeks: Weeks): BenchRow[] {
  return filled.flatMap(({ name, asked, compared, bytes, seconds }) =>
    asked.map(({ page, took }, i): BenchRow => {
      const [p50, p95] = [quantile(took, 0.5), quantile(took, 0.95)]
      return {
        benchmark: 'telemetry',
        figure: `${name}: ${page}, p95`,
        unit: 'ms',
        value: Number(p95.toPrecision(3)),
        target: `<= ${P95_MILLISECONDS_MAX}: ${p95 <= P95_MILLISECONDS_MAX ? 'met' : 'NOT MET'}`,
        method:
          `p50 ${Number(p50.toPrecision(3))} ms, ${took.length} times, other boxes each time` +
          (i > 0
            ? ''
            : `; over ${samplesOf(weeks).toLocaleString('en')} raw samples (${weeks.boxes} boxes, 14 days), ${(bytes / 1e9).toFixed(1)} GB, ` +
              `filled in ${Math.round(seconds)} s; ${compared} sums compared with their records`),
      }
    }),
  )
}
