/** Runs the benchmarks one after another and prints one plain table. Figures describe this machine; compare ratios. */
import { readdirSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import type { BenchRow } from './row.ts'

const NOT_BENCHMARKS = ['run.ts', 'row.ts']

const names = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && !NOT_BENCHMARKS.includes(name) && !name.includes('-'))
  .map((name) => name.slice(0, -3))

/** What begins with -- is for the benchmark itself. */
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
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

type Column = { title: string; cell: (row: BenchRow) => string; right?: true }
const columns: Column[] = [
  { title: 'benchmark', cell: ({ benchmark }) => benchmark },
  { title: 'figure', cell: ({ figure }) => figure },
  { title: 'value', cell: ({ value }) => number.format(value), right: true },
  { title: 'unit', cell: ({ unit }) => unit },
  { title: 'openNDS', cell: ({ theirs }) => (theirs === undefined ? '' : number.format(theirs)), right: true },
  { title: 'ratio', cell: ({ ratio }) => ratio ?? '' },
  { title: 'target', cell: ({ target }) => target ?? '' },
  { title: 'method', cell: ({ method }) => method },
]
const shown = columns
  .filter(({ cell }) => rows.some((row) => cell(row) !== ''))
  .map((column) => ({ ...column, width: Math.max(column.title.length, ...rows.map((row) => column.cell(row).length)) }))
const line = (cellOf: (column: Column) => string): string =>
  shown
    .map((column) => (column.right ? cellOf(column).padStart(column.width) : cellOf(column).padEnd(column.width)))
    .join('  ')
    .trimEnd()
for (const text of [line(({ title }) => title), ...rows.map((row) => line(({ cell }) => cell(row)))]) process.stdout.write(`${text}\n`)
process.stdout.write(
  `\n${cpus().length} CPUs (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}\n`,
)
process.exit(0)
