import type { ClientCounter, Mac } from '../gate/port.ts'
import type { Daily } from './daily.ts'
import type { Keeping } from './keeping.ts'
import { secondsBetween, type Moment, type Now } from './moment.ts'
import { nextClientId, octetsSince, stayUsed } from './rules.ts'
import type { Grant, VisitStore } from './store.ts'

/** A device past the gate: what rests on disk, and what this process has seen of it. */
export type Guest = {
  grant: Grant
  /** The last look at which its counters had moved. */
  movedAt: Moment
  /** Between the last two looks. */
  octetsPerSecond: number
  /** What the gate was told last; absent = not known. */
  told?: { endsAt: Moment; upKbps: number; downKbps: number } | undefined
}

/** The kernel closes the gate by itself a moment before we notice: so close to the end a missing counter proves nothing. */
const NEARLY_OVER_SECONDS = 2
/** Two looks closer together say nothing about speed. */
const SPEED_SECONDS_MIN = 0.5
/** A wall clock is steered by half a thousandth at most; more than this since the session's anchor is a leap. */
const LEAP_MILLISECONDS = 2_000
/** What a power cut may forget of a session whose visitor moves nothing, on a box without a clock; the others are written at every look. */
const FIXED_MILLISECONDS = 60_000

/** Who is past the gate, and what went through for each: time and octets go into the day's use here and nowhere else. */
export function createRoll({ store, keeping, daily, now }: { store: VisitStore; keeping: Keeping; daily: Daily; now: Now }) {
  const byMac = new Map<Mac, Guest>()
  const byClient = new Map<number, Guest>()
  const [storedId] = keeping.read(() => [store.lastClientId()])
  let lastClientId = storedId ?? 0
  let lookedAt = now()
  let through = { upOctets: 0, downOctets: 0 }

  function count(guest: Guest, reading: ClientCounter, at: Moment): number {
    const { grant } = guest
    if (grant.upReading === reading.upOctets && grant.downReading === reading.downOctets) return 0
    const up = octetsSince(grant.upReading, reading.upOctets)
    const down = octetsSince(grant.downReading, reading.downOctets)
    through.upOctets += up
    through.downOctets += down
    grant.upOctets += up
    grant.downOctets += down
    grant.upReading = reading.upOctets
    grant.downReading = reading.downOctets
    guest.movedAt = at
    daily.add(grant.device, 0, up + down)
    mark(grant, at)
    return up + down
  }

  /** Puts the time used so far into the day's use, and both on the way to disk, fixed by both clocks as they are now. */
  function mark(grant: Grant, at: Moment): void {
    const used = stayUsed(grant, at)
    daily.add(grant.device, used - grant.talliedSeconds, 0)
    grant.talliedSeconds = used
    grant.usedSeconds = used
    grant.anchor = at
    keeping.grant(grant)
    daily.keep(grant.device)
  }

  return {
    find: (mac: Mac): Guest | undefined => byMac.get(mac),
    all: (): Iterable<Guest> => byMac.values(),
    size: (): number => byMac.size,
    mark: (grant: Grant): void => mark(grant, now()),

    /** Undefined when every number is taken. */
    issueClientId(): number | undefined {
      const id = nextClientId(lastClientId, byClient)
      if (id === undefined) return undefined
      lastClientId = id
      keeping.clientId(id)
      return id
    },
    hold(guest: Guest): void {
      const { grant } = guest
      byMac.set(grant.mac, guest)
      byClient.set(grant.clientId, guest)
      mark(grant, now())
    },
    release({ grant }: Guest): void {
      byMac.delete(grant.mac)
      byClient.delete(grant.clientId)
    },

    /** @returns false when a device that had a counter has none now: somebody emptied the gate's table. */
    take(readings: ClientCounter[], secondsLeftOf: (guest: Guest) => number): boolean {
      const at = now()
      const elapsed = secondsBetween(lookedAt, at)
      const counted = new Set<number>()
      for (const reading of readings) {
        counted.add(reading.clientId)
        const guest = byClient.get(reading.clientId)
        const octets = guest ? count(guest, reading, at) : 0
        if (guest && elapsed >= SPEED_SECONDS_MIN) guest.octetsPerSecond = octets / elapsed
      }
      if (elapsed >= SPEED_SECONDS_MIN) lookedAt = at
      for (const guest of byMac.values()) {
        const hadCounter = guest.grant.upReading + guest.grant.downReading > 0
        if (hadCounter && !counted.has(guest.grant.clientId) && secondsLeftOf(guest) > NEARLY_OVER_SECONDS) return false
      }
      return true
    },

    /**
     * After a leap of the wall clock a reboot would bridge the wrong time, and one that wakes in 1970 bridges none: so what is
     * used is fixed now and then, at once after a leap.
     */
    fixTimes(): void {
      const at = now()
      for (const { grant } of byMac.values()) {
        const passed = at.mono - grant.anchor.mono
        const leapt = Math.abs(at.at - grant.anchor.at - passed) > LEAP_MILLISECONDS
        if (leapt || passed >= FIXED_MILLISECONDS) mark(grant, at)
      }
    },

    /** A new day began: what is running counts from here on. */
    beginDay(): void {
      const at = now()
      for (const { grant } of byMac.values()) {
        grant.talliedSeconds = stayUsed(grant, at)
        keeping.grant(grant)
      }
    },
    takeOctets() {
      const taken = through
      through = { upOctets: 0, downOctets: 0 }
      return taken
    },
  }
}
