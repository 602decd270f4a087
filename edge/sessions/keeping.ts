import type { Notices } from '../telemetry/port.ts'
import type { Watch } from './rules.ts'
import type { DailyUse, Grant, VisitStore } from './store.ts'

/**
 * Brings what changed in memory to disk, everything that changed in one commit. Memory is what the box acts by: while nothing
 * can be written visitors go online all the same, what changed waits here, and the next look tries again. Nothing throws.
 */
export function createKeeping({ store, notices, log }: { store: VisitStore; notices?: Notices | undefined; log: (line: string) => void }) {
  /** Row by key; null = it goes. */
  let grants = new Map<string, Grant | null>()
  let watches = new Map<string, Watch | null>()
  let daily = new Map<string, DailyUse>()
  let holders = new Map<string, { voucher: string; device: string }>()
  let goneVouchers = new Set<string>()
  let day: number | undefined
  let lastClientId: number | undefined
  let failing = false
  let again: NodeJS.Timeout | undefined

  const onlyWatches = (): boolean =>
    grants.size + daily.size + holders.size + goneVouchers.size === 0 && day === undefined && lastClientId === undefined
  /** Visits whose end the outbox holds already: told twice after a power cut, they are one visit at central all the same. */
  const onlyGone = (): boolean =>
    [...grants.values()].every((grant) => grant === null) &&
    watches.size + daily.size + holders.size + goneVouchers.size === 0 &&
    day === undefined &&
    lastClientId === undefined
  const isPending = (): boolean => watches.size > 0 || !onlyWatches()

  function forget(): void {
    grants = new Map()
    watches = new Map()
    daily = new Map()
    holders = new Map()
    goneVouchers = new Set()
    day = undefined
    lastClientId = undefined
  }

  function commit(write: VisitStore['commit'] = store.commit): void {
    try {
      write({
        grants: present(grants),
        goneGrants: absent(grants),
        watches: present(watches),
        goneWatches: absent(watches),
        daily: [...daily.values()],
        holders: [...holders.values()],
        goneVouchers: [...goneVouchers],
        day,
        lastClientId,
      })
      forget()
      if (failing) notices?.tell('storage-back')
      if (failing) log('visitors.db: what waited in memory is written')
      failing = false
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      if (!failing) notices?.tell('storage-failed', { detail: `visitors.db: ${what}`.slice(0, DETAIL_MAX) })
      if (!failing) log(`visitors.db: cannot write, the box goes on from memory: ${what}`)
      failing = true
      again ??= setTimeout(() => {
        again = undefined
        if (failing && isPending()) commit()
      }, AGAIN_MILLISECONDS).unref()
    }
  }

  return {
    grant: (grant: Grant): void => void grants.set(grant.id, grant),
    grantGone: (id: string): void => void grants.set(id, null),
    watch: (watch: Watch): void => void watches.set(watch.mac, watch),
    watchGone: (mac: string): void => void watches.set(mac, null),
    daily: (use: DailyUse): void => void daily.set(use.device, use),
    newDay(begun: number): void {
      day = begun
      daily.clear()
    },
    holder: (voucher: string, device: string): void => void holders.set(`${voucher} ${device}`, { voucher, device }),
    voucherGone(voucher: string): void {
      for (const [key, held] of holders) if (held.voucher === voucher) holders.delete(key)
      goneVouchers.add(voucher)
    },
    clientId: (id: number): void => void (lastClientId = id),

    /** Now, unless nothing can be written anyway: a visitor does not wait for a card that is broken. */
    save(): void {
      if (!failing && isPending()) commit(onlyGone() ? store.commitUnsynced : store.commit)
    },
    /** The same, without waiting for the disk where only waits changed: kept over a kill, and a power cut costs a visitor seconds. */
    saveWaits(): void {
      if (!failing && isPending()) commit(onlyWatches() ? store.commitUnsynced : store.commit)
    },
    /** Now, whatever happened before. */
    retry(): void {
      if (isPending()) commit()
    },
    /** What the store has, or nothing when it cannot be read: the box comes up either way. */
    read<T>(rows: () => T[]): T[] {
      try {
        return rows()
      } catch (error) {
        log(`visitors.db: cannot read: ${error instanceof Error ? error.message : String(error)}`)
        return []
      }
    },
  }
}

export type Keeping = ReturnType<typeof createKeeping>

/** On a full disk the outbox lets its reserve go within a second or so; the next look at everybody may be a quarter of a minute away. */
const AGAIN_MILLISECONDS = 1_000

/** The wire's bound on a notice's detail. */
const DETAIL_MAX = 200

const present = <T>(rows: Map<string, T | null>): T[] => [...rows.values()].filter((row) => row !== null)
const absent = <T>(rows: Map<string, T | null>): string[] => [...rows].flatMap(([key, row]) => (row === null ? [key] : []))
