/**
 * RADIUS over loopback: ours beside Debian's FreeRADIUS and npm's `radius-server`, each as its own process, in interleaved
 * rounds. All servers are pinned to one core and the generator to another, so requests/s is what that core manages, and CPU
 * per request is the server process's alone, all its threads counted.
 *
 * `--fuzz` instead runs the codec's fuzz target ten million times; `--short` makes every round short, to try it out, and leaves
 * EAP and most of the kills out.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eapRows } from './radius/eap.ts'
import { hasFreeradius, startFreeradius } from './radius/freeradius.ts'
import { fuzz } from './radius/fuzz.ts'
import type { Load, Measured } from './radius/generator.ts'
import { killRows } from './radius/kills.ts'
import { cpuMicroseconds, startGenerator, startNodeServer, type Generator, type Server } from './radius/processes.ts'
import type { BenchRow } from './row.ts'

const SHORT = process.argv.includes('--short')
const ROUNDS = SHORT ? 2 : 7
const ROUND_MS = SHORT ? 500 : 1_500
const WARM_MS = SHORT ? 300 : 1_500
const WINDOW = 128
/** Logins of a busy hotspot's morning, beside the storm: what is asked is how long each waits. */
const LOGINS_PER_SECOND = 200
const MIXED_MS = SHORT ? 1_000 : 6_000

type Round = { perSecond: number; cpuPerRequest: number; lost: number }

/** About three minutes with EAP and kills. */
export async function bench(): Promise<BenchRow[]> {
  if (process.argv.includes('--fuzz')) return fuzz()
  const compared = await compare()
  return SHORT ? [...compared, ...(await killRows(3))] : [...compared, ...(await eapRows()), ...(await killRows(100))]
}

async function compare(): Promise<BenchRow[]> {
  const stateDir = mkdtempSync(join(tmpdir(), 'bench-radius-'))
  const started: { kill(): Promise<void> }[] = []
  const keep = <T extends { kill(): Promise<void> }>(one: T): T => {
    started.push(one)
    return one
  }
  try {
    const generator = keep(startGenerator())
    const ours = keep(await startNodeServer('ours', stateDir))
    const npm = keep(await startNodeServer('npm', stateDir))
    const free = hasFreeradius() ? keep(await startFreeradius(stateDir)) : undefined
    if (!free) process.stderr.write('  FreeRADIUS is not installed; its rows are left out (Debian package freeradius)\n')
    const logins = await authentication(generator, ours, npm, free)
    const accounts = await accounting(generator, ours, free)
    return [...logins, ...accounts, ...(await mixed(generator, ours))]
  } finally {
    for (const one of started) await one.kill()
    rmSync(stateDir, { recursive: true })
  }
}

let runs = 0
const load = (kind: Load['kind'], server: Server, milliseconds: number, more: Partial<Load> = {}): Load => ({
  kind,
  port: kind === 'pap' ? server.ports.authPort : server.ports.acctPort,
  milliseconds,
  window: WINDOW,
  run: ++runs,
  ...more,
})

async function round(generator: Generator, server: Server, kind: Load['kind'], milliseconds: number): Promise<Round> {
  const before = cpuMicroseconds(server.pid)
  const { answered, seconds, lost } = await generator.run(load(kind, server, milliseconds))
  const cpu = cpuMicroseconds(server.pid) - before
  if (answered === 0) throw new Error(`${server.name} answered nothing`)
  return { perSecond: answered / seconds, cpuPerRequest: cpu / answered, lost }
}

async function rounds(generator: Generator, servers: readonly (Server | undefined)[], kind: Load['kind']): Promise<Round[][]> {
  const present = servers.map((server) => ({ server, measured: [] as Round[] }))
  for (const { server } of present) if (server) await warm(generator, server, kind)
  for (let i = 0; i < ROUNDS; i++)
    for (const { server, measured } of present) if (server) measured.push(await round(generator, server, kind, ROUND_MS))
  return present.map(({ measured }) => measured)
}

/** The first login of all waits for scrypt, FreeRADIUS for its modules; then there is compiled code to be made. */
async function warm(generator: Generator, server: Server, kind: Load['kind']): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const { answered } = await generator.run(load(kind, server, 300))
    if (answered > 0) break
  }
  await generator.run(load(kind, server, WARM_MS))
}

async function authentication(generator: Generator, ours: Server, npm: Server, free: Server | undefined): Promise<BenchRow[]> {
  const [own = [], theirs = [], peer = []] = await rounds(generator, [ours, npm, free], 'pap')
  const rows = [
    ...pair('PAP, ours', own, 'password verified before by scrypt, now remembered'),
    ...pair('PAP, npm radius-server 2.1.4', theirs, 'static password'),
    row('PAP, our CPU / npm CPU', 'x', cpuOf(own) / cpuOf(theirs), 'medians of the rows above'),
  ]
  if (peer.length === 0) return rows
  const slowest = Math.min(...own.map(({ perSecond }, i) => perSecond / peer[i]!.perSecond))
  return [
    ...rows,
    ...pair('PAP, FreeRADIUS files', peer, 'same attributes in the reply'),
    judged(row('PAP, our CPU / FreeRADIUS CPU', 'x', cpuOf(own) / cpuOf(peer), 'medians of the rows above'), (x) => x <= 0.5, '<= 0.5'),
    judged(
      row('PAP, our requests / FreeRADIUS requests, worst round', 'x', slowest, `least of ${ROUNDS} rounds`),
      (x) => x >= 1,
      '>= 1 in every round',
    ),
  ]
}

async function accounting(generator: Generator, ours: Server, free: Server | undefined): Promise<BenchRow[]> {
  const [own = [], peer = []] = await rounds(generator, [ours, free], 'interim')
  const starts = [await round(generator, ours, 'start', ROUND_MS)]
  const rows = [
    ...pair('accounting interim, ours', own, '500 sessions; answered after the fsync (SQLite WAL, FULL)'),
    ...pair('accounting start, ours', starts, 'one round; every request a new session, its record for central in the outbox as well'),
  ]
  if (peer.length === 0) return rows
  const slowest = Math.min(...own.map(({ perSecond }, i) => perSecond / peer[i]!.perSecond))
  return [
    ...rows,
    ...pair('accounting interim, FreeRADIUS sqlite', peer, 'its own queries, SQLite WAL, FULL, one transaction each'),
    judged(
      row('accounting, FreeRADIUS CPU / our CPU', 'x', cpuOf(peer) / cpuOf(own), 'medians of the rows above'),
      (x) => x >= 10,
      '>= 10',
    ),
    judged(
      row('accounting, our requests / FreeRADIUS requests, worst round', 'x', slowest, `least of ${ROUNDS} rounds`),
      (x) => x >= 5,
      '>= 5',
    ),
  ]
}

/** Logins at a steady pace alone, then beside as much accounting as the server takes. */
async function mixed(generator: Generator, ours: Server): Promise<BenchRow[]> {
  const storm = startGenerator()
  try {
    const logins = (): Promise<Measured> => generator.run(load('pap', ours, MIXED_MS, { perSecond: LOGINS_PER_SECOND }))
    const alone = await logins()
    const [beside, accounted] = await Promise.all([logins(), storm.run(load('interim', ours, MIXED_MS))])
    const how = `${LOGINS_PER_SECOND} logins/s for ${MIXED_MS / 1000} s`
    const with99 = row(
      'PAP p99 beside an accounting storm',
      'ms',
      beside.p99,
      `${how}; ${Math.round(accounted.answered / accounted.seconds)} interims/s; ${beside.lost} lost`,
    )
    return [
      row('PAP p99 alone', 'ms', alone.p99, `${how}; p50 ${alone.p50.toFixed(2)} ms`),
      judged(with99, (p99) => p99 <= 2 * alone.p99, '<= 2 x alone'),
    ]
  } finally {
    await storm.kill()
  }
}

const METHOD = `loopback, servers on core 0, generator on the last, ${WINDOW} outstanding, median of rounds of ${ROUND_MS} ms`

function pair(figure: string, measured: readonly Round[], method: string): BenchRow[] {
  const lost = measured.reduce((sum, one) => sum + one.lost, 0)
  const how = `${METHOD}; ${method}${lost > 0 ? `; ${lost} unanswered` : ''}`
  return [
    row(`${figure}, requests`, '1/s', median(measured.map(({ perSecond }) => perSecond)), how),
    row(`${figure}, CPU per request`, 'us', cpuOf(measured), how),
  ]
}

const cpuOf = (measured: readonly Round[]): number => median(measured.map(({ cpuPerRequest }) => cpuPerRequest))

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

const row = (figure: string, unit: string, value: number, method: string): BenchRow => ({
  benchmark: 'radius',
  figure,
  unit,
  value: Number(value.toFixed(2)),
  method,
})

const judged = (of: BenchRow, isMet: (value: number) => boolean, wanted: string): BenchRow => ({
  ...of,
  target: `${wanted}: ${isMet(of.value) ? 'met' : 'NOT met'}`,
})
