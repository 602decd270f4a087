/** A pasted list of people: one a line, as a spreadsheet gives it. Pure. */
import { wibDate } from '../../platform/ui/format.ts'
import type { NewUser } from '../radius/api.ts'

export const ROWS_MAX = 500

type CsvProblem = 'no-name' | 'columns' | 'date' | 'twice'
export type CsvRow = { line: number; name: string } & ({ ok: true; user: NewUser } | { ok: false; problem: CsvProblem })

const HEADINGS = new Set(['nama', 'name', 'username', 'user'])
const COLUMNS_MAX = 4

/** Columns: name, password (empty: central makes one), group, last day as 2026-12-31. */
export function readPasted(text: string): CsvRow[] {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line: i + 1, cells: cellsOf(line) }))
  const filled = lines.filter(({ cells }) => cells.some((cell) => cell !== ''))
  const rows = HEADINGS.has(filled[0]?.cells[0]?.toLowerCase() ?? '') ? filled.slice(1) : filled
  const seen = new Set<string>()
  return rows.map(({ line, cells }) => {
    const [name = '', password = '', group = '', until = ''] = cells
    const wrong = (problem: CsvProblem): CsvRow => ({ line, name, ok: false, problem })
    if (name === '') return wrong('no-name')
    if (cells.length > COLUMNS_MAX) return wrong('columns')
    if (seen.has(name)) return wrong('twice')
    seen.add(name)
    const end = until === '' ? null : wibDate(until, 24)
    if (until !== '' && end === null) return wrong('date')
    const user: NewUser = {
      name,
      ...(password !== '' && { password }),
      group: group === '' ? null : group.toLowerCase(),
      until: end === null ? null : end - 1,
      sessionSeconds: null,
      recoverable: false,
    }
    return { line, name, ok: true, user }
  })
}

/** Excel of an Indonesian computer separates by semicolons, a copied table by tabs; a cell in quotes may hold either (RFC 4180 §2). */
function cellsOf(line: string): string[] {
  const bare = line.replaceAll(/"(?:[^"]|"")*"/g, '')
  const separator = ['\t', ';', ','].find((each) => bare.includes(each)) ?? ';'
  const cells: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!
    if (letter === '"' && quoted && line[i + 1] === '"') {
      cell += '"'
      i += 1
    } else if (letter === '"' && (quoted || cell.trim() === '')) quoted = !quoted
    else if (letter === separator && !quoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += letter
  }
  return [...cells, cell.trim()]
}
