/** Days without central: what they take on the card, when a record is given up for the first time, and what arrives afterwards. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openOutbox, type Outbox } from '#edge/telemetry/outbox.ts'
import { TICKET_ALPHABET } from '#edge/wire/complaint.ts'
import type { Device } from '#edge/wire/device.ts'
import type { RecordKind } from '#edge/wire/envelope.ts'
import type { Gap } from '#edge/wire/gap.ts'
import { decodeBody, type RecordBodies } from '#edge/wire/schemas.ts'
import { complaint, session } from '#test/support/records.ts'
import type { BenchRow } from '../row.ts'
import { DEVICES, isWithOthers } from './card-load.ts'
import { healthAt, usageAt } from './samples.ts'

/** The size depends on no disk, and this one needs no patience. */
const IN_MEMORY = '/dev/shm'
const MEBIBYTE = 1024 * 1024
const BYTES_MAX = 64 * MEBIBYTE
/** As boxes group; here by the simulated clock. */
const GROUPS_A_MINUTE = 3
const DAYS = 7
/** The outbox is full before. */
const DAYS_MAX = 30
const MINUTES_A_DAY = 1_440
const BATCH = 500

type Told = { records: number; complaints: number }

export function benchWeek(): BenchRow[] {
  const folder = mkdtempSync(join(IN_MEMORY, 'bench-week-'))
  let now = Date.UTC(2026, 0, 5)
  const began = now
  const outbox = openOutbox({
    file: join(folder, 'outbox.db'),
    bytesMax: BYTES_MAX,
    groupSeconds: 3_600,
    now: () => now,
    monotonic: () => now - began,
    clockTrust: () => 'ntp',
  })
  const told: Told = { records: 0, complaints: 0 }
  try {
    for (let minute = 0; minute < DAYS * MINUTES_A_DAY; minute++) {
      now = began + minute * 60_000
      liveAMinute(outbox, minute, told)
    }
    const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    const { dropped } = outbox.counters()
    const rate = (told.records / DAYS / MINUTES_A_DAY).toFixed(1)
    process.stderr.write(`    card: ${DAYS} days, ${told.records} records, ${(bytes / MEBIBYTE).toFixed(1)} MiB\n`)
    let minute = DAYS * MINUTES_A_DAY
    for (; outbox.counters().dropped === 0 && minute < DAYS_MAX * MINUTES_A_DAY; minute++) {
      now = began + minute * 60_000
      liveAMinute(outbox, minute, told)
    }
    const givenUp = outbox.counters().dropped
    const arrived = drain(outbox)
    return [
      {
        benchmark: 'telemetry',
        figure: 'seven days without central',
        unit: 'MiB',
        value: bytes / MEBIBYTE,
        target: `≤ 64, none given up: ${bytes <= BYTES_MAX && dropped === 0 ? 'met' : 'NOT met'}`,
        method: `the box's outbox by a simulated clock, ${rate} records a minute as in the card's figure (sessions and complaints committed at once, the rest ${GROUPS_A_MINUTE} times a minute); its file, its log and the room set aside together`,
      },
      {
        benchmark: 'telemetry',
        figure: 'days without central until telemetry is given up',
        unit: 'days',
        value: minute / MINUTES_A_DAY,
        method: `the same going on: the oldest ${givenUp} telemetry records were given up and counted`,
      },
      {
        benchmark: 'telemetry',
        figure: 'records missing after that outage, beyond the counted ones',
        unit: 'records',
        value: told.records - arrived.records - givenUp + (told.complaints - arrived.complaints),
        target: `0: ${told.records === arrived.records + givenUp && told.complaints === arrived.complaints ? 'met' : 'NOT met'}`,
        method: `${told.records} told, ${arrived.records} arrive in their order, ${arrived.reported} reported as given up, ${arrived.complaints} of ${told.complaints} complaints`,
      },
    ]
  } finally {
    outbox.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Twenty records, and a complaint now and then. */
function liveAMinute(outbox: Outbox, minute: number, told: Told): void {
  const record = <K extends RecordKind>(kind: K, body: RecordBodies[K]) => {
    outbox.record(kind, body)
    told.records += 1
  }
  record('usage', usageAt(0, minute))
  record('play', { clip: 'madiuntoday-30', started: 2, watched: 2, fallback: 0 })
  record('health', healthAt(0, minute))
  for (let i = 0; i < DEVICES; i++) {
    record('device', deviceAt(i, minute))
    if (i % Math.ceil(DEVICES / GROUPS_A_MINUTE) === 0) outbox.flush()
  }
  const visits = isWithOthers(minute) ? 2 : 1
  for (const event of ['start', 'stop'] as const)
    for (let i = 0; i < visits; i++) record('session', session({ id: pseudonym(minute, i, 24), device: pseudonym(minute, i, 16), event }))
  if (isWithOthers(minute)) {
    record('complaint', complaint(codeOf(minute)))
    told.complaints += 1
  }
  outbox.flush()
}

/** As edge/telemetry/snmp makes it of an access point with six ports; counters move, names stay. */
function deviceAt(device: number, minute: number): Device {
  const octets = (port: number) => ((minute * 7_919 + device * 104_729 + port * 1_299_709) % 90_000_000) * (port < 3 ? 1 : 0)
  return {
    name: `Titik akses ${device + 1}`,
    kind: 'ap',
    reachable: true,
    seconds: 60,
    model: 'Titik akses luar ruang',
    sysName: `ap-${device + 1}`,
    objectId: '1.3.6.1.4.1.8072.3.2.10',
    uptimeSeconds: 400_000 + minute * 60,
    ports: Array.from({ length: 6 }, (_, port) => ({
      name: `eth${port}`,
      up: port < 3,
      speedMbps: 1_000,
      inOctets: octets(port),
      outOctets: octets(port + 1),
    })),
    radios: [{ name: 'radio0', channel: 36, clients: (minute + device) % 40, utilisation: ((minute * 13) % 100) / 100, noiseDbm: -94 }],
    clients: (minute + device) % 40,
  }
}

const pseudonym = (minute: number, visit: number, letters: number): string =>
  createHash('sha256').update(`${minute} ${visit}`).digest('hex').slice(0, letters)

const codeOf = (n: number): string => {
  const letters = Array.from({ length: 8 }, (_, i) => TICKET_ALPHABET[Math.floor(n / 32 ** i) % 32]).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

/** What central would get: everything above the marks, lane by lane, in order and without a hole but at the bottom. */
function drain(outbox: Outbox): Told & { reported: number } {
  const arrived = { records: 0, complaints: 0, reported: 0 }
  for (const lane of ['e', 't'] as const) {
    let seq = outbox.bounds(lane).lo - 1
    for (let records = outbox.pending(lane, seq, BATCH); records.length > 0; records = outbox.pending(lane, seq, BATCH)) {
      for (const { kind, body, ...record } of records) {
        if (record.seq !== seq + 1) throw new Error(`lane ${lane} has a hole between ${seq} and ${record.seq}`)
        seq = record.seq
        if (!decodeBody(kind as RecordKind, body).ok) throw new Error(`record ${seq} of lane ${lane} cannot be read`)
        if (kind === 'gap') arrived.reported += (body as Gap).records
        else arrived.records += 1
        if (kind === 'complaint') arrived.complaints += 1
      }
    }
  }
  return arrived
}
