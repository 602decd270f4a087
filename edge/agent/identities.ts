/**
 * Which DHCP identity (client id) a device has. A copied MAC address is easily had; the identity that goes with it is not on
 * the air once the lease is there. So the first one seen under a MAC is its own, until it has been away for long. Pure.
 */
import type { Mac } from '../gate/port.ts'
import type { Lease } from './lease-file.ts'

/** Four times a lease: who comes back later with another identity is taken at its word. */
const REMEMBERED_MILLISECONDS = 2 * 3_600_000
/** Ten times what one box has visitors for. */
const REMEMBERED_MAX = 10_000

export function rememberIdentities(steady: () => number) {
  const known = new Map<Mac, { clientId: string; seenAt: number }>()
  return {
    /** All leases there are now. */
    see(leases: readonly Lease[]): void {
      const at = steady()
      for (const { mac, clientId } of leases) {
        const own = known.get(mac)
        if (own && own.clientId !== clientId && at - own.seenAt < REMEMBERED_MILLISECONDS) continue
        // Moved to the end: the first of the map is the one not seen for longest.
        known.delete(mac)
        known.set(mac, { clientId, seenAt: at })
      }
      for (const mac of known.keys()) {
        if (known.size <= REMEMBERED_MAX) break
        known.delete(mac)
      }
    },
    isOwn: ({ mac, clientId }: Lease): boolean => known.get(mac)?.clientId === clientId,
  }
}
