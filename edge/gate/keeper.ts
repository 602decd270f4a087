/**
 * Keeps the kernel's table in line with who is admitted: one nft at a time, carrying everything that queued up
 * meanwhile; when the table is lost or was edited, it is written anew with the remaining times.
 */
import { allElements, changedElements, markAllCommitted, markCommitted, type StartingOctets } from './elements.ts'
import { admittedCount, emptyHoldings, hold, holdExactly, release, setLimit, sweep } from './holdings.ts'
import { ensureRoutingRules, forgetConnections, loadNft, readSets, readTableText } from './kernel.ts'
import { parseClients, parseCounters } from './listing.ts'
import type { Admission, ClientCounter, GateState, Mac } from './port.ts'
import { rulesetText, type GateFacts } from './ruleset.ts'
import { createShaper } from './shaping.ts'

/** A refusal: the reason goes to whoever asked. */
class GateRefusal extends Error {}

export type Keeper = Awaited<ReturnType<typeof createKeeper>>

type Surroundings = { now: () => number; onState: (state: GateState) => void; log: (line: string) => void }

export async function createKeeper(facts: GateFacts, { now, onState, log }: Surroundings) {
  const holdings = emptyHoldings()
  const shaper = createShaper(facts)
  let state: GateState = 'failed'
  /** How the kernel spells our table; the same after every load, so an edit that slips in later is seen as one. */
  let spelling: string | undefined
  let loaded = false
  let tail: Promise<unknown> = Promise.resolve()
  let commitAhead: Promise<void> | undefined

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

  async function writeTable(octets?: StartingOctets): Promise<void> {
    try {
      await ensureRoutingRules(facts.lan)
      const at = now()
      await loadNft(rulesetText(facts, allElements(holdings, at, octets)))
      markAllCommitted(holdings, at)
      const read = await readTableText()
      if (read === undefined || read !== (spelling ??= read)) throw new Error('the table was changed by somebody else while it was loading')
      loaded = true
      become('enforcing')
    } catch (cause) {
      loaded = false
      become('failed')
      throw cause
    }
  }

  /** Joins the commit that waits for its turn, so that a crowd arriving together costs one nft. */
  function commit(): Promise<void> {
    commitAhead ??= inTurn(async () => {
      commitAhead = undefined
      const at = now()
      const text = changedElements(holdings, at)
      try {
        if (!loaded) throw new Error('the table is not loaded')
        if (text !== '') await loadNft(text)
        markCommitted(holdings, at)
      } catch (cause) {
        log(`a change was refused, writing the whole table anew: ${reasonOf(cause)}`)
        await writeTable()
      }
    })
    return commitAhead
  }

  async function forgetAll(clientIds: number[]): Promise<void> {
    for (const id of clientIds) await inTurn(() => forgetConnections(id))
  }

  return {
    state: (): GateState => state,
    admitted: (): number => admittedCount(holdings, now()),

    async admit(admission: Admission): Promise<void> {
      const outcome = hold(holdings, admission, now())
      if (!outcome.ok) throw new GateRefusal(outcome.reason)
      try {
        if (outcome.newOwner) await forgetAll([admission.clientId])
        await commit()
      } catch (cause) {
        release(holdings, admission.mac, now())
        throw new GateRefusal(`the packet filter did not take it: ${reasonOf(cause)}`, { cause })
      }
    },

    async evict(mac: Mac): Promise<void> {
      const id = release(holdings, mac, now())
      await commit()
      if (id !== undefined) await forgetAll([id])
    },

    async reconcile(admissions: Admission[]): Promise<{ added: number; removed: number }> {
      const { added, removed, reused } = holdExactly(holdings, admissions, now())
      await forgetAll(reused)
      await commit()
      return { added, removed }
    },

    async limit({ clientId, upKbps, downKbps }: { clientId: number; upKbps: number; downKbps: number }): Promise<void> {
      const limit = upKbps === 0 && downKbps === 0 ? undefined : { upKbps, downKbps }
      if (!setLimit(holdings, clientId, limit, now())) throw new GateRefusal(`client id ${clientId} is not admitted`)
      try {
        if (limit) await inTurn(() => shaper.set(clientId, limit))
      } catch (cause) {
        setLimit(holdings, clientId, undefined, now())
        throw new GateRefusal(`the speed limit could not be set: ${reasonOf(cause)}`, { cause })
      }
      await commit()
      if (!limit) await inTurn(() => shaper.clear(clientId))
    },

    counters: (): Promise<ClientCounter[]> => inTurn(async () => parseCounters(await readSets('up', 'down'))),

    /** Takes over what an earlier daemon left running, counters included, and writes the table anew around it. */
    start: (): Promise<void> =>
      inTurn(async () => {
        let octets: StartingOctets | undefined
        if ((await readTableText().catch(() => undefined)) !== undefined) {
          try {
            const listing = await readSets('client', 'up', 'down')
            for (const admission of parseClients(listing)) hold(holdings, admission, now())
            for (const [id, limit] of await shaper.read()) setLimit(holdings, id, limit, now())
            octets = new Map(parseCounters(listing).map((row) => [row.clientId, row]))
          } catch (cause) {
            log(`cannot read what an earlier gate left, starting empty: ${reasonOf(cause)}`)
          }
        }
        await writeTable(octets)
      }),

    /** Compares the kernel with what was written; repairs it when somebody flushed or edited the table. */
    verify: (): Promise<void> =>
      inTurn(async () => {
        if (loaded && (await readTableText()) === spelling) return ensureRoutingRules(facts.lan)
        log(loaded ? 'the table was lost or edited, writing it anew' : 'the table is not loaded, trying again')
        await writeTable()
      }),

    async sweep(): Promise<void> {
      const { ended, limited } = sweep(holdings, now())
      if (ended > 0) await commit()
      for (const id of limited) await inTurn(() => shaper.clear(id))
    },
  }
}

export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
