/** A token bucket per source address, so that one broken or spoofed access point cannot take the box from the others. */

/** An access point with 200 visitors coming back at once needs some 400 packets in a few seconds; this leaves room. */
export const REQUESTS_PER_SECOND = 500
export const REQUESTS_BURST = 2000
/** A configured /64 holds more addresses than memory; the one heard least recently is forgotten, that is, forgiven. */
export const SOURCES_MAX = 4096

export type RateLimit = { perSecond: number; burst: number; sourcesMax: number }

export type RateLimiter = { admit(source: string, now: number): boolean; size(): number }

/** `now` in milliseconds of any monotonic clock. */
export function rateLimiter({ perSecond, burst, sourcesMax }: RateLimit): RateLimiter {
  const buckets = new Map<string, { tokens: number; at: number; movedAt: number }>()
  return {
    admit(source, now) {
      let bucket = buckets.get(source)
      if (bucket === undefined) {
        if (buckets.size >= sourcesMax) {
          const [oldest] = buckets.keys()
          if (oldest !== undefined) buckets.delete(oldest)
        }
        bucket = { tokens: burst, at: now, movedAt: now }
        buckets.set(source, bucket)
      } else if (now - bucket.movedAt >= 1000) {
        // Moves to the young end at most once a second: exact enough to find the silent ones, and cheap.
        bucket.movedAt = now
        buckets.delete(source)
        buckets.set(source, bucket)
      }
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
      bucket.at = now
      if (bucket.tokens < 1) return false
      bucket.tokens -= 1
      return true
    },
    size: () => buckets.size,
  }
}
