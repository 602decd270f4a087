/** A pool of PostgreSQL connections that speaks numbers and gives up in time. */
import { Pool, types } from 'pg'

/** A server that is there answers at once; a person at the terminal waits no longer than this for the one that is not. */
const CONNECT_MILLISECONDS = 10_000
/** Ids, milliseconds and sums of this application stay below 2^53. */
const NUMBERS: readonly TypeId[] = [types.builtins.INT8, types.builtins.NUMERIC]

type TypeId = Parameters<typeof types.getTypeParser>[0]
const numberParser: typeof types.getTypeParser = (oid: TypeId, format?: unknown) =>
  NUMBERS.includes(oid) ? Number : types.getTypeParser(oid, format as 'text')

/** `options` are server settings as the command line would give them. */
export function postgresPool(url: string, limits: { connections: number; statementMilliseconds: number; options?: string }): Pool {
  const pool = new Pool({
    connectionString: url,
    max: limits.connections,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    statement_timeout: limits.statementMilliseconds,
    types: { getTypeParser: numberParser },
    ...(limits.options !== undefined && { options: limits.options }),
  })
  // An idle connection that the server ends reports here; the pool replaces it.
  pool.on('error', () => undefined)
  return pool
}
