/** What the list of hotspots shows for a query; pure. The whole city (2,500 rows) is in the browser, so filtering is instant. */
import type { HotspotRow, HotspotState, LiveEvent } from '../api.ts'

/** Three reporting intervals: after this a number is history, not news. */
export const STALE_MS = 180_000

export const STATES = ['offline', 'degraded', 'new', 'online'] as const satisfies readonly HotspotState[]
const SORTS = ['state', 'name', 'online', 'traffic', 'heard'] as const
export type Sort = (typeof SORTS)[number]
export type ListQuery = { q: string; kelurahan: string; state: HotspotState | null; sort: Sort; dir: 'asc' | 'desc' }

export function listQuery(query: Record<string, string>): ListQuery {
  const sort = SORTS.find((name) => name === query['sort']) ?? 'state'
  return {
    q: query['q'] ?? '',
    kelurahan: query['kelurahan'] ?? '',
    state: STATES.find((name) => name === query['state']) ?? null,
    sort,
    dir: query['dir'] === 'desc' || query['dir'] === 'asc' ? query['dir'] : firstDirection(sort),
  }
}

/** Big numbers first where numbers are asked for; trouble and A first otherwise. */
export const firstDirection = (sort: Sort): 'asc' | 'desc' => (sort === 'name' || sort === 'state' ? 'asc' : 'desc')

/** Everything but the state, for the counts on the state chips. */
export function matching(rows: readonly HotspotRow[], { q, kelurahan }: Pick<ListQuery, 'q' | 'kelurahan'>): HotspotRow[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    if (kelurahan !== '' && row.kelurahan !== kelurahan) return false
    if (words.length === 0) return true
    const text = `${row.name} ${row.node} ${row.kelurahanName} ${row.kecamatan} rt ${row.rt}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

export function countsOf(rows: readonly HotspotRow[]): Record<HotspotState, number> {
  const counts = { online: 0, degraded: 0, offline: 0, new: 0 }
  for (const row of rows) counts[row.state] += 1
  return counts
}

export function sorted(rows: readonly HotspotRow[], { sort, dir }: Pick<ListQuery, 'sort' | 'dir'>): HotspotRow[] {
  const sign = dir === 'asc' ? 1 : -1
  return rows.toSorted(
    (a, b) => sign * byKey(a, b, sort) || a.name.localeCompare(b.name, 'id', { numeric: true }) || (a.node < b.node ? -1 : 1),
  )
}

function byKey(a: HotspotRow, b: HotspotRow, sort: Sort): number {
  switch (sort) {
    case 'name':
      return a.name.localeCompare(b.name, 'id', { numeric: true })
    case 'state':
      return STATES.indexOf(a.state) - STATES.indexOf(b.state)
    case 'online':
      return a.online - b.online
    case 'traffic':
      return a.downRate + a.upRate - (b.downRate + b.upRate)
    case 'heard':
      return (a.heardAt ?? 0) - (b.heardAt ?? 0)
  }
}

type HotspotEvent = Extract<LiveEvent, { type: 'hotspot' }>

/** Events change rows in place; what they do not carry (rates, complaints) waits for the next reload. */
export function patched(rows: readonly HotspotRow[], events: ReadonlyMap<string, HotspotEvent>): HotspotRow[] {
  return rows.map((row) => {
    const event = events.get(row.node)
    if (!event || (row.heardAt !== null && event.heardAt < row.heardAt)) return row
    const { state, reason, online, heardAt } = event
    return { ...row, state, reason, online, heardAt, stateSince: state === row.state ? row.stateSince : heardAt }
  })
}
