/**
 * The live picture of the whole fleet, judged anew every few seconds from what is on disk, so that it does not matter
 * which process took a message in. Tells the open screens what changed.
 */
import type { Live } from '../../platform/live/port.ts'
import type { Kelurahan } from '../../platform/city/kelurahan.ts'
import type { LiveEvent } from '../api.ts'
import type { NodeVerdict, TelemetryStore } from '../ingest/store-port.ts'
import { createCityView } from './city.ts'
import { boardRow, type BoardRow } from './rows.ts'

/** Fast enough to be called live; reading 1,000 states was measured at 0.7 ms on SQLite, 4.8 ms on PostgreSQL. */
const TICK_MS = 2_000
/** A city of ten thousand takes some 100 ms to judge: the pauses grow with that, so that packets are not kept waiting. */
const REST_PARTS = 20
/** However long a database took to answer. */
const PAUSE_MS_MAX = 10_000
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
  let toldSettings = ''
  let timer: NodeJS.Timeout | undefined
  let ticking: Promise<void> | undefined

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
    const settings = rows.map(({ heard }) => `${heard?.settings} ${heard?.refusedVersion}`).join()
    if (settings !== toldSettings) deps.live.publish({ type: 'policy', at: now() })
    toldSettings = settings
  }

  async function loop(): Promise<void> {
    const begun = performance.now()
    try {
      await tick()
    } catch (error) {
      deps.onProblem('the board could not be read', error)
    }
    const rest = Math.min(PAUSE_MS_MAX, REST_PARTS * (performance.now() - begun))
    timer = setTimeout(run, Math.max(deps.tickMs ?? TICK_MS, rest))
  }
  const run = () => void (ticking = loop())

  return {
    /** One box as it is now, for a process that keeps no board. */
    look: async (node: string): Promise<BoardRow | undefined> => (await read()).find(({ row }) => row.node === node),
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
    city: createCityView({ store, places: deps.places, rows: () => rows.map(({ row }) => row), now }),
  }
}
