/**
 * A simulated hotspot's telemetry as a tape that can be read at any place: which record has which seq follows from
 * the time alone, so nothing needs to be kept, and a restart goes on where central's mark is.
 *
 * Five intervals are eleven records: usage and health each time, proof of play once.
 */
import type { WireRecord } from '#edge/wire/envelope.ts'
import { healthAt, playOver, usageAt, type Moment } from './day.ts'
import type { Place } from './places.ts'
import { chanceOf } from './random.ts'

export type TapeOptions = Pick<Place, 'node' | 'profile'> & {
  /** Begin of the tape, Unix milliseconds. */
  base: number
  everySeconds: number
  version: string
}

const INTERVALS = 5
const RECORDS = INTERVALS * 2 + 1
const DAY = 86_400_000

export function openTape({ node, profile, base, everySeconds, version }: TapeOptions) {
  const every = everySeconds * 1000
  /** Boxes do not report in step: each has its own second of the minute. */
  const phase = Math.floor(chanceOf(node, 'phase') * every)
  const bootedAt = base - DAY * (1 + Math.floor(chanceOf(node, 'boot') * 40))
  const momentAt = (interval: number): Moment => ({ node, profile, at: base + phase + (interval + 1) * every, everySeconds })
  const intervalsBy = (now: number) => Math.max(0, Math.floor((now - base - phase) / every))
  const seqAfter = (intervals: number) => Math.floor(intervals / INTERVALS) * RECORDS + (intervals % INTERVALS) * 2

  return {
    /** Highest seq there is at this moment. */
    hi: (now: number): number => seqAfter(intervalsBy(now)),
    /** When the next record appears. */
    nextAt: (now: number): number => momentAt(intervalsBy(now)).at,
    record(seq: number): WireRecord {
      const inCycle = (seq - 1) % RECORDS
      const first = Math.floor((seq - 1) / RECORDS) * INTERVALS
      const isPlay = inCycle === RECORDS - 1
      const moment = momentAt(isPlay ? first + INTERVALS - 1 : first + Math.floor(inCycle / 2))
      const base = { seq, at: moment.at, mono: moment.at - bootedAt, clock: 'ntp' as const }
      if (isPlay) return { ...base, kind: 'play', body: playOver(Array.from({ length: INTERVALS }, (_, i) => momentAt(first + i))) }
      return inCycle % 2 === 0
        ? { ...base, kind: 'usage', body: usageAt(moment) }
        : { ...base, kind: 'health', body: healthAt(moment, bootedAt, version) }
    },
    latest(now: number) {
      const intervals = intervalsBy(now)
      if (intervals === 0) return {}
      const moment = momentAt(intervals - 1)
      return { usage: usageAt(moment), health: healthAt(moment, bootedAt, version) }
    },
    mono: (now: number) => now - bootedAt,
  }
}

export type Tape = ReturnType<typeof openTape>
