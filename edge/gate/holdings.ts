/**
 * Who the gate holds open, in memory: what the table must say, so that a lost table can be written again and a batch
 * of changes becomes one transaction. Pure data and rules; times are milliseconds of a clock that never jumps.
 */
import type { Admission, Mac } from './port.ts'

/** Counters outlive their session this long, so that the box's next poll still reads the last octets. */
export const COUNTERS_KEPT_MS = 120_000

type Held = { mac: Mac; until: number; limit?: Limit }
export type Limit = { upKbps: number; downKbps: number }

/** What the kernel's table holds as far as this process put it there. */
type InKernel = { macs: Map<Mac, number>; live: Set<number>; counted: Set<number>; classed: Set<number> }

export type Holdings = {
  /** Every client id with a counter: admitted now, or ended less than COUNTERS_KEPT_MS ago. */
  byId: Map<number, Held>
  byMac: Map<Mac, number>
  kernel: InKernel
  changed: { macs: Set<Mac>; ids: Set<number>; recount: Set<number> }
}

export function emptyHoldings(): Holdings {
  return {
    byId: new Map(),
    byMac: new Map(),
    kernel: { macs: new Map(), live: new Set(), counted: new Set(), classed: new Set() },
    changed: { macs: new Set(), ids: new Set(), recount: new Set() },
  }
}

export type HoldOutcome = { ok: true; newOwner: boolean } | { ok: false; reason: string }

export function hold(holdings: Holdings, { mac, clientId, seconds }: Admission, now: number): HoldOutcome {
  const before = holdings.byId.get(clientId)
  if (before && before.mac !== mac && before.until > now) {
    return { ok: false, reason: `client id ${clientId} belongs to another admitted device` }
  }
  const oldId = holdings.byMac.get(mac)
  if (oldId !== undefined && oldId !== clientId) end(holdings, oldId, now)
  const newOwner = before !== undefined && before.mac !== mac
  if (newOwner) {
    if (holdings.byMac.get(before.mac) === clientId) holdings.byMac.delete(before.mac)
    holdings.changed.macs.add(before.mac)
    holdings.changed.recount.add(clientId)
  }
  const limit = newOwner ? undefined : before?.limit
  holdings.byId.set(clientId, { mac, until: now + seconds * 1000, ...(limit && { limit }) })
  holdings.byMac.set(mac, clientId)
  touch(holdings, mac, clientId)
  return { ok: true, newOwner }
}

/** @returns the client id that is shut now, or undefined when the device was not held. */
export function release(holdings: Holdings, mac: Mac, now: number): number | undefined {
  const id = holdings.byMac.get(mac)
  if (id === undefined) return undefined
  end(holdings, id, now)
  return id
}

/** Makes the holdings exactly these; those that are there already get their new remaining time. `reused`: ids with a new owner. */
export function holdExactly(
  holdings: Holdings,
  admissions: Admission[],
  now: number,
): { added: number; removed: number; reused: number[] } {
  const wanted = new Map(admissions.map((admission) => [admission.mac, admission]))
  const heldBefore = new Map([...holdings.byMac].filter(([, id]) => (holdings.byId.get(id)?.until ?? 0) > now))
  const gone = [...heldBefore].filter(([mac, id]) => wanted.get(mac)?.clientId !== id)
  for (const [, id] of gone) end(holdings, id, now)
  const reused = admissions.filter((admission) => {
    const outcome = hold(holdings, admission, now)
    return outcome.ok && outcome.newOwner
  })
  return {
    added: admissions.filter(({ mac }) => !heldBefore.has(mac)).length,
    removed: [...heldBefore.keys()].filter((mac) => !wanted.has(mac)).length,
    reused: reused.map(({ clientId }) => clientId),
  }
}

/** Takes out what ended long enough ago. */
export function sweep(holdings: Holdings, now: number): { ended: number; limited: number[] } {
  const old = [...holdings.byId].filter(([, held]) => held.until + COUNTERS_KEPT_MS <= now)
  for (const [id, { mac }] of old) {
    holdings.byId.delete(id)
    if (holdings.byMac.get(mac) === id) holdings.byMac.delete(mac)
    touch(holdings, mac, id)
  }
  return { ended: old.length, limited: old.filter(([, { limit }]) => limit).map(([id]) => id) }
}

export function setLimit(holdings: Holdings, clientId: number, limit: Limit | undefined, now: number): boolean {
  const held = holdings.byId.get(clientId)
  if (!held || held.until <= now) return false
  if (limit) held.limit = limit
  else delete held.limit
  holdings.changed.ids.add(clientId)
  return true
}

export function admittedCount(holdings: Holdings, now: number): number {
  return [...holdings.byId.values()].filter(({ until }) => until > now).length
}

function end(holdings: Holdings, id: number, now: number): void {
  const held = holdings.byId.get(id)
  if (!held) return
  held.until = Math.min(held.until, now)
  holdings.byMac.delete(held.mac)
  touch(holdings, held.mac, id)
}

function touch(holdings: Holdings, mac: Mac, id: number): void {
  holdings.changed.macs.add(mac)
  holdings.changed.ids.add(id)
}
