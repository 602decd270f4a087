import { randomBytes } from 'node:crypto'
import type { Admission, ClientCounter, Gate, Mac } from '../gate/port.ts'
import type { Recorder } from '../telemetry/port.ts'
import type { Session } from '../wire/session.ts'
import { secondsBetween, type Moment, type Now } from './moment.ts'
import { nextClientId, octetsSince, stayLeft, stayUsed, type VisitPolicy } from './rules.ts'
import type { Grant, VisitStore } from './store.ts'
import { createTurns } from './turns.ts'

/** The wire's own limit on visitors online at one box; a kampung hotspot sees a hundred. */
const STAYS_MAX = 10_000
/** The kernel closes the gate by itself a moment before we notice: so close to the end a missing counter proves nothing. */
const NEARLY_OVER_SECONDS = 2

export type EndCause = 'expired' | 'evicted' | 'logout'
export type AdmitOutcome = { ok: true } | { ok: false; reason: 'gate-failed' | 'full' }

export type Stays = ReturnType<typeof createStays>

/** The devices past the gate: letting in, counting, letting go. The gate acts first; what is written down then happened. */
export function createStays(deps: {
  store: VisitStore
  gate: Gate
  recorder: Recorder
  policy: VisitPolicy
  pseudonym: (mac: Mac) => string
  now: Now
  log: (line: string) => void
}) {
  const { store, gate, recorder, policy, pseudonym, now, log } = deps
  const live = new Map<Mac, Grant>()
  const byClient = new Map<number, Grant>()
  /** Ended, but the outbox would not take the stop record yet. */
  const untold = new Map<string, Grant>()
  const inTurn = createTurns()
  /** Asked of the gate and not answered yet: a reconcile in between must not undo them. */
  const admitting = new Map<Mac, Admission>()
  const leaving = new Set<Mac>()
  let lastClientId = store.lastClientId()
  /** The gate does not hold what we hold: after a start, or when its table was lost. */
  let apart = true
  let countedAt: Moment = now()
  let total = { upOctets: 0, downOctets: 0, admitted: 0 }

  const find = (mac: Mac): Grant | undefined => live.get(mac)

  function hold(grant: Grant): void {
    live.set(grant.mac, grant)
    byClient.set(grant.clientId, grant)
  }

  const admit = (mac: Mac): Promise<AdmitOutcome> =>
    inTurn(mac, async () => {
      const before = live.get(mac)
      if (before && stayLeft(before, now()) > 0) return { ok: true }
      if (before) await letGo(before, 'expired')
      const clientId = live.size < STAYS_MAX ? nextClientId(lastClientId, byClient) : undefined
      if (clientId === undefined) return { ok: false, reason: 'full' }
      lastClientId = clientId
      const passed = await passes({ mac, clientId, seconds: policy.sessionSeconds })
      if (!passed) return { ok: false, reason: 'gate-failed' }

      const anchor = now()
      const grant: Grant = {
        id: `p-${randomBytes(12).toString('hex')}`,
        mac,
        device: pseudonym(mac),
        clientId,
        startedAt: anchor.at,
        grantedSeconds: policy.sessionSeconds,
        usedSeconds: 0,
        anchor,
        upOctets: 0,
        downOctets: 0,
        upReading: 0,
        downReading: 0,
        startTold: false,
      }
      try {
        store.beginGrant(grant)
        recorder.record('session', sessionRecord(grant, 'start', now()))
      } catch (cause) {
        // Not written down, so it must not be: the visitor is told of the failure and may try again.
        await gate.evict(mac).catch((error: unknown) => log(`gate: could not take back ${clientId}: ${reason(error)}`))
        store.dropGrant(grant.id)
        throw new Error('a visitor could not be recorded and was not let in', { cause })
      }
      // Saved with the next count. If the box dies before, the start is told twice, and central knows it by its id.
      grant.startTold = true
      hold(grant)
      total.admitted++
      return { ok: true }
    })

  async function passes(admission: Admission): Promise<boolean> {
    if (gate.state() === 'failed') return false
    admitting.set(admission.mac, admission)
    try {
      await gate.admit(admission)
      return true
    } catch (error) {
      log(`gate: could not admit client ${admission.clientId}: ${reason(error)}`)
      // The answer may have been lost after the deed. What the gate should hold is settled by the next reconcile.
      apart = true
      return false
    } finally {
      admitting.delete(admission.mac)
    }
  }

  /** @returns false when the device was not online. */
  const end = (mac: Mac, cause: EndCause): Promise<boolean> =>
    inTurn(mac, async () => {
      const grant = live.get(mac)
      if (!grant) return false
      await count()
      await letGo(grant, cause)
      return true
    })

  async function letGo(grant: Grant, cause: EndCause): Promise<void> {
    leaving.add(grant.mac)
    try {
      await gate.evict(grant.mac)
    } catch (error) {
      if (cause !== 'expired') throw new Error('the gate could not be closed for a visitor', { cause: error })
      // The kernel's own timer has closed it already.
      log(`gate: could not evict client ${grant.clientId}: ${reason(error)}`)
    } finally {
      leaving.delete(grant.mac)
    }
    const at = now()
    const ended: Grant = { ...grant, usedSeconds: stayUsed(grant, at), anchor: at, endedCause: cause }
    live.delete(grant.mac)
    byClient.delete(grant.clientId)
    untold.set(ended.id, ended)
    store.saveGrants([ended], [])
    tellStops()
  }

  function tellStops(): void {
    const told: string[] = []
    for (const grant of untold.values()) {
      try {
        recorder.record('session', sessionRecord(grant, 'stop', now()))
        told.push(grant.id)
      } catch (error) {
        log(`outbox: the end of a session waits: ${reason(error)}`)
        break
      }
    }
    for (const id of told) untold.delete(id)
    if (told.length > 0) store.saveGrants([], told)
  }

  /** Takes the gate's counters into the sessions. @returns false when the gate did not answer. */
  async function count(): Promise<boolean> {
    let readings: ClientCounter[]
    try {
      readings = await gate.counters()
    } catch (error) {
      log(`gate: no counters: ${reason(error)}`)
      return false
    }
    countedAt = now()
    const changed: Grant[] = []
    for (const reading of readings) {
      const grant = byClient.get(reading.clientId)
      if (!grant || (grant.upReading === reading.upOctets && grant.downReading === reading.downOctets)) continue
      const up = octetsSince(grant.upReading, reading.upOctets)
      const down = octetsSince(grant.downReading, reading.downOctets)
      total.upOctets += up
      total.downOctets += down
      grant.upOctets += up
      grant.downOctets += down
      grant.upReading = reading.upOctets
      grant.downReading = reading.downOctets
      changed.push(grant)
    }
    if (hasLost(readings)) apart = true
    if (changed.length > 0) store.saveGrants(changed, [])
    return true
  }

  /** A device that had a counter and has none: somebody emptied the gate's table. */
  function hasLost(readings: ClientCounter[]): boolean {
    const seen = new Set(readings.map((reading) => reading.clientId))
    const at = now()
    for (const grant of live.values()) {
      const counted = grant.upReading + grant.downReading > 0
      if (counted && !seen.has(grant.clientId) && stayLeft(grant, at) > NEARLY_OVER_SECONDS) return true
    }
    return false
  }

  async function settle(): Promise<void> {
    if (!apart || gate.state() === 'failed') return
    const at = now()
    const admissions = [...admitting.values()]
    for (const grant of live.values()) {
      const seconds = Math.ceil(stayLeft(grant, at))
      if (seconds > 0 && !leaving.has(grant.mac)) admissions.push({ mac: grant.mac, clientId: grant.clientId, seconds })
    }
    try {
      await gate.reconcile(admissions)
      apart = false
    } catch (error) {
      log(`gate: could not be brought in line, will try again: ${reason(error)}`)
    }
  }

  async function poll(): Promise<void> {
    await count()
    const at = now()
    for (const grant of live.values()) {
      if (stayLeft(grant, at) > 0) continue
      await inTurn(grant.mac, async () => {
        if (live.get(grant.mac) === grant) await letGo(grant, 'expired')
      })
    }
    await settle()
    tellStops()
  }

  /** Takes up where the last process, or the last boot, left off. */
  async function restore(): Promise<void> {
    const at = now()
    for (const grant of store.grants()) {
      if (grant.endedCause !== undefined) {
        untold.set(grant.id, grant)
        continue
      }
      // From here on counted by this boot's monotonic clock, whatever the wall clock does next.
      grant.usedSeconds = stayUsed(grant, at)
      grant.anchor = at
      if (!grant.startTold) {
        recorder.record('session', sessionRecord(grant, 'start', at))
        grant.startTold = true
      }
      hold(grant)
    }
    store.saveGrants([...live.values()], [])
    await settle()
    await poll()
  }

  return {
    admit,
    end,
    find,
    poll,
    restore,
    count: (): number => live.size,
    countersAge: (): number => Math.floor(secondsBetween(countedAt, now())),
    soonestEnd(): number | undefined {
      const at = now()
      let soonest: number | undefined
      for (const grant of live.values()) soonest = Math.min(soonest ?? Infinity, stayLeft(grant, at))
      return soonest
    },
    takeTotals() {
      const taken = total
      total = { upOctets: 0, downOctets: 0, admitted: 0 }
      return taken
    },
  }
}

function sessionRecord(grant: Grant, event: 'start' | 'stop', at: Moment): Session {
  return {
    id: grant.id,
    source: 'portal',
    event,
    device: grant.device,
    startedAt: grant.startedAt,
    seconds: event === 'start' ? 0 : Math.round(stayUsed(grant, event === 'stop' && grant.endedCause !== undefined ? grant.anchor : at)),
    upOctets: grant.upOctets,
    downOctets: grant.downOctets,
    ...(grant.endedCause === undefined ? {} : { cause: grant.endedCause }),
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))
