import { randomBytes } from 'node:crypto'
import type { Admission, Gate, Mac } from '../gate/port.ts'
import type { Recorder } from '../telemetry/port.ts'
import type { SessionEndCause } from '../wire/session.ts'
import { secondsBetween, type Moment, type Now } from './moment.ts'
import { createRoll } from './roll.ts'
import { stayLeft, stayUsed, type VisitPolicy } from './rules.ts'
import type { Grant, VisitStore } from './store.ts'
import { createTelling } from './telling.ts'
import { createTurns } from './turns.ts'

/** The wire's own limit on visitors online at one box; a kampung hotspot sees a hundred. */
const STAYS_MAX = 10_000

export type AdmitOutcome = { ok: true } | { ok: false; reason: 'gate-failed' | 'full' }

export type StaysDeps = {
  store: VisitStore
  gate: Gate
  recorder: Recorder
  policy: VisitPolicy
  /** 16 hex digits by a keyed hash: a MAC address does not leave the box. */
  pseudonym: (mac: Mac) => string
  now: Now
  log: (line: string) => void
}

/** The devices past the gate: letting in, counting, letting go. The gate acts first; what is written down then happened. */
export function createStays(deps: StaysDeps) {
  const { store, gate, policy, pseudonym, now, log } = deps
  const roll = createRoll(deps)
  const telling = createTelling(deps)
  const holding = createHolding(deps, roll.all)
  const inTurn = createTurns()
  let countedAt: Moment = now()
  let admitted = 0

  async function admit(mac: Mac): Promise<AdmitOutcome> {
    const before = roll.find(mac)
    if (before && stayLeft(before, now()) > 0) return { ok: true }
    if (before) await letGo(before, 'expired')
    const clientId = roll.size() < STAYS_MAX ? roll.issueClientId() : undefined
    if (clientId === undefined) return { ok: false, reason: 'full' }
    if (!(await holding.open({ mac, clientId, seconds: policy.sessionSeconds }))) return { ok: false, reason: 'gate-failed' }

    const grant = newGrant({ mac, clientId, device: pseudonym(mac), seconds: policy.sessionSeconds, at: now() })
    try {
      store.beginGrant(grant)
    } catch (cause) {
      // Not written down, so it must not be: the visitor is told of the failure and may try again.
      await holding.shut(mac).catch((error: unknown) => log(`gate: could not take back ${clientId}: ${reason(error)}`))
      throw new Error('a visitor could not be recorded and was not let in', { cause })
    }
    telling.firstStart(grant)
    roll.hold(grant)
    admitted++
    return { ok: true }
  }

  /** @returns false when the device was not online. */
  async function end(mac: Mac, cause: SessionEndCause): Promise<boolean> {
    const grant = roll.find(mac)
    if (!grant) return false
    await count()
    await letGo(grant, cause)
    return true
  }

  async function letGo(grant: Grant, cause: SessionEndCause): Promise<void> {
    try {
      await holding.shut(grant.mac)
    } catch (error) {
      if (cause !== 'expired') throw new Error('the gate could not be closed for a visitor', { cause: error })
      // The kernel's own timer has closed it already.
      log(`gate: could not evict client ${grant.clientId}: ${reason(error)}`)
    }
    const at = now()
    const ended: Grant = { ...grant, usedSeconds: stayUsed(grant, at), anchor: at, endedCause: cause }
    roll.release(grant)
    telling.end(ended)
    store.saveGrants([ended], [])
    telling.tellEnded()
  }

  async function count(): Promise<void> {
    if (gate.state() === 'failed') return
    try {
      const readings = await gate.counters()
      countedAt = now()
      if (!roll.take(readings)) holding.doubt()
    } catch (error) {
      log(`gate: no counters: ${reason(error)}`)
    }
  }

  async function poll(): Promise<void> {
    await count()
    const at = now()
    for (const grant of roll.all()) {
      if (stayLeft(grant, at) > 0) continue
      await inTurn(grant.mac, async () => {
        if (roll.find(grant.mac) === grant) await letGo(grant, 'expired')
      })
    }
    await holding.settle()
    for (const grant of roll.all()) if (!telling.start(grant)) break
    telling.tellEnded()
    roll.save()
  }

  /** Takes up where the last process, or the last boot, left off. */
  async function restore(): Promise<void> {
    const at = now()
    for (const grant of store.grants()) {
      if (grant.endedCause !== undefined) {
        telling.end(grant)
        continue
      }
      // From here on counted by this boot's monotonic clock, whatever the wall clock does next.
      roll.hold({ ...grant, usedSeconds: stayUsed(grant, at), anchor: at })
    }
    await holding.settle()
    await poll()
  }

  return {
    admit: (mac: Mac): Promise<AdmitOutcome> => inTurn(mac, () => admit(mac)),
    end: (mac: Mac, cause: SessionEndCause): Promise<boolean> => inTurn(mac, () => end(mac, cause)),
    poll,
    restore,
    find: roll.find,
    count: roll.size,
    countersAge: (): number => Math.floor(secondsBetween(countedAt, now())),
    /** The gate does not hold yet what it should. */
    inDoubt: holding.inDoubt,
    /** Seconds until the first of the stays ends. */
    soonestEnd(): number {
      const at = now()
      let soonest = Infinity
      for (const grant of roll.all()) soonest = Math.min(soonest, stayLeft(grant, at))
      return soonest
    },
    takeTotals() {
      const taken = { ...roll.takeOctets(), admitted }
      admitted = 0
      return taken
    },
  }
}

/** Keeps the gate's table what the stays say, through failures of the gate and losses of its table. */
function createHolding({ gate, now, log }: StaysDeps, stays: () => Iterable<Grant>) {
  /** Asked of the gate and not answered yet: a reconcile in between must not undo them. */
  const opening = new Map<Mac, Admission>()
  const shutting = new Set<Mac>()
  /** After a start, too, it is not known what the gate holds. */
  let inDoubt = true

  return {
    inDoubt: (): boolean => inDoubt,
    doubt: (): void => void (inDoubt = true),

    async open(admission: Admission): Promise<boolean> {
      if (gate.state() === 'failed') return false
      opening.set(admission.mac, admission)
      try {
        await gate.admit(admission)
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

    async settle(): Promise<void> {
      if (gate.state() === 'failed') inDoubt = true
      if (!inDoubt || gate.state() === 'failed') return
      const at = now()
      const admissions = [...opening.values()]
      for (const { mac, clientId, ...stay } of stays()) {
        const seconds = Math.ceil(stayLeft(stay, at))
        if (seconds > 0 && !shutting.has(mac)) admissions.push({ mac, clientId, seconds })
      }
      try {
        await gate.reconcile(admissions)
        inDoubt = false
      } catch (error) {
        log(`gate: could not be brought in line, will try again: ${reason(error)}`)
      }
    },
  }
}

function newGrant(of: { mac: Mac; clientId: number; device: string; seconds: number; at: Moment }): Grant {
  return {
    id: `p-${randomBytes(12).toString('hex')}`,
    mac: of.mac,
    device: of.device,
    clientId: of.clientId,
    startedAt: of.at.at,
    grantedSeconds: of.seconds,
    usedSeconds: 0,
    anchor: of.at,
    upOctets: 0,
    downOctets: 0,
    upReading: 0,
    downReading: 0,
    startTold: true,
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
