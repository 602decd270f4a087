/**
 * What happened at the box and the NOC should know: at most one record of a kind per minute, which says how many it stands
 * for. A disk or an outbox that takes nothing is no reason to forget: what could not be written waits and is tried again,
 * one per kind, so that waiting is bounded.
 */
import type { Notice, NoticeKind } from '../wire/notice.ts'
import type { Notices, Recorder } from './port.ts'

/** The wire's promise (notice.ts). */
const EVERY_MILLISECONDS = 60_000
/** How soon a refused one is tried again, and how late the minute's sum may be. */
const LOOK_EVERY_MILLISECONDS = 5_000
const DETAIL_LETTERS_MAX = 200
const COUNT_MAX = 1_000_000

type Options = {
  recorder: Recorder
  /** Milliseconds of a clock that nobody sets. */
  steady?: () => number
  lookEveryMilliseconds?: number
}

export type NoticeBoard = Notices & {
  /** Writes down what is due: what has waited its minute, and what was refused. */
  flush(): void
  /** A last try for everything that waits. */
  close(): void
}

export function createNotices({ recorder, steady = () => performance.now(), ...options }: Options): NoticeBoard {
  /** In the order in which they were last told: of two that contradict each other the newer one is written last. */
  const waiting = new Map<NoticeKind, Notice>()
  const writtenAt = new Map<NoticeKind, number>()

  const isDue = (kind: NoticeKind) => steady() - (writtenAt.get(kind) ?? -Infinity) >= EVERY_MILLISECONDS
  const write = (isNow: (kind: NoticeKind) => boolean) => {
    for (const [kind, notice] of waiting) {
      if (!isNow(kind)) continue
      try {
        recorder.record('notice', notice)
      } catch {
        // The outbox has said why in the log; the next look tries again, this one first.
        return
      }
      waiting.delete(kind)
      writtenAt.set(kind, steady())
    }
  }
  const timer = setInterval(() => write(isDue), options.lookEveryMilliseconds ?? LOOK_EVERY_MILLISECONDS).unref()

  return {
    tell(kind, { detail, device } = {}) {
      const count = Math.min(COUNT_MAX, (waiting.get(kind)?.count ?? 0) + 1)
      waiting.delete(kind)
      waiting.set(kind, {
        kind,
        count,
        ...(detail === undefined ? {} : { detail: detail.slice(0, DETAIL_LETTERS_MAX) }),
        ...(device === undefined ? {} : { device }),
      })
      write(isDue)
    },
    flush: () => write(isDue),
    close() {
      clearInterval(timer)
      write(() => true)
    },
  }
}
