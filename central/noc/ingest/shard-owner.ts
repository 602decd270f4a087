/**
 * One writer per shard: each ingest worker holds a session lock in PostgreSQL for every shard it takes in. A second worker of
 * the same shards waits, and takes over within seconds when the first one dies, however it died. The marks would refuse its
 * commits anyway (sqlite-store.ts, postgres-store.ts); the locks spare the boxes the resending.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'

/** Any number, the same everywhere; the second key is the shard. */
const LOCK_CLASS = 351_579
const RETRY_MILLISECONDS = 1_000
const CONNECT_MILLISECONDS = 10_000
/** A worker whose machine lost its power holds its locks until the server notices: half a minute with these. */
const NOTICE_SOON = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3'

export type ShardOwner = { release(): Promise<void> }

/** Resolves when all of them are ours; undefined when stopped before. */
export async function ownShards(at: {
  url: string
  shards: readonly string[]
  stop: AbortSignal
  /** Called once, the first time that somebody else has them. */
  onWaiting(taken: readonly string[]): void
  /** The session that holds the locks is gone: another worker may have them now. */
  onLost(error: Error): void
}): Promise<ShardOwner | undefined> {
  const client = new Client({
    connectionString: at.url,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    keepAlive: true,
    options: NOTICE_SOON,
    application_name: `ingest ${at.shards.join('')}`,
  })
  let released = false
  const lost = (error: Error) => {
    if (!released) at.onLost(error)
    released = true
  }
  await client.connect()
  client.on('error', lost)
  client.on('end', () => lost(new Error('the connection was closed')))
  const release = async () => {
    released = true
    await client.end().catch(() => undefined)
  }
  let told = false
  while (!at.stop.aborted) {
    const taken = await takenByOthers(client, at.shards)
    if (taken.length === 0) return { release }
    if (!told) at.onWaiting(taken)
    told = true
    await pause(RETRY_MILLISECONDS, undefined, { signal: at.stop }).catch(() => undefined)
  }
  await release()
  return undefined
}

/** All or none: two workers that each hold half of the other's would wait for ever. */
async function takenByOthers(client: Client, shards: readonly string[]): Promise<string[]> {
  const keys = shards.map((shard) => Number.parseInt(shard, 16))
  const { rows } = await client.query<{ shard: number; got: boolean }>(
    'SELECT shard, pg_try_advisory_lock($1::int, shard) AS got FROM unnest($2::int[]) AS shard',
    [LOCK_CLASS, keys],
  )
  const taken = rows.filter((row) => !row.got).map((row) => row.shard.toString(16))
  if (taken.length > 0) await client.query('SELECT pg_advisory_unlock_all()')
  return taken
}
