import type { Admission, Gate, Mac } from '../gate/port.ts'
import type { Rate } from '../wire/policy.ts'
import type { Terms } from './access.ts'
import { secondsBetween, type Now } from './moment.ts'
import type { Guest } from './roll.ts'

/** The kernel's timer is set in whole seconds; a difference beyond that is a new time. */
const TIMER_TOLERANCE_SECONDS = 1.5

const NO_LIMIT: Rate = { upKbps: 0, downKbps: 0 }

type Deps = { gate: Gate; now: Now; log: (line: string) => void; guests: () => Iterable<Guest>; termsOf: (guest: Guest) => Terms }

/** Keeps the gate's table what the guests' terms say, through failures of the gate and losses of its table. */
export function createHolding({ gate, now, log, guests, termsOf }: Deps) {
  /** Asked of the gate and not answered yet: a reconcile in between must not undo them. */
  const opening = new Map<Mac, Admission>()
  const shutting = new Set<Mac>()
  /** After a start, too, it is not known what the gate holds. */
  let inDoubt = true

  const admissionOf = ({ grant }: Guest, { seconds }: Terms): Admission => ({
    mac: grant.mac,
    clientId: grant.clientId,
    seconds: Math.ceil(seconds),
    ...(grant.addresses ? { addresses: grant.addresses } : {}),
  })

  function remember(guest: Guest, seconds: number, rate: Rate): void {
    const { at, mono, boot } = now()
    guest.told = { endsAt: { at, mono: mono + seconds * 1000, boot }, ...rate }
  }

  return {
    inDoubt: (): boolean => inDoubt,
    doubt: (): void => void (inDoubt = true),

    /** `opened` runs before anybody else may look at the gate again. @returns false when the gate did not take it. */
    async open(guest: Guest, opened: () => void = () => undefined): Promise<boolean> {
      if (gate.state() === 'failed') return false
      const terms = termsOf(guest)
      const { rate } = terms.speed
      const admission = { ...admissionOf(guest, terms), ...(rate || guest.told ? { rate: rate ?? NO_LIMIT } : {}) }
      // Over, and about to be let go: the gate must not open again for it.
      if (admission.seconds <= 0) return false
      opening.set(admission.mac, admission)
      try {
        await gate.admit(admission)
        remember(guest, admission.seconds, rate ?? NO_LIMIT)
        opened()
        return true
      } catch (error) {
        log(`gate: could not admit client ${admission.clientId}: ${reason(error)}`)
        // The answer may have been lost after the deed.
        inDoubt = true
        return false
      } finally {
        opening.delete(admission.mac)
      }
    },

    async shut(mac: Mac): Promise<void> {
      shutting.add(mac)
      try {
        await gate.evict(mac)
      } catch (error) {
        inDoubt = true
        throw error
      } finally {
        shutting.delete(mac)
      }
    },

    /** Whether the gate was told other things of this guest than hold now. */
    differs(guest: Guest): 'time' | 'rate' | undefined {
      const { seconds, speed } = termsOf(guest)
      const { told } = guest
      if (!told || told.endsAt.boot !== now().boot) return 'time'
      const toldSeconds = secondsBetween(now(), told.endsAt)
      if (Math.abs(toldSeconds - seconds) > TIMER_TOLERANCE_SECONDS) return 'time'
      const { upKbps, downKbps } = speed.rate ?? NO_LIMIT
      return upKbps === told.upKbps && downKbps === told.downKbps ? undefined : 'rate'
    },

    async limit(guest: Guest): Promise<void> {
      const rate = termsOf(guest).speed.rate ?? NO_LIMIT
      try {
        await gate.limit({ clientId: guest.grant.clientId, ...rate })
        if (guest.told) guest.told = { ...guest.told, ...rate }
      } catch (error) {
        log(`gate: could not set the speed of client ${guest.grant.clientId}: ${reason(error)}`)
        inDoubt = true
      }
    },

    async settle(): Promise<void> {
      if (gate.state() === 'failed') inDoubt = true
      if (!inDoubt || gate.state() === 'failed') return
      const admissions = [...opening.values()]
      const told: [Guest, number, Rate][] = []
      for (const guest of guests()) {
        const terms = termsOf(guest)
        const admission = admissionOf(guest, terms)
        if (admission.seconds <= 0 || shutting.has(admission.mac) || opening.has(admission.mac)) continue
        // Said even where there is no limit: another policy may have held when the gate was told last.
        const rate = terms.speed.rate ?? NO_LIMIT
        admissions.push({ ...admission, rate })
        told.push([guest, admission.seconds, rate])
      }
      try {
        await gate.reconcile(admissions)
        for (const [guest, seconds, rate] of told) remember(guest, seconds, rate)
        inDoubt = false
      } catch (error) {
        log(`gate: could not be brought in line, will try again: ${reason(error)}`)
      }
    },
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
