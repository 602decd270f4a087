/** Chart points from raw samples or from hours. Pure. A point without a sample is null: a gap is drawn as a gap. */
import type { Health } from '#edge/wire/health.ts'
import type { Usage } from '#edge/wire/usage.ts'
import type { SeriesPoint } from '../api.ts'
import type { Sample } from '../ingest/heard.ts'
import type { NodeHour } from '../ingest/store-port.ts'
import { spreadOverMinutes } from '../ingest/spread.ts'

export const RANGES = {
  '1h': { ms: 3_600_000, stepMs: 60_000 },
  '24h': { ms: 86_400_000, stepMs: 60_000 },
  '7d': { ms: 7 * 86_400_000, stepMs: 3_600_000 },
  '30d': { ms: 30 * 86_400_000, stepMs: 3_600_000 },
} as const
export type Range = keyof typeof RANGES

const empty = (t: number): SeriesPoint => ({
  t,
  online: null,
  downOctets: null,
  upOctets: null,
  cpu: null,
  memoryUsed: null,
  uplinkMilliseconds: null,
})

/** Whole steps from `from` to `to`, the one in progress included. */
function frame(from: number, to: number, stepMs: number): Map<number, SeriesPoint> {
  const points = new Map<number, SeriesPoint>()
  for (let t = from - (from % stepMs); t < to; t += stepMs) points.set(t, empty(t))
  return points
}

/** Less of a minute than this is a neighbour's edge: its octets count, but it says nothing about who was online. */
const COVERED_MS_MIN = 1_000

export function minuteSeries(from: number, to: number, usage: Sample<Usage>[], health: Sample<Health>[]): SeriesPoint[] {
  const points = frame(from, to, 60_000)
  const covered = new Map<number, { onlineMs: number; coveredMs: number; downOctets: number; upOctets: number }>()
  for (const sample of usage) {
    for (const part of spreadOverMinutes(sample.value, sample.at)) {
      const sums = covered.get(part.t) ?? { onlineMs: 0, coveredMs: 0, downOctets: 0, upOctets: 0 }
      sums.onlineMs += part.onlineMs
      sums.coveredMs += part.coveredMs
      sums.downOctets += part.downOctets
      sums.upOctets += part.upOctets
      covered.set(part.t, sums)
    }
  }
  for (const [t, sums] of covered) {
    const point = points.get(t)
    if (!point) continue
    if (sums.coveredMs >= COVERED_MS_MIN) point.online = sums.onlineMs / sums.coveredMs
    point.downOctets = sums.downOctets
    point.upOctets = sums.upOctets
  }
  for (const { value, at } of health) {
    const point = points.get(at - (at % 60_000))
    if (point) Object.assign(point, { cpu: value.cpu, memoryUsed: value.memoryUsed, uplinkMilliseconds: value.uplinkMilliseconds })
  }
  return [...points.values()]
}

export function hourSeries(from: number, to: number, hours: NodeHour[]): SeriesPoint[] {
  const points = frame(from, to, 3_600_000)
  const mean = (sum: number, n: number) => (n > 0 ? sum / n : null)
  for (const hour of hours) {
    if (!points.has(hour.t)) continue
    const seen = hour.coveredMs > 0
    points.set(hour.t, {
      t: hour.t,
      online: mean(hour.onlineMs, hour.coveredMs),
      downOctets: seen ? hour.downOctets : null,
      upOctets: seen ? hour.upOctets : null,
      cpu: mean(hour.cpuSum, hour.cpuN),
      memoryUsed: mean(hour.memorySum, hour.memoryN),
      uplinkMilliseconds: mean(hour.uplinkSum, hour.uplinkN),
    })
  }
  return [...points.values()]
}
