/**
 * The hotspot's snapshot kept with a case, read with care: it was written by whichever version of central stood then, so a
 * missing part is left out and never guessed.
 */
import type { HotspotShape } from '../../../platform/ui/shapes.ts'

export type Snapshot = {
  state: HotspotShape | null
  simulated: boolean
  uplinkMilliseconds: number | null
  gate: string | null
  times: number[]
  online: (number | null)[]
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const numberOr = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)
const STATES: readonly HotspotShape[] = ['online', 'degraded', 'offline', 'new']

export function snapshot(value: unknown): Snapshot | null {
  if (!isRecord(value)) return null
  const health = isRecord(value['health']) ? value['health'] : {}
  const series = [value['series'], value['usage']].find(Array.isArray) ?? []
  const points = series
    .filter(isRecord)
    .map((point) => ({ t: numberOr(point['t'] ?? point['at']), online: numberOr(point['online']) }))
    .filter((point): point is { t: number; online: number | null } => point.t !== null)
    .sort((a, b) => a.t - b.t)
  const read: Snapshot = {
    state: STATES.find((state) => state === value['state']) ?? null,
    simulated: value['simulated'] === true,
    uplinkMilliseconds: numberOr(health['uplinkMilliseconds']),
    gate: typeof health['gate'] === 'string' ? health['gate'] : null,
    times: points.map((point) => point.t),
    online: points.map((point) => point.online),
  }
  return read.state === null && read.gate === null && read.uplinkMilliseconds === null && points.length === 0 ? null : read
}
