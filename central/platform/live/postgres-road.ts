/**
 * Live news between processes over PostgreSQL's LISTEN and NOTIFY: what one process publishes the others publish too. News are
 * hints that something changed, never the only copy, so what is said while a connection is away is not said again.
 */
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import type { Live } from './port.ts'

const CHANNEL = 'city_news'
/** PostgreSQL refuses a payload of 8,000 bytes. */
const PAYLOAD_BYTES_MAX = 7_900
const CONNECT_MILLISECONDS = 10_000
const RECONNECT_MILLISECONDS = 1_000

export type NewsRoad = { close(): Promise<void> }

/** Rejects when the first connection fails; later ones are tried again every second. */
export async function openNewsRoad<Event extends { type: string }>(deps: {
  url: string
  live: Live<Event>
  /** Something was said elsewhere. */
  onArrived(): void
  onProblem(what: string, error: unknown): void
}): Promise<NewsRoad> {
  const self = randomUUID()
  let client: Client | undefined
  let retry: NodeJS.Timeout | undefined
  let closed = false
  /** While an event of another process is passed on here, it must not go out again. */
  let arriving = false

  async function open(): Promise<void> {
    const next = new Client({ connectionString: deps.url, connectionTimeoutMillis: CONNECT_MILLISECONDS, keepAlive: true })
    next.on('notification', ({ payload }) => take(payload))
    let over = false
    const end = (error?: Error) => {
      if (over) return
      over = true
      client = undefined
      if (!closed) deps.onProblem('live news between processes stopped; connecting again', error ?? new Error('connection closed'))
      later()
    }
    next.on('error', end)
    await next.connect()
    next.on('end', () => end())
    await next.query(`LISTEN ${CHANNEL}`)
    client = next
  }
  function later(): void {
    if (closed) return
    retry = setTimeout(() => void open().catch(later), RECONNECT_MILLISECONDS)
  }
  function take(payload: string | undefined): void {
    const message = JSON.parse(payload ?? '{}') as { from?: string; event?: Event }
    if (message.from === self || message.event === undefined) return
    arriving = true
    try {
      deps.live.publish(message.event)
    } finally {
      arriving = false
    }
    deps.onArrived()
  }
  const unsubscribe = deps.live.subscribe((event) => {
    if (arriving || !client) return
    const payload = JSON.stringify({ from: self, event })
    if (Buffer.byteLength(payload) > PAYLOAD_BYTES_MAX) return
    client
      .query('SELECT pg_notify($1, $2)', [CHANNEL, payload])
      .catch((error: unknown) => deps.onProblem('news for other processes', error))
  })

  await open()
  return {
    async close() {
      closed = true
      unsubscribe()
      clearTimeout(retry)
      await client?.end().catch(() => undefined)
    },
  }
}
