/**
 * What must reach someone outside after a change: written in the change's own transaction, delivered afterwards, again and
 * again until it is. Each message is claimed for a while by the one who delivers it, so two processes do not send the same
 * thing. A delivery may still happen twice when we die between sending and marking; receivers know it by its key.
 */
import type { Database, Trx } from '../db/database.ts'

const FIRST_RETRY_MILLISECONDS = 2_000
/** A receiver that comes back waits no longer than this. */
const RETRY_MILLISECONDS_MAX = 10 * 60_000
/** Also finds rows of a process that died; every commit wakes the worker at once. */
const POLL_MILLISECONDS = 5_000
const BATCH = 50
/** A receiver that answers later than this has not answered; the others must not wait for it. */
const DELIVERY_MILLISECONDS = 30_000
/** Longer than any delivery: only the message of a process that died is ever claimed by another. */
export const CLAIM_MILLISECONDS = 60_000
const ERROR_CHARACTERS_MAX = 300

export type Deliver = (payload: unknown) => Promise<void>
export type Outbox = {
  /** Something was committed: look now. */
  wake(): void
  /** Ends after the delivery under way. */
  stop(): Promise<void>
}

/** @returns false when the key was there already. */
export async function enqueue(trx: Trx, message: { channel: string; key: string; payload: unknown; at: number }): Promise<boolean> {
  const { channel, key, payload, at } = message
  const result = await trx
    .insertInto('outbox')
    .values({ channel, key, payload: JSON.stringify(payload), createdAt: at, attempts: 0, nextAt: at, deliveredAt: null, lastError: null })
    .onConflict((conflict) => conflict.columns(['channel', 'key']).doNothing())
    .executeTakeFirst()
  return Number(result.numInsertedOrUpdatedRows ?? 0) > 0
}

/** Back-off doubles from two seconds to ten minutes. */
export const retryAfter = (attempts: number): number =>
  Math.min(FIRST_RETRY_MILLISECONDS * 2 ** Math.min(attempts, 20), RETRY_MILLISECONDS_MAX)

/** Delivers what is due now. @returns how many were due. */
export async function deliverDue(database: Database, channels: Record<string, Deliver>, now: number, stop?: AbortSignal): Promise<number> {
  const due = await database.db
    .selectFrom('outbox')
    .selectAll()
    .where('deliveredAt', 'is', null)
    .where('nextAt', '<=', now)
    .where('channel', 'in', Object.keys(channels))
    .orderBy('id')
    .limit(BATCH)
    .execute()
  for (const message of due) {
    if (stop?.aborted) break
    if (!(await claim(database, message, now))) continue
    const row = database.db.updateTable('outbox').where('id', '=', message.id)
    try {
      await withinTime(channels[message.channel]!(JSON.parse(message.payload)))
      // What was said is the receiver's now; we keep only that it was said.
      await row.set({ deliveredAt: now, payload: '{}', lastError: null }).execute()
    } catch (error) {
      const lastError = (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS_MAX)
      await row.set({ attempts: message.attempts + 1, nextAt: now + retryAfter(message.attempts), lastError }).execute()
    }
  }
  return due.length
}

/** False when another process has it, or has delivered it already. */
async function claim(database: Database, message: { id: number; nextAt: number }, now: number): Promise<boolean> {
  const { numUpdatedRows } = await database.db
    .updateTable('outbox')
    .set({ nextAt: now + CLAIM_MILLISECONDS })
    .where('id', '=', message.id)
    .where('deliveredAt', 'is', null)
    .where('nextAt', '=', message.nextAt)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

async function withinTime(delivery: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${DELIVERY_MILLISECONDS} ms`)), DELIVERY_MILLISECONDS)
  })
  try {
    await Promise.race([delivery, late])
  } finally {
    clearTimeout(timer)
  }
}

export function startOutbox(deps: {
  database: Database
  channels: Record<string, Deliver>
  now: () => number
  onError: (error: unknown) => void
}): Outbox {
  const stop = new AbortController()
  let again = false
  let running: Promise<void> | null = null
  const drain = async () => {
    try {
      for (let found = BATCH; !stop.signal.aborted && (found === BATCH || again);) {
        again = false
        found = await deliverDue(deps.database, deps.channels, deps.now(), stop.signal)
      }
    } catch (error) {
      deps.onError(error)
    } finally {
      running = null
    }
  }
  const wake = () => {
    if (stop.signal.aborted) return
    if (running) again = true
    else running = drain()
  }
  const poll = setInterval(wake, POLL_MILLISECONDS)
  wake()
  return {
    wake,
    async stop() {
      stop.abort()
      clearInterval(poll)
      await running
    },
  }
}
