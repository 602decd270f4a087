/** Everything but the group commit: one SQL text for both dialects. Every read is bounded by a limit or by a key and a range. */
import type { Lane } from '#edge/wire/envelope.ts'
import { certificateRows } from './certificate-rows.ts'
import { FUTURE_MS_MAX } from './clock.ts'
import type { LagCount } from './lag.ts'
import { clockDoubt } from './clock-doubt.ts'
import { trustClock } from './prune.ts'
import type { RetentionReport } from './retention.ts'
import type { SqlPort, SqlValue } from './sql-port.ts'
import {
  CITY_AREA,
  RAW_READ_MAX,
  DEVICES_READ_MAX,
  VISITS_READ_MAX,
  type ActiveVisit,
  type DeviceFacts,
  type DeviceRow,
  type Hotspot,
  type KeptRow,
  type NodeDay,
  type NodeHeard,
  type NodeHour,
  type NodeVerdict,
  type NoticeRow,
  type GapRow,
  type IngestMinute,
  type IngestWorker,
  type QuarantinedRow,
  type RejectionFilter,
  type Replayable,
  type RoadRow,
  type SessionAt,
  type SessionFacts,
  type SessionFilter,
  type TelemetryStore,
  type UsageSample,
  type WallLinkRow,
} from './store-port.ts'

const USAGE = `online_ms AS "onlineMs", covered_ms AS "coveredMs", down_octets AS "downOctets", up_octets AS "upOctets", admitted`
const WALL_LINK = `wall_link.id, wall_link.name, wall_link.created_at AS "createdAt", wall_link.last_seen_at AS "lastSeenAt",
  wall_link.revoked_at AS "revokedAt"`

export function telemetryReads(sql: SqlPort): Omit<TelemetryStore, 'dialect' | 'commit' | 'close' | 'prune' | 'prepareDays'> {
  return {
    ...registry(sql),
    ...certificateRows(sql),
    ...road(sql),
    ...live(sql),
    ...history(sql),
    ...gate(sql),
    ...downlink(sql),
    ...walls(sql),
  }
}

type HotspotColumns = Omit<Hotspot, 'simulated'> & { simulated: number }
/** Statements are kept prepared, one for each length up to this. */
const VERDICTS_AT_ONCE = 50
const toHotspot = (row: HotspotColumns): Hotspot => ({ ...row, simulated: row.simulated === 1 })

function registry(sql: SqlPort) {
  const columns = 'node, name, kelurahan, rt, lat, lon, simulated'
  return {
    addHotspot: async (h: Hotspot, tokenHash: string | null, at: number) =>
      (await sql.run(
        `INSERT INTO hotspot (${columns}, token_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
        [h.node, h.name, h.kelurahan, h.rt, h.lat, h.lon, Number(h.simulated), tokenHash, at],
      )) === 1,
    setTokenHash: async (node: string, tokenHash: string | null) =>
      (await sql.run('UPDATE hotspot SET token_hash = $1 WHERE node = $2', [tokenHash, node])) === 1,
    tokenHash: async (node: string) =>
      (await sql.all<{ hash: string | null }>('SELECT token_hash AS hash FROM hotspot WHERE node = $1', [node]))[0]?.hash ?? null,
    tokenHashes: async () =>
      new Map(
        (await sql.all<{ node: string; hash: string | null }>('SELECT node, token_hash AS hash FROM hotspot')).map((row) => [
          row.node,
          row.hash,
        ]),
      ),
    hotspots: async () => (await sql.all<HotspotColumns>(`SELECT ${columns} FROM hotspot ORDER BY node`)).map(toHotspot),
    hotspot: async (node: string) =>
      (await sql.all<HotspotColumns>(`SELECT ${columns} FROM hotspot WHERE node = $1`, [node])).map(toHotspot)[0],
  }
}

function road(sql: SqlPort) {
  return {
    async marks(node: string, epoch: string) {
      const rows = await sql.all<{ lane: Lane; mark: number }>('SELECT lane, mark FROM stream WHERE node = $1 AND epoch = $2', [
        node,
        epoch,
      ])
      if (rows.length === 0) return undefined
      const mark = (lane: Lane) => rows.find((row) => row.lane === lane)?.mark ?? 0
      return { t: mark('t'), e: mark('e') }
    },
    epochsSince: async (node: string, since: number) =>
      (
        await sql.all<{ epochs: number }>('SELECT COUNT(DISTINCT epoch) AS epochs FROM stream WHERE node = $1 AND created_at >= $2', [
          node,
          since,
        ])
      )[0]?.epochs ?? 0,
    async road(node: string) {
      const [row] = await sql.all<{ dropped: number; quarantined: number; records: number; repeated: number }>(
        'SELECT dropped, quarantined, records, repeated FROM node_total WHERE node = $1',
        [node],
      )
      return row ?? { dropped: 0, quarantined: 0, records: 0, repeated: 0 }
    },
    async totals() {
      const [row] = await sql.all<{ records: number; quarantined: number }>(
        'SELECT COALESCE(SUM(records), 0) AS records, COALESCE(SUM(quarantined), 0) AS quarantined FROM node_total',
      )
      return row!
    },
    async quarantine(node: string | undefined, limit: number) {
      const columns = 'id, received_at AS "receivedAt", node, topic, reason, bytes, excerpt, form, tried_at AS "triedAt"'
      if (node === undefined) return sql.all<QuarantinedRow>(`SELECT ${columns} FROM quarantine ORDER BY id DESC LIMIT $1`, [limit])
      return sql.all<QuarantinedRow>(`SELECT ${columns} FROM quarantine WHERE node = $1 ORDER BY id DESC LIMIT $2`, [node, limit])
    },
    quarantineRow: async (id: number) =>
      (
        await sql.all<Replayable>(
          'SELECT id, received_at AS "receivedAt", node, topic, reason, payload, form, epoch, lane FROM quarantine WHERE id = $1',
          [id],
        )
      )[0],
    stillQuarantined: async (id: number, reason: string, at: number) =>
      void (await sql.run('UPDATE quarantine SET reason = $1, tried_at = $2 WHERE id = $3', [reason, at, id])),
    storedSeqs: async (node: string, epoch: string, lane: Lane, from: number, to: number) =>
      new Set(
        (
          await sql.all<{ seq: number }>(
            `SELECT seq FROM raw WHERE stream = (SELECT id FROM stream WHERE node = $1 AND epoch = $2 AND lane = $3)
               AND seq >= $4 AND seq <= $5`,
            [node, epoch, lane, from, to],
          )
        ).map(({ seq }) => seq),
      ),
    // The newest outbox of each lane: the one whose mark moves.
    roads: () =>
      sql.all<RoadRow>(
        `SELECT node_total.node, records, quarantined, dropped, repeated,
           COALESCE((SELECT SUM(gap.records) FROM gap WHERE gap.node = node_total.node AND source = 'reported'), 0) AS reported,
           COALESCE((SELECT mark FROM stream WHERE stream.node = node_total.node AND lane = 't' ORDER BY id DESC LIMIT 1), 0) AS "markT",
           COALESCE((SELECT mark FROM stream WHERE stream.node = node_total.node AND lane = 'e' ORDER BY id DESC LIMIT 1), 0) AS "markE"
         FROM node_total ORDER BY node_total.node`,
      ),
    gaps: (node: string | undefined, limit: number) =>
      sql.all<GapRow & { id: number }>(
        `SELECT id, node, epoch, lane, source, kind, from_seq AS "fromSeq", to_seq AS "toSeq", records, at FROM gap
         ${node === undefined ? '' : 'WHERE node = $2'} ORDER BY id DESC LIMIT $1`,
        node === undefined ? [limit] : [limit, node],
      ),
    clockDoubt: (now: number) => clockDoubt(sql, now),
    trustClock: (now: number) => trustClock(sql, now),
    retentionReports: (since: number) =>
      sql.all<RetentionReport>(
        'SELECT class, day, removed, took_ms AS "tookMs", at FROM retention_report WHERE day >= $1 ORDER BY class, day',
        [since],
      ),
    ingestMinutes: (from: number, to: number) =>
      sql.all<IngestMinute>(
        'SELECT t, worker, commits, records, repeated, ahead, refused, untimed FROM ingest_minute WHERE t >= $1 AND t < $2 ORDER BY t, worker',
        [from, to],
      ),
    ingestLag: (from: number, to: number) =>
      sql.all<LagCount>(
        'SELECT up_to AS "upTo", SUM(records) AS records FROM ingest_lag WHERE t >= $1 AND t < $2 GROUP BY up_to ORDER BY up_to',
        [from, to],
      ),
    ingestWorkers: (since: number) =>
      sql.all<IngestWorker>(
        'SELECT worker, shards, started_at AS "startedAt", seen_at AS "seenAt", waiting FROM ingest_worker WHERE seen_at >= $1 ORDER BY worker',
        [since],
      ),
    saveWorker: async (w: IngestWorker) =>
      void (await sql.run(
        `INSERT INTO ingest_worker (worker, shards, started_at, seen_at, waiting) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (worker) DO UPDATE SET shards = excluded.shards, started_at = excluded.started_at, seen_at = excluded.seen_at,
           waiting = excluded.waiting`,
        [w.worker, w.shards, w.startedAt, w.seenAt, w.waiting],
      )),
  }
}

function live(sql: SqlPort) {
  return {
    async heard() {
      const rows = await sql.all<Omit<NodeHeard, 'connected'> & { connected: number }>(
        `SELECT node, connection, connected, heard_at AS "heardAt", status_at AS "statusAt", usage, usage_at AS "usageAt",
           usage_seconds AS "usageSeconds", previous_usage_seconds AS "previousUsageSeconds", health, health_at AS "healthAt",
           uplink_measured_at AS "uplinkMeasuredAt", skew_ms AS "skewMs", epoch, version,
           settings, settings_at AS "settingsAt", refused_version AS "refusedVersion", refused_reason AS "refusedReason", troubles,
           clock, lives, rival_at AS "rivalAt"
         FROM node_state WHERE heard_at IS NOT NULL`,
      )
      return rows.map((row) => ({ ...row, connected: row.connected === 1 }))
    },
    verdicts: () =>
      sql.all<NodeVerdict>('SELECT node, state, reason, state_since AS "stateSince" FROM node_state WHERE state_since IS NOT NULL'),
    /** Each statement is a commit: after an outage a whole city changes its state within seconds. */
    async saveVerdicts(verdicts: NodeVerdict[]) {
      for (let from = 0; from < verdicts.length; from += VERDICTS_AT_ONCE) {
        const some = verdicts.slice(from, from + VERDICTS_AT_ONCE)
        const rows = some.map((_, i) => `($${4 * i + 1}, 0, $${4 * i + 2}, $${4 * i + 3}, $${4 * i + 4})`)
        await sql.run(
          `INSERT INTO node_state (node, connected, state, reason, state_since) VALUES ${rows.join(', ')}
           ON CONFLICT (node) DO UPDATE SET state = excluded.state, reason = excluded.reason, state_since = excluded.state_since`,
          some.flatMap((verdict) => [verdict.node, verdict.state, verdict.reason, verdict.stateSince]),
        )
      }
    },
  }
}

function history(sql: SqlPort) {
  const hour = `node, t, ${USAGE}, cpu_sum AS "cpuSum", cpu_n AS "cpuN", memory_sum AS "memorySum", memory_n AS "memoryN",
    uplink_sum AS "uplinkSum", uplink_n AS "uplinkN"`
  return {
    // The newest RAW_READ_MAX when there are more: a chart's right edge is what people look at.
    samples: async (node: string, kind: 'usage' | 'health', from: number, to: number) =>
      (
        await sql.all<UsageSample>(
          `SELECT placed_at AS at, body FROM raw WHERE stream IN (SELECT id FROM stream WHERE node = $1 AND lane = 't')
             AND kind = $2 AND placed_at >= $3 AND placed_at < $4 AND received_at >= $5 ORDER BY placed_at DESC LIMIT ${RAW_READ_MAX}`,
          // Nothing is placed later than a little after it came: whole days of partitions need not be looked at.
          [node, kind, from, to, from - FUTURE_MS_MAX],
        )
      ).toReversed(),
    nodeHours: (node: string, from: number, to: number) =>
      sql.all<NodeHour>(`SELECT ${hour} FROM node_hour WHERE node = $1 AND t >= $2 AND t < $3 ORDER BY t`, [node, from, to]),
    nodeDay: async (node: string, day: number) =>
      (await sql.all<NodeDay>(`SELECT node, t, ${USAGE}, watched, fallback FROM node_day WHERE t = $1 AND node = $2`, [day, node]))[0],
    async cityDay(day: number) {
      const [row] = await sql.all<Omit<NodeDay, 'node' | 't'>>(
        `SELECT COALESCE(SUM(online_ms), 0) AS "onlineMs", COALESCE(SUM(covered_ms), 0) AS "coveredMs",
           COALESCE(SUM(down_octets), 0) AS "downOctets", COALESCE(SUM(up_octets), 0) AS "upOctets",
           COALESCE(SUM(admitted), 0) AS admitted, COALESCE(SUM(watched), 0) AS watched, COALESCE(SUM(fallback), 0) AS fallback
         FROM node_day WHERE t = $1`,
        [day],
      )
      return { t: day, ...row! }
    },
    citySteps: (from: number, to: number, stepMs: number) =>
      sql.all<{ t: number; onlineMs: number; downOctets: number }>(
        `SELECT t - t % ${Math.trunc(stepMs)} AS t, SUM(online_ms) AS "onlineMs", SUM(down_octets) AS "downOctets"
         FROM area_minute WHERE area = $1 AND t >= $2 AND t < $3 GROUP BY 1 ORDER BY 1`,
        [CITY_AREA, from, to],
      ),
    async sessions(node: string, limit: number) {
      const rows = await sql.all<Omit<SessionFacts, 'open'> & { ended: number }>(
        `SELECT id, source, device, started_at AS "startedAt", seconds, up_octets AS "upOctets", down_octets AS "downOctets", ended, cause,
           grp AS "group"
         FROM session WHERE node = $1 ORDER BY placed_at DESC, id LIMIT $2`,
        [node, limit],
      )
      return rows.map(({ ended, ...row }) => ({ ...row, open: ended === 0 }))
    },
    sessionsEverywhere: (filter: SessionFilter) => sessionsEverywhere(sql, filter),
  }
}

async function sessionsEverywhere(sql: SqlPort, { node, source, open, since, before, limit }: SessionFilter): Promise<SessionAt[]> {
  const { where, values } = conditions(
    [since, before, limit],
    [
      ['node = ', node],
      ['source = ', source],
      ['ended = ', open === undefined ? undefined : Number(!open)],
    ],
  )
  const rows = await sql.all<Omit<SessionAt, 'open'> & { ended: number }>(
    `SELECT node, id, source, device, started_at AS "startedAt", seconds, up_octets AS "upOctets", down_octets AS "downOctets", ended, cause,
       grp AS "group", nas, placed_at AS "heardAt"
     FROM session WHERE placed_at >= $1 AND placed_at < $2${where} ORDER BY placed_at DESC, node, id LIMIT $3`,
    values,
  )
  return rows.map(({ ended, ...row }) => ({ ...row, open: ended === 0 }))
}

/** ` AND …` for each that is asked for, its value numbered after `first`. */
function conditions(first: SqlValue[], asked: [text: string, value: SqlValue | undefined][]): { where: string; values: SqlValue[] } {
  const values = [...first]
  const texts = asked.flatMap(([text, value]) => (value === undefined ? [] : [` AND ${text}$${values.push(value)}`]))
  return { where: texts.join(''), values }
}

function gate(sql: SqlPort) {
  return {
    devices: (node: string, since: number) => devices(sql, node, since),
    notices: (node: string, limit: number) =>
      sql.all<NoticeRow>(
        `SELECT node, epoch, seq, at, kind, detail, device, count FROM notice
         WHERE node = $1 AND kind <> 'radius-rejected' ORDER BY at DESC, seq DESC LIMIT $2`,
        [node, limit],
      ),
    rejections({ node, reason, since, before, limit }: RejectionFilter) {
      const { where, values } = conditions(
        [since, before, limit],
        [
          ['node = ', node],
          ['detail LIKE ', reason === undefined ? undefined : `${reason} %`],
        ],
      )
      return sql.all<NoticeRow>(
        `SELECT node, epoch, seq, at, kind, detail, device, count FROM notice
         WHERE at >= $1 AND at < $2 AND kind = 'radius-rejected'${where} ORDER BY at DESC, node, seq DESC LIMIT $3`,
        values,
      )
    },
    activeVisits: (kelurahan: string, simulated: boolean, now: number) =>
      sql.all<ActiveVisit>(
        `SELECT node, code, tag, grp AS "group", octets, today_seconds AS "todaySeconds", today_octets AS "todayOctets", ends_at AS "endsAt"
         FROM visit WHERE kelurahan = $1 AND simulated = $2 AND ends_at > $3 ORDER BY at DESC LIMIT ${VISITS_READ_MAX}`,
        [kelurahan, Number(simulated), now],
      ),
  }
}

async function devices(sql: SqlPort, node: string, since: number): Promise<DeviceFacts[]> {
  const [rows, sums] = await Promise.all([
    sql.all<DeviceRow>(
      `SELECT node, name, at, reachable, since, body, answered, answered_at AS "answeredAt"
       FROM device WHERE node = $1 ORDER BY name LIMIT ${DEVICES_READ_MAX}`,
      [node],
    ),
    sql.all<DeviceFacts['day'] & { name: string }>(
      `SELECT name, SUM(looks) AS looks, SUM(answered) AS answered, SUM(in_octets) AS "inOctets", SUM(out_octets) AS "outOctets",
         SUM(errors) AS errors, SUM(clients_sum) AS "clientsSum", SUM(clients_n) AS "clientsN"
       FROM device_hour WHERE node = $1 AND t >= $2 GROUP BY name LIMIT ${2 * DEVICES_READ_MAX}`,
      [node, since],
    ),
  ])
  const byName = new Map(sums.map(({ name, ...day }) => [name, day]))
  const none = { looks: 0, answered: 0, inOctets: 0, outOctets: 0, errors: 0, clientsSum: 0, clientsN: 0 }
  return rows.map((row) => ({ ...row, day: byName.get(row.name) ?? none }))
}

function downlink(sql: SqlPort) {
  const columns = 'id, node, topic, packet'
  return {
    keep: async (m: KeptRow, at: number) =>
      void (await sql.run('INSERT INTO downlink (id, node, topic, packet, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING', [
        m.id,
        m.node,
        m.topic,
        m.packet,
        at,
      ])),
    pendingFor: (node: string, limit: number) =>
      sql.all<KeptRow>(`SELECT ${columns} FROM downlink WHERE node = $1 AND delivered_at IS NULL ORDER BY created_at, id LIMIT $2`, [
        node,
        limit,
      ]),
    pendingSentBefore: (before: number, limit: number) =>
      sql.all<KeptRow>(
        `SELECT ${columns} FROM downlink WHERE delivered_at IS NULL AND COALESCE(sent_at, 0) < $1
         ORDER BY COALESCE(sent_at, 0), created_at LIMIT $2`,
        [before, limit],
      ),
    markSent: (ids: { node: string; id: string }[], at: number) =>
      sql.transaction(async (sql) => {
        for (const { node, id } of ids) await sql.run('UPDATE downlink SET sent_at = $1 WHERE node = $2 AND id = $3', [at, node, id])
      }),
  }
}

function walls(sql: SqlPort) {
  return {
    addWallLink: async (name: string, tokenHash: string, at: number) =>
      (
        await sql.all<WallLinkRow>(`INSERT INTO wall_link (name, token_hash, created_at) VALUES ($1, $2, $3) RETURNING ${WALL_LINK}`, [
          name,
          tokenHash,
          at,
        ])
      )[0]!,
    wallLinks: () => sql.all<WallLinkRow>(`SELECT ${WALL_LINK} FROM wall_link ORDER BY id DESC LIMIT 500`),
    wallLinkByToken: async (tokenHash: string) =>
      (await sql.all<WallLinkRow>(`SELECT ${WALL_LINK} FROM wall_link WHERE token_hash = $1 AND revoked_at IS NULL`, [tokenHash]))[0],
    revokeWallLink: async (id: number, at: number) =>
      (await sql.run('UPDATE wall_link SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL', [at, id])) === 1,
    addWallScreen: (link: number, hash: string, at: number, screensMax: number) =>
      sql.transaction(async (sql) => {
        await sql.run('INSERT INTO wall_screen (hash, link, created_at) VALUES ($1, $2, $3)', [hash, link, at])
        await sql.run(
          `DELETE FROM wall_screen WHERE link = $1 AND hash NOT IN
             (SELECT hash FROM wall_screen WHERE link = $1 ORDER BY created_at DESC, hash LIMIT $2)`,
          [link, screensMax],
        )
      }),
    wallScreen: async (hash: string) =>
      (
        await sql.all<WallLinkRow>(
          `SELECT ${WALL_LINK} FROM wall_screen JOIN wall_link ON wall_link.id = wall_screen.link
           WHERE wall_screen.hash = $1 AND wall_link.revoked_at IS NULL`,
          [hash],
        )
      )[0],
    seenWallLink: async (id: number, at: number) => void (await sql.run('UPDATE wall_link SET last_seen_at = $1 WHERE id = $2', [at, id])),
  }
}
