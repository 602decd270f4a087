/**
 * Counts failures per key and says when to wait. The key holds account and address, so that whoever guesses from
 * elsewhere cannot lock the right person out. Kept in memory: a restart forgives, an attack starts again from zero.
 */
export const FAILURES_MAX = 10
export const WINDOW_MILLISECONDS = 15 * 60_000
/** All accounts from one address together: a city hall behind one address mistypes less often than this. */
const ADDRESS_FAILURES_MAX = 60
/** Bounded whatever is sent: the oldest keys go first. About 4 MiB. */
const KEYS_MAX = 20_000

export type Throttle = {
  /** Counts one attempt before its outcome is known, so that parallel guesses count too. @returns seconds to wait, or 0. */
  attempt(account: string, address: string): number
  /** The attempt was right: forget its account from this address and take the attempt back from the address. */
  succeeded(account: string, address: string): void
}

export function createThrottle(now: () => number): Throttle {
  const counts = new Map<string, { attempts: number; since: number }>()
  const countOf = (key: string) => {
    const known = counts.get(key)
    if (known && now() - known.since < WINDOW_MILLISECONDS) return known
    const fresh = { attempts: 0, since: now() }
    counts.delete(key)
    counts.set(key, fresh)
    if (counts.size > KEYS_MAX) counts.delete(counts.keys().next().value!)
    return fresh
  }
  const pairKey = (account: string, address: string) => `${address} ${account}`
  return {
    attempt(account, address) {
      const pair = countOf(pairKey(account, address))
      const all = countOf(address)
      const blocked = pair.attempts >= FAILURES_MAX ? pair : all.attempts >= ADDRESS_FAILURES_MAX ? all : null
      if (blocked) return Math.max(1, Math.ceil((blocked.since + WINDOW_MILLISECONDS - now()) / 1000))
      pair.attempts += 1
      all.attempts += 1
      return 0
    },
    succeeded(account, address) {
      counts.delete(pairKey(account, address))
      const all = counts.get(address)
      if (all) all.attempts = Math.max(0, all.attempts - 1)
    },
  }
}
