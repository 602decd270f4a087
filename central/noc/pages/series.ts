/** From the API's points to what charts draw; pure. */
import type { SeriesPoint } from '../api.ts'

export const RANGES = ['1h', '24h', '7d', '30d'] as const
export type Range = (typeof RANGES)[number]
const HOUR_MS = 3_600_000
export const RANGE_MS: Record<Range, number> = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS, '30d': 720 * HOUR_MS }

export const rangeOf = (value: string | undefined): Range => RANGES.find((range) => range === value) ?? '24h'

export type Columns = Record<'online' | 'downRate' | 'upRate' | 'cpu' | 'memory' | 'uplink', (number | null)[]> & { times: number[] }

/** The newest interval is still being filled: the line and its reading end with the last point that says something. */
function known(series: readonly SeriesPoint[]): readonly SeriesPoint[] {
  const last = series.findLastIndex(({ t: _, ...values }) => Object.values(values).some((value) => value !== null))
  return series.slice(0, last + 1)
}

/** Octets of an interval become octets per second: a rate reads the same at any zoom. */
export function columns(all: readonly SeriesPoint[], intervalSeconds: number): Columns {
  const series = known(all)
  const perSecond = (octets: number | null) => (octets === null ? null : octets / intervalSeconds)
  return {
    times: series.map((point) => point.t),
    online: series.map((point) => point.online),
    downRate: series.map((point) => perSecond(point.downOctets)),
    upRate: series.map((point) => perSecond(point.upOctets)),
    cpu: series.map((point) => point.cpu),
    memory: series.map((point) => point.memoryUsed),
    uplink: series.map((point) => point.uplinkMilliseconds),
  }
}

export const hasAny = (values: readonly (number | null)[]): boolean => values.some((value) => value !== null)
