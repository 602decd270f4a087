/** The visitors' rows: what a box must know again after a kill or a power cut. */
import { crc32 } from 'node:zlib'
import type { VisitorDatabase } from './database.ts'
import type { Stay, Watch } from './rules.ts'

/** A device past the gate, as it rests on disk. Readings are the gate's raw counters at the last look. */
export type Grant = Stay & {
  id: string
  mac: string
  /** Keyed pseudonym: the only name of the device that leaves the box. */
  device: string
  source: 'portal' | 'bypass'
  /** Its group of the access policy at the last look. */
  group: string
  /** The group that came along with a session from another address or box; counts where the device has none of its own. */
  brought?: string | undefined
  clientId: number
  /** Unix milliseconds by the box's clock. */
  startedAt: number
  upOctets: number
  downOctets: number
  upReading: number
  downReading: number
  /** Used in the same session before it came to this device. */
  carriedSeconds: number
  carriedOctets: number
  /** How much of the time used is in the day's use already. */
  talliedSeconds: number
  /** Resume code, eight letters; a session that began at another box has only its tag. */
  code?: string | undefined
  codeTag?: string | undefined
  /** IPv4 addresses this device may use; absent = any. */
  addresses?: string[] | undefined
  /** The outbox holds the start record. */
  startTold: boolean
  /** Set when it is over; the row stays until the outbox holds the stop record. */
  endedCause?: string
}

export type DailyUse = { device: string; seconds: number; octets: number }
export type Holder = { voucher: string; device: string }

/** What changed, for one commit. */
export type Changes = {
  grants: Grant[]
  goneGrants: string[]
  watches: Watch[]
  goneWatches: string[]
  daily: DailyUse[]
  holders: Holder[]
  goneVouchers: string[]
  /** This day (see day.ts) has begun: what was used before goes. */
  day?: number | undefined
  lastClientId?: number | undefined
}

export type VisitStore = ReturnType<typeof visitStore>

export function visitStore(db: VisitorDatabase, log: (line: string) => void = () => {}) {
  const watches = db.prepare<[], WatchRow>('SELECT * FROM watches')
  const putWatch = db.prepare(`INSERT OR REPLACE INTO watches VALUES (@mac, @clip, @nonce, @beganAt, @beganMono, @boot)`)
  const dropWatch = db.prepare<[string]>('DELETE FROM watches WHERE mac = ?')
  const grants = db.prepare<[], GrantRow>('SELECT * FROM grants ORDER BY started_at')
  const putGrant = db.prepare(`INSERT OR REPLACE INTO grants (id, mac, device, source, group_name, brought, client_id, started_at,
    granted_seconds, used_seconds, anchor_at, anchor_mono, boot, up_octets, down_octets, up_reading, down_reading,
    carried_seconds, carried_octets, tallied_seconds, code, code_tag, addresses, start_told, ended_cause, sum)
    VALUES (@id, @mac, @device, @source, @group_name, @brought, @client_id, @started_at,
    @granted_seconds, @used_seconds, @anchor_at, @anchor_mono, @boot, @up_octets, @down_octets, @up_reading, @down_reading,
    @carried_seconds, @carried_octets, @tallied_seconds, @code, @code_tag, @addresses, @start_told, @ended_cause, @sum)`)
  const dropGrant = db.prepare<[string]>('DELETE FROM grants WHERE id = ?')
  const lastClientId = db.prepare<[], { id: number }>('SELECT id FROM last_client_id')
  const setLastClientId = db.prepare<[number]>('UPDATE last_client_id SET id = ?')
  const daily = db.prepare<[], DailyUse>('SELECT * FROM daily_use')
  const putDaily = db.prepare('INSERT OR REPLACE INTO daily_use VALUES (@device, @seconds, @octets)')
  const dropDaily = db.prepare('DELETE FROM daily_use')
  const lastDay = db.prepare<[], { day: number }>('SELECT day FROM last_day')
  const setLastDay = db.prepare<[number]>('INSERT OR REPLACE INTO last_day VALUES (1, ?)')
  const holders = db.prepare<[], Holder>('SELECT voucher, device FROM voucher_holders ORDER BY rowid')
  const putHolder = db.prepare('INSERT OR REPLACE INTO voucher_holders VALUES (@voucher, @device)')
  const dropVoucher = db.prepare<[string]>('DELETE FROM voucher_holders WHERE voucher = ?')

  const commit = db.transaction((changes: Changes): void => {
    if (changes.day !== undefined) {
      dropDaily.run()
      setLastDay.run(changes.day)
    }
    for (const grant of changes.grants) putGrant.run(sealed(rowOf(grant)))
    for (const id of changes.goneGrants) dropGrant.run(id)
    for (const watch of changes.watches) putWatch.run(watchParameters(watch))
    for (const mac of changes.goneWatches) dropWatch.run(mac)
    for (const use of changes.daily) putDaily.run(use)
    for (const voucher of changes.goneVouchers) dropVoucher.run(voucher)
    for (const holder of changes.holders) putHolder.run(holder)
    if (changes.lastClientId !== undefined) setLastClientId.run(changes.lastClientId)
  })

  return {
    watches: (): Watch[] => watches.all().map(watchOf),
    /** Rows in which a bit has flipped let nobody through, for they may name another device or another end: said, and gone. */
    grants(): Grant[] {
      const intact: Grant[] = []
      const wounded: GrantRow[] = []
      for (const row of grants.all()) {
        if (isIntact(row)) intact.push(grantOf(row))
        else wounded.push(row)
      }
      for (const { id } of wounded) dropGrant.run(id)
      if (wounded.length > 0)
        log(`visitors.db: ${wounded.length} of ${wounded.length + intact.length} visits are not what was written and are forgotten`)
      return intact
    },
    lastClientId: (): number => lastClientId.get()?.id ?? 0,
    /** Used on the last day; a box that has none yet has counted nothing. */
    daily: (): DailyUse[] => daily.all(),
    lastDay: (): number | undefined => lastDay.get()?.day,
    /** In the order they were entered. */
    holders: (): Holder[] => holders.all(),

    /** On the disk when it returns. */
    commit: (changes: Changes): void => commit(changes),
    /** With the operating system when it returns: over a kill it is kept, over a power cut only what was committed later keeps it. */
    commitUnsynced(changes: Changes): void {
      db.pragma('synchronous = NORMAL')
      try {
        commit(changes)
      } finally {
        db.pragma('synchronous = FULL')
      }
    },
  }
}

type WatchRow = { mac: string; clip: string; nonce: string; began_at: number; began_mono: number; boot: string }

function watchOf(row: WatchRow): Watch {
  const began = { at: row.began_at, mono: row.began_mono, boot: row.boot }
  return { mac: row.mac, clip: row.clip, nonce: row.nonce, began, seen: began }
}

const watchParameters = ({ mac, clip, nonce, began }: Watch) => ({
  mac,
  clip,
  nonce,
  beganAt: began.at,
  beganMono: began.mono,
  boot: began.boot,
})

type GrantRow = {
  id: string
  mac: string
  device: string
  source: 'portal' | 'bypass'
  group_name: string
  brought: string | null
  client_id: number
  started_at: number
  granted_seconds: number
  used_seconds: number
  anchor_at: number
  anchor_mono: number
  boot: string
  up_octets: number
  down_octets: number
  up_reading: number
  down_reading: number
  carried_seconds: number
  carried_octets: number
  tallied_seconds: number
  code: string | null
  code_tag: string | null
  addresses: string | null
  start_told: number
  ended_cause: string | null
  sum: number | null
}

const grantOf = (row: GrantRow): Grant => ({
  id: row.id,
  mac: row.mac,
  device: row.device,
  source: row.source,
  group: row.group_name,
  brought: row.brought ?? undefined,
  clientId: row.client_id,
  startedAt: row.started_at,
  grantedSeconds: row.granted_seconds,
  usedSeconds: row.used_seconds,
  anchor: { at: row.anchor_at, mono: row.anchor_mono, boot: row.boot },
  upOctets: row.up_octets,
  downOctets: row.down_octets,
  upReading: row.up_reading,
  downReading: row.down_reading,
  carriedSeconds: row.carried_seconds,
  carriedOctets: row.carried_octets,
  talliedSeconds: row.tallied_seconds,
  code: row.code ?? undefined,
  codeTag: row.code_tag ?? undefined,
  addresses: row.addresses === null ? undefined : row.addresses.split(' '),
  startTold: row.start_told === 1,
  ...(row.ended_cause === null ? {} : { endedCause: row.ended_cause }),
})

const rowOf = (grant: Grant): Omit<GrantRow, 'sum'> => ({
  id: grant.id,
  mac: grant.mac,
  device: grant.device,
  source: grant.source,
  group_name: grant.group,
  brought: grant.brought ?? null,
  client_id: grant.clientId,
  started_at: grant.startedAt,
  granted_seconds: grant.grantedSeconds,
  used_seconds: grant.usedSeconds,
  anchor_at: grant.anchor.at,
  anchor_mono: grant.anchor.mono,
  boot: grant.anchor.boot,
  up_octets: grant.upOctets,
  down_octets: grant.downOctets,
  up_reading: grant.upReading,
  down_reading: grant.downReading,
  carried_seconds: grant.carriedSeconds,
  carried_octets: grant.carriedOctets,
  tallied_seconds: grant.talliedSeconds,
  code: grant.code ?? null,
  code_tag: grant.codeTag ?? null,
  addresses: grant.addresses?.join(' ') ?? null,
  start_told: grant.startTold ? 1 : 0,
  ended_cause: grant.endedCause ?? null,
})

const sealed = (row: Omit<GrantRow, 'sum'>): GrantRow => ({ ...row, sum: sumOf(row) })

/** Rows from before there were checksums have none. */
const isIntact = ({ sum, ...row }: GrantRow): boolean => sum === null || sum === sumOf(row)

const sumOf = (row: Omit<GrantRow, 'sum'>): number =>
  crc32(JSON.stringify(Object.entries(row).toSorted(([left], [right]) => (left < right ? -1 : 1))))
