/**
 * Hands what the sessions store has to tell over to the box's recorder, at the recorder's pace: each session event is
 * made durable there one by one, and an access point should not wait for that.
 *
 * A report leaves the store only after the recorder has taken it. A crash in between tells it twice, which is harmless:
 * a session's report carries its id and its whole counts.
 */
import type { Recorder } from '../telemetry/port.ts'
import type { Session } from '../wire/session.ts'
import type { Report } from './accounting.ts'
import type { SessionsStore } from './sessions-store.ts'

const REPORTS_AT_ONCE = 32
/** How long visitors may wait for one round of reports; on an SD card one fsync alone can take longer. */
const ROUND_MS = 5
/** Of the time, reports get one part and everything else this many: a crowd's return must not make the portal wait. */
const REST_PARTS = 4
const RETRY_MS = 5000

export type Reporter = { wake(): void; close(): void }

export function reporter({ store, recorder, onFailure }: { store: SessionsStore; recorder: Recorder; onFailure: () => void }): Reporter {
  let scheduled: NodeJS.Immediate | undefined
  let resting: NodeJS.Timeout | undefined
  let closed = false

  const round = (): void => {
    scheduled = undefined
    const pending = store.pendingReports(REPORTS_AT_ONCE)
    const began = performance.now()
    let taken = 0
    let failed = false
    for (const { seq, body } of pending) {
      try {
        recorder.record('session', body)
      } catch {
        failed = true
        break
      }
      taken = seq
      if (performance.now() - began > ROUND_MS) break
    }
    if (taken > 0 && store.reported(taken) === 'failed') failed = true
    if (failed) {
      // Nothing is lost: the report stays where it is until the disk has room again.
      onFailure()
      rest(RETRY_MS)
    } else if (pending.length > 0) rest(REST_PARTS * (performance.now() - began))
  }

  const rest = (milliseconds: number): void => {
    if (closed) return
    resting = setTimeout(() => {
      resting = undefined
      wake()
    }, milliseconds).unref()
  }

  const wake = (): void => {
    if (resting === undefined && !closed) scheduled ??= setImmediate(round)
  }

  return {
    wake,
    close() {
      closed = true
      if (scheduled) clearImmediate(scheduled)
      clearTimeout(resting)
    },
  }
}

/** The id a session's records travel under. */
export const wireId = ({ sessionKey, generation }: { sessionKey: string; generation: number }): string =>
  generation === 0 ? `r-${sessionKey}` : `r-${sessionKey}-${generation}`

export function toWire({ event, session }: Report): Session {
  return {
    id: wireId(session),
    source: 'radius',
    event,
    device: session.device,
    startedAt: session.startedAt,
    seconds: session.seconds,
    upOctets: session.upOctets,
    downOctets: session.downOctets,
    ...(session.cause === null ? {} : { cause: session.cause }),
    ...(session.group === null ? {} : { group: session.group }),
    nas: session.nas,
  }
}
