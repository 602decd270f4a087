/**
 * Duplicate detection, RFC 5080 §2.2.2: a retransmitted request gets the very octets it got before, and has one effect.
 * A request is known by source address, source port, code, Identifier and Request Authenticator. It may be looked up
 * only after its integrity is proven; else anyone could fill the cache or be answered from it.
 */

/** RFC 5080 §2.2.1 lets a client retransmit for MRD = 30 s. */
const DUPLICATE_TTL_MS = 30_000
/** About 300 octets each, so 5 MB at most; at 500 requests/s this still covers 30 s. */
const DUPLICATE_ENTRIES_MAX = 16_384

export type DuplicateEntry = {
  readonly key: string
  readonly authenticator: string
  readonly seenAt: number
  reply: Buffer | undefined
}

type Seen = { kind: 'new'; entry: DuplicateEntry } | { kind: 'in-progress' } | { kind: 'answered'; reply: Buffer }

export type DuplicateCache = {
  /** `now` in milliseconds of any monotonic clock. A new request of the same key takes the old one's place. */
  see(key: string, authenticator: string, now: number): Seen
  /** Takes the entry back: the request was not served after all, and its retransmission deserves a new try. */
  forget(entry: DuplicateEntry): void
  size(): number
}

export function duplicateCache({ entriesMax = DUPLICATE_ENTRIES_MAX, ttlMs = DUPLICATE_TTL_MS } = {}): DuplicateCache {
  const entries = new Map<string, DuplicateEntry>()
  /** In order of arrival, as a ring: asking a Map for its oldest key again and again walks over everything it has deleted. */
  const arrivals: (DuplicateEntry | undefined)[] = Array.from({ length: entriesMax })
  let [oldest, arrived] = [0, 0]

  const forget = (entry: DuplicateEntry): void => {
    if (entries.get(entry.key) === entry) entries.delete(entry.key)
  }
  const dropOld = (now: number): void => {
    for (; oldest < arrived; oldest++) {
      const entry = arrivals[oldest % entriesMax]!
      if (arrived - oldest < entriesMax && now - entry.seenAt < ttlMs) return
      arrivals[oldest % entriesMax] = undefined
      forget(entry)
    }
  }

  return {
    see(key, authenticator, now) {
      const known = entries.get(key)
      if (known?.authenticator === authenticator && now - known.seenAt < ttlMs)
        return known.reply === undefined ? { kind: 'in-progress' } : { kind: 'answered', reply: known.reply }
      dropOld(now)
      const entry: DuplicateEntry = { key, authenticator, seenAt: now, reply: undefined }
      entries.set(key, entry)
      arrivals[arrived++ % entriesMax] = entry
      return { kind: 'new', entry }
    },
    forget,
    size: () => entries.size,
  }
}
