import type { VisitorDatabase } from './database.ts'
import type { Stay, Watch } from './rules.ts'

/** A device past the gate, as it rests on disk. Readings are the gate's raw counters at the last look. */
export type Grant = Stay & {
  id: string
  mac: string
  /** Keyed pseudonym: the only name of the device that leaves the box. */
  device: string
  clientId: number
  /** Unix milliseconds by the box's clock. */
  startedAt: number
  upOctets: number
  downOctets: number
  upReading: number
  downReading: number
  /** The outbox holds the start record. */
  startTold: boolean
  /** Set when it is over; the row stays until the outbox holds the stop record. */
  endedCause?: string
}

export type VisitStore = ReturnType<typeof visitStore>

export function visitStore(db: VisitorDatabase) {
  const watches = db.prepare<[], WatchRow>('SELECT * FROM watches')
  const putWatch = db.prepare(`INSERT OR REPLACE INTO watches VALUES (@mac, @clip, @nonce, @beganAt, @beganMono, @boot)`)
  const dropWatch = db.prepare<[string]>('DELETE FROM watches WHERE mac = ?')
  const grants = db.prepare<[], GrantRow>('SELECT * FROM grants ORDER BY started_at')
  const putGrant =
    db.prepare(`INSERT OR REPLACE INTO grants VALUES (@id, @mac, @device, @clientId, @startedAt, @grantedSeconds, @usedSeconds,
    @anchorAt, @anchorMono, @boot, @upOctets, @downOctets, @upReading, @downReading, @startTold, @endedCause)`)
  const dropGrant = db.prepare<[string]>('DELETE FROM grants WHERE id = ?')
  const lastClientId = db.prepare<[], { id: number }>('SELECT id FROM last_client_id')
  const setLastClientId = db.prepare<[number]>('UPDATE last_client_id SET id = ?')

  return {
    watches: (): Watch[] => watches.all().map(watchOf),
    putWatch: (watch: Watch): void => void putWatch.run(watchParameters(watch)),
    dropWatches: db.transaction((macs: string[]): void => {
      for (const mac of macs) dropWatch.run(mac)
    }),

    grants: (): Grant[] => grants.all().map(grantOf),
    lastClientId: (): number => lastClientId.get()?.id ?? 0,
    /** The wait is used up in the same commit that lets the device through: its token cannot serve twice. */
    beginGrant: db.transaction((grant: Grant): void => {
      putGrant.run(grantParameters(grant))
      setLastClientId.run(grant.clientId)
      dropWatch.run(grant.mac)
    }),
    saveGrants: db.transaction((changed: Grant[], done: string[]): void => {
      for (const grant of changed) putGrant.run(grantParameters(grant))
      for (const id of done) dropGrant.run(id)
    }),
    dropGrant: (id: string): void => void dropGrant.run(id),
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
  start_told: number
  ended_cause: string | null
}

const grantOf = (row: GrantRow): Grant => ({
  id: row.id,
  mac: row.mac,
  device: row.device,
  clientId: row.client_id,
  startedAt: row.started_at,
  grantedSeconds: row.granted_seconds,
  usedSeconds: row.used_seconds,
  anchor: { at: row.anchor_at, mono: row.anchor_mono, boot: row.boot },
  upOctets: row.up_octets,
  downOctets: row.down_octets,
  upReading: row.up_reading,
  downReading: row.down_reading,
  startTold: row.start_told === 1,
  ...(row.ended_cause === null ? {} : { endedCause: row.ended_cause }),
})

const grantParameters = ({ anchor, startTold, endedCause, ...grant }: Grant) => ({
  ...grant,
  anchorAt: anchor.at,
  anchorMono: anchor.mono,
  boot: anchor.boot,
  startTold: startTold ? 1 : 0,
  endedCause: endedCause ?? null,
})
