/**
 * The raw records of the two weeks, in bulk. PostgreSQL gets them minute by minute, as they would have come: that order decides
 * how far a box's rows lie apart on its pages, which is most of what its charts cost. SQLite keeps them in the order of their
 * key in any case, and gets them batch by batch: minute by minute its tree took four times as long to write.
 */
import Sqlite from 'better-sqlite3'
import { Client, Pool } from 'pg'
import { cityDayOf } from '#central/noc/ingest/clock.ts'
import { createRawDays } from '#central/noc/ingest/raw-days.ts'
import { BATCH_RECORDS_MAX } from '#edge/wire/envelope.ts'
import { nodeName, SAMPLES_A_MINUTE } from './samples.ts'
import { DAY_MS, healthText, MINUTE_MS, momentOf, RAW_MINUTES, ROAD_MS, SQL, usageText, type Weeks } from './weeks.ts'

const MINUTES_A_STEP = 60
/** A full batch of a box. */
const MINUTES_A_BATCH = BATCH_RECORDS_MAX / SAMPLES_A_MINUTE
/** One for each core: PostgreSQL writes two days at once. */
const WRITERS = 2
const TELL_MILLISECONDS = 10_000

type Tell = (done: string) => void
const progress = (tell: Tell) => {
  let told = Date.now()
  return (minutes: number) => {
    if (Date.now() - told < TELL_MILLISECONDS) return
    told = Date.now()
    tell(`${Math.floor((minutes / RAW_MINUTES) * 100)} % of the raw records`)
  }
}

/** The file is nobody else's meanwhile; a power cut would spoil it, and nothing would be lost but time. */
export function fillRawSqlite(file: string, weeks: Weeks, tell: Tell): void {
  const db = new Sqlite(file)
  try {
    for (const pragma of ['locking_mode = EXCLUSIVE', 'journal_mode = MEMORY', 'synchronous = OFF', 'cache_size = -1000000'])
      db.pragma(pragma)
    const stream = new Map(
      db
        .prepare<[], { node: string; id: number }>("SELECT node, id FROM stream WHERE lane = 't'")
        .all()
        .map(({ node, id }) => [node, id]),
    )
    const streams = Array.from({ length: weeks.boxes }, (_, box) => stream.get(nodeName(box))!)
    const insert = db.prepare(
      `INSERT INTO raw (stream, seq, kind, at, placed_at, mono, clock, flag, received_at, body) VALUES
        (?1, 2 * ?2 + 1, 'usage', ?3, ?3, ?2 * ${MINUTE_MS}, 'ntp', NULL, ?3 + ${ROAD_MS}, ?4),
        (?1, 2 * ?2 + 2, 'health', ?3, ?3, ?2 * ${MINUTE_MS}, 'ntp', NULL, ?3 + ${ROAD_MS}, ?5)`,
    )
    const told = progress(tell)
    const step = db.transaction((from: number, to: number) => {
      for (let box = 0; box < weeks.boxes; box++)
        for (let minute = from; minute < to; minute++)
          insert.run({ 1: streams[box], 2: minute, 3: momentOf(weeks, box, minute), 4: usageText(box, minute), 5: healthText(box, minute) })
    })
    for (let minute = 0; minute < RAW_MINUTES; minute += MINUTES_A_BATCH) {
      step(minute, Math.min(minute + MINUTES_A_BATCH, RAW_MINUTES))
      told(minute)
    }
  } finally {
    db.close()
  }
}

export async function fillRawPostgres(url: string, weeks: Weeks, tell: Tell): Promise<void> {
  const options = '-c search_path=telemetry'
  const pool = new Pool({ connectionString: url, options, max: 1 })
  const from = cityDayOf(weeks.first)
  await createRawDays(pool).ready(Array.from({ length: RAW_MINUTES * (MINUTE_MS / DAY_MS) + 2 }, (_, i) => from + i * DAY_MS))
  await pool.end()
  const steps = Array.from({ length: Math.ceil(RAW_MINUTES / MINUTES_A_STEP) }, (_, i) => i * MINUTES_A_STEP)
  let done = 0
  const told = progress(tell)
  // Each writer has days of its own, so that within a day rows lie in the order of their time.
  const write = async (own: readonly number[]) => {
    const client = new Client({ connectionString: url, options })
    await client.connect()
    try {
      await client.query('CREATE TEMPORARY TABLE box (b BIGINT, id BIGINT)')
      await client.query(`INSERT INTO box SELECT substr(node, 7)::bigint, id FROM stream WHERE lane = 't'`)
      await client.query('ANALYZE box')
      for (const minute of own) {
        await client.query(rawStep(weeks, minute, Math.min(minute + MINUTES_A_STEP, RAW_MINUTES)))
        told((done += MINUTES_A_STEP))
      }
    } finally {
      await client.end()
    }
  }
  const half = Math.ceil(steps.length / WRITERS)
  await Promise.all(Array.from({ length: WRITERS }, (_, i) => write(steps.slice(i * half, (i + 1) * half))))
  const client = new Client({ connectionString: url, options })
  await client.connect()
  // Autovacuum's part, not waited for.
  await client.query('ANALYZE')
  await client.end()
}

const rawStep = (weeks: Weeks, from: number, to: number): string =>
  `INSERT INTO raw (stream, seq, kind, at, placed_at, mono, clock, flag, received_at, body)
   SELECT id, seq, kind, at, at, mono, 'ntp', NULL, at + ${ROAD_MS}, body FROM (
     SELECT id, 2 * m + 1 AS seq, 'usage' AS kind, ${SQL.at(weeks)} AS at, m * ${MINUTE_MS} AS mono, ${SQL.usage} AS body
       FROM box, generate_series(${from}::bigint, ${to - 1}::bigint) AS m
     UNION ALL
     SELECT id, 2 * m + 2, 'health', ${SQL.at(weeks)}, m * ${MINUTE_MS}, ${SQL.health}
       FROM box, generate_series(${from}::bigint, ${to - 1}::bigint) AS m
   ) AS said ORDER BY at, seq`
