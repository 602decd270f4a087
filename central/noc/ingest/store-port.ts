/**
 * What the NOC keeps on disk, as rows and one interface over them. Two hand-written stores implement it
 * (sqlite-store.ts, postgres-store.ts); the reads they share are in reads.ts.
 * Times are Unix milliseconds, amounts octets, flags 0 or 1.
 */
import type { ClockTrust, Lane } from '#edge/wire/envelope.ts'
import type { NoticeKind } from '#edge/wire/notice.ts'
import type { Session } from '#edge/wire/session.ts'
import type { Visit } from '#edge/wire/visit.ts'
import type { CertificateStore } from '../../pki/certificates.ts'
import type { LagCount } from './lag.ts'
import type { ClockDoubt } from './clock-doubt.ts'
import type { RetentionReport } from './retention.ts'

export type Hotspot = {
  node: string
  name: string
  /** Kemendagri code, e.g. 35.77.01.1001. */
  kelurahan: string
  rt: string
  lat: number
  lon: number
  simulated: boolean
}

export type Marks = Record<Lane, number>

/** One lane's high-water mark moves; refused as a whole when another writer moved it meanwhile. */
export type MarkMove = { node: string; epoch: string; lane: Lane; from: number; to: number }

export type RawRow = {
  node: string
  epoch: string
  lane: Lane
  seq: number
  kind: string
  /** As the box said. */
  at: number
  /** Where charts put it; differs from `at` only when `flag` says why. */
  placedAt: number
  mono: number
  clock: ClockTrust
  flag: 'future' | 'no-clock' | null
  receivedAt: number
  body: string
}

/** Sums that can be added up in any order: visitor-milliseconds instead of averages. */
export type UsageSums = { onlineMs: number; coveredMs: number; downOctets: number; upOctets: number; admitted: number }
/** A city or kelurahan minute; `area` is a kelurahan code or CITY_AREA. */
export type AreaMinute = UsageSums & { area: string; t: number }
type HealthSums = { cpuSum: number; cpuN: number; memorySum: number; memoryN: number; uplinkSum: number; uplinkN: number }
export type NodeHour = UsageSums & HealthSums & { node: string; t: number }
/** `t` is the start of the city's calendar day. */
export type NodeDay = UsageSums & { node: string; t: number; watched: number; fallback: number }

export const CITY_AREA = 'city'

export type SessionRow = { node: string; session: Session; placedAt: number }
export type PlayRow = { node: string; clip: string; day: number; started: number; watched: number; fallback: number }
/** `jump`: seqs that never came, counted by central. `reported`: what the box says it gave up, for the reason only. */
export type GapRow = {
  node: string
  epoch: string
  lane: Lane
  source: 'jump' | 'reported'
  kind: string
  fromSeq: number
  toSeq: number
  records: number
  at: number
}
export type NoticeRow = {
  node: string
  epoch: string
  seq: number
  /** Where charts put it. */
  at: number
  kind: NoticeKind
  detail: string | null
  device: string | null
  count: number
}
/** What one record said of a session that boxes share. The store keeps the newest word of each session and forgets it at its end. */
export type VisitMove = { node: string; kelurahan: string; simulated: boolean; at: number; endsAt: number; visit: Visit }
export type ActiveVisit = {
  node: string
  code: string
  tag: string
  group: string
  octets: number
  todaySeconds: number
  todayOctets: number
  endsAt: number
}
export type NodeEvent = { node: string; at: number; kind: 'new-epoch'; detail: string }
export type QuarantineEntry = {
  receivedAt: number
  node: string | null
  topic: string
  reason: string
  bytes: number
  /** What a screen may show: control characters removed, empty when the body holds a citizen's words. */
  excerpt: string
  /** What was refused, for trying it again; never leaves the store through the API. */
  payload: string
  /** packet: `payload` is all of it in base64 · record: `payload` is the WireRecord's JSON · none: too large, or not kept. */
  form: 'packet' | 'record' | 'none'
  /** Of a record: the stream it belongs to. */
  epoch: string | null
  lane: Lane | null
}
/** `countOnly`: the same was written down a moment ago. */
export type Refusal = QuarantineEntry & { countOnly?: boolean }
/** When somebody tried it again without success. */
export type QuarantinedRow = Omit<QuarantineEntry, 'payload' | 'epoch' | 'lane'> & { id: number; triedAt: number | null }

/** The newest word on a device of the site, and the newest in which it answered (edge/wire/device.ts, as JSON). */
export type DeviceRow = {
  node: string
  name: string
  at: number
  reachable: number
  /** When it last changed between answering and not. */
  since: number
  body: string
  answered: string | null
  answeredAt: number | null
}
/** Octets over all its ports, and Wi-Fi clients of those looks that told them. */
type DeviceSums = {
  looks: number
  answered: number
  inOctets: number
  outOctets: number
  errors: number
  clientsSum: number
  clientsN: number
}
export type DeviceHour = DeviceSums & { node: string; name: string; t: number }
export type DeviceFacts = DeviceRow & { day: DeviceSums }

/** What ingest last heard from a box. */
export type NodeHeard = {
  node: string
  connection: string | null
  connected: boolean
  heardAt: number
  statusAt: number | null
  usage: string | null
  usageAt: number | null
  usageSeconds: number | null
  previousUsageSeconds: number | null
  health: string | null
  healthAt: number | null
  /** When the uplink probe last had an answer: tells "no answer" from "never probed". */
  uplinkMeasuredAt: number | null
  skewMs: number | null
  epoch: string | null
  version: string | null
  /** Version of the settings it runs by; null while it never said one. */
  settings: number | null
  settingsAt: number | null
  /** The settings it was sent last and could not take. */
  refusedVersion: number | null
  refusedReason: string | null
  /** JSON: what its notices say is wrong (hotspots/troubles.ts). */
  troubles: string | null
  /** Of its newest record. */
  clock: ClockTrust | null
  /** JSON: the runs of its program that said hello (rivals.ts). */
  lives: string | null
  /** When a hello last proved that two boxes bear its name. */
  rivalAt: number | null
}
/** What the board concluded, with the moment it began. */
export type NodeVerdict = { node: string; state: string; reason: string | null; stateSince: number }

/** Everything one group commit changes, applied in one transaction or not at all. */
export type CommitWork = {
  at: number
  moves: MarkMove[]
  records: RawRow[]
  areaMinutes: AreaMinute[]
  nodeHours: NodeHour[]
  nodeDays: NodeDay[]
  sessions: SessionRow[]
  plays: PlayRow[]
  gaps: GapRow[]
  events: NodeEvent[]
  quarantine: QuarantineEntry[]
  receipts: { node: string; id: string }[]
  notices: NoticeRow[]
  devices: DeviceRow[]
  deviceHours: DeviceHour[]
  visits: VisitMove[]
  heard: NodeHeard[]
  totals: NodeTotal[]
  minutes: IngestMinute[]
  lags: IngestLag[]
  /** Records of streams whose mark is past them already: what was refused once and can be read now. */
  fills: RawRow[]
  /** Rows of the quarantine that this commit takes. One that is not there any more undoes the commit. */
  replayed: number[]
}

/** `repeated`: records that came although they are on disk already. `dropped`: seqs that never came. */
export type NodeTotal = { node: string; records: number; quarantined: number; dropped: number; repeated: number }
/** What one worker did in one minute, by central's clock. */
export type IngestMinute = {
  t: number
  worker: string
  commits: number
  records: number
  repeated: number
  /** Records that came before those that precede them; the box sends them again. */
  ahead: number
  refused: number
  /** Records whose own time cannot be compared with ours. */
  untimed: number
}
/** `upTo`: a step of lag.ts, milliseconds. */
type IngestLag = { t: number; worker: string; upTo: number; records: number }
export type IngestWorker = { worker: string; shards: string; startedAt: number; seenAt: number; waiting: number }
export type RoadRow = {
  node: string
  records: number
  quarantined: number
  dropped: number
  repeated: number
  /** What the box itself says it gave up. */
  reported: number
  markT: number
  markE: number
}
/** A row of the quarantine with all that is needed to try it again. */
export type Replayable = Pick<QuarantineEntry, 'receivedAt' | 'node' | 'topic' | 'reason' | 'payload' | 'form' | 'epoch' | 'lane'> & {
  id: number
}

/** Named points at which a test may end the process, to prove that nothing is lost or doubled there. */
export type Failpoint = (name: 'received' | 'inserted' | 'committed' | 'acked') => void

export type KeptRow = { id: string; node: string; topic: string; packet: string }
export type UsageSample = { at: number; body: string }

export type TelemetryStore = CertificateStore & {
  readonly dialect: 'sqlite' | 'postgres'

  /** `mark-moved`: another writer was first, and nothing was written. */
  commit(work: CommitWork, failpoint?: Failpoint): Promise<'committed' | 'mark-moved'>
  marks(node: string, epoch: string): Promise<Marks | undefined>
  /** Outbox generations of this node first seen since then: a bound on what a hostile box can create. */
  epochsSince(node: string, since: number): Promise<number>

  addHotspot(hotspot: Hotspot, tokenHash: string | null, at: number): Promise<boolean>
  setTokenHash(node: string, tokenHash: string | null): Promise<boolean>
  tokenHash(node: string): Promise<string | null>
  tokenHashes(): Promise<Map<string, string | null>>
  hotspots(): Promise<Hotspot[]>
  hotspot(node: string): Promise<Hotspot | undefined>

  heard(): Promise<NodeHeard[]>
  verdicts(): Promise<NodeVerdict[]>
  saveVerdicts(verdicts: NodeVerdict[]): Promise<void>

  /** Raw usage or health of one node, oldest first, at most RAW_READ_MAX. */
  samples(node: string, kind: 'usage' | 'health', from: number, to: number): Promise<UsageSample[]>
  nodeHours(node: string, from: number, to: number): Promise<NodeHour[]>
  nodeDay(node: string, day: number): Promise<NodeDay | undefined>
  cityDay(day: number): Promise<Omit<NodeDay, 'node'>>
  /** City minutes summed into steps of `stepMs`. */
  citySteps(from: number, to: number, stepMs: number): Promise<{ t: number; onlineMs: number; downOctets: number }[]>
  sessions(node: string, limit: number): Promise<SessionFacts[]>
  /** Of every hotspot, the newest word first; `before` is the time of that word. */
  sessionsEverywhere(filter: SessionFilter): Promise<SessionAt[]>
  /** By name, at most DEVICES_READ_MAX, with sums of the hours since then. */
  devices(node: string, since: number): Promise<DeviceFacts[]>
  /** Newest first; without `radius-rejected`, of which there may be many. */
  notices(node: string, limit: number): Promise<NoticeRow[]>
  /** Notices `radius-rejected` of every hotspot, newest first. */
  rejections(filter: RejectionFilter): Promise<NoticeRow[]>
  /** Sessions that still run at the boxes of a kelurahan, the newest VISITS_READ_MAX. */
  activeVisits(kelurahan: string, simulated: boolean, now: number): Promise<ActiveVisit[]>
  road(node: string): Promise<{ dropped: number; quarantined: number; records: number; repeated: number }>
  /** Every box's road, with the marks of its newest outbox. */
  roads(): Promise<RoadRow[]>
  /** Newest first. */
  gaps(node: string | undefined, limit: number): Promise<(GapRow & { id: number })[]>
  ingestMinutes(from: number, to: number): Promise<IngestMinute[]>
  /** Summed over workers and minutes. */
  ingestLag(from: number, to: number): Promise<LagCount[]>
  ingestWorkers(since: number): Promise<IngestWorker[]>
  saveWorker(worker: IngestWorker): Promise<void>
  totals(): Promise<{ records: number; quarantined: number }>
  quarantine(node: string | undefined, limit: number): Promise<QuarantinedRow[]>
  quarantineRow(id: number): Promise<Replayable | undefined>
  stillQuarantined(id: number, reason: string, at: number): Promise<void>
  /** Which of these seqs are on disk. */
  storedSeqs(node: string, epoch: string, lane: Lane, from: number, to: number): Promise<Set<number>>

  keep(message: KeptRow, at: number): Promise<void>
  pendingFor(node: string, limit: number): Promise<KeptRow[]>
  pendingSentBefore(before: number, limit: number): Promise<KeptRow[]>
  markSent(ids: { node: string; id: string }[], at: number): Promise<void>

  addWallLink(name: string, tokenHash: string, at: number): Promise<WallLinkRow>
  wallLinks(): Promise<WallLinkRow[]>
  wallLinkByToken(tokenHash: string): Promise<WallLinkRow | undefined>
  revokeWallLink(id: number, at: number): Promise<boolean>
  addWallScreen(link: number, hash: string, at: number, screensMax: number): Promise<void>
  /** The link behind a screen's cookie; undefined when revoked or unknown. */
  wallScreen(hash: string): Promise<WallLinkRow | undefined>
  seenWallLink(id: number, at: number): Promise<void>

  /**
   * Removes one bounded slice of each class past its retention, and writes that down.
   * @returns rows removed; 0 = nothing left to do, or `clockDoubt` keeps it.
   */
  prune(now: number): Promise<number>
  /** Why retention would remove nothing at this time: central's clock has leapt. Null when nothing speaks against it. */
  clockDoubt(now: number): Promise<ClockDoubt | null>
  /** Somebody says that the clock is right. */
  trustClock(now: number): Promise<void>
  /** What retention removed, by class and city day. */
  retentionReports(since: number): Promise<RetentionReport[]>
  /** Makes room for the raw records of the coming days, where days are tables of their own. */
  prepareDays(now: number): Promise<void>
  close(): Promise<void>
}

export type SessionFilter = {
  node?: string | undefined
  source?: string | undefined
  open?: boolean | undefined
  since: number
  before: number
  limit: number
}
export type SessionAt = SessionFacts & { node: string; nas: string | null; heardAt: number }
/** `reason`: the first word of the detail (edge/wire/radius-rejection.ts). */
export type RejectionFilter = { node?: string | undefined; reason?: string | undefined; since: number; before: number; limit: number }

export type SessionFacts = {
  id: string
  source: string
  device: string
  startedAt: number
  seconds: number
  upOctets: number
  downOctets: number
  open: boolean
  cause: string | null
  group: string | null
}
export type WallLinkRow = { id: number; name: string; createdAt: number; lastSeenAt: number | null; revokedAt: number | null }

/** Two samples a minute for a day, with room for a box that samples every 15 s. */
export const RAW_READ_MAX = 6_000
/** Twice what a box watches at once: some were renamed. */
export const DEVICES_READ_MAX = 32
/** The busiest kelurahan's visitors of an hour, several times over. */
export const VISITS_READ_MAX = 4_000
/** Enough to see what is wrong; a hostile box cannot fill the disk with refusals. */
export const QUARANTINE_ROWS_MAX = 10_000
export const PRUNE_ROWS = 2_000
