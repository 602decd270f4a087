/** Every limited client has its class before it passes, and no class outlives its limit. */
import { refuseLimit, type Holdings, type Limit } from './holdings.ts'
import type { Shaper } from './shaping.ts'

/** Newcomers may join while the classes of others are made; after so many rounds the rest waits for its own commit. */
const ROUNDS_MAX = 3

type Surroundings = { now: () => number; log: (line: string) => void }

export function createClasses(shaper: Shaper, holdings: Holdings, { now, log }: Surroundings) {
  const { shaped } = holdings.kernel

  function missing(ids: Iterable<number>): Map<number, Limit> {
    const limits = [...ids].flatMap((id): [number, Limit][] => {
      const limit = holdings.byId.get(id)?.limit
      const made = shaped.get(id)
      return limit && (made?.upKbps !== limit.upKbps || made.downKbps !== limit.downKbps) ? [[id, limit]] : []
    })
    return new Map(limits)
  }

  /** @returns why, for those whose class could not be made: they are not let in, or keep the speed they had. */
  async function make(ids: Iterable<number>): Promise<Map<number, string>> {
    const wanted = missing(ids)
    if (wanted.size === 0) return new Map()
    try {
      await shaper.set(wanted, shaped)
      wanted.forEach((limit, id) => shaped.set(id, limit))
      return new Map()
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      log(`speed limits could not be set: ${reason}`)
      for (const id of wanted.keys()) refuseLimit(holdings, id, now())
      return new Map([...wanted.keys()].map((id) => [id, reason]))
    }
  }

  return {
    make,

    async makeAll(): Promise<void> {
      for (let round = 0; round < ROUNDS_MAX && missing(holdings.byId.keys()).size > 0; round += 1) await make(holdings.byId.keys())
    },

    /** Of those among `ids` that have no limit any more. */
    async clear(ids: Iterable<number>): Promise<void> {
      const gone = [...ids].filter((id) => shaped.has(id) && !holdings.byId.get(id)?.limit)
      try {
        await shaper.clear(gone)
        for (const id of gone) shaped.delete(id)
      } catch (cause) {
        log(`speed limits could not be lifted: ${cause instanceof Error ? cause.message : String(cause)}`)
      }
    },

    /** The classes an earlier daemon left. */
    async takeOver(): Promise<void> {
      for (const [id, limit] of await shaper.read()) shaped.set(id, limit)
    },

    /** An interface that was made anew has lost its classes without a word. */
    async restore(): Promise<void> {
      if (shaped.size === 0) return
      const there = await shaper.read()
      const whole = [...shaped].every(([id, { upKbps, downKbps }]) => {
        const found = there.get(id)
        return upKbps > 0 === (found?.upKbps ?? 0) > 0 && downKbps > 0 === (found?.downKbps ?? 0) > 0
      })
      if (whole) return
      log('speed limits were lost, setting them again')
      await shaper.set(new Map(shaped), new Map())
    },
  }
}
