/** PostgreSQL's raw table, one partition per city day: made ahead and on demand, dropped when its first row is too old. */
import type { Pool } from 'pg'
import { cityDayOf } from './clock.ts'
import { PRUNE_ROWS } from './store-port.ts'

const DAY_MS = 86_400_000
/** A jobs process that is away for a long weekend leaves no commit waiting for its partition. */
const AHEAD_DAYS = 3
/** Two workers that meet a new day at once make it one after the other. */
const DAY_LOCK = 351_580
/** Making or dropping a day waits for the reads under way, and the commits behind it wait too. */
const LOCK_MILLISECONDS = 3_000
/** Counting more than this takes longer than the estimate is worth. */
const COUNTED_ROWS_MAX = 1_000_000
/** invalid_object_definition: what was there before partitions covers this day. */
const OVERLAPS = '42P17'

export function createRawDays(pool: Pool) {
  const known = new Set<number>()

  async function make(day: number): Promise<void> {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      await client.query(`SET LOCAL lock_timeout = ${LOCK_MILLISECONDS}`)
      await client.query('SELECT pg_advisory_xact_lock($1)', [DAY_LOCK])
      await client.query(`CREATE TABLE IF NOT EXISTS ${nameOf(day)} PARTITION OF raw FOR VALUES FROM (${day}) TO (${day + DAY_MS})`)
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK')
      if ((error as { code?: string }).code !== OVERLAPS) throw error
    } finally {
      client.release()
    }
    known.add(day)
  }

  return {
    /** Before a commit: the days its records were received on. Costs nothing when they are known. */
    async ready(receivedAt: Iterable<number>): Promise<void> {
      for (const day of new Set([...receivedAt].map(cityDayOf))) if (!known.has(day)) await make(day)
    },
    async ahead(now: number): Promise<void> {
      for (let i = 0; i <= AHEAD_DAYS; i++) await this.ready([now + i * DAY_MS])
    },
    /** Another process may drop a day that is remembered here; a commit that fails for it asks anew. */
    forget: () => known.clear(),
    /** At most one day a call, or one slice of what was there before partitions. @returns rows removed, estimated when many. */
    async prune(from: number): Promise<number> {
      const { rows } = await pool.query<{ name: string; bound: string; estimate: number }>(
        `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound, c.reltuples::float8 AS estimate
         FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'raw'::regclass ORDER BY c.relname`,
      )
      for (const { name, bound, estimate } of rows) {
        const [lower, upper] = boundsOf(bound)
        if (upper <= from || (lower !== -Infinity && lower < from)) return drop(name, estimate)
        if (lower === -Infinity) {
          const { rowCount } = await pool.query(
            `DELETE FROM ${name} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${name} WHERE received_at < $1 LIMIT ${PRUNE_ROWS}))`,
            [from],
          )
          if (rowCount) return rowCount
        }
      }
      return 0
    },
  }

  async function drop(name: string, estimate: number): Promise<number> {
    const removed = estimate > COUNTED_ROWS_MAX ? estimate : Number((await pool.query(`SELECT COUNT(*) AS n FROM ${name}`)).rows[0].n)
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      await client.query(`SET LOCAL lock_timeout = ${LOCK_MILLISECONDS}`)
      await client.query(`DROP TABLE ${name}`)
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
    known.clear()
    // An empty day is work done too.
    return Math.max(1, Math.round(removed))
  }
}

/** By the city's calendar: raw_20260922. */
const nameOf = (day: number): string => `raw_${new Date(day + 7 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')}`

/** `FOR VALUES FROM ('1') TO ('2')`, with MINVALUE for what was there before partitions. */
function boundsOf(bound: string): [lower: number, upper: number] {
  const found = /FROM \((MINVALUE|'(-?\d+)')\) TO \('(-?\d+)'\)/.exec(bound)
  if (!found) throw new Error(`unreadable partition: ${bound}`)
  return [found[1] === 'MINVALUE' ? -Infinity : Number(found[2]), Number(found[3])]
}
