/**
 * Who the gate holds open, in memory: what the table must say, so that a lost table can be written again and a batch
 * of changes becomes one transaction. Pure data and rules; times are milliseconds of a clock that never jumps.
 */
import type { Admission, Mac } from './port.ts'

/** Counters outlive their session this long, so that the box's next poll still reads the last octets. */
export const COUNTERS_KEPT_MS = 120_000

type Held = { mac: Mac; until: number; limit?: Limit; addresses?: string[] }
export type Limit = { upKbps: number; downKbps: number }

/** What the kernel's tables hold as far as this process put it there. `bound`: addresses; `shaped`: classes of tc. */
export type InKernel = {
  macs: Map<Mac, number>
  bound: Map<Mac, string[]>
  live: Set<number>
  counted: Set<number>
  classed: Set<number>
  shaped: Map<number, Limit>
}

/** What differs from the kernel's tables since they were last written. `recount`: ids with a new owner. */
export type Changes = { macs: Set<Mac>; ids: Set<number>; recount: Set<number>; blocked: boolean }

export type Holdings = {
  /** Every client id with a counter: admitted now, or ended less than COUNTERS_KEPT_MS ago. */
  byId: Map<number, Held>
  byMac: Map<Mac, number>
  /** Until when; an admission of such a device is kept in the books and has no effect. */
  blocked: Map<Mac, number>
  kernel: InKernel
  changed: Changes
}

export function emptyHoldings(): Holdings {
  return {
    byId: new Map(),
    byMac: new Map(),
    blocked: new Map(),
    kernel: { macs: new Map(), bound: new Map(), live: new Set(), counted: new Set(), classed: new Set(), shaped: new Map() },
    changed: noChanges(),
  }
}

const noChanges = (): Changes => ({ macs: new Set(), ids: new Set(), recount: new Set(), blocked: false })

/** From here on later changes gather anew, so that none slips in between what is written and what is believed written. */
export function takeChanges(holdings: Holdings): Changes {
  const { changed } = holdings
  holdings.changed = noChanges()
  return changed
}

export type HoldOutcome = { ok: true } | { ok: false; reason: string }

export function hold(holdings: Holdings, { mac, clientId, seconds, addresses, rate }: Admission, now: number): HoldOutcome {
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
  const limit = rate ? limitOf(rate) : newOwner ? undefined : before?.limit
  const bound = addresses && [...new Set(addresses)]
  holdings.byId.set(clientId, { mac, until: now + seconds * 1000, ...(limit && { limit }), ...(bound && { addresses: bound }) })
  holdings.byMac.set(mac, clientId)
  touch(holdings, mac, clientId)
  return { ok: true }
}

/** 0 in both directions is no limit at all. */
export function limitOf({ upKbps, downKbps }: Limit): Limit | undefined {
  return upKbps === 0 && downKbps === 0 ? undefined : { upKbps, downKbps }
}

/** @returns the client id that is shut now, or undefined when the device was not held. */
export function release(holdings: Holdings, mac: Mac, now: number): number | undefined {
  const id = holdings.byMac.get(mac)
  if (id === undefined) return undefined
  end(holdings, id, now)
  return id
}

/** Makes the holdings exactly these; those that are there already get their new remaining time. */
export function holdExactly(holdings: Holdings, admissions: Admission[], now: number): { added: number; removed: number } {
  const wanted = new Map(admissions.map((admission) => [admission.mac, admission]))
  const heldBefore = new Map([...holdings.byMac].filter(([, id]) => (holdings.byId.get(id)?.until ?? 0) > now))
  const gone = [...heldBefore].filter(([mac, id]) => wanted.get(mac)?.clientId !== id)
  for (const [, id] of gone) end(holdings, id, now)
  for (const admission of admissions) hold(holdings, admission, now)
  return {
    added: admissions.filter(({ mac }) => !heldBefore.has(mac)).length,
    removed: [...heldBefore.keys()].filter((mac) => !wanted.has(mac)).length,
  }
}

/** Takes out what ended long enough ago. */
export function sweep(holdings: Holdings, now: number): number {
  const old = [...holdings.byId].filter(([, held]) => held.until + COUNTERS_KEPT_MS <= now)
  for (const [id, { mac }] of old) {
    holdings.byId.delete(id)
    if (holdings.byMac.get(mac) === id) holdings.byMac.delete(mac)
    touch(holdings, mac, id)
  }
  for (const [mac, until] of holdings.blocked) if (until <= now) holdings.blocked.delete(mac)
  return old.length
}

export function setLimit(holdings: Holdings, clientId: number, limit: Limit | undefined, now: number): boolean {
  const held = holdings.byId.get(clientId)
  if (!held || held.until <= now) return false
  if (limit) held.limit = limit
  else delete held.limit
  holdings.changed.ids.add(clientId)
  return true
}

/** Replaces the list as a whole. @returns the ids of admitted devices that are shut out by it. */
export function blockExactly(holdings: Holdings, devices: { mac: Mac; seconds: number }[], now: number): number[] {
  holdings.blocked = new Map(devices.map(({ mac, seconds }) => [mac, now + seconds * 1000]))
  holdings.changed.blocked = true
  return devices.flatMap(({ mac }) => holdings.byMac.get(mac) ?? [])
}

/**
 * This device's class could not be made: a running one keeps the speed it has, any other is not let in without its limit.
 */
export function refuseLimit(holdings: Holdings, id: number, now: number): void {
  const held = holdings.byId.get(id)
  if (!held) return
  const before = holdings.kernel.shaped.get(id)
  if (before) held.limit = before
  else delete held.limit
  if (!(holdings.kernel.live.has(id) && holdings.kernel.macs.get(held.mac) === id)) end(holdings, id, now)
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
