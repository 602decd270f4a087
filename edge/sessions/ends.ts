import type { Mac } from '../gate/port.ts'
import type { SessionEndCause } from '../wire/session.ts'
import { secondsBetween, type Moment, type Now } from './moment.ts'

/** Later than that nobody wonders any more. */
const KEPT_SECONDS = 3_600
const KEPT_MAX = 5_000

/** Why the last session of a device ended, for a page that explains. In memory only: after a restart the page says less. */
export function createEnds(now: Now) {
  const ends = new Map<Mac, { cause: SessionEndCause; at: Moment }>()
  return {
    remember(mac: Mac, cause: SessionEndCause): void {
      ends.delete(mac)
      ends.set(mac, { cause, at: now() })
      const oldest = ends.size > KEPT_MAX ? ends.keys().next().value : undefined
      if (oldest !== undefined) ends.delete(oldest)
    },
    forget: (mac: Mac): void => void ends.delete(mac),
    of(mac: Mac): SessionEndCause | undefined {
      const end = ends.get(mac)
      return end && secondsBetween(end.at, now()) < KEPT_SECONDS ? end.cause : undefined
    },
  }
}
