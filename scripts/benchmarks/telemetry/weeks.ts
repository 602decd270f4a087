/**
 * Two weeks of a city as a formula: what each box said in each minute, once for JavaScript and once for SQL, so that PostgreSQL
 * can write fifty million records itself and the sums can be made beside them. Whole numbers only, so that both agree. Pure.
 */
import type { Usage } from '#edge/wire/usage.ts'
import { SAMPLES_A_MINUTE, SECONDS } from './samples.ts'

export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000
/** What raw records are kept for. */
export const RAW_DAYS = 14
export const RAW_MINUTES = (RAW_DAYS * DAY_MS) / MINUTE_MS
const SAMPLES_A_BOX = RAW_MINUTES * SAMPLES_A_MINUTE

/** `first`: the border of the first minute. The last records lie in the minute before `first + RAW_DAYS`. */
export type Weeks = { boxes: number; first: number }

export const weeksOf = (samples: number, now: number): Weeks => ({
  boxes: Math.max(1, Math.round(samples / SAMPLES_A_BOX)),
  first: now - (now % MINUTE_MS) - RAW_DAYS * DAY_MS,
})
export const samplesOf = ({ boxes }: Weeks): number => boxes * SAMPLES_A_BOX

/** Each box has its own moment of the minute, and none the border. */
const offsetOf = (box: number): number => 1 + ((box * 7_919) % 59_999)
export const momentOf = (weeks: Weeks, box: number, minute: number): number => weeks.first + minute * MINUTE_MS + offsetOf(box)
/** How long a record was on its way. */
export const ROAD_MS = 12_000

/** A figure below `range`, the same for the same box, minute and purpose; every product stays below 2^53. */
const figure = (box: number, minute: number, purpose: number, range: number): number =>
  (((box * 7_919 + minute * 1_047 + purpose * 131 + 1) * 48_271) % 2_147_483_647) % range
const sqlFigure = (purpose: number, range: number): string =>
  `((b * 7919 + m * 1047 + ${purpose * 131 + 1}) * 48271 % 2147483647 % ${range})`

export function usageIn(box: number, minute: number): Usage {
  const online = figure(box, minute, 0, 40)
  return {
    seconds: SECONDS,
    online,
    waiting: figure(box, minute, 1, 4),
    upOctets: online * figure(box, minute, 2, 250_000),
    downOctets: online * figure(box, minute, 3, 4_000_000),
    admitted: figure(box, minute, 4, 5),
    portalPages: figure(box, minute, 5, 12),
  }
}
/** Ten-thousandths: busy share of the processors, used share of memory; milliseconds of the uplink. */
export const cpuIn = (box: number, minute: number): number => 200 + figure(box, minute, 6, 4_000)
export const memoryIn = (box: number, minute: number): number => 3_000 + figure(box, minute, 7, 2_000)
export const latencyIn = (box: number, minute: number): number => 4 + figure(box, minute, 8, 30)

const USAGE = ['seconds', 'online', 'waiting', 'upOctets', 'downOctets', 'admitted', 'portalPages'] as const
const HEALTH = {
  head: ['{"cpu":0.', ',"memoryUsed":0.', ',"diskUsed":0.2812,"temperatureCelsius":'],
  middle: ',"uptimeSeconds":',
  tail: ',"gate":"enforcing","outboxRecords":2,"outboxAgeSeconds":9,"outboxDropped":0,"radius":{"accepts":',
  radius: ',"rejects":12,"accounting":4711,"discarded":0},"uplinkMilliseconds":',
  probes: ',"uplinkProbes":{"sent":60,"answered":59,"p50Milliseconds":',
  end: ',"p95Milliseconds":41.5},"dnsMilliseconds":7.3,"storage":true,"version":"0.1.0"}',
} as const
const tenThousandths = (n: number): string => String(n).padStart(4, '0')

export const usageText = (box: number, minute: number): string => JSON.stringify(usageIn(box, minute))

export function healthText(box: number, minute: number): string {
  const [cpu, memory, disk] = HEALTH.head
  const latency = latencyIn(box, minute)
  const share = `${cpu}${tenThousandths(cpuIn(box, minute))}${memory}${tenThousandths(memoryIn(box, minute))}${disk}`
  const host = `${share}${45 + figure(box, minute, 9, 15)}${HEALTH.middle}${400_000 + minute * SECONDS}`
  return `${host}${HEALTH.tail}${1_000 + minute}${HEALTH.radius}${latency}${HEALTH.probes}${latency}${HEALTH.end}`
}

const text = (words: string): string => `'${words}'`
const joined = (...parts: string[]): string => parts.join(' || ')

/** Over columns `b` (box) and `m` (minute), both bigint. */
export const SQL = {
  at: (weeks: Weeks): string => `(${weeks.first} + m * ${MINUTE_MS} + 1 + b * 7919 % 59999)`,
  usage: joined(
    text('{"seconds":60'),
    ...USAGE.slice(1).flatMap((name) => {
      const online = sqlFigure(0, 40)
      const figures: Record<string, string> = {
        online,
        waiting: sqlFigure(1, 4),
        upOctets: `${online} * ${sqlFigure(2, 250_000)}`,
        downOctets: `${online} * ${sqlFigure(3, 4_000_000)}`,
        admitted: sqlFigure(4, 5),
        portalPages: sqlFigure(5, 12),
      }
      return [text(`,"${name}":`), `(${figures[name]})::text`]
    }),
    text('}'),
  ),
  health: joined(
    text(HEALTH.head[0]),
    `lpad((200 + ${sqlFigure(6, 4_000)})::text, 4, '0')`,
    text(HEALTH.head[1]),
    `lpad((3000 + ${sqlFigure(7, 2_000)})::text, 4, '0')`,
    text(HEALTH.head[2]),
    `(45 + ${sqlFigure(9, 15)})::text`,
    text(HEALTH.middle),
    `(400000 + m * ${SECONDS})::text`,
    text(HEALTH.tail),
    '(1000 + m)::text',
    text(HEALTH.radius),
    `(4 + ${sqlFigure(8, 30)})::text`,
    text(HEALTH.probes),
    `(4 + ${sqlFigure(8, 30)})::text`,
    text(HEALTH.end),
  ),
} as const
