/** What stands behind the NOC's pages, asked of a filled store as the pages ask it, and timed. */
import { performance } from 'node:perf_hooks'
import { createBoard } from '#central/noc/hotspots/board.ts'
import { hotspotPage, telemetryAround } from '#central/noc/hotspots/page.ts'
import { listHotspots } from '#central/noc/hotspots/rows.ts'
import { RANGES, type Range } from '#central/noc/hotspots/series.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { ingestView } from '#central/noc/road/view.ts'
import { KELURAHAN } from '#central/platform/city/kelurahan.ts'
import { endOf } from './fill.ts'
import { nodeName } from './samples.ts'
import type { Weeks } from './weeks.ts'

/** Milliseconds of each time it was asked. */
export type Asked = { page: string; took: number[] }

const TIMES = 200
/** Not asked again within this: the city view keeps its day's curve for fifteen seconds. */
const CITY_APART_MS = 16_000
const QUARANTINE_SHOWN = 100
const GAPS_SHOWN = 100

export async function askPages(store: TelemetryStore, weeks: Weeks, tell: (done: string) => void, times = TIMES): Promise<Asked[]> {
  let now = endOf(weeks)
  const onProblem = (what: string, error: unknown) => {
    throw new Error(what, { cause: error })
  }
  const live = { publish: () => undefined, subscribe: () => () => undefined }
  const board = createBoard({ store, live, places: KELURAHAN, openComplaintsByNode: async () => new Map(), onProblem, now: () => now })
  await board.tick()
  // A step that has no divisor in common with most fleets: boxes that lie nowhere near each other, each asked of once or twice.
  const boxOf = (i: number) => (i * 379 + 11) % weeks.boxes
  const rowOf = (i: number) => board.find(nodeName(boxOf(i)))!
  const pageOf = (range: Range) => (i: number) => hotspotPage(store, rowOf(i), range, now)
  const asked: [string, (i: number) => unknown][] = [
    ...(Object.keys(RANGES) as Range[]).map((range): [string, (i: number) => unknown] => [`hotspot page, ${range}`, pageOf(range)]),
    ['beside a complaint, 2 h', (i) => telemetryAround(store, rowOf(i), nodeName(boxOf(i)), now)],
    ['city now and its day (NOC, wall)', () => ((now += CITY_APART_MS), board.city())],
    [
      'hotspot list, from the board',
      (i) =>
        listHotspots(
          board.rows().map(({ row }) => row),
          { q: `bench ${boxOf(i)}`, sort: 'online' },
          now,
        ),
    ],
    ['the board’s round, every 2 s', () => board.tick()],
    ['page of incoming telemetry', () => ingestView(store, board.rows(), undefined, now)],
    ['incoming telemetry of one box', (i) => ingestView(store, board.rows(), nodeName(boxOf(i)), now)],
    ['gaps of one box', (i) => store.gaps(nodeName(boxOf(i)), GAPS_SHOWN)],
    ['quarantine', () => store.quarantine(undefined, QUARANTINE_SHOWN)],
  ]
  const answers: Asked[] = []
  for (const [page, ask] of asked) {
    tell(page)
    const took: number[] = []
    for (let i = 0; i < times; i++) {
      const begun = performance.now()
      await ask(i)
      took.push(performance.now() - begun)
    }
    answers.push({ page, took })
  }
  return answers
}
