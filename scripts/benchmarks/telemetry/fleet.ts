/**
 * A city of simulated boxes against one central as it ships (web, ingest and jobs in one process, SQLite, the broker
 * inside): what it costs when all is well, and how long a thousand boxes take to come back after central was away. Every
 * run is proved by the fleet's own ledger (scripts/fleet-engine).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openCentralBooks } from '#scripts/fleet-engine/central-books.ts'
import { enrol, startOwnCentral, type OwnCentral, type Proof } from '#scripts/fleet-engine/own-central.ts'
import { startFleetProcesses, type Fleet } from '#scripts/fleet-engine/processes.ts'
import { allArrived } from '#scripts/fleet-engine/run.ts'
import type { RunSettings } from '#scripts/fleet-engine/settings.ts'
import { fleetPlaces } from '#scripts/fleet-engine/store.ts'
import { verify, wrongIn, type Verdict } from '#scripts/fleet-engine/verify.ts'
import { freePort } from '#test/support/free-port.ts'
import { residentOf } from '../gate/memory.ts'
import type { BenchRow } from '../row.ts'
import { cpuSecondsOf } from './processes.ts'

/** How many boxes, how many records a minute each (null: as many as the hour and the place bring), and how they prove who they are. */
type Boxes = { boxes: number; recordsPerMinute: number | null; proof: Proof }
export type FleetBench = {
  cities: readonly Boxes[]
  /** Boxes that all come back at once; 0: none do. */
  herd: number
  /** Of the steady state that is measured. */
  seconds: number
}

const SEED = 20_260_922
const FULL: FleetBench = {
  cities: [
    { boxes: 1_000, recordsPerMinute: 20, proof: 'token' },
    { boxes: 1_000, recordsPerMinute: 20, proof: 'certificate' },
    { boxes: 10_000, recordsPerMinute: null, proof: 'token' },
    { boxes: 10_000, recordsPerMinute: null, proof: 'certificate' },
  ],
  herd: 1_000,
  seconds: 60,
}
const ROAD: Record<Proof, string> = { token: 'plain TCP', certificate: 'mutual TLS' }
const CPU_SHARE_MAX = 30
const HERD_SECONDS_MAX = 120
/** Caches fill, first batches of every box go out. */
const SETTLE_SECONDS = 45
/** What a city notices, and what its boxes then have to tell. */
const AWAY_SECONDS = 20
const CONNECTED_WITHIN_SECONDS = 600
const DONE_WITHIN_SECONDS = 180
const BOXES_PER_PROCESS = 2_500
const CONNECTS_PER_SECOND = 200
const PEAK_WINDOW_SECONDS = 1

/** About 25 minutes with FULL. Writes its progress to standard error. */
export async function benchFleet({ cities, herd, seconds }: FleetBench = FULL): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  for (const boxes of cities) rows.push(...(await withCity(boxes, (city) => benchSteady(city, boxes, seconds))))
  for (const proof of herd > 0 ? (['token', 'certificate'] as const) : []) {
    const boxes: Boxes = { boxes: herd, recordsPerMinute: 20, proof }
    rows.push(...(await withCity(boxes, (city) => benchHerd(city, boxes))))
  }
  return rows
}

type City = { fleet: Fleet; central: OwnCentral; folder: string; say: (line: string) => void }

async function withCity(
  { boxes: count, recordsPerMinute, proof }: Boxes,
  measure: (city: City) => Promise<BenchRow[]>,
): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-fleet-'))
  const say = (line: string) => void process.stderr.write(`    fleet of ${count}, ${proof}: ${line}\n`)
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    say('registering …')
    const dataDir = join(folder, 'central')
    const { publicKey, boxes } = await enrol(dataDir, folder, fleetPlaces(count), proof)
    const central = await startOwnCentral({ dataDir, logFile: join(folder, 'central.log'), port: await freePort(), proof, publicKey })
    closing.push(() => central.kill())
    const settings: RunSettings = {
      seed: SEED,
      minutes: 60,
      everySeconds: 60,
      groupSeconds: 30,
      speed: 1,
      weather: 'calm',
      recordsPerMinute,
      connectsPerSecond: CONNECTS_PER_SECOND,
      hasty: false,
      complaintsPerHour: 0.25,
    }
    const processes = Math.ceil(count / BOXES_PER_PROCESS)
    const fleet = startFleetProcesses({
      settings,
      central: central.address,
      folder,
      life: 1,
      processes,
      boxes,
    })
    closing.push(() => fleet.kill())
    say('connecting …')
    await reached(
      'connected',
      fleet,
      fleet.until(({ connected }) => connected === count, CONNECTED_WITHIN_SECONDS),
    )
    return await measure({ fleet, central, folder, say })
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}

async function benchSteady(city: City, { boxes, proof }: Boxes, seconds: number): Promise<BenchRow[]> {
  const { fleet, central, say } = city
  say(`all connected; ${SETTLE_SECONDS} s until the steady state …`)
  await pause(SETTLE_SECONDS * 1_000)
  const before = { cpu: cpuSecondsOf(central.pid()), accepted: fleet.report().accepted }
  const begun = performance.now()
  await pause(seconds * 1_000)
  const elapsed = (performance.now() - begun) / 1_000
  const share = ((cpuSecondsOf(central.pid()) - before.cpu) / elapsed) * 100
  const rate = ((fleet.report().accepted - before.accepted) / elapsed / boxes) * 60
  const memory = { rss: residentOf(central.pid()), pss: proportionalOf(central.pid()) }
  say(`${share.toFixed(1)} % of a core; comparing the books …`)
  const verdict = await settle(city)
  const name = `${boxes.toLocaleString('en')} boxes, ${ROAD[proof]}`
  const method = `${rate.toFixed(1)} records a minute and box (samples in groups of 30 s, events one by one), over ${Math.round(elapsed)} s in the steady state; ${accountOf(verdict)}`
  return [
    row(
      name,
      'central, one process',
      '% of a core',
      share,
      method,
      `≤ ${CPU_SHARE_MAX}: ${metIf(share <= CPU_SHARE_MAX && isWhole(verdict))}`,
    ),
    row(name, 'central, memory', 'MB', memory.rss, `RSS; ${memory.pss.toFixed(0)} MB of it its own share (PSS)`),
    row(name, 'lost', 'records', verdict.lost, accountOf(verdict), `0: ${metIf(isWhole(verdict))}`),
  ]
}

async function benchHerd(city: City, { boxes, proof }: Boxes): Promise<BenchRow[]> {
  const { fleet, central, say } = city
  await pause(SETTLE_SECONDS * 1_000)
  say(`central is killed, and away for ${AWAY_SECONDS} s …`)
  await central.kill()
  await pause(AWAY_SECONDS * 1_000)
  await central.start()
  const begun = performance.now()
  fleet.tell('note')
  const peak = watchPeak(central.pid())
  const connected = await reached(
    'back',
    fleet,
    fleet.until((report) => report.connected === boxes, DONE_WITHIN_SECONDS),
  )
  await reached(
    'caught up',
    fleet,
    fleet.until(({ arrived }) => arrived === boxes, DONE_WITHIN_SECONDS),
  )
  const seconds = (performance.now() - begun) / 1_000
  const cpu = cpuSecondsOf(central.pid())
  const { share, megabytes } = peak.end()
  say(`all back after ${connected.toFixed(1)} s; comparing the books …`)
  const verdict = await settle(city)
  const name = `herd of ${boxes.toLocaleString('en')} boxes, ${ROAD[proof]}`
  const target = `≤ ${HERD_SECONDS_MAX}: ${metIf(seconds <= HERD_SECONDS_MAX && isWhole(verdict))}`
  return [
    row(
      name,
      'all connected',
      's',
      connected,
      `after central was killed and away for ${AWAY_SECONDS} s; back-off and jitter as boxes ship them`,
    ),
    row(
      name,
      'caught up',
      's',
      seconds,
      `central has what every box had committed when it came back, while they go on recording; ${accountOf(verdict)}`,
      target,
    ),
    row(name, 'central, processor time', 's', cpu, `from its start until then; at most ${share.toFixed(0)} % of a core in any second`),
    row(name, 'central, memory at most', 'MB', megabytes, 'RSS meanwhile'),
  ]
}

/** The fleet says its last word, central is ended in order, both books are compared. */
async function settle({ fleet, central, folder }: City): Promise<Verdict> {
  fleet.tell('settle')
  fleet.tell('stop')
  await reached('caught up', fleet, fleet.until(allArrived, DONE_WITHIN_SECONDS))
  await fleet.end()
  await central.stop()
  const books = await openCentralBooks({ telemetry: join(central.dataDir, 'telemetry.db'), city: join(central.dataDir, 'city.db') })
  try {
    return await verify(folder, books)
  } finally {
    await books.close()
  }
}

async function reached(what: string, fleet: Fleet, waiting: Promise<number | undefined>): Promise<number> {
  const seconds = await waiting
  if (seconds === undefined) {
    const { boxes, on, connected, silent, caughtUp, arrived, waiting: records, late } = fleet.report()
    const state = { boxes, on, connected, silent, caughtUp, arrived, records, late: late.slice(0, 5) }
    throw new Error(`not all boxes are ${what} in time: ${JSON.stringify(state)}`)
  }
  return seconds
}

function watchPeak(pid: number) {
  let peak = { share: 0, megabytes: 0 }
  let before = { cpu: cpuSecondsOf(pid), at: performance.now() }
  const timer = setInterval(() => {
    const now = { cpu: cpuSecondsOf(pid), at: performance.now() }
    const share = ((now.cpu - before.cpu) / ((now.at - before.at) / 1_000)) * 100
    peak = { share: Math.max(peak.share, share), megabytes: Math.max(peak.megabytes, residentOf(pid)) }
    before = now
  }, PEAK_WINDOW_SECONDS * 1_000)
  return {
    end() {
      clearInterval(timer)
      return peak
    },
  }
}

/** Pages shared with other processes counted by their share. */
const proportionalOf = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1_024

const isWhole = (verdict: Verdict): boolean => wrongIn(verdict).length === 0
const metIf = (met: boolean): string => (met ? 'met' : 'NOT met')
const accountOf = ({ accepted, stored, quarantined, lost, duplicated }: Verdict): string =>
  `accepted ${accepted.toLocaleString('en')} = stored ${stored.toLocaleString('en')} + quarantined ${quarantined}, lost ${lost}, duplicated ${duplicated}`

const row = (benchmark: string, figure: string, unit: string, value: number, method: string, target?: string): BenchRow => ({
  benchmark,
  figure,
  unit,
  value: Math.round(value * 10) / 10,
  method,
  ...(target !== undefined && { target }),
})

/** For a trial by itself: node scripts/benchmarks/telemetry/fleet.ts BOXES [RATE [SECONDS]] */
if (import.meta.main) {
  const [boxes = 100, rate = 20, seconds = 20] = process.argv.slice(2).map(Number)
  const cities = (['token', 'certificate'] as const).map((proof) => ({ boxes, recordsPerMinute: rate || null, proof }))
  const rows = await benchFleet({ cities, herd: boxes, seconds })
  for (const { benchmark, figure, value, unit, target = '', method } of rows)
    process.stdout.write(`${benchmark} · ${figure}: ${value} ${unit} ${target}\n    ${method}\n`)
  process.exit(0)
}
