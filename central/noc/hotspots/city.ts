/** What the NOC's head line and the wall show, put together from the board and the store, at most once a second. */
import type { Kelurahan } from '../../platform/city/kelurahan.ts'
import type { CityNow, HotspotRow } from '../api.ts'
import { cityDayOf, minuteOf } from '../ingest/clock.ts'
import type { TelemetryStore } from '../ingest/store-port.ts'
import { countStates, kelurahanRows } from './rows.ts'

/** The day's curve moves once in five minutes; its query is the only one here that grows with the day. */
const DAY_CURVE_MS = 15_000
const STEP_MS = 5 * 60_000
const DAY_MS = 86_400_000
/** Answers within this are the same for everyone who asks. */
const CITY_MS = 1_000

export function createCityView(deps: {
  store: TelemetryStore
  places: readonly Kelurahan[]
  rows: () => HotspotRow[]
  now: () => number
}): () => Promise<CityNow> {
  let city: { at: number; value: CityNow } | undefined
  let curve: { at: number; value: CityNow['day'] } | undefined
  return async () => {
    const at = deps.now()
    if (city && at - city.at < CITY_MS) return city.value
    if (!curve || at - curve.at >= DAY_CURVE_MS) curve = { at, value: await dayCurve(deps.store, at) }
    const [today, totals] = await Promise.all([deps.store.cityDay(cityDayOf(at)), deps.store.totals()])
    const rows = deps.rows()
    const sum = (of: (row: HotspotRow) => number) => rows.reduce((total, row) => total + of(row), 0)
    const lastAt = rows.reduce((last, row) => Math.max(last, row.heardAt ?? 0), 0)
    const { admitted, downOctets, upOctets, watched, fallback } = today
    const value: CityNow = {
      at,
      simulated: rows.some((row) => row.simulated),
      counts: countStates(rows),
      visitors: sum((row) => row.online),
      downRate: sum((row) => row.downRate),
      upRate: sum((row) => row.upRate),
      today: { admitted, downOctets, upOctets, watched, fallback },
      kelurahan: kelurahanRows(rows, deps.places),
      day: curve.value,
      ingest: { ...totals, lastAt: lastAt > 0 ? lastAt : null },
    }
    city = { at, value }
    return value
  }
}

async function dayCurve(store: TelemetryStore, at: number): Promise<CityNow['day']> {
  const end = minuteOf(at)
  const from = end - (end % STEP_MS) - DAY_MS
  const steps = new Map((await store.citySteps(from, at, STEP_MS)).map((step) => [step.t, step]))
  const day: CityNow['day'] = []
  for (let t = from; t <= end; t += STEP_MS) {
    const step = steps.get(t)
    // The step in progress is divided by the time it has had, or it would always seem to fall.
    const elapsed = Math.min(STEP_MS, Math.max(end - t, 60_000))
    day.push({ t, online: step ? step.onlineMs / elapsed : null, downOctets: step ? step.downOctets : null })
  }
  return day
}
