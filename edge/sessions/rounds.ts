import type { Gate } from '../gate/port.ts'
import { octetsUntilChange } from './allowance.ts'
import type { createBlocks } from './blocks.ts'
import { BYPASS_SECONDS } from './entry.ts'
import { stayLeft, stayUsed } from './rules.ts'
import type { Guest } from './roll.ts'
import type { Stays, StaysDeps } from './stays.ts'

/** A look just before a stay ends catches its last octets while the kernel still has the counter. */
const BEFORE_END_SECONDS = 0.5

type Deps = Pick<StaysDeps, 'keeping' | 'telling' | 'access' | 'daily' | 'now' | 'log'> & {
  gate: Gate
  stays: Stays
  blocks: ReturnType<typeof createBlocks>
}

/** The look at everybody: counts, ends what is over, renews, slows down, brings the gate in line, writes what waits. */
export function createRounds({ keeping, telling, access, daily, now, log, gate, stays, blocks }: Deps) {
  const { roll, holding, termsOf } = stays

  /** In the guest's turn, and only while it is one. One guest's trouble is not the others'. */
  async function each(work: (guest: Guest) => Promise<void>): Promise<void> {
    // A snapshot: the work takes guests off the roll.
    for (const guest of Array.from(roll.all())) {
      const { mac, clientId } = guest.grant
      try {
        await stays.inTurn(mac, async () => {
          if (roll.find(mac) === guest) await work(guest)
        })
      } catch (error) {
        log(`sessions: client ${clientId}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }

  async function endIfOver(guest: Guest): Promise<void> {
    const cause = access.endOf(guest.grant, termsOf(guest))
    if (cause) await stays.letGo(guest, cause)
  }

  async function admitBypasses(): Promise<void> {
    if (gate.state() === 'failed') return
    for (const mac of access.roster().bypass.keys()) {
      if (!roll.find(mac) && access.mayBypass(mac)) await stays.admitBypass(mac)
    }
  }

  async function keepInLine(guest: Guest): Promise<void> {
    const { grant } = guest
    const { own } = termsOf(guest)
    if (grant.group !== own.name) {
      grant.group = own.name
      roll.mark(grant)
    }
    if (grant.source === 'bypass' && stayLeft(grant, now()) < BYPASS_SECONDS / 2) {
      grant.grantedSeconds = stayUsed(grant, now()) + BYPASS_SECONDS
      roll.mark(grant)
    }
    const change = gate.state() === 'failed' || holding.inDoubt() ? undefined : holding.differs(guest)
    if (change === 'time') await holding.open(guest)
    if (change === 'rate') await holding.limit(guest)
  }

  async function poll(): Promise<void> {
    keeping.retry()
    if (daily.turn()) roll.beginDay()
    roll.fixTimes()
    await stays.count()
    await each(endIfOver)
    await admitBypasses()
    await each(keepInLine)
    if (holding.inDoubt()) blocks.doubt()
    await blocks.tell()
    await holding.settle()
    for (const { grant } of roll.all()) if (!telling.start(grant)) break
    telling.tellEnded()
    keeping.save()
  }

  /** A rest that a shorter session time leaves; nothing is ever lengthened here. */
  async function shorten(guest: Guest): Promise<void> {
    const { grant } = guest
    if (grant.source === 'bypass') return
    const granted = Math.max(0, termsOf(guest).own.sessionSeconds - grant.carriedSeconds)
    if (granted >= grant.grantedSeconds) return
    const used = stayUsed(grant, now())
    grant.grantedSeconds = Math.max(granted, used)
    roll.mark(grant)
    if (granted > used) return
    await stays.count()
    await stays.letGo(guest, 'policy')
  }

  return {
    poll,
    shorten: (): Promise<void> => each(shorten),

    /** Seconds until somebody's time, data or schedule is due, by what is known now. */
    soonest(): number {
      if (holding.inDoubt()) return 0
      let soonest = access.nextEdge()
      for (const guest of roll.all()) {
        const { seconds, rules, account } = termsOf(guest)
        soonest = Math.min(soonest, seconds - BEFORE_END_SECONDS)
        if (guest.octetsPerSecond > 0) soonest = Math.min(soonest, octetsUntilChange(rules, account) / guest.octetsPerSecond)
        if (rules.idleSeconds !== undefined && account.idleSeconds > 0)
          soonest = Math.min(soonest, rules.idleSeconds - account.idleSeconds - stays.countersAge())
      }
      return soonest
    },
  }
}
