/**
 * The box's outbox over all its generations. One is written to; earlier ones hold what central has not taken yet from before
 * the disk failed. They are delivered first, each under its own epoch, and removed once central has all of them.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openOutbox, type Outbox, type OutboxOptions } from './outbox.ts'

export const OUTBOX_FILE = 'outbox.db'
const EARLIER = /^outbox-earlier-(\d{6})\.db$/
/** Apart from each other by more than a lane will ever number: one number then names one record of one generation. */
const GENERATION_STRIDE = 2 ** 40

/** The next free name for an outbox that is not to be written to any more. */
export function earlierOutbox(files: string[]): string {
  const last = Math.max(0, ...files.map((file) => Number(EARLIER.exec(file)?.[1] ?? 0)))
  return `outbox-earlier-${String(last + 1).padStart(6, '0')}.db`
}

/** @param continues true when records of this box were numbered before, in an outbox that may not be at hand. */
export function openGenerations(
  options: Omit<OutboxOptions, 'file' | 'succeeds' | 'isClosed'> & { folder: string; continues: boolean },
): Outbox {
  const { folder, continues, ...rest } = options
  const files = readdirSync(folder)
    .filter((file) => EARLIER.test(file))
    .sort()
  // Nothing is added to them, so nothing need go to make room either.
  const earlier = files.map((file) => openOutbox({ ...rest, file: join(folder, file), bytesMax: Number.MAX_SAFE_INTEGER, isClosed: true }))
  const current = openCurrent()
  removeDelivered()

  function openCurrent(): Outbox {
    const file = join(folder, OUTBOX_FILE)
    const before = earlier.at(-1)
    if (existsSync(file) || (!before && !continues)) return openOutbox({ ...rest, file })
    const { dropped, damaged } = before?.counters() ?? { dropped: 0, damaged: 0 }
    return openOutbox({ ...rest, file, succeeds: { firstEvent: (before?.firstEvent() ?? 0) + GENERATION_STRIDE, dropped, damaged } })
  }

  function removeDelivered(): void {
    for (let oldest = earlier[0]; oldest && oldest.counters().records === 0; oldest = earlier[0]) {
      oldest.close()
      for (const suffix of ['', '-wal']) rmSync(join(folder, files[0]! + suffix), { force: true })
      earlier.shift()
      files.shift()
    }
  }

  const oldest = (): Outbox => earlier[0] ?? current
  const all = (): Outbox[] => [...earlier, current]

  return {
    ...current,
    eventDelivered(seq) {
      const holder = all().findLast((outbox) => outbox.firstEvent() <= seq)
      // Of a generation that is gone because central has all of it.
      return holder?.eventDelivered(seq) ?? true
    },
    epoch: () => oldest().epoch(),
    bounds: (lane) => oldest().bounds(lane),
    pending: (lane, afterSeq, limit) => oldest().pending(lane, afterSeq, limit),
    pendingTexts: (lane, afterSeq, limit) => oldest().pendingTexts(lane, afterSeq, limit),
    acked(ack) {
      oldest().acked(ack)
      removeDelivered()
    },
    counters() {
      const counted = all().map((outbox) => outbox.counters())
      return {
        ...current.counters(),
        records: counted.reduce((sum, { records }) => sum + records, 0),
        oldestAgeSeconds: Math.max(...counted.map(({ oldestAgeSeconds }) => oldestAgeSeconds)),
      }
    },
    close() {
      for (const outbox of all()) outbox.close()
    },
  }
}
