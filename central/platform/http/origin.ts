/** Cross-site request forgery, by what browsers say about a request's origin and no script can change. Pure. */
export type RequestFacts = {
  method: string
  host: string | undefined
  origin: string | undefined
  /** Fetch Metadata (W3C): same-origin, same-site, cross-site or none (typed by the person). */
  secFetchSite: string | undefined
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A request that changes something must come from our own pages. With neither header it is no browser's, and then there
 * is no cookie to ride on.
 */
export function isForged(facts: RequestFacts, publicHost: string | null): boolean {
  if (SAFE.has(facts.method)) return false
  if (facts.origin !== undefined) {
    const host = hostOf(facts.origin)
    if (host === null || (host !== facts.host && host !== publicHost)) return true
  }
  return facts.secFetchSite !== undefined && facts.secFetchSite !== 'same-origin' && facts.secFetchSite !== 'none'
}

/** `null` (sandboxed, redirected) and unreadable origins have no host. */
function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host || null
  } catch {
    return null
  }
}
