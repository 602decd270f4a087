/** A believable small city for looking at the screens: typed by the API's own words, the same on every run. */
import type { Device, DevicePort } from '#edge/wire/device.ts'
import type { Me, Position, Role, SignedInSession } from '#central/platform/accounts/api.ts'
import type { CityNow, HotspotPage, HotspotRow, HotspotState, QuarantineRow, SeriesPoint, WallLink, WallView } from '#central/noc/api.ts'
import type { IngestView } from '#central/noc/road/api.ts'
import type { PolicyDraft, PolicyView, Rollout } from '#central/noc/policy/api.ts'
import { FRESH_POLICY } from '#central/noc/policy/defaults.ts'
import type { ComplaintPage, ComplaintRow, ComplaintState } from '#central/modules/complaints/api.ts'
import { KELURAHAN } from '#central/platform/city/kelurahan.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Mulberry32: the city looks random and is the same each time. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Few at dawn, a hill at noon, the most after sunset prayer. */
export function dayShape(at: number): number {
  const hour = ((at + 7 * HOUR) % DAY) / HOUR
  return 0.12 + 0.55 * Math.exp(-((hour - 12) ** 2) / 14) + 0.85 * Math.exp(-((hour - 19.3) ** 2) / 6)
}

const PLACES = ['Poskamling', 'Balai RW', 'Taman', 'Warung', 'Mushola', 'SD Negeri', 'Posyandu', 'Pasar']

export function hotspots(at: number, count: number, text?: string): HotspotRow[] {
  const roll = dice(7)
  return Array.from({ length: count }, (_, index) => {
    const area = KELURAHAN[index % KELURAHAN.length]!
    const chance = roll()
    const state: HotspotState = index === 11 ? 'new' : chance > 0.965 ? 'offline' : chance > 0.92 ? 'degraded' : 'online'
    const reason = state === 'offline' ? 'silent' : state === 'degraded' ? (chance > 0.945 ? 'uplink' : 'no-firewall') : null
    const online = state === 'online' || state === 'degraded' ? Math.round(dayShape(at) * 24 * roll()) : 0
    const rt = String(1 + (index % 24)).padStart(2, '0')
    return {
      node: `hs-${String(index + 1).padStart(4, '0')}`,
      name: text ?? `${PLACES[index % PLACES.length]} RT ${rt} ${area.name}`,
      kelurahan: area.code,
      kelurahanName: text ?? area.name,
      kecamatan: text ?? area.kecamatan,
      rt: text ?? rt,
      lat: area.lat,
      lon: area.lon,
      simulated: true,
      state,
      reason: text === undefined ? reason : text,
      heardAt: state === 'new' ? null : state === 'offline' ? at - 42 * MINUTE : at - Math.round(roll() * 50_000),
      stateSince: state === 'new' ? null : at - (state === 'online' ? 3 * DAY : 42 * MINUTE),
      online,
      downRate: online * 52_000 * roll(),
      upRate: online * 9_000 * roll(),
      openComplaints: index % 17 === 3 ? 2 : 0,
    }
  })
}

const countsOf = (rows: readonly HotspotRow[]) => ({
  online: rows.filter((row) => row.state === 'online').length,
  degraded: rows.filter((row) => row.state === 'degraded').length,
  offline: rows.filter((row) => row.state === 'offline').length,
  new: rows.filter((row) => row.state === 'new').length,
})

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

export function city(at: number, rows: readonly HotspotRow[]): CityNow {
  return {
    at,
    simulated: true,
    counts: countsOf(rows),
    visitors: sum(rows.map((row) => row.online)),
    downRate: sum(rows.map((row) => row.downRate)),
    upRate: sum(rows.map((row) => row.upRate)),
    today: { admitted: 4_812, downOctets: 612_400_000_000, upOctets: 71_900_000_000, watched: 3_977, fallback: 302 },
    kelurahan: KELURAHAN.map(({ code, name, kecamatan }) => {
      const here = rows.filter((row) => row.kelurahan === code)
      const { online, degraded, offline } = countsOf(here)
      return { code, name, kecamatan, hotspots: here.length, online, degraded, offline, visitors: sum(here.map((row) => row.online)) }
    }),
    day: Array.from({ length: 288 }, (_, index) => {
      const t = at - (288 - index) * 5 * MINUTE
      const gone = index > 96 && index < 104
      return { t, online: gone ? null : Math.round(dayShape(t) * 700), downOctets: gone ? null : dayShape(t) * 3_000_000_000 }
    }),
    ingest: { records: 1_204_331, quarantined: 3, lastAt: at - 2_000 },
  }
}

const STEPS = { '1h': MINUTE, '24h': MINUTE, '7d': HOUR, '30d': HOUR } as const
const SPANS = { '1h': HOUR, '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY } as const
export type Range = keyof typeof STEPS

export function series(at: number, range: Range): SeriesPoint[] {
  const step = STEPS[range]
  const roll = dice(3)
  const count = Math.floor(SPANS[range] / step)
  return Array.from({ length: count }, (_, index) => {
    const t = Math.floor((at - SPANS[range]) / step) * step + index * step
    const gone = index > count * 0.31 && index < count * 0.36
    if (gone) return { t, online: null, downOctets: null, upOctets: null, cpu: null, memoryUsed: null, uplinkMilliseconds: null }
    const online = Math.round(dayShape(t) * 18 + roll() * 3)
    return {
      t,
      online,
      downOctets: online * 30_000 * (step / 1_000) * (0.6 + roll() * 0.8),
      upOctets: online * 5_000 * (step / 1_000) * (0.6 + roll() * 0.8),
      cpu: 0.1 + online / 60 + roll() * 0.06,
      memoryUsed: 0.41 + roll() * 0.02,
      uplinkMilliseconds: 11 + roll() * 9 + (roll() > 0.985 ? 120 : 0),
    }
  })
}

export function hotspotPage(at: number, hotspot: HotspotRow, range: Range, text?: string): HotspotPage {
  return {
    at,
    hotspot,
    health: {
      cpu: 0.22,
      memoryUsed: 0.42,
      diskUsed: 0.31,
      temperatureCelsius: null,
      uptimeSeconds: 1_132_000,
      gate: text ?? 'enforcing',
      outboxRecords: 2,
      outboxAgeSeconds: 9,
      outboxDropped: 0,
      radius: { accepts: 341, rejects: 12, accounting: 1_022, discarded: 3 },
      uplinkMilliseconds: 14,
      uplinkProbes: { sent: 6, answered: 5, p50Milliseconds: 14.2, p95Milliseconds: 61 },
      version: text ?? '0.1.0',
    },
    healthAt: at - 21_000,
    intervalSeconds: STEPS[range] / 1_000,
    series: series(at, range),
    today: { downOctets: 9_420_000_000, upOctets: 1_120_000_000, admitted: 88, watched: 71, fallback: 6 },
    road: {
      epoch: 'e1',
      committedT: 104_233,
      committedE: 871,
      dropped: 0,
      quarantined: 2,
      skewSeconds: 0.4,
      repeated: 12,
      clock: 'ntp',
      rivalAt: null,
    },
    sessions: Array.from({ length: 8 }, (_, index) => ({
      id: `s${index}`,
      source: text ?? (index % 3 === 0 ? 'radius' : 'portal'),
      device: text ?? `9f3a${index}c27be01d440`,
      startedAt: at - (index + 1) * 13 * MINUTE,
      seconds: 600 + index * 71,
      upOctets: 3_000_000 * (index + 1),
      downOctets: 41_000_000 * (index + 1),
      open: index < 3,
      cause: index < 3 ? null : (text ?? (index % 2 === 0 ? 'expired' : 'User-Request')),
      group: index % 4 === 0 ? null : (text ?? 'publik'),
    })),
    notices: (['table-rewritten', 'address-spoofed', 'uplink-up', 'uplink-down', 'policy-applied', 'start'] as const).map(
      (kind, index) => ({
        at: at - (index * 47 + 3) * MINUTE,
        kind: text ?? kind,
        detail: kind === 'start' ? (text ?? 'power') : null,
        device: kind === 'address-spoofed' ? (text ?? '9f3a1c27be01d440') : null,
        count: kind === 'address-spoofed' ? 14 : 1,
      }),
    ),
    blocked: [{ device: '9f3a4c27be01d440', until: at + 5 * HOUR }],
    access: {
      token: false,
      certificates: [
        {
          serial: text ?? '5fbd0d199bbbfb483bb049a67631cdce',
          issuedAt: at - 12 * DAY,
          notAfter: at + 385 * DAY,
          revokedAt: null,
          inUse: true,
        },
        {
          serial: '4a11c3d09bbbfb483bb049a67631cdce',
          issuedAt: at - 300 * DAY,
          notAfter: at + 97 * DAY,
          revokedAt: at - 11 * DAY,
          inUse: false,
        },
      ],
    },
    devices: devices(at, text),
  }
}

export const revokedAccess = ({ token, certificates }: HotspotPage['access'], at: number): HotspotPage['access'] => ({
  token,
  certificates: certificates.map((each) => ({ ...each, revokedAt: each.revokedAt ?? at, inUse: false })),
})

function devices(at: number, text?: string): HotspotPage['devices'] {
  const port = (name: string, more: Partial<DevicePort> = {}): DevicePort => ({ name: text ?? name, up: true, ...more })
  const made = (name: string, said: Omit<Device, 'name' | 'reachable'>, change: Partial<HotspotPage['devices'][number]> = {}) => ({
    name: text ?? name,
    kind: text ?? said.kind,
    reachable: true,
    problem: null,
    at: at - 21_000,
    since: at - 3 * DAY,
    said: { name: text ?? name, reachable: true, ...said },
    saidAt: at - 21_000,
    day: { looks: 1_440, answered: 1_436, inOctets: 41e9, outOctets: 43e9, errors: 12, clientsSum: 18_000, clientsN: 1_436 },
    ...change,
  })
  const ap: Omit<Device, 'name' | 'reachable'> = {
    kind: 'ap',
    seconds: 60,
    model: text ?? 'RouterOS cAP ac',
    sysName: text ?? 'ap-lapangan',
    uptimeSeconds: 1_209_612,
    ports: [
      port('ether1', { alias: text ?? 'ke sakelar', speedMbps: 1_000, inOctets: 73_112_233, outOctets: 8_123_456, errors: 2 }),
      port('ether2', { up: false }),
      port('wlan1', { speedMbps: 144, inOctets: 800_000, outOctets: 7_200_000 }),
      port('wlan2', { speedMbps: 866, inOctets: 7_200_000, outOctets: 65_000_000 }),
    ],
    radios: [
      { name: text ?? 'wlan1', channel: 6, clients: 11, utilisation: 0.61, noiseDbm: -96 },
      { name: text ?? 'wlan2', channel: 44, clients: 3, noiseDbm: -103 },
    ],
    clients: 14,
  }
  const ports = Array.from({ length: 48 }, (_, i) =>
    port(
      `Gi1/0/${i + 1}`,
      i % 5 === 3 ? { up: false } : { speedMbps: 1_000, inOctets: 1e6 * i, outOctets: 2e6 * i, ...(i === 17 && { errors: 40 }) },
    ),
  )
  const learned = { learnedAddresses: 41, poeWatts: 37, poeLimitWatts: 370, portsLeftOut: 4 }
  const gone = { reachable: false, problem: text ?? 'no-answer', since: at - 4 * HOUR }
  const never = { name: text ?? 'Ruter cadangan', kind: text ?? 'unknown', said: null, saidAt: null }
  const nothing = { looks: 0, answered: 0, inOctets: 0, outOctets: 0, errors: 0, clientsSum: 0, clientsN: 0 }
  return [
    made('AP lapangan', ap),
    made('Sakelar balai', {
      kind: 'switch',
      seconds: 60,
      model: '48-Port Gigabit Smart Switch',
      uptimeSeconds: 90,
      replaced: true,
      ports,
      ...learned,
    }),
    made('AP aula', ap, { ...gone, saidAt: at - 4 * HOUR }),
    made('', ap, { ...gone, ...never, problem: text ?? 'auth', day: nothing }),
  ]
}

/** Central's clock is two and a half years ahead. */
export const leap = (at: number): NonNullable<IngestView['retentionHeld']> => ({ lastAt: at - 900 * DAY, agree: 1, differ: 12 })

export function ingest(at: number, text?: string): IngestView {
  const until = at - (at % MINUTE)
  const box = (change: Partial<IngestView['boxes'][number]>): IngestView['boxes'][number] => ({
    node: 'hs-0004',
    name: text ?? 'Balai RW 02 Klegen',
    heardAt: at - 12_000,
    markT: 104_233,
    markE: 871,
    waiting: 0,
    outboxSeconds: 0,
    dropped: 0,
    reported: 0,
    repeated: 3,
    quarantined: 0,
    clock: 'ntp',
    skewSeconds: 0.2,
    rivalAt: null,
    ...change,
  })
  return {
    at,
    until,
    minute: { perSecond: 41.2, records: 2_472, repeated: 4, refused: 0 },
    hour: { perSecond: 40.7, records: 146_520, repeated: 310, refused: 3 },
    minutes: Array.from({ length: 60 }, (_, i) => ({
      t: until - (60 - i) * MINUTE,
      records: i > 20 && i < 24 ? 0 : 2_400 + ((i * 37) % 90),
    })),
    lag: [
      { minutes: 5, records: 12_300, p50Ms: 20_000, p95Ms: 45_000, untimed: 0 },
      { minutes: 60, records: 146_000, p50Ms: 20_000, p95Ms: 3_600_000, untimed: 12 },
    ],
    outbox: { boxes: 3, records: 1_240, oldestSeconds: 7_300, oldestNode: 'hs-0007', saidAt: at - 41_000 },
    workers: [
      { worker: 'ingest-0-7', shards: '0-7', startedAt: at - 3 * DAY, seenAt: at - 2_000, waiting: 14, perSecond: 21.9 },
      { worker: 'ingest-8-f', shards: '8-f', startedAt: at - 3 * DAY, seenAt: at - 300_000, waiting: 0, perSecond: 19.3 },
    ],
    totals: { boxes: 60, records: 1_204_331, repeated: 5_120, dropped: 44, quarantined: 3 },
    troubled: 140,
    boxes: [
      box({ rivalAt: at - 90_000 }),
      box({ node: 'hs-0007', name: text ?? 'Pasar Sleko', dropped: 44, reported: 40, waiting: 1_200, outboxSeconds: 7_300 }),
      box({
        node: 'hs-0011',
        name: null,
        heardAt: null,
        quarantined: 3,
        clock: null,
        skewSeconds: null,
        waiting: null,
        outboxSeconds: null,
      }),
      box({ node: 'hs-0012', name: text ?? 'Taman Bantaran', clock: 'none', skewSeconds: -86_400 }),
    ],
    retention: [
      { name: 'raw', days: 14, basis: 'pdp', removed: 40_320_110, removedAt: at - 7 * HOUR, lookedAt: at - 4 * MINUTE, tookMs: 131 },
      { name: 'session', days: 90, basis: 'log', removed: 0, removedAt: null, lookedAt: at - 3 * HOUR, tookMs: 0 },
      { name: 'day', days: null, basis: 'none', removed: 0, removedAt: null, lookedAt: null, tookMs: 0 },
    ],
    retentionHeld: text === undefined ? null : leap(at),
    gaps: [
      { id: 2, node: 'hs-0007', lane: 't', source: 'jump', kind: '', fromSeq: 1_201, toSeq: 1_244, records: 44, at: at - HOUR },
      {
        id: 1,
        node: 'hs-0007',
        lane: 't',
        source: 'reported',
        kind: text ?? 'usage',
        fromSeq: 1_201,
        toSeq: 1_240,
        records: 40,
        at: at - HOUR,
      },
    ],
  }
}

export function quarantine(at: number, text?: string): QuarantineRow[] {
  const reasons = ['record 8123: usage /online must be integer', 'not a registered hotspot', 'unreadable packet: not JSON']
  return reasons.map((reason, index) => ({
    id: 3 - index,
    receivedAt: at - (index + 1) * 37 * MINUTE,
    node: index === 2 ? null : 'hs-0004',
    topic: text ?? 'hotspot/hs-0004/t',
    reason: text ?? reason,
    bytes: 312 + index * 1_100,
    replayable: index < 2,
    triedAt: index === 1 ? at - 60_000 : null,
    excerpt: text ?? '{"v":1,"kind":"usage","seq":8123,"body":{"online":"many","seconds":60,"upOctets":',
  }))
}

export const wallLinks = (at: number, text?: string): WallLink[] => [
  { id: 1, name: text ?? 'Lobi Balai Kota', createdAt: at - 20 * DAY, lastSeenAt: at - 4_000, revokedAt: null },
  { id: 2, name: text ?? 'Ruang NOC Kominfo', createdAt: at - 3 * DAY, lastSeenAt: null, revokedAt: null },
  { id: 3, name: text ?? 'Pameran Mei', createdAt: at - 200 * DAY, lastSeenAt: at - 180 * DAY, revokedAt: at - 170 * DAY },
]

const OPDS = [
  { id: 1, name: 'Dinas Komunikasi dan Informatika', short: 'Kominfo' },
  { id: 2, name: 'Dinas Pekerjaan Umum dan Penataan Ruang', short: 'DPUPR' },
  { id: 3, name: 'Dinas Lingkungan Hidup', short: 'DLH' },
  { id: 4, name: 'Dinas Perhubungan', short: 'Dishub' },
]

const POSITION_NAMES: Record<Role, string> = {
  admin: 'Administrator Sistem',
  noc: 'Petugas NOC',
  verifier: 'Verifikator Aduan',
  'opd-head': 'Kepala Dinas Perhubungan',
  'opd-staff': 'Staf Dinas Perhubungan',
  executive: 'Wali Kota',
}

export const me = (roles: readonly Role[], text?: string): Me => ({
  userId: 1,
  name: text ?? 'Sri Wahyuni',
  username: 'sri.wahyuni',
  positions: roles.map((role, index) => ({
    id: index + 1,
    name: text ?? POSITION_NAMES[role],
    role,
    opd: OPDS[role.startsWith('opd') ? 3 : 0]!,
  })),
  mustSetPassword: false,
})

export const positions = (text?: string): Position[] => [
  {
    id: 1,
    name: 'Administrator Sistem',
    role: 'admin',
    opd: OPDS[0]!,
    holder: { userId: 1, name: text ?? 'Sri Wahyuni', as: 'definitif', active: true },
  },
  { id: 2, name: text ?? 'Petugas NOC', role: 'noc', opd: OPDS[0]!, holder: null },
  {
    id: 3,
    name: 'Verifikator Aduan',
    role: 'verifier',
    opd: OPDS[0]!,
    holder: { userId: 3, name: 'Agus Prasetyo', as: 'definitif', active: false },
  },
  {
    id: 4,
    name: 'Kepala Dinas Perhubungan',
    role: 'opd-head',
    opd: OPDS[3]!,
    holder: { userId: 4, name: 'Bambang Hartono', as: 'Plt', active: true },
  },
  { id: 5, name: 'Staf Lalu Lintas', role: 'opd-staff', opd: OPDS[3]!, holder: null },
]

export const sessions = (at: number, text?: string): SignedInSession[] => [
  {
    id: 'a',
    current: true,
    createdAt: at - 2 * HOUR,
    lastSeenAt: at - 1_000,
    userAgent: text ?? 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36',
  },
  {
    id: 'b',
    current: false,
    createdAt: at - 9 * DAY,
    lastSeenAt: at - 2 * DAY,
    userAgent: text ?? 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/155.0 Mobile Safari/537.36',
  },
]

const TEXTS: readonly (readonly [string, string, ComplaintState, number])[] = [
  [
    'lampu',
    'Lampu jalan di depan SD sudah tiga malam mati. Anak-anak pulang mengaji lewat jalan gelap, tadi malam hampir ada yang jatuh ke selokan.',
    'diteruskan',
    4,
  ],
  [
    'wifi',
    'Wi-Fi di poskamling tersambung tetapi tidak bisa membuka apa-apa sejak kemarin sore, padahal anak saya harus mengumpulkan tugas.',
    'ditangani',
    1,
  ],
  ['jalan', 'Ada lubang besar di tikungan dekat gapura, motor sering menghindar mendadak.', 'masuk', 0],
  ['sampah', 'Tumpukan sampah di pinggir kali belum diangkut seminggu, baunya sampai ke rumah.', 'masuk', 0],
  ['pohon', 'Dahan pohon besar patah dan menggantung di atas kabel listrik.', 'ditangani', 3],
  ['drainase', 'Selokan mampet, kalau hujan sebentar saja air masuk teras.', 'dijawab', 2],
  ['lainnya', 'Mohon jadwal posyandu ditempel di balai RW.', 'selesai', 2],
]

export function complaintRows(at: number, rows: readonly HotspotRow[], text?: string): ComplaintRow[] {
  return TEXTS.map(([category, words, state, opdId], index) => {
    const hotspot = rows[(index * 5) % rows.length]!
    const running = state !== 'selesai' && state !== 'dijawab'
    const overdue = index === 3
    return {
      caseId: 100 + index,
      number: text ?? `LP-2026-${String(412 - index).padStart(6, '0')}`,
      category: text ?? category,
      excerpt: text ?? words.slice(0, 140),
      state,
      version: 3,
      opd: opdId === 0 ? null : { ...OPDS[opdId - 1]!, ...(text === undefined ? {} : { name: text, short: text }) },
      area: text ?? hotspot.kelurahanName,
      hotspot: { node: hotspot.node, name: hotspot.name },
      receivedAt: at - (index * 7 + 1) * HOUR,
      dueAt: running ? at + (overdue ? -5 * HOUR : (index * 19 + 3) * HOUR) : null,
      overdue,
      mine: index === 0 || index === 2,
    }
  })
}

export function complaintPage(at: number, row: ComplaintRow, actions: readonly string[], text?: string): ComplaintPage {
  const words = text ?? TEXTS[row.caseId - 100]?.[1] ?? ''
  return {
    row,
    text: words,
    contact: text ?? null,
    anonymous: text === undefined,
    language: 'id',
    codeHint: 'K7QF',
    telemetry: {
      at: row.receivedAt,
      health: { gate: 'enforcing', uplinkMilliseconds: 18 },
      healthAt: row.receivedAt - 20_000,
      series: series(at, '24h').slice(-120),
    },
    suggestedOpd: text === undefined ? OPDS[3]! : { ...OPDS[3]!, name: text },
    instructions: [
      {
        id: 1,
        text: text ?? 'Cek lokasi hari ini, lalu jawab warga.',
        from: text ?? 'Bambang Hartono (Plt. Kepala Dinas Perhubungan)',
        to: text ?? 'Rudi Santoso (Staf PJU)',
        toPositionId: 5,
        dueAt: at + 8 * HOUR,
        createdAt: at - HOUR,
        doneAt: null,
      },
    ],
    answers: [],
    history: [
      {
        at: row.receivedAt,
        actor: text ?? 'Warga',
        position: text ?? 'Portal hotspot',
        action: 'masuk',
        summary: text ?? 'Aduan masuk dari halaman Wi-Fi',
        auditNumber: 4_210,
      },
      {
        at: row.receivedAt + 20 * MINUTE,
        actor: text ?? 'Agus Prasetyo',
        position: text ?? 'Verifikator Aduan',
        action: 'teruskan',
        summary: text ?? 'Diteruskan ke Dinas Perhubungan',
        auditNumber: 4_216,
      },
    ],
    actions: [...actions],
    opds: OPDS.map((opd) => (text === undefined ? opd : { ...opd, name: text })),
    staff: [
      { positionId: 5, name: text ?? 'Staf Penerangan Jalan Umum', holder: text ?? 'Rudi Santoso' },
      { positionId: 6, name: text ?? 'Staf Rambu dan Marka', holder: text ?? 'Dewi Lestari' },
    ],
  }
}

export function wallView(now: CityNow, rows: readonly ComplaintRow[], text?: string): WallView {
  return {
    city: text === undefined ? now : { ...now, kelurahan: now.kelurahan.map((area) => ({ ...area, name: text })) },
    complaints: {
      open: 14,
      overdue: 1,
      today: 6,
      answeredToday: 4,
      latest: rows
        .slice(0, 4)
        .map((row) => ({ number: row.number, category: row.category, area: row.area, status: row.state, at: row.receivedAt })),
    },
    audit: { entries: 4_221, anchor: text ?? '7d1f0c3be2a94d58' },
  }
}

/** A city in use: a night that is closed, a school's hours, some machines, somebody shut out, two batches of vouchers. */
export function policyDraft(at: number, text?: string): PolicyDraft {
  const { vouchers: _, ...fresh } = structuredClone(FRESH_POLICY)
  const until = at + 90 * DAY
  return {
    ...fresh,
    groups: [
      ...fresh.groups,
      { name: 'pelajar', class: 'staff', watchSeconds: 10, sessionSeconds: 5_400, dailyOctets: 2_000_000_000, dailySeconds: 10_800 },
    ],
    schedules: [
      {
        id: text ?? 'Jam malam',
        groups: ['publik'],
        days: [1, 2, 3, 4, 5, 6, 7],
        from: '23:30',
        to: '04:00',
        endsOn: '2099-12-31',
        effect: { close: true },
        note: text ?? 'Wi-Fi kota libur pukul 23.30 sampai 04.00.',
        where: { city: true },
      },
      {
        id: text === undefined ? 'Jam belajar sekolah' : `${text} `,
        groups: ['publik', 'pelajar'],
        days: [1, 2, 3, 4, 5],
        from: '07:00',
        to: '12:30',
        startsOn: '2026-07-13',
        endsOn: '2099-06-20',
        effect: { use: 'voucher' },
        where: { kelurahan: ['35.77.01.1003', '35.77.03.1009'] },
      },
    ],
    bypass: [
      { mac: '3c:2a:f4:10:22:31', group: 'perangkat', until, note: text ?? 'Pencetak loket 2', where: { nodes: ['hs-0001'] } },
      { mac: '3c:2a:f4:10:22:32', group: 'perangkat', until, note: text ?? 'Papan informasi', where: { kelurahan: ['35.77.01.1003'] } },
    ],
    members: [{ mac: 'a0:b1:c2:00:00:01', group: 'pegawai', until, where: { city: true } }],
    block: [{ device: '9f3a4c27be01d440', until: at + 5 * HOUR, where: { nodes: ['hs-0004'] } }],
    garden: ['madiunkota.go.id', 'sp4n.lapor.go.id', text === undefined ? 'siks.kemensos.go.id' : text],
  }
}

export function policyView(at: number, rows: readonly HotspotRow[], changed: PolicyDraft | null, text?: string): PolicyView {
  const version = at - 26 * MINUTE
  return {
    at,
    version,
    document: changed ?? policyDraft(at, text),
    batches: [
      {
        batch: text ?? 'Rapat-koordinasi-7K3Q',
        codes: 48,
        group: 'voucher',
        until: at + 3 * DAY,
        devices: 1,
        where: { nodes: ['hs-0001'] },
      },
      { batch: text ?? 'Bazar-UMKM-P9WD', codes: 200, group: 'voucher', until: at + 12 * DAY, devices: 3, where: { city: true } },
    ],
    hotspots: rows.map(({ node, name, kelurahan, simulated }) => ({ node, name, kelurahan, simulated })),
    kelurahan: KELURAHAN.map(({ code, name }) => ({ code, name: text ?? name })),
    history: [
      {
        version,
        author: text ?? 'Sri Wahyuni',
        note: text ?? 'Surat Kadis Kominfo 14/XI',
        counts: { schedules: { added: 1 }, groups: { changed: 1 } },
      },
      { version: at - 3 * DAY, author: text ?? 'Bagus Prasetyo', note: '', counts: { block: { added: 1 } } },
    ],
  }
}

export function rollout(at: number, rows: readonly HotspotRow[], text?: string): Rollout {
  const version = at - 26 * MINUTE
  const away = rows.filter((row) => row.state === 'offline' || row.state === 'new')
  const counts = { applied: rows.length - away.length - 4, refused: 1, behind: 2, older: 1, away: away.length }
  const rest = rows.filter((row) => row.state === 'online').slice(0, 4)
  const states = ['refused', 'behind', 'behind', 'older'] as const
  return {
    at,
    version,
    counts,
    versions: [
      { version, boxes: counts.applied },
      { version: at - 3 * DAY, boxes: 3 },
      { version: 0, boxes: 2 },
    ],
    rows: [...rest.map((row, i) => ({ row, state: states[i]! })), ...away.map((row) => ({ row, state: 'away' as const }))].map(
      ({ row, state }) => ({
        node: row.node,
        name: row.name,
        kelurahanName: row.kelurahanName,
        simulated: row.simulated,
        state,
        settings: state === 'older' ? null : at - 3 * DAY,
        reason: state === 'refused' ? (text ?? 'policy: there is no group "voucher"') : null,
        at: state === 'older' ? null : at - 11 * MINUTE,
      }),
    ),
  }
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
export function voucherCodes(count: number): string[] {
  const roll = dice(11)
  const letter = () => LETTERS[Math.floor(roll() * LETTERS.length)]!
  const four = () => Array.from({ length: 4 }, letter).join('')
  return Array.from({ length: count }, () => `${four()}-${four()}`)
}
