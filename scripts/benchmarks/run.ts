/** Runs the benchmarks one after another and prints one plain table. Figures describe this machine; compare ratios. */
import { readdirSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import type { BenchRow } from './row.ts'

const NOT_BENCHMARKS = ['run.ts', 'row.ts']

const names = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && !NOT_BENCHMARKS.includes(name) && !name.includes('-'))
  .map((name) => name.slice(0, -3))

type Benchmark = { bench(parts: readonly string[]): Promise<BenchRow[]>; PARTS?: readonly string[] }
const load = async (name: string) => (await import(join(import.meta.dirname, `${name}.ts`))) as Benchmark

/** A word that is not the name of a benchmark may be a part of the one named before it. What begins with -- is for the benchmark itself. */
const wanted: { name: string; parts: string[] }[] = []
for (const word of process.argv.slice(2).filter((argument) => !argument.startsWith('--'))) {
  const last = wanted.at(-1)
  if (names.includes(word)) wanted.push({ name: word, parts: [] })
  else if (last && (await load(last.name)).PARTS?.includes(word)) last.parts.push(word)
  else {
    process.stderr.write(`Unknown benchmark: ${word}. There are: ${names.join(', ')}\n`)
    process.exit(2)
  }
}

const rows: BenchRow[] = []
for (const { name, parts } of wanted.length > 0 ? wanted : names.map((name) => ({ name, parts: [] }))) {
  process.stderr.write(`  ${name} …\n`)
  rows.push(...(await (await load(name)).bench(parts)))
}

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 })

type Column = { title: string; cell: (row: BenchRow) => string; right?: true }
const columns: Column[] = [
  { title: 'benchmark', cell: ({ benchmark }) => benchmark },
  { title: 'figure', cell: ({ figure }) => figure },
  { title: 'value', cell: ({ value }) => number.format(value), right: true },
  { title: 'unit', cell: ({ unit }) => unit },
  { title: 'theirs', cell: ({ theirs }) => (theirs === undefined ? '' : number.format(theirs)), right: true },
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
