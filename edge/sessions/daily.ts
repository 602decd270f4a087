import type { Amount } from './allowance.ts'
import { cityDay, timeOn } from './day.ts'
import type { Keeping } from './keeping.ts'
import { secondsBetween, type Now } from './moment.ts'
import type { DailyUse, VisitStore } from './store.ts'

/** More devices than a hotspot admits in a day; beyond it the one that came first is forgotten. */
const DEVICES_MAX = 20_000
const DAY_SECONDS = 86_400

/**
 * What each device used today, over all its sessions. The day is the city's while the clock is trusted. A box that does not know
 * the time stays in the day it was in, for at most 24 hours by the monotonic clock. So a clock that jumps to another date
 * begins a fresh day, and that is all it can do.
 */
export function createDaily(deps: { store: VisitStore; keeping: Keeping; now: Now; clockTrusted: () => boolean }) {
  const { store, keeping, now, clockTrusted } = deps
  const uses = new Map<string, DailyUse>()
  let day = cityDay(now().at)
  let since = now()

  function dayNow(): number {
    if (clockTrusted()) return cityDay(now().at)
    return secondsBetween(since, now()) >= DAY_SECONDS ? day + 1 : day
  }

  function begin(today: number): void {
    day = today
    since = now()
    uses.clear()
    keeping.newDay(day)
  }

  function useOf(device: string): DailyUse {
    let use = uses.get(device)
    if (use) return use
    const oldest = uses.size >= DEVICES_MAX ? uses.keys().next().value : undefined
    if (oldest !== undefined) uses.delete(oldest)
    uses.set(device, (use = { device, seconds: 0, octets: 0 }))
    return use
  }

  return {
    /** @returns true when the day is another than when something was last written. */
    restore(): boolean {
      const [lastDay] = keeping.read(() => [store.lastDay()])
      day = lastDay ?? day
      for (const row of keeping.read(store.daily)) uses.set(row.device, row)
      const today = dayNow()
      if (today !== day) begin(today)
      else if (lastDay === undefined) keeping.newDay(day)
      return lastDay !== undefined && lastDay !== day
    },

    /** @returns true when a new day began: what was used before is forgotten. */
    turn(): boolean {
      const today = dayNow()
      if (today === day) return false
      begin(today)
      return true
    },

    /** Unix milliseconds. */
    endsAt: (): number => timeOn(day + 1),
    of: (device: string): Amount => uses.get(device) ?? NOTHING,
    add(device: string, seconds: number, octets: number): void {
      if (seconds === 0 && octets === 0) return
      const use = useOf(device)
      use.seconds += seconds
      use.octets += octets
    },
    /** Used elsewhere, or under another address of the same visitor. */
    atLeast(device: string, today: Amount): void {
      const use = useOf(device)
      use.seconds = Math.max(use.seconds, today.seconds)
      use.octets = Math.max(use.octets, today.octets)
    },
    /** In the same commit as the grant that the time was counted from, or it would count twice after a crash. */
    keep(device: string): void {
      const use = uses.get(device)
      if (use) keeping.daily(use)
    },
  }
}

export type Daily = ReturnType<typeof createDaily>

const NOTHING: Amount = { seconds: 0, octets: 0 }
