/** What the screens list: registry, last words heard and the verdict, joined. Pure. */
import type { Health } from '#edge/wire/health.ts'
import type { Usage } from '#edge/wire/usage.ts'
import type { Kelurahan } from '../../platform/city/kelurahan.ts'
import type { CityNow, HotspotList, HotspotQuery, HotspotRow } from '../api.ts'
import type { Hotspot, NodeHeard, NodeVerdict } from '../ingest/store-port.ts'
import { judge } from './state.ts'
import { troublesOf } from './troubles.ts'
import type { Static } from 'typebox'

export type BoardRow = { row: HotspotRow; heard: NodeHeard | undefined; health: Health | null; verdict: NodeVerdict }

export function boardRow(at: {
  hotspot: Hotspot
  heard: NodeHeard | undefined
  before: NodeVerdict | undefined
  place: Kelurahan | undefined
  now: number
}): BoardRow {
  const { hotspot, heard, before, place, now } = at
  const usage = heard?.usage ? (JSON.parse(heard.usage) as Usage) : null
  const health = heard?.health ? (JSON.parse(heard.health) as Health) : null
  const heardAt = heard && heard.heardAt > 0 ? heard.heardAt : null
  const { state, reason } = judge(
    {
      heardAt,
      connected: heard?.connected ?? false,
      usageSeconds: heard?.usageSeconds ?? null,
      previousUsageSeconds: heard?.previousUsageSeconds ?? null,
      health,
      uplinkMeasuredAt: heard?.uplinkMeasuredAt ?? null,
      skewMs: heard?.skewMs ?? null,
      troubles: troublesOf(heard?.troubles ?? null),
      rivalAt: heard?.rivalAt ?? null,
    },
    now,
  )
  const same = before !== undefined && before.state === state && before.reason === reason
  const verdict = same ? before : { node: hotspot.node, state, reason, stateSince: now }
  // Of a hotspot that is not heard, the last numbers are not the present ones.
  const present = state === 'online' || state === 'degraded' ? usage : null
  const row: HotspotRow = {
    node: hotspot.node,
    name: hotspot.name,
    kelurahan: hotspot.kelurahan,
    kelurahanName: place?.name ?? hotspot.kelurahan,
    kecamatan: place?.kecamatan ?? '',
    rt: hotspot.rt,
    lat: hotspot.lat,
    lon: hotspot.lon,
    simulated: hotspot.simulated,
    state,
    reason,
    ...(reason === 'device' && { reasonDetail: health?.silentDevices?.join(', ') ?? '' }),
    heardAt,
    stateSince: heardAt === null ? null : verdict.stateSince,
    online: present?.online ?? 0,
    downRate: present ? present.downOctets / present.seconds : 0,
    upRate: present ? present.upOctets / present.seconds : 0,
    openComplaints: 0,
  }
  return { row, heard, health, verdict }
}

export type Counts = HotspotList['counts']
export function countStates(rows: readonly HotspotRow[]): Counts {
  const counts: Counts = { online: 0, degraded: 0, offline: 0, new: 0 }
  for (const row of rows) counts[row.state] += 1
  return counts
}

const STATE_ORDER = { offline: 0, degraded: 1, online: 2, new: 3 } as const

export function listHotspots(rows: readonly HotspotRow[], query: Static<typeof HotspotQuery>, now: number): HotspotList {
  const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const matching = rows.filter((row) => {
    if (query.kelurahan !== undefined && row.kelurahan !== query.kelurahan) return false
    const text = `${row.node} ${row.name} ${row.kelurahanName} ${row.kecamatan} ${row.rt}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const shown = query.state === undefined ? matching : matching.filter((row) => row.state === query.state)
  const by = compareBy(query.sort ?? 'name')
  const sign = query.dir === 'desc' ? -1 : 1
  const sorted = [...shown].sort((a, b) => sign * by(a, b) || (a.node < b.node ? -1 : 1))
  return { at: now, rows: sorted, counts: countStates(matching) }
}

function compareBy(sort: NonNullable<Static<typeof HotspotQuery>['sort']>): (a: HotspotRow, b: HotspotRow) => number {
  switch (sort) {
    case 'name':
      return (a, b) => a.name.localeCompare(b.name, 'id')
    case 'state':
      return (a, b) => STATE_ORDER[a.state] - STATE_ORDER[b.state]
    case 'online':
      return (a, b) => a.online - b.online
    case 'traffic':
      return (a, b) => a.downRate + a.upRate - (b.downRate + b.upRate)
    case 'heard':
      return (a, b) => (a.heardAt ?? 0) - (b.heardAt ?? 0)
  }
}

export function kelurahanRows(rows: readonly HotspotRow[], places: readonly Kelurahan[]): CityNow['kelurahan'] {
  const byCode = new Map<string, HotspotRow[]>()
  for (const row of rows) {
    const here = byCode.get(row.kelurahan)
    if (here) here.push(row)
    else byCode.set(row.kelurahan, [row])
  }
  return places.map(({ code, name, kecamatan }) => {
    const here = byCode.get(code) ?? []
    const { online, degraded, offline } = countStates(here)
    const visitors = here.reduce((sum, row) => sum + row.online, 0)
    return { code, name, kecamatan, hotspots: here.length, online, degraded, offline, visitors }
  })
}
