/** Runs the benchmarks one after another and prints one plain table. Figures describe this machine; compare ratios. */
import { readdirSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import type { BenchRow } from './row.ts'

const NOT_BENCHMARKS = ['run.ts', 'row.ts']

const names = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && !NOT_BENCHMARKS.includes(name) && !name.includes('-'))
  .map((name) => name.slice(0, -3))

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`Unknown benchmark: ${unknown.join(', ')}. There are: ${names.join(', ')}\n`)
  process.exit(2)
}

const rows: BenchRow[] = []
for (const name of wanted.length > 0 ? wanted : names) {
  process.stderr.write(`  ${name} …\n`)
  const module = (await import(join(import.meta.dirname, `${name}.ts`))) as { bench(): Promise<BenchRow[]> }
  rows.push(...(await module.bench()))
}

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })
const cells = rows.map((row) => [row.benchmark, row.figure, number.format(row.value), row.unit, row.method])
const table = [['benchmark', 'figure', 'value', 'unit', 'method'], ...cells]
const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]!.length)))
for (const row of table) {
  process.stdout.write(
    `${row.map((cell, column) => (column === 2 ? cell.padStart(widths[2]!) : column < 4 ? cell.padEnd(widths[column]!) : cell)).join('  ')}\n`,
  )
}
process.stdout.write(
  `\n${cpus().length} CPUs (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}\n`,
)
process.exit(0)
