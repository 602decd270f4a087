/** RADIUS of the fixed city: people, sessions, refusals and boxes in every state that the screens know. */
import { USERS_SHOWN_MAX, type LiveSessions, type RadiusBoxes, type RadiusUsers, type Rejections } from '#central/noc/radius/api.ts'
import type { HotspotRow } from '#central/noc/api.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export function radiusUsers(at: number, filter: { q?: string; state?: string }, text?: string): RadiusUsers {
  const names = ['agus.wijaya', 'budi', 'dewi.lestari', 'guru-smpn-1', 'petugas.perpustakaan', 'tamu-dinas']
  const all = names.map((name, i) => ({
    id: i + 1,
    name: text ?? name,
    group: i % 3 === 2 ? null : 'staf',
    until: i === 1 ? at + 90 * DAY : i === 5 ? at - DAY : null,
    sessionSeconds: i === 3 ? 7_200 : null,
    recoverable: i === 3,
    disabledAt: i === 4 ? at - 3 * DAY : null,
    changedAt: at - i * DAY,
  }))
  const users = all.filter(({ name, disabledAt }) => name.includes(filter.q ?? '') && (filter.state !== 'disabled' || disabledAt !== null))
  const groups = [
    { name: 'publik', class: 'public' },
    { name: 'staf', class: 'staff' },
  ]
  return {
    at,
    version: at - HOUR,
    users: users.slice(0, USERS_SHOWN_MAX),
    total: users.length,
    count: all.length,
    groups,
    voucherBatches: 2,
  }
}

export function radiusBoxes(at: number, hotspots: readonly HotspotRow[], text?: string): RadiusBoxes {
  const clients = [
    { name: text ?? 'ap-pendopo', address: '10.20.0.0/24', vendor: 'mikrotik', legacy: false },
    { name: 'ap-lama', address: '10.20.1.7', vendor: 'unifi', legacy: true },
  ]
  const states = ['refused', 'behind', 'away', 'applied', 'applied'] as const
  const boxes = hotspots.slice(0, states.length).map(({ node, name, kelurahanName }, i) => ({
    node,
    name,
    kelurahanName,
    state: states[i]!,
    version: at - HOUR,
    reason: i === 0 ? (text ?? 'RADIUS user "budi": the password hash is not within our limits') : null,
    recoverable: i === 3,
    clients: i === 4 ? [] : clients,
    clientCount: i === 3 ? 4 : clients.length,
    reportedAt: at - i * HOUR,
  }))
  return { at, version: at - HOUR, counts: { refused: 1, behind: 1, away: 1, applied: 2 }, boxes }
}

export function radiusSessions(at: number, hotspots: readonly HotspotRow[], text?: string): LiveSessions {
  const sources = ['radius', 'portal', 'radius', 'bypass', 'radius']
  const rows = sources.map((source, i) => ({
    node: hotspots[i]!.node,
    name: hotspots[i]!.name,
    id: `${source[0]}-${i}`,
    source,
    device: `0123456789abcde${i}`,
    startedAt: at - (i + 1) * HOUR,
    seconds: (i + 1) * 1_700,
    upOctets: 3_000_000 * i,
    downOctets: 240_000_000 * (i + 1),
    open: i !== 3,
    cause: i === 3 ? 'expired' : null,
    group: i % 2 === 0 ? 'staf' : 'publik',
    nas: source === 'radius' ? (text ?? 'ap-pendopo') : null,
    heardAt: at - (i === 4 ? HOUR : i * 60_000),
  }))
  return { at, rows, next: at - 2 * HOUR }
}

export function radiusRejections(at: number, hotspots: readonly HotspotRow[], text?: string): Rejections {
  const reasons = ['wrong-credentials', 'expired', 'voucher-full', 'eap-server-certificate-refused', 'more']
  const rows = reasons.map((reason, i) => ({
    node: hotspots[i]!.node,
    name: hotspots[i]!.name,
    at: at - i * HOUR,
    reason,
    client: reason === 'more' ? '' : (text ?? 'ap-pendopo'),
    account: reason === 'more' ? null : `00000000000000a${i}`,
    device: i % 2 === 0 ? null : '0123456789abcdef',
    count: i === 0 ? 3 : 1,
  }))
  return { at, rows, next: null }
}
