/** What screens show of boxes, sessions and refusals, from what is stored. Pure. */
import { readRejection } from '#edge/wire/radius-rejection.ts'
import type { BoardRow } from '../hotspots/rows.ts'
import type { NoticeRow, SessionAt } from '../ingest/store-port.ts'
import { ROWS_PER_PAGE, type LiveSessions, type RadiusBox, type RadiusBoxes, type Rejections } from './api.ts'
import { LIST_STATES, type ListState } from './screen-words.ts'
import type { BoxReport } from './store.ts'

/** More than a person reads; the counts are of all. */
const BOXES_SHOWN_MAX = 300
const WORST_FIRST: readonly ListState[] = ['refused', 'behind', 'away', 'applied']

export function boxesOf(reports: readonly BoxReport[], board: readonly BoardRow[], version: number, at: number): RadiusBoxes {
  const hotspots = new Map(board.map((box) => [box.row.node, box.row]))
  const counts = Object.fromEntries(LIST_STATES.map((state) => [state, 0])) as RadiusBoxes['counts']
  const boxes: RadiusBox[] = []
  for (const { node, report, reportedAt } of reports) {
    const row = hotspots.get(node)
    // Taken out of the register meanwhile.
    if (!row) continue
    const refused = report.refused !== undefined && report.accounts !== version
    const away = row.state === 'offline' || row.state === 'new'
    const state: ListState = report.accounts === version ? 'applied' : refused ? 'refused' : away ? 'away' : 'behind'
    counts[state] += 1
    const { recoverableSecrets: recoverable, clients, clientCount, accounts } = report
    const reason = refused ? (report.refused?.reason ?? null) : null
    boxes.push({
      node,
      name: row.name,
      kelurahanName: row.kelurahanName,
      state,
      version: accounts,
      reason,
      recoverable,
      clients,
      clientCount,
      reportedAt,
    })
  }
  boxes.sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) || a.name.localeCompare(b.name, 'id', { numeric: true }))
  return { at, version, counts, boxes: boxes.slice(0, BOXES_SHOWN_MAX) }
}

/** A page and one row more, which says whether there is another. */
export const ROWS_READ = ROWS_PER_PAGE + 1

/** Several may bear the time of a page's last row: none of them is skipped, so a few may be seen twice. */
const nextOf = (times: readonly number[]): number | null => {
  const last = times[ROWS_PER_PAGE - 1]
  if (times.length <= ROWS_PER_PAGE || last === undefined) return null
  // A whole page of one moment would otherwise be shown for ever.
  return times[0] === last ? last : last + 1
}

export function sessionsOf(rows: readonly SessionAt[], nameOf: (node: string) => string, at: number): LiveSessions {
  const shown = rows.slice(0, ROWS_PER_PAGE)
  return { at, rows: shown.map((row) => ({ ...row, name: nameOf(row.node) })), next: nextOf(rows.map(({ heardAt }) => heardAt)) }
}

export function rejectionsOf(notices: readonly NoticeRow[], nameOf: (node: string) => string, at: number): Rejections {
  const rows = notices.slice(0, ROWS_PER_PAGE).flatMap(({ node, at: saidAt, detail, device, count }) => {
    const said = readRejection(detail)
    return said ? [{ node, name: nameOf(node), at: saidAt, ...said, account: said.account ?? null, device, count }] : []
  })
  return { at, rows, next: nextOf(notices.map((notice) => notice.at)) }
}
