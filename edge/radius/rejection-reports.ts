/** Tells the NOC why people were refused: what is alike becomes one notice with a count, and a minute has a bound. */
import type { Recorder } from '../telemetry/port.ts'
import { MORE_REJECTIONS, rejectionDetail } from '../wire/radius-rejection.ts'
import type { KeptRejection } from './rejections.ts'

/** Somebody who calls for help should be found while they are still on the telephone. */
const LOOK_EVERY_MS = 5_000
const MINUTE_MS = 60_000
/** Each is a write to the card; an evening's honest mistakes are fewer. */
const NOTICES_PER_MINUTE_MAX = 12
const COUNT_MAX = 1_000_000

type Options = {
  /** The newest first. */
  rejections: () => KeptRejection[]
  recorder: Pick<Recorder, 'record'>
  /** Milliseconds of a clock that nobody sets. */
  steady?: () => number
  lookEveryMs?: number
}

export function rejectionReports({ rejections, recorder, steady = () => performance.now(), lookEveryMs = LOOK_EVERY_MS }: Options) {
  /** By what is alike. */
  const waiting = new Map<string, { detail: string; device: string | undefined; count: number }>()
  let told = 0
  let more = 0
  let minute = -Infinity
  let left = NOTICES_PER_MINUTE_MAX

  const gather = (): void => {
    const list = rejections()
    const newest = list[0]?.seq ?? told
    const fresh = list.filter(({ seq }) => seq > told).toReversed()
    // What the log dropped between two looks was refused as well.
    more += newest - told - fresh.length
    told = newest
    for (const { reason, account, client, device } of fresh) {
      const detail = rejectionDetail({ reason, account, client })
      const key = `${device ?? '-'} ${detail}`
      const alike = waiting.get(key)
      if (alike) alike.count += 1
      else if (waiting.size < NOTICES_PER_MINUTE_MAX) waiting.set(key, { detail, device, count: 1 })
      else more += 1
    }
  }

  const tell = (): void => {
    const now = steady()
    if (now - minute >= MINUTE_MS) {
      minute = now
      left = NOTICES_PER_MINUTE_MAX
      if (more > 0) {
        recorder.record('notice', {
          kind: 'radius-rejected',
          detail: rejectionDetail({ reason: MORE_REJECTIONS, client: '' }),
          count: Math.min(COUNT_MAX, more),
        })
        more = 0
      }
    }
    for (const [key, { detail, device, count }] of waiting) {
      if (left === 0) return
      recorder.record('notice', {
        kind: 'radius-rejected',
        detail,
        count: Math.min(COUNT_MAX, count),
        ...(device !== undefined && { device }),
      })
      waiting.delete(key)
      left -= 1
    }
  }

  const look = (): void => {
    gather()
    try {
      tell()
    } catch {
      // A disk or an outbox that takes nothing: it waits, and the next look tries again.
    }
  }
  const timer = setInterval(look, lookEveryMs).unref()

  return {
    look,
    close(): void {
      clearInterval(timer)
      look()
    },
  }
}
