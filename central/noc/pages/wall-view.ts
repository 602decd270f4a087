/** What the wall makes of its numbers; pure. */
import type { HotspotState, WallView } from '../api.ts'
import type { MapDot } from '../../platform/ui/map-dots.ts'

type City = WallView['city']

/** One missed refresh is nothing; three are a warning; two minutes are an outage that a passer-by must see. */
const AGEING_MS = 30_000
const OLD_MS = 120_000
/** Hotspots report each minute; when none of them was heard for this long, the numbers are old however fresh the answer. */
const SILENT_MS = 180_000

export type Freshness = 'fresh' | 'ageing' | 'old'

export function freshness(city: City, now: number): Freshness {
  const age = now - city.at
  const silent = city.ingest.lastAt !== null && now - city.ingest.lastAt > SILENT_MS
  if (age > OLD_MS || silent) return 'old'
  return age > AGEING_MS ? 'ageing' : 'fresh'
}

/** Since when nothing new came: the older of the answer and the last word from a hotspot. */
export const freshUntil = (city: City): number => Math.min(city.at, city.ingest.lastAt ?? city.at)

/** The wall is given counts, not hotspots: trouble is dealt out first so that it stands in the middle of its area. */
export function dotsOf(kelurahan: City['kelurahan']): MapDot[] {
  return kelurahan.flatMap((area) => {
    const unheard = Math.max(0, area.hotspots - area.online - area.degraded - area.offline)
    const states: [HotspotState, number][] = [
      ['offline', area.offline],
      ['degraded', area.degraded],
      ['new', unheard],
      ['online', area.online],
    ]
    return states
      .flatMap(([state, count]) => Array.from({ length: count }, () => state))
      .map((state, index) => ({ id: `${area.code}/${String(index).padStart(4, '0')}`, kelurahan: area.code, state, name: area.name }))
  })
}

/** The day without the step that is still being counted: its average jumps about and would end the curve in a cliff. */
export function settledDay({ day, at }: Pick<City, 'day' | 'at'>): City['day'] {
  const [first, second] = day
  const step = first && second ? second.t - first.t : 0
  return day.filter(({ t }) => t + step <= at)
}

/** A single hotspot down is Tuesday; this many at once is an event that takes the screen. */
const EMERGENCY_OFFLINE_MIN = 5
const EMERGENCY_SHARE_MIN = 0.15
const WORST_AREAS_MAX = 5

export type Emergency = { offline: number; total: number; worst: { code: string; name: string; offline: number; hotspots: number }[] }

export function emergency(city: City): Emergency | null {
  const { online, degraded, offline } = city.counts
  const total = online + degraded + offline
  if (offline < EMERGENCY_OFFLINE_MIN || offline / total < EMERGENCY_SHARE_MIN) return null
  const worst = city.kelurahan
    .filter((area) => area.offline > 0)
    .toSorted((a, b) => b.offline - a.offline || (a.code < b.code ? -1 : 1))
    .slice(0, WORST_AREAS_MAX)
    .map(({ code, name, offline, hotspots }) => ({ code, name, offline, hotspots }))
  return { offline, total, worst }
}

/** Areas whose number of visitors moved between two views: they blink once, and the city looks as alive as it is. */
export function moved(before: City | null, after: City): string[] {
  if (before === null) return []
  const was = new Map(before.kelurahan.map((area) => [area.code, area.visitors]))
  return after.kelurahan.filter((area) => (was.get(area.code) ?? area.visitors) !== area.visitors).map((area) => area.code)
}

/** Against burn-in: the whole picture wanders on a small circle, one step a minute. */
const SHIFT_PX = 6
export function burnInShift(now: number): { x: number; y: number } {
  const angle = (Math.floor(now / 60_000) % 24) * ((2 * Math.PI) / 24)
  return { x: Math.round(SHIFT_PX * Math.cos(angle)), y: Math.round(SHIFT_PX * Math.sin(angle)) }
}
