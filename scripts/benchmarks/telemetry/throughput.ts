/**
 * How many samples a second get from the boxes' disks to central's, acked, and what InfluxDB does with the very same ones.
 * A sample is one numbered record of an outbox: a minute's usage (7 figures) or health (19 figures) of one box.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchRow } from '../row.ts'
import type { BoxLedger } from './boxes.ts'
import { runInflux, type InfluxRun } from './influx.ts'
import { drive, fillBoxes, type Driven, type Road } from './road.ts'
import { SAMPLES_A_MINUTE } from './samples.ts'

/** A kelurahan or two, each with a day or two's backlog at the usual amount. */
const BOXES = 200
const REPETITIONS = 3
const ROADS: readonly { road: Road; name: string; target: number }[] = [
  { road: { store: 'sqlite', broker: 'embedded' }, name: 'SQLite, broker inside', target: 50_000 },
  { road: { store: 'sqlite', broker: 'mosquitto' }, name: 'SQLite, Mosquitto', target: 50_000 },
  { road: { store: 'postgres', broker: 'embedded' }, name: 'PostgreSQL, broker inside', target: 20_000 },
  { road: { store: 'postgres', broker: 'mosquitto' }, name: 'PostgreSQL, Mosquitto', target: 20_000 },
]

export type Throughput = { name: string; target: number; runs: Driven[] }

/** @param samples of one run, spread over 200 boxes. */
export async function benchThroughput(samples: number): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-telemetry-'))
  try {
    const filled = join(folder, 'filled')
    const boxes = Math.min(BOXES, Math.max(1, Math.floor(samples / SAMPLES_A_MINUTE)))
    const minutes = Math.max(1, Math.round(samples / boxes / SAMPLES_A_MINUTE))
    tell(`filling ${boxes} outboxes with ${minutes * SAMPLES_A_MINUTE} samples each`)
    const ledger = await fillBoxes(filled, boxes, minutes)
    tell('InfluxDB')
    const influx = await runInflux({ filled, boxes })
    const measured: Throughput[] = []
    for (const { road, name, target } of ROADS)
      measured.push({ name, target, runs: await repeated(road, name, { folder, filled, ledger }) })
    return throughputRows(measured, influx)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function repeated(road: Road, name: string, at: { folder: string; filled: string; ledger: readonly BoxLedger[] }): Promise<Driven[]> {
  const runs: Driven[] = []
  for (let i = 0; i < REPETITIONS; i++) {
    tell(`${name}, ${i + 1} of ${REPETITIONS}`)
    runs.push(await drive({ road, filled: at.filled, ledger: at.ledger, folder: join(at.folder, `run-${i}`) }))
  }
  return runs
}

const tell = (line: string) => process.stderr.write(`    ${line} …\n`)

/** From what was measured to rows with their targets. Pure. */
export function throughputRows(measured: readonly Throughput[], influx: InfluxRun): BenchRow[] {
  const [first] = measured
  const sent = first?.runs[0]?.books.sent ?? 0
  return [
    ...measured.map((each) => speedRow(each, influx)),
    ...measured.map(booksRow),
    {
      ...row('InfluxDB', 'samples/s', influx.perSecond),
      method:
        `Debian's 1.6.7, the same ${sent.toLocaleString('en')} samples as lines made beforehand, 5,000 a request, 4 requests at once, one run; its log ` +
        `fsynced before each answer; ${round(influx.cpu)} µs of CPU a sample, ${round(influx.megabytes)} MB; ${influx.counted.toLocaleString('en')} found afterwards; ` +
        `no broker, no outbox, no sums, no acks`,
    },
  ]
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const round = (value: number): number => Number(value.toPrecision(3))
const row = (figure: string, unit: string, value: number) => ({ benchmark: 'telemetry', figure, unit, value: round(value) })
const held = (target: string, met: boolean): Pick<BenchRow, 'target'> => ({ target: `${target}: ${met ? 'met' : 'NOT MET'}` })

function speedRow({ name, target, runs }: Throughput, influx: InfluxRun): BenchRow {
  const perSecond = median(runs.map((run) => run.perSecond))
  const of = (pick: (run: Driven) => number) => round(median(runs.map(pick)))
  const boxes = runs[0]?.drained.connections ?? 0
  return {
    ...row(`box to disk and back, ${name}`, 'samples/s', perSecond),
    theirs: round(influx.perSecond),
    ratio: `${round(perSecond / influx.perSecond)}x`,
    ...held(`>= ${target.toLocaleString('en')}`, perSecond >= target),
    method:
      `${boxes} boxes' outboxes to central's last ack, median of ${runs.length} runs (${runs.map((run) => round(run.perSecond)).join(', ')}); ` +
      `every ack after a durable commit with sums; CPU a sample: central ${of((run) => run.centralCpu)} µs, boxes ${of((run) => run.loadCpu)} µs; ` +
      `central at most ${of((run) => run.centralMegabytes)} MB`,
  }
}

function booksRow({ name, runs }: Throughput): BenchRow {
  const sum = (pick: (run: Driven) => number) => runs.reduce((total, run) => total + pick(run), 0)
  const [sent, lost, doubled] = [sum(({ books }) => books.sent), sum(({ books }) => books.lost), sum(({ books }) => books.doubled)]
  const [foreign, sumsWrong] = [sum(({ books }) => books.foreign), sum(({ books }) => books.sumsWrong)]
  return {
    ...row(`lost, ${name}`, 'samples', lost),
    ...held('0', lost === 0 && doubled === 0 && foreign === 0 && sumsWrong === 0),
    method:
      `of ${sent.toLocaleString('en')}, counted in the store by (node, epoch, seq); ${doubled} doubled, ${foreign} that nobody sent, ` +
      `${sumsWrong} boxes whose hours do not add up`,
  }
}
