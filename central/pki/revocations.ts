/** What was taken back, in memory: looked at for every box that is connected, once a second, and read anew when the books changed. */
import type { CertificateStore, RevokedRow } from './certificates.ts'

/** Whoever reloads a broker when the list changes has done so by then. */
const RECENT_MS = 60_000

export function createRevocations(deps: { store: CertificateStore; now: () => number }) {
  const { store, now } = deps
  let stamp: string | undefined
  let revoked: readonly RevokedRow[] = []
  let serials = new Set<string>()
  let shutOut = new Set<string>()
  return {
    /** Takes in what changed, by whichever process. */
    async look(): Promise<void> {
      const next = await store.certificateStamp()
      if (next === stamp) return
      revoked = await store.revokedCertificates(now())
      serials = new Set(revoked.map(({ serial }) => serial))
      shutOut = new Set(await store.shutOut(now()))
      stamp = next
    },
    /** The same array until something changes. */
    list: () => revoked,
    /** Of the last minute, in which a broker elsewhere reads the list anew. */
    recent: () => revoked.filter(({ at }) => now() - at < RECENT_MS),
    isRevoked: (serial: string) => serials.has(serial),
    /** A box that had a certificate taken back and has none that counts. */
    isShutOut: (node: string) => shutOut.has(node),
  }
}
