/**
 * Debian's PostgreSQL as an unprivileged user in a temporary folder, with every commit on disk before it is answered
 * (fsync and synchronous_commit on, as shipped). Memory as its handbook asks for a machine of this size; its own default of
 * 128 MB is for a machine where anything at all must start.
 */
import { startPostgres } from '#test/support/postgres.ts'

const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']
/** For a store that is filled once and then only read: what a power cut would spoil is made again. */
export const FILLING = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off']
const MEMORY = ['shared_buffers=2GB', 'max_wal_size=8GB', 'checkpoint_timeout=15min', 'work_mem=16MB', 'maintenance_work_mem=512MB']

export const startBenchPostgres = (settings: readonly string[] = DURABLE) => startPostgres([...MEMORY, ...settings])
