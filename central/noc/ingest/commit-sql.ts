/** Upserts that read the same in SQLite and PostgreSQL after their source of rows. */

const sums = (table: string, columns: string[]) => columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ')

const USAGE = ['online_ms', 'covered_ms', 'down_octets', 'up_octets', 'admitted']
const HEALTH = ['cpu_sum', 'cpu_n', 'memory_sum', 'memory_n', 'uplink_sum', 'uplink_n']

/** SQLite's: PostgreSQL finds the stream in the same statement. A seq that is there already fails the commit. */
export const RAW = {
  into: 'raw (stream, seq, kind, at, placed_at, mono, clock, flag, received_at, body)',
  conflict: '',
}
export const AREA_MINUTE = {
  into: `area_minute (area, t, ${USAGE.join(', ')})`,
  conflict: `ON CONFLICT (area, t) DO UPDATE SET ${sums('area_minute', USAGE)}`,
}
export const NODE_HOUR = {
  into: `node_hour (node, t, ${[...USAGE, ...HEALTH].join(', ')})`,
  conflict: `ON CONFLICT (node, t) DO UPDATE SET ${sums('node_hour', [...USAGE, ...HEALTH])}`,
}
export const NODE_DAY = {
  into: `node_day (node, t, ${[...USAGE, 'watched', 'fallback'].join(', ')})`,
  conflict: `ON CONFLICT (t, node) DO UPDATE SET ${sums('node_day', [...USAGE, 'watched', 'fallback'])}`,
}
export const PLAY = {
  into: 'play (node, clip, day, started, watched, fallback)',
  conflict: `ON CONFLICT (node, clip, day) DO UPDATE SET ${sums('play', ['started', 'watched', 'fallback'])}`,
}
export const TOTAL = {
  into: 'node_total (node, records, quarantined, dropped, repeated)',
  conflict: `ON CONFLICT (node) DO UPDATE SET ${sums('node_total', ['records', 'quarantined', 'dropped', 'repeated'])}`,
}
const INGESTED = ['commits', 'records', 'repeated', 'ahead', 'refused', 'untimed']
export const INGEST_MINUTE = {
  into: `ingest_minute (t, worker, ${INGESTED.join(', ')})`,
  conflict: `ON CONFLICT (t, worker) DO UPDATE SET ${sums('ingest_minute', INGESTED)}`,
}
export const INGEST_LAG = {
  into: 'ingest_lag (t, worker, up_to, records)',
  conflict: `ON CONFLICT (t, worker, up_to) DO UPDATE SET ${sums('ingest_lag', ['records'])}`,
}
export const QUARANTINE = {
  into: 'quarantine (received_at, node, topic, reason, bytes, excerpt, payload, form, epoch, lane)',
  conflict: '',
}

const highest = (column: string) =>
  `${column} = CASE WHEN excluded.${column} > session.${column} THEN excluded.${column} ELSE session.${column} END`
/** Counters of a session only rise, and a session that ended stays ended, whatever order its records come in. */
export const SESSION = {
  into: 'session (node, id, source, device, started_at, seconds, up_octets, down_octets, ended, cause, nas, placed_at, grp)',
  conflict: `ON CONFLICT (node, id) DO UPDATE SET ${['seconds', 'up_octets', 'down_octets', 'ended', 'placed_at'].map(highest).join(', ')},
    cause = COALESCE(excluded.cause, session.cause), nas = COALESCE(excluded.nas, session.nas), grp = COALESCE(excluded.grp, session.grp)`,
}

export const NOTICE = {
  into: 'notice (node, epoch, seq, at, kind, detail, device, count)',
  conflict: 'ON CONFLICT DO NOTHING',
}
const DEVICE = ['at', 'reachable', 'body', 'answered', 'answered_at']
/** What was on its way for long does not undo a newer word; a device that says nothing keeps what it said last. */
export const DEVICE_STATE = {
  into: `device (node, name, ${DEVICE.join(', ')}, since)`,
  conflict: `ON CONFLICT (node, name) DO UPDATE SET at = excluded.at, reachable = excluded.reachable, body = excluded.body,
    answered = COALESCE(excluded.answered, device.answered), answered_at = COALESCE(excluded.answered_at, device.answered_at),
    since = CASE WHEN device.reachable = excluded.reachable THEN device.since ELSE excluded.since END
    WHERE excluded.at >= device.at`,
}
const DEVICE_SUMS = ['looks', 'answered', 'in_octets', 'out_octets', 'errors', 'clients_sum', 'clients_n']
export const DEVICE_HOUR = {
  into: `device_hour (node, name, t, ${DEVICE_SUMS.join(', ')})`,
  conflict: `ON CONFLICT (node, name, t) DO UPDATE SET ${sums('device_hour', DEVICE_SUMS)}`,
}
const VISIT_KEY = ['kelurahan', 'simulated', 'code']
const VISITED = ['tag', 'node', 'grp', 'octets', 'today_seconds', 'today_octets', 'at', 'ends_at']
/** A word that was on its way for long does not undo a newer one. */
export const VISIT = {
  into: `visit (${[...VISIT_KEY, ...VISITED].join(', ')})`,
  conflict: `ON CONFLICT (${VISIT_KEY.join(', ')}) DO UPDATE SET ${VISITED.map((column) => `${column} = excluded.${column}`).join(', ')}
    WHERE excluded.at >= visit.at`,
}
/** Only where it last was: the box it moved away from has nothing to end. */
export const VISIT_OVER = 'DELETE FROM visit WHERE kelurahan = $1 AND simulated = $2 AND code = $3 AND node = $4'

const HEARD = [
  'connection',
  'connected',
  'heard_at',
  'status_at',
  'usage',
  'usage_at',
  'usage_seconds',
  'previous_usage_seconds',
  'health',
  'health_at',
  'uplink_measured_at',
  'skew_ms',
  'epoch',
  'version',
  'settings',
  'settings_at',
  'refused_version',
  'refused_reason',
  'troubles',
  'clock',
  'lives',
  'rival_at',
]
export const NODE_STATE = {
  into: `node_state (node, ${HEARD.join(', ')})`,
  conflict: `ON CONFLICT (node) DO UPDATE SET ${HEARD.map((column) => `${column} = excluded.${column}`).join(', ')}`,
}
