/** Which box runs which version of the policy, and why one does not. Pure. */
import type { BoardRow } from '../hotspots/rows.ts'
import type { Rollout } from './api.ts'
import { ROLLOUT_STATES, type RolloutState } from './rollout-states.ts'

/** More rows than a person reads; the counts are of all. */
const ROWS_MAX = 300
const WORST_FIRST: readonly RolloutState[] = ['refused', 'behind', 'older', 'away', 'applied']

export function rolloutOf(board: readonly BoardRow[], version: number, at: number): Rollout {
  const counts = Object.fromEntries(ROLLOUT_STATES.map((state) => [state, 0])) as Rollout['counts']
  const versions = new Map<number, number>()
  const rows: Rollout['rows'] = []
  for (const box of board) {
    const state = stateOf(box, version)
    counts[state] += 1
    const settings = box.heard?.settings ?? null
    if (settings !== null) versions.set(settings, (versions.get(settings) ?? 0) + 1)
    if (state === 'applied') continue
    const { node, name, kelurahanName, simulated } = box.row
    const reason = state === 'refused' ? (box.heard?.refusedReason ?? null) : null
    rows.push({ node, name, kelurahanName, simulated, state, settings, reason, at: box.heard?.settingsAt ?? null })
  }
  rows.sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) || a.name.localeCompare(b.name, 'id', { numeric: true }))
  return {
    at,
    version,
    counts,
    versions: [...versions].map(([of, boxes]) => ({ version: of, boxes })).sort((a, b) => b.boxes - a.boxes || b.version - a.version),
    rows: rows.slice(0, ROWS_MAX),
  }
}

function stateOf({ row, heard }: BoardRow, version: number): RolloutState {
  const settings = heard?.settings ?? null
  if (settings === version) return 'applied'
  if (row.state === 'new' || row.state === 'offline') return 'away'
  if (settings === null) return 'older'
  return heard?.refusedVersion === version ? 'refused' : 'behind'
}
