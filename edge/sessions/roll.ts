import type { ClientCounter, Mac } from '../gate/port.ts'
import type { Now } from './moment.ts'
import { nextClientId, octetsSince, stayLeft } from './rules.ts'
import type { Grant, VisitStore } from './store.ts'

/** The kernel closes the gate by itself a moment before we notice: so close to the end a missing counter proves nothing. */
const NEARLY_OVER_SECONDS = 2

/** Who is past the gate, and what went through for each. Counts in memory; `save` puts what changed on disk in one commit. */
export function createRoll({ store, now }: { store: VisitStore; now: Now }) {
  const byMac = new Map<Mac, Grant>()
  const byClient = new Map<number, Grant>()
  const unsaved = new Set<Grant>()
  let lastClientId = store.lastClientId()
  let through = { upOctets: 0, downOctets: 0 }

  function count(grant: Grant, reading: ClientCounter): void {
    if (grant.upReading === reading.upOctets && grant.downReading === reading.downOctets) return
    const up = octetsSince(grant.upReading, reading.upOctets)
    const down = octetsSince(grant.downReading, reading.downOctets)
    through.upOctets += up
    through.downOctets += down
    grant.upOctets += up
    grant.downOctets += down
    grant.upReading = reading.upOctets
    grant.downReading = reading.downOctets
    unsaved.add(grant)
  }

  return {
    find: (mac: Mac): Grant | undefined => byMac.get(mac),
    all: (): Iterable<Grant> => byMac.values(),
    size: (): number => byMac.size,

    /** Undefined when every number is taken. */
    issueClientId(): number | undefined {
      const id = nextClientId(lastClientId, byClient)
      lastClientId = id ?? lastClientId
      return id
    },
    hold(grant: Grant): void {
      byMac.set(grant.mac, grant)
      byClient.set(grant.clientId, grant)
      unsaved.add(grant)
    },
    release(grant: Grant): void {
      byMac.delete(grant.mac)
      byClient.delete(grant.clientId)
      unsaved.delete(grant)
    },

    /** @returns false when a device that had a counter has none now: somebody emptied the gate's table. */
    take(readings: ClientCounter[]): boolean {
      const counted = new Set<number>()
      for (const reading of readings) {
        counted.add(reading.clientId)
        const grant = byClient.get(reading.clientId)
        if (grant) count(grant, reading)
      }
      const at = now()
      for (const grant of byMac.values()) {
        const hadCounter = grant.upReading + grant.downReading > 0
        if (hadCounter && !counted.has(grant.clientId) && stayLeft(grant, at) > NEARLY_OVER_SECONDS) return false
      }
      return true
    },
    save(): void {
      if (unsaved.size > 0) store.saveGrants([...unsaved], [])
      unsaved.clear()
    },
    takeOctets() {
      const taken = through
      through = { upOctets: 0, downOctets: 0 }
      return taken
    },
  }
}
