/**
 * The live picture of the whole fleet, judged anew every few seconds from what is on disk, so that it does not matter
 * which process took a message in. Tells the open screens what changed.
 */
import type { Live } from '../../platform/live/port.ts'
import type { Kelurahan } from '../../platform/city/kelurahan.ts'
import type { CityNow, HotspotRow, LiveEvent } from '../api.ts'
import { cityDayOf, minuteOf } from '../ingest/clock.ts'
import type { NodeVerdict, TelemetryStore } from '../ingest/store-port.ts'
import { boardRow, countStates, kelurahanRows, type BoardRow } from './rows.ts'

/** Fast enough to be called live; reading 1,000 states was measured at 0.7 ms on SQLite, 4.8 ms on PostgreSQL. */
const TICK_MS = 2_000
/** The day's curve moves once in five minutes; its query is the only one here that grows with the day. */
const DAY_CURVE_MS = 15_000
const STEP_MS = 5 * 60_000
const DAY_MS = 86_400_000
/** Answers within this are the same for everyone who asks. */
const CITY_MS = 1_000

export type Board = ReturnType<typeof createBoard>

export function createBoard(deps: {
  store: TelemetryStore
  live: Live<LiveEvent>
  places: readonly Kelurahan[]
  openComplaintsByNode(): Promise<Map<string, number>>
  onProblem: (what: string, error: unknown) => void
  now: () => number
  tickMs?: number
}) {
  const { store, now } = deps
  const places = new Map(deps.places.map((place) => [place.code, place]))
  const verdicts = new Map<string, NodeVerdict>()
  let rows: BoardRow[] = []
  let told = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let ticking: Promise<void> | undefined
  let city: { at: number; value: CityNow } | undefined
  let curve: { at: number; value: CityNow['day'] } | undefined

  async function read(): Promise<BoardRow[]> {
    const [hotspots, heard, open] = await Promise.all([store.hotspots(), store.heard(), deps.openComplaintsByNode()])
    const byNode = new Map(heard.map((state) => [state.node, state]))
    const at = now()
    return hotspots.map((hotspot) => {
      const before = verdicts.get(hotspot.node)
      const made = boardRow({ hotspot, heard: byNode.get(hotspot.node), before, place: places.get(hotspot.kelurahan), now: at })
      made.row.openComplaints = open.get(hotspot.node) ?? 0
      return made
    })
  }

  async function tick(): Promise<void> {
    rows = await read()
    const changed = rows.map(({ verdict }) => verdict).filter((verdict) => verdicts.get(verdict.node) !== verdict)
    if (changed.length > 0) {
      await store.saveVerdicts(changed)
      for (const verdict of changed) verdicts.set(verdict.node, verdict)
    }
    tell()
  }

  /** Screens hear of a box that said something or changed its state; the city once per round. */
  function tell(): void {
    const next = new Map<string, string>()
    let any = false
    for (const { row } of rows) {
      const { node, state, reason, online, heardAt } = row
      const words = `${state} ${reason} ${heardAt}`
      next.set(node, words)
      if (told.get(node) === words || heardAt === null) continue
      any = true
      deps.live.publish({ type: 'hotspot', node, state, reason, online, heardAt })
    }
    told = next
    if (any) deps.live.publish({ type: 'city', at: now() })
  }

  async function dayCurve(at: number): Promise<CityNow['day']> {
    if (curve && at - curve.at < DAY_CURVE_MS) return curve.value
    const end = minuteOf(at)
    const from = end - (end % STEP_MS) - DAY_MS
    const steps = new Map((await store.citySteps(from, at, STEP_MS)).map((step) => [step.t, step]))
    const value: CityNow['day'] = []
    for (let t = from; t <= end; t += STEP_MS) {
      const step = steps.get(t)
      // The step in progress is divided by the time it has had, or it would always seem to fall.
      const elapsed = Math.min(STEP_MS, Math.max(end - t, 60_000))
      value.push({ t, online: step ? step.onlineMs / elapsed : null, downOctets: step ? step.downOctets : null })
    }
    curve = { at, value }
    return value
  }

  async function makeCity(at: number): Promise<CityNow> {
    const [today, totals, day] = await Promise.all([store.cityDay(cityDayOf(at)), store.totals(), dayCurve(at)])
    const list = rows.map(({ row }) => row)
    const sum = (of: (row: HotspotRow) => number) => list.reduce((total, row) => total + of(row), 0)
    const lastAt = list.reduce((last, row) => Math.max(last, row.heardAt ?? 0), 0)
    const { admitted, downOctets, upOctets, watched, fallback } = today
    return {
      at,
      simulated: list.some((row) => row.simulated),
      counts: countStates(list),
      visitors: sum((row) => row.online),
      downRate: sum((row) => row.downRate),
      upRate: sum((row) => row.upRate),
      today: { admitted, downOctets, upOctets, watched, fallback },
      kelurahan: kelurahanRows(list, deps.places),
      day,
      ingest: { ...totals, lastAt: lastAt > 0 ? lastAt : null },
    }
  }

  async function loop(): Promise<void> {
    try {
      await tick()
    } catch (error) {
      deps.onProblem('the board could not be read', error)
    }
    timer = setTimeout(run, deps.tickMs ?? TICK_MS)
  }
  const run = () => void (ticking = loop())

  return {
    async start() {
      for (const verdict of await store.verdicts()) verdicts.set(verdict.node, verdict)
      await tick()
      timer = setTimeout(run, deps.tickMs ?? TICK_MS)
    },
    async stop() {
      clearTimeout(timer)
      await ticking
      clearTimeout(timer)
    },
    tick,
    rows: () => rows,
    find: (node: string) => rows.find(({ row }) => row.node === node),
    async city(): Promise<CityNow> {
      const at = now()
      if (!city || at - city.at >= CITY_MS) city = { at, value: await makeCity(at) }
      return city.value
    },
  }
}
