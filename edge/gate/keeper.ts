/**
 * Keeps the kernel's table in line with who is admitted: one nft at a time, carrying everything that queued up
 * meanwhile; when the table is lost or was edited, it is written anew with the remaining times.
 */
import { readCarried } from './carried.ts'
import { createClasses } from './classes.ts'
import { changedElements, type Carried } from './elements.ts'
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
import { forgetConnections, forgetConnectionsMarked, readArpTable, readSetsThere, readTableText, teachNeighbours } from './kernel.ts'
import { parseBlocked, parseClients, parseStrangers } from './listing.ts'
import { misplaced, parseArpTable } from './neighbours.ts'
import type { Admission, ClientCounter, Mac, Stranger } from './port.ts'
import { GARDEN, type GateFacts } from './ruleset.ts'
import { createShaper } from './shaping.ts'
import { createTable, type TableEvents } from './table.ts'

/** A refusal: the reason goes to whoever asked. */
class GateRefusal extends Error {}

export type Keeper = Awaited<ReturnType<typeof createKeeper>>

type Surroundings = TableEvents & { now: () => number }

export async function createKeeper(facts: GateFacts, { now, ...events }: Surroundings) {
  const { log } = events
  const holdings = emptyHoldings()
  const classes = createClasses(createShaper(facts), holdings, { now, log })
  const table = createTable(facts, holdings, now, () => classes.makeAll(), events)
  let tail: Promise<unknown> = Promise.resolve()
  let commitAhead: Promise<Map<number, string>> | undefined

  /** Everything that touches the kernel, strictly one after the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = tail.then(work)
    tail = done.catch(() => {})
    return done
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
      table.forgetOctets(changes)
      // A new owner of the id inherits no connection; that it cannot be made sure keeps nobody waiting.
      for (const id of changes.recount) await forgetConnections(id).catch((cause: unknown) => log(reasonOf(cause)))
      await table.apply(changedElements(holdings, changes, now()), changes)
      await putRight(changes.macs).catch((cause: unknown) => log(`the table of neighbours could not be put right: ${reasonOf(cause)}`))
      await classes.clear(changes.ids)
      return unshaped
    })
    return commitAhead
  }

  /** Who claimed an address before it was bound is believed no longer. */
  async function putRight(macs: Set<Mac>): Promise<void> {
    if (![...macs].some((mac) => holdings.kernel.bound.has(mac))) return
    const rows = misplaced(parseArpTable(await readArpTable(), facts.lan), macs, holdings.kernel.bound)
    if (rows.length > 0) await teachNeighbours(facts.lan, rows)
  }

  async function forgetAll(clientIds: number[]): Promise<void> {
    for (const id of clientIds) await inTurn(() => forgetConnections(id))
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
    state: table.state,
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

    /** What is still coming down from a garden goes with its connection, as a phone may well ignore that its answers are refused. */
    forgetGarden: (): Promise<void> =>
      inTurn(async () => {
        await table.forgetGarden()
        await forgetConnectionsMarked(GARDEN, GARDEN)
      }),

    strangers: (): Promise<Stranger[]> => inTurn(async () => parseStrangers(await readSetsThere('strangers'))),

    counters: (): Promise<ClientCounter[]> => inTurn(table.counters),

    start: (): Promise<void> =>
      inTurn(async () => {
        const carried = await takeOver().catch((cause: unknown) => {
          log(`cannot read what an earlier gate left, starting empty: ${reasonOf(cause)}`)
          return {}
        })
        // Nobody waits for a commit yet: what was taken over is written now.
        takeChanges(holdings)
        await table.write(carried)
        await classes.clear([...holdings.kernel.shaped.keys()])
      }),

    verify: (): Promise<void> => inTurn(table.mend),

    audit: (): Promise<void> =>
      inTurn(async () => {
        await table.audit()
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
