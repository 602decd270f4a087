/**
 * Keeps the kernel's table in line with who is admitted: one nft at a time, carrying everything that queued up
 * meanwhile; when the table is lost or was edited, it is written anew with the remaining times.
 */
import { elementsDiffer, hasPending } from './audit.ts'
import type { BridgeReach } from './bridge.ts'
import { readCarried } from './carried.ts'
import { createClasses } from './classes.ts'
import { allElements, changedElements, type Carried, type StartingOctets } from './elements.ts'
import {
  admittedCount,
  blockExactly,
  emptyHoldings,
  hold,
  holdExactly,
  limitOf,
  release,
  setLimit,
  sweep,
  takeChanges,
} from './holdings.ts'
import { ensureRoutingRules, forgetConnections, loadNft, probeBridge, readSets, readSetsThere, readTableText } from './kernel.ts'
import { parseBlocked, parseClients, parseCounters, parseStrangers } from './listing.ts'
import type { Admission, ClientCounter, GateState, Mac, Stranger } from './port.ts'
import { rulesetText, type GateFacts } from './ruleset.ts'
import { createShaper } from './shaping.ts'

/** A refusal: the reason goes to whoever asked. */
class GateRefusal extends Error {}

export type Keeper = Awaited<ReturnType<typeof createKeeper>>

type Surroundings = {
  now: () => number
  onState: (state: GateState) => void
  /** Somebody had flushed or edited the table, and it is whole again. */
  onRewritten: () => void
  log: (line: string) => void
}

export async function createKeeper(facts: GateFacts, { now, onState, onRewritten, log }: Surroundings) {
  const holdings = emptyHoldings()
  const classes = createClasses(createShaper(facts), holdings, { now, log })
  let state: GateState = 'failed'
  /** How the kernel spells our tables; the same after every load, so an edit that slips in later is seen as one. */
  let spelling: string | undefined
  let reach: BridgeReach | undefined
  let loaded = false
  /** The table was found lost or edited, and nobody has been told yet. */
  let lost = false
  /** What was read last, for counters that are gone with a flushed table. */
  let lastOctets: StartingOctets = new Map()
  let tail: Promise<unknown> = Promise.resolve()
  let commitAhead: Promise<Map<number, string>> | undefined

  function become(next: GateState): void {
    if (next === state) return
    state = next
    onState(next)
  }

  /** Everything that touches the kernel, strictly one after the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = tail.then(work)
    tail = done.catch(() => {})
    return done
  }

  async function findReach(): Promise<BridgeReach> {
    const found = await probeBridge(facts.lan)
    if (found === 'every')
      log('this kernel cannot tell bridges apart (no nft_meta_bridge): no bridge here passes anything from port to port')
    if (found === 'none') log('this kernel cannot filter bridges: visitors are kept apart by isolated bridge ports alone')
    return found
  }

  async function writeTable(carried: Carried): Promise<void> {
    try {
      await ensureRoutingRules(facts.lan)
      reach ??= await findReach()
      await classes.makeAll()
      const plan = allElements(holdings, now(), carried)
      await loadNft(rulesetText(facts, plan.text, reach))
      plan.settle()
      lastOctets = carried.octets ?? lastOctets
      const read = await readTableText()
      if (read === undefined || read !== (spelling ??= read)) throw new Error('the table was changed by somebody else while it was loading')
      loaded = true
      become('enforcing')
      if (lost) onRewritten()
      lost = false
    } catch (cause) {
      loaded = false
      become('failed')
      throw cause
    }
  }

  /** With what the table still holds of counters and garden, as far as it is there. */
  async function rewriteTable(exceptOctetsOf: Set<number> = new Set()): Promise<void> {
    const carried = await readCarried(lastOctets).catch(() => ({ octets: new Map(lastOctets), garden: [] }))
    for (const id of exceptOctetsOf) carried.octets.delete(id)
    await writeTable(carried)
  }

  async function mend(): Promise<void> {
    if (loaded && (await readTableText()) === spelling) return ensureRoutingRules(facts.lan)
    await writeLost(loaded ? 'the table was lost or edited' : undefined)
  }

  async function writeLost(what: string | undefined): Promise<void> {
    if (what !== undefined) lost = true
    log(what === undefined ? 'the table is not loaded, trying again' : `${what}, writing it anew`)
    await rewriteTable()
  }

  /**
   * Joins the commit that waits for its turn, so that a crowd arriving together costs one nft (and one tc).
   * @returns why, for the client ids whose speed limit could not be set.
   */
  function commit(): Promise<Map<number, string>> {
    commitAhead ??= inTurn(async () => {
      commitAhead = undefined
      const changes = takeChanges(holdings)
      const unshaped = await classes.make(changes.ids)
      for (const id of changes.ids) if (!holdings.byId.has(id) || !holdings.kernel.counted.has(id)) lastOctets.delete(id)
      for (const id of changes.recount) {
        lastOctets.delete(id)
        // A new owner of the id inherits no connection.
        await forgetConnections(id)
      }
      const plan = changedElements(holdings, changes, now())
      try {
        if (!loaded) throw new Error('the table is not loaded')
        if (plan.text !== '') await loadNft(plan.text)
        plan.settle()
      } catch (cause) {
        log(`a change was refused, writing the whole table anew: ${reasonOf(cause)}`)
        lost ||= loaded && (await readTableText().catch(() => undefined)) !== spelling
        await rewriteTable(changes.recount)
      }
      await classes.clear(changes.ids)
      return unshaped
    })
    return commitAhead
  }

  async function forgetAll(clientIds: number[]): Promise<void> {
    for (const id of clientIds) await inTurn(() => forgetConnections(id))
  }

  /** The first thing that goes wrong when the table is gone; a visitor's octets must not depend on who notices first. */
  async function readCounters(): Promise<ClientCounter[]> {
    const read = async (): Promise<ClientCounter[]> => parseCounters(await readSets('up', 'down'))
    const rows = await read().catch(() => mend().then(read))
    const readings = new Map(rows.map((row) => [row.clientId, row]))
    const isSound = (id: number): boolean => {
      const [reading, last] = [readings.get(id), lastOctets.get(id)]
      return reading !== undefined && reading.upOctets >= (last?.upOctets ?? 0) && reading.downOctets >= (last?.downOctets ?? 0)
    }
    if ([...holdings.kernel.counted].every(isSound)) return rows
    await writeLost('counters were taken out')
    return read()
  }

  /** Takes over what an earlier daemon left running: who is admitted, bound and shut out, limits, counters, garden. */
  async function takeOver(): Promise<Carried> {
    await classes.takeOver()
    if ((await readTableText()) === undefined) return {}
    const carried = await readCarried(new Map())
    const listing = await readSetsThere('client', 'binding', 'bound4', 'blocked')
    for (const admission of parseClients(listing)) if (isOurs(admission)) hold(holdings, admission, now())
    for (const [id, limit] of holdings.kernel.shaped) setLimit(holdings, id, limit, now())
    blockExactly(
      holdings,
      parseBlocked(listing).filter(({ seconds }) => Number.isFinite(seconds)),
      now(),
    )
    return carried
  }

  return {
    state: (): GateState => state,
    admitted: (): number => admittedCount(holdings, now()),

    async admit(admission: Admission): Promise<void> {
      const outcome = hold(holdings, admission, now())
      if (!outcome.ok) throw new GateRefusal(outcome.reason)
      const unshaped = await commit().catch((cause: unknown) => {
        release(holdings, admission.mac, now())
        throw new GateRefusal(`the packet filter did not take it: ${reasonOf(cause)}`, { cause })
      })
      refuseUnshaped(unshaped, [admission.clientId])
    },

    async evict(mac: Mac): Promise<void> {
      const id = release(holdings, mac, now())
      await commit()
      if (id !== undefined) await forgetAll([id])
    },

    async reconcile(admissions: Admission[]): Promise<{ added: number; removed: number }> {
      const outcome = holdExactly(holdings, admissions, now())
      const unshaped = await commit()
      refuseUnshaped(
        unshaped,
        admissions.map(({ clientId }) => clientId),
      )
      return outcome
    },

    async limit({ clientId, upKbps, downKbps }: { clientId: number; upKbps: number; downKbps: number }): Promise<void> {
      if (!setLimit(holdings, clientId, limitOf({ upKbps, downKbps }), now()))
        throw new GateRefusal(`client id ${clientId} is not admitted`)
      refuseUnshaped(await commit(), [clientId])
    },

    async block(devices: { mac: Mac; seconds: number }[]): Promise<void> {
      const shut = blockExactly(holdings, devices, now())
      await commit()
      // Nothing more goes up; what is still coming down goes with its connection.
      await forgetAll(shut)
    },

    strangers: (): Promise<Stranger[]> => inTurn(async () => parseStrangers(await readSetsThere('strangers'))),

    counters: (): Promise<ClientCounter[]> =>
      inTurn(async () => {
        const rows = await readCounters()
        lastOctets = new Map(rows.map((row) => [row.clientId, row]))
        return rows
      }),

    start: (): Promise<void> =>
      inTurn(async () => {
        const carried = await takeOver().catch((cause: unknown) => {
          log(`cannot read what an earlier gate left, starting empty: ${reasonOf(cause)}`)
          return {}
        })
        // Nobody waits for a commit yet: what was taken over is written now.
        takeChanges(holdings)
        await writeTable(carried)
        await classes.clear([...holdings.kernel.shaped.keys()])
      }),

    /** Compares the kernel's rules with what was written; repairs them when somebody flushed or edited them. */
    verify: (): Promise<void> => inTurn(mend),

    /** The same for what the sets hold, which the kernel's notices about rules say nothing of. */
    audit: (): Promise<void> =>
      inTurn(async () => {
        if (!loaded || hasPending(holdings)) return
        const listing = await readSetsThere('client', 'binding', 'bound4', 'blocked', 'live')
        if (!hasPending(holdings) && elementsDiffer(holdings, listing, now())) await writeLost('elements of the table were edited')
        await classes.restore()
      }),

    async sweep(): Promise<void> {
      if (sweep(holdings, now()) > 0) await commit()
    },
  }
}

/** Whatever somebody put into the map by hand does not outlive this daemon's start. */
function isOurs({ clientId, seconds }: Admission): boolean {
  return Number.isFinite(seconds) && clientId >= 1 && clientId <= 65_535
}

function refuseUnshaped(unshaped: Map<number, string>, clientIds: number[]): void {
  const reasons = clientIds.flatMap((id) => unshaped.get(id) ?? [])
  if (reasons.length > 0) throw new GateRefusal(`the speed limit of ${reasons.length} could not be set: ${reasons[0]}`)
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
