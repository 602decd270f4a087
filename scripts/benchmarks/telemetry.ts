/** The road of telemetry at a city's size: how fast, how soon pages answer, how large a fleet, what a box writes to its card. */
import { benchCard } from './telemetry/card.ts'
import { benchFleet } from './telemetry/fleet.ts'
import { benchQueries } from './telemetry/queries.ts'
import { benchThroughput } from './telemetry/throughput.ts'
import { benchWeek } from './telemetry/week.ts'
import type { BenchRow } from './row.ts'

/** Of one run over one road: twenty seconds at the rate asked for. */
const BACKLOG = 1_000_000
const SAMPLES = 50_000_000

const measures: Record<string, () => Promise<BenchRow[]> | BenchRow[]> = {
  throughput: () => benchThroughput(option('--backlog', BACKLOG)),
  queries: () => benchQueries(option('--samples', SAMPLES)),
  fleet: () => benchFleet(),
  card: () => benchCard(),
  week: () => benchWeek(),
}

/** Words that may follow `telemetry`; without any, all are measured. */
export const PARTS: readonly string[] = Object.keys(measures)

export async function bench(parts: readonly string[] = []): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  for (const part of parts.length > 0 ? parts : PARTS) {
    process.stderr.write(`  telemetry ${part} …\n`)
    rows.push(...(await measures[part]!()))
  }
  return rows
}

/** `--samples=1000000`. */
function option(name: string, otherwise: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`${name}=`))?.slice(name.length + 1)
  if (given === undefined) return otherwise
  const value = Number(given)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} needs a whole number, not ${given}`)
  return value
}
