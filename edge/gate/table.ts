/** Our part of the kernel's packet filter: written, watched and read. Every call here is one at a time (keeper.ts sees to it). */
import { elementsDiffer, hasPending } from './audit.ts'
import { readAgain, readCarried } from './carried.ts'
import { allElements, GARDEN_EMPTIED, type Carried, type Plan, type StartingOctets } from './elements.ts'
import type { Changes, Holdings } from './holdings.ts'
import { ensureRoutingRules, loadNft, probeArp, probeBridge, readOwnAddresses, readSets, readSetsThere, readTableText } from './kernel.ts'
import { parseCounters } from './listing.ts'
import type { ClientCounter, GateState } from './port.ts'
import { rulesetText, type GateFacts, type Surroundings } from './ruleset.ts'

export type TableEvents = {
  onState: (state: GateState) => void
  /** Somebody had flushed or edited the table, and it is whole again. */
  onRewritten: () => void
  log: (line: string) => void
}

/** @param prepare what must be there before the table lets anybody in. */
export function createTable(facts: GateFacts, holdings: Holdings, now: () => number, prepare: () => Promise<void>, events: TableEvents) {
  const { log } = events
  let state: GateState = 'failed'
  /** How the kernel spells our tables; the same after every load with these surroundings, so an edit that slips in later is seen as one. */
  let spelling: string | undefined
  let around: Surroundings | undefined
  let loaded = false
  /** The table was found lost or edited, and nobody has been told yet. */
  let lost = false
  const octets = rememberedOctets(holdings)

  function become(next: GateState): void {
    if (next === state) return
    state = next
    events.onState(next)
  }

  /** @returns the surroundings as they were, unless they changed. */
  async function lookAround(): Promise<Surroundings> {
    const known = around ?? { ...(await findPowers(facts.lan, log)), ownAddresses: [] }
    // Without the interface nobody claims anything there.
    const ownAddresses = await readOwnAddresses(facts.lan).catch(() => known.ownAddresses)
    return around !== undefined && ownAddresses.join() === known.ownAddresses.join() ? around : { ...known, ownAddresses }
  }

  async function write(carried: Carried): Promise<void> {
    try {
      await ensureRoutingRules(facts.lan)
      const found = await lookAround()
      await prepare()
      // Last of all: what passes between this look and the new table is counted by nobody, and an edit in between told to nobody.
      const [text, counted] = await Promise.all([
        readTableText().catch(() => undefined),
        carried.octets && readAgain(carried.octets).catch(() => carried.octets),
      ])
      lost ||= loaded && text !== spelling
      const plan = allElements(holdings, now(), { ...carried, ...(counted && { octets: counted }) })
      if (found !== around) spelling = undefined
      around = found
      await loadNft(rulesetText(facts, plan, found))
      plan.settle()
      if (counted) octets.remember(counted)
      const read = await readTableText()
      if (read === undefined || read !== (spelling ??= read)) {
        lost = true
        throw new Error('the table was changed by somebody else while it was loading')
      }
      loaded = true
      become('enforcing')
      if (lost) events.onRewritten()
      lost = false
    } catch (cause) {
      loaded = false
      become('failed')
      throw cause
    }
  }

  /** With what the table still holds of counters and garden, as far as it is there. */
  async function rewrite(exceptOctetsOf: Set<number> = new Set()): Promise<void> {
    const carried = await readCarried(octets.last()).catch(() => ({ octets: new Map(octets.last()), garden: [], strangers: [] }))
    for (const id of exceptOctetsOf) carried.octets.delete(id)
    await write(carried)
  }

  async function writeLost(what: string): Promise<void> {
    lost = true
    log(`${what}, writing it anew`)
    await rewrite()
  }

  /** Compares the kernel's rules with what was written; repairs them when somebody flushed or edited them. */
  async function mend(): Promise<void> {
    if (loaded && (await readTableText()) === spelling) {
      await ensureRoutingRules(facts.lan)
      if ((await lookAround()) === around) return
      log('the box has other addresses on the LAN, writing the table anew')
      return rewrite()
    }
    if (loaded) return writeLost('the table was lost or edited')
    log('the table is not loaded, trying again')
    await rewrite()
  }

  return {
    state: (): GateState => state,
    write,
    mend,

    /** Only what changed, in one transaction; the whole table where the kernel does not take that. */
    async apply({ text, arp, settle }: Plan, { recount }: Changes): Promise<void> {
      try {
        if (!loaded) throw new Error('the table is not loaded')
        const changes = around?.arp === true ? text + arp : text
        if (changes !== '') await loadNft(changes)
        settle()
      } catch (cause) {
        log(`a change was refused, writing the whole table anew: ${cause instanceof Error ? cause.message : String(cause)}`)
        await rewrite(recount)
      }
    },

    /** @throws where the table is gone: what is written in its place may carry the garden it was read with. */
    async forgetGarden(): Promise<void> {
      if (!loaded) throw new Error('the table is not loaded')
      await loadNft(GARDEN_EMPTIED)
    },

    /** To be called before `apply`: an id without a counter, or with a new owner, starts at zero. */
    forgetOctets: ({ ids, recount }: Changes): void => octets.forget(ids, recount),

    /** A visitor's octets do not depend on who notices first that the table is gone. */
    async counters(): Promise<ClientCounter[]> {
      const read = async (): Promise<ClientCounter[]> => parseCounters(await readSets('up', 'down'))
      let rows = await read().catch(() => mend().then(read))
      if (!octets.areSound(rows)) {
        await writeLost('counters were taken out')
        rows = await read()
      }
      octets.remember(new Map(rows.map((row) => [row.clientId, row])))
      return rows
    },

    /** As `mend`, for what the sets hold, of which the kernel's notices about rules say nothing. */
    async audit(): Promise<void> {
      if (!loaded || hasPending(holdings)) return
      const listing = await readSetsThere('client', 'binding', 'bound4', 'blocked', 'live', 'holder')
      if (!hasPending(holdings) && elementsDiffer(holdings, listing, now(), around?.arp === true))
        await writeLost('elements of the table were edited')
    },
  }
}

async function findPowers(lan: string, log: (line: string) => void): Promise<Pick<Surroundings, 'bridge' | 'arp'>> {
  const [bridge, arp] = [await probeBridge(lan), await probeArp(lan)]
  if (bridge === 'every')
    log('this kernel cannot tell bridges apart (no nft_meta_bridge): no bridge here passes anything from port to port')
  if (bridge === 'none') log('this kernel cannot filter bridges: visitors are kept apart by isolated bridge ports alone')
  if (!arp) log('this kernel cannot filter ARP: a visitor may claim the address of another')
  return { bridge, arp }
}

/** What was read last, for counters that are gone with a flushed table. */
function rememberedOctets({ byId, kernel }: Holdings) {
  let last: StartingOctets = new Map()
  return {
    last: (): StartingOctets => last,
    remember: (octets: StartingOctets): void => void (last = octets),
    forget(ids: Set<number>, recount: Set<number>): void {
      for (const id of ids) if (recount.has(id) || !byId.has(id) || !kernel.counted.has(id)) last.delete(id)
    },
    /** Every counter is there, and none has gone back. */
    areSound(rows: ClientCounter[]): boolean {
      const readings = new Map(rows.map((row) => [row.clientId, row]))
      return [...kernel.counted].every((id) => {
        const [reading, before] = [readings.get(id), last.get(id)]
        return reading !== undefined && reading.upOctets >= (before?.upOctets ?? 0) && reading.downOctets >= (before?.downOctets ?? 0)
      })
    },
  }
}
