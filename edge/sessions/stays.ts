import type { Gate, Mac } from '../gate/port.ts'
import type { SessionEndCause } from '../wire/session.ts'
import type { Access, Terms } from './access.ts'
import type { Daily } from './daily.ts'
import { createEnds } from './ends.ts'
import { bypassEntry, grantOf, movedEntry, visitOf, type Entry } from './entry.ts'
import { createHolding } from './holding.ts'
import type { Keeping } from './keeping.ts'
import { secondsBetween, type Moment, type Now } from './moment.ts'
import type { Roaming } from './port.ts'
import { createRoll, type Guest } from './roll.ts'
import { stayUsed } from './rules.ts'
import type { Grant, VisitStore } from './store.ts'
import type { Telling } from './telling.ts'
import { createTurns } from './turns.ts'

/** The wire's own limit on visitors online at one box; a kampung hotspot sees a hundred. */
const STAYS_MAX = 10_000
/** The gate's bound on the addresses of one device. */
const ADDRESSES_MAX = 4

export type AdmitOutcome = { ok: true } | { ok: false; reason: 'gate-failed' | 'full' }

export type StaysDeps = {
  store: VisitStore
  keeping: Keeping
  telling: Telling
  access: Access
  daily: Daily
  gate: Gate
  roaming?: Roaming | undefined
  /** 16 hex digits by a keyed hash: a MAC address does not leave the box. */
  pseudonym: (mac: Mac) => string
  now: Now
  log: (line: string) => void
}

/** The devices past the gate: letting in, moving, letting go. The gate acts first; what is written down then happened. */
export function createStays(deps: StaysDeps) {
  const { keeping, telling, access, daily, gate, roaming, pseudonym, now, log } = deps
  const roll = createRoll(deps)
  const inTurn = createTurns()
  const ends = createEnds(now)
  const holding = createHolding({ gate, now, log, guests: roll.all, termsOf })
  let countedAt: Moment = now()
  let admitted = 0

  function termsOf({ grant, movedAt }: Guest): Terms {
    // Without counters nobody is idle: with the gate away, or with no firewall at all.
    const idleSeconds = gate.state() === 'enforcing' ? secondsBetween(movedAt, countedAt) : 0
    return access.termsOf(grant, now(), idleSeconds)
  }

  /** @param instead the session that this one goes on from; it ends in the same commit in which this one begins. */
  async function admit(entry: Entry, instead?: Guest): Promise<AdmitOutcome> {
    const before = roll.find(entry.mac)
    if (before && termsOf(before).seconds > 0) return { ok: true }
    if (before) await letGo(before, access.endOf(before.grant, termsOf(before)) ?? 'expired')
    const clientId = roll.size() < STAYS_MAX ? roll.issueClientId() : undefined
    if (clientId === undefined) return { ok: false, reason: 'full' }
    const addresses = entry.addresses?.slice(0, ADDRESSES_MAX)
    const grant = grantOf({ ...entry, addresses }, { clientId, device: pseudonym(entry.mac), at: now() })
    const guest: Guest = { grant, movedAt: now(), octetsPerSecond: 0 }
    const opened = await holding.open(guest, () => {
      const over = instead && retire(instead, 'moved')
      begin(guest)
      if (over) tellEnd(over)
    })
    return opened ? { ok: true } : { ok: false, reason: 'gate-failed' }
  }

  function begin(guest: Guest): void {
    const at = now()
    const { grant } = guest
    grant.anchor = at
    grant.startedAt = at.at
    guest.movedAt = at
    roll.hold(guest)
    const terms = termsOf(guest)
    grant.group = terms.own.name
    keeping.watchGone(grant.mac)
    ends.forget(grant.mac)
    admitted++
    // Written first, told second: a restart in between does not tell it twice.
    keeping.save()
    telling.firstStart(grant)
    if (grant.codeTag !== undefined) roaming?.began(grant.mac, visitOf(grant.codeTag, terms))
  }

  async function letGo(guest: Guest, cause: SessionEndCause, known: { elsewhere?: boolean } = {}): Promise<void> {
    try {
      await holding.shut(guest.grant.mac)
    } catch (error) {
      // The kernel's own timer has closed it already.
      if (!ENDED_BY_THE_KERNEL.has(cause)) throw new Error('the gate could not be closed for a visitor', { cause: error })
      log(`gate: could not evict client ${guest.grant.clientId}: ${reason(error)}`)
    }
    const over = retire(guest, cause, known)
    keeping.save()
    tellEnd(over)
  }

  /** The gate is shut for it: off the roll, and its row on the way to disk. */
  function retire(guest: Guest, cause: SessionEndCause, known: { elsewhere?: boolean } = {}): Grant {
    const { grant } = guest
    const at = now()
    const terms = termsOf(guest)
    roll.mark(grant)
    roll.release(guest)
    const over: Grant = { ...grant, usedSeconds: stayUsed(grant, at), anchor: at, endedCause: cause }
    keeping.grant(over)
    ends.remember(grant.mac, cause)
    const tellOthers = cause !== 'expired' && known.elsewhere !== true
    if (grant.codeTag !== undefined && tellOthers) roaming?.ended(grant.mac, visitOf(grant.codeTag, terms))
    return over
  }

  function tellEnd(over: Grant): void {
    telling.end(over)
    telling.tellEnded()
  }

  /** @returns false when the device was not online. */
  async function end(mac: Mac, cause: SessionEndCause, known: { elsewhere?: boolean } = {}): Promise<boolean> {
    const guest = roll.find(mac)
    if (!guest) return false
    await count()
    await letGo(guest, cause, known)
    return true
  }

  /** The old address is shut before the new one opens: a code that is passed on never lets two in. */
  async function move(from: Mac, to: Mac, addresses: string[] | undefined): Promise<AdmitOutcome> {
    const guest = roll.find(from)
    if (!guest || gate.state() === 'failed') return { ok: false, reason: 'gate-failed' }
    await count()
    const own = roll.find(to)
    if (own) await letGo(own, 'logout')
    await holding.shut(from)
    roll.mark(guest.grant)
    daily.atLeast(pseudonym(to), daily.of(guest.grant.device))
    const outcome = await admit({ ...movedEntry(to, guest.grant, now()), addresses }, guest)
    // Nothing is lost: the next look opens the old address again.
    if (!outcome.ok) holding.doubt()
    return outcome
  }

  async function count(): Promise<void> {
    if (gate.state() === 'failed') return
    try {
      const readings = await gate.counters()
      countedAt = now()
      if (!roll.take(readings, (guest) => termsOf(guest).seconds)) holding.doubt()
    } catch (error) {
      log(`gate: no counters: ${reason(error)}`)
    }
  }

  /** Time and counters go on. @returns false when the device is not online, or the gate did not take it: then the next look sees to it. */
  async function rebind(mac: Mac, addresses: string[]): Promise<boolean> {
    const guest = roll.find(mac)
    if (!guest) return false
    guest.grant.addresses = addresses.slice(0, ADDRESSES_MAX)
    roll.mark(guest.grant)
    keeping.save()
    return holding.open(guest)
  }

  /** By a visitor who waited anew at another address: that wait is used up in the same commit. */
  function moveAddress(mac: Mac, addresses: string[]): Promise<boolean> {
    keeping.watchGone(mac)
    return rebind(mac, addresses)
  }

  async function orGateFailed(work: () => Promise<AdmitOutcome>): Promise<AdmitOutcome> {
    try {
      return await work()
    } catch (error) {
      log(`sessions: ${reason(error)}`)
      return { ok: false, reason: 'gate-failed' }
    }
  }

  /** Takes up where the last process, or the last boot, left off. */
  function restore(newDay: boolean): void {
    const at = now()
    for (const grant of keeping.read(deps.store.grants)) {
      if (grant.endedCause !== undefined) {
        telling.end(grant)
        continue
      }
      // From here on counted by this boot's monotonic clock, whatever the wall clock does next.
      const usedSeconds = stayUsed(grant, at)
      const talliedSeconds = newDay ? usedSeconds : grant.talliedSeconds
      const codeTag = grant.codeTag ?? (grant.code === undefined ? undefined : roaming?.codeTag(grant.code))
      // The counters of another boot are gone: those of this one began at 0.
      const reading = grant.anchor.boot === at.boot ? {} : { upReading: 0, downReading: 0 }
      roll.hold({ grant: { ...grant, ...reading, usedSeconds, talliedSeconds, codeTag, anchor: at }, movedAt: at, octetsPerSecond: 0 })
    }
  }

  return {
    roll,
    holding,
    ends,
    termsOf,
    count,
    letGo,
    restore,
    inTurn,
    admit: (entry: Entry): Promise<AdmitOutcome> => inTurn(entry.mac, () => orGateFailed(() => admit(entry))),
    admitBypass: (mac: Mac): Promise<AdmitOutcome> => inTurn(mac, () => orGateFailed(() => admit(bypassEntry(mac)))),
    end: (mac: Mac, cause: SessionEndCause, known?: { elsewhere?: boolean }): Promise<boolean> => inTurn(mac, () => end(mac, cause, known)),
    move(from: Mac, to: Mac, addresses: string[] | undefined): Promise<AdmitOutcome> {
      // In one order for everybody, or two who swap would wait for each other.
      const [first, second] = from < to ? [from, to] : [to, from]
      return inTurn(first, () => inTurn(second, () => orGateFailed(() => move(from, to, addresses))))
    },
    moveAddress: (mac: Mac, addresses: string[]): Promise<boolean> => inTurn(mac, () => moveAddress(mac, addresses)),
    rebind: (mac: Mac, addresses: string[]): Promise<boolean> => inTurn(mac, () => rebind(mac, addresses)),
    countersAge: (): number => Math.floor(secondsBetween(countedAt, now())),
    takeTotals() {
      const taken = { ...roll.takeOctets(), admitted }
      admitted = 0
      return taken
    },
  }
}

export type Stays = ReturnType<typeof createStays>

const ENDED_BY_THE_KERNEL: ReadonlySet<SessionEndCause> = new Set<SessionEndCause>(['expired', 'daily-time'])

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
