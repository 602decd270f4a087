/** From the holdings to nft statements: everything anew (`allElements`) or only what changed (`changedElements`). */
import { AUTHORISED, TABLE } from './ruleset.ts'
import type { Holdings } from './holdings.ts'
import type { Mac } from './port.ts'

type SetName = 'client' | 'live' | 'up' | 'down' | 'class'
type Batch = Map<SetName, string[]>

/** Octets to start a counter with when the table is written again, so that a restart does not forget them. */
export type StartingOctets = Map<number, { upOctets: number; downOctets: number }>

/** Long enough that it cannot end between the two halves of one transaction. */
const PLACEHOLDER_TIMEOUT = 'timeout 1h'

const mark = (id: number): string => `0x${(AUTHORISED | id).toString(16)}`
const classid = (id: number): string => `1:${id.toString(16)}`

export function allElements(holdings: Holdings, now: number, octets: StartingOctets = new Map()): string {
  const add: Batch = new Map()
  for (const [mac, id] of holdings.byMac) addClient(add, holdings, mac, id, now)
  for (const id of holdings.byId.keys()) {
    addLive(add, holdings, id, now)
    addCounters(add, id, octets.get(id))
    addClass(add, holdings, id)
  }
  return statements('add', add)
}

/**
 * Kernels before 6.12 do not change the timeout of an element that exists, and deleting one that has just timed out
 * fails the whole transaction. So: put it there for sure, delete it, add it anew; one transaction, no gap.
 */
export function changedElements(holdings: Holdings, now: number): string {
  const ensure: Batch = new Map()
  const remove: Batch = new Map()
  const add: Batch = new Map()
  const { kernel, changed } = holdings
  for (const mac of changed.macs) {
    const oldId = kernel.macs.get(mac)
    if (oldId !== undefined) {
      put(ensure, 'client', `${mac} ${PLACEHOLDER_TIMEOUT} : ${mark(oldId)}`)
      put(remove, 'client', mac)
    }
    const id = holdings.byMac.get(mac)
    if (id !== undefined) addClient(add, holdings, mac, id, now)
  }
  for (const id of changed.ids) {
    if (kernel.live.has(id)) {
      put(ensure, 'live', `${mark(id)} ${PLACEHOLDER_TIMEOUT}`)
      put(remove, 'live', mark(id))
    }
    addLive(add, holdings, id, now)
    const recount = changed.recount.has(id) || !holdings.byId.has(id)
    if (kernel.counted.has(id) && recount) {
      put(remove, 'up', mark(id))
      put(remove, 'down', mark(id))
    }
    if (holdings.byId.has(id) && (recount || !kernel.counted.has(id))) addCounters(add, id)
    if (kernel.classed.has(id)) put(remove, 'class', mark(id))
    addClass(add, holdings, id)
  }
  return statements('add', ensure) + statements('delete', remove) + statements('add', add)
}

/** To be called once the kernel took it: what it holds now is what we wanted. */
export function markCommitted(holdings: Holdings, now: number): void {
  const { kernel, changed } = holdings
  for (const mac of changed.macs) {
    const id = holdings.byMac.get(mac)
    if (id !== undefined && isLive(holdings, id, now)) kernel.macs.set(mac, id)
    else kernel.macs.delete(mac)
  }
  for (const id of changed.ids) {
    toggle(kernel.live, id, isLive(holdings, id, now))
    toggle(kernel.counted, id, holdings.byId.has(id))
    toggle(kernel.classed, id, holdings.byId.get(id)?.limit !== undefined)
  }
  clearChanges(holdings)
}

/** The same after the whole table was written anew. */
export function markAllCommitted(holdings: Holdings, now: number): void {
  const live = [...holdings.byId.keys()].filter((id) => isLive(holdings, id, now))
  holdings.kernel = {
    macs: new Map([...holdings.byMac].filter(([, id]) => isLive(holdings, id, now))),
    live: new Set(live),
    counted: new Set(holdings.byId.keys()),
    classed: new Set([...holdings.byId].filter(([, held]) => held.limit).map(([id]) => id)),
  }
  clearChanges(holdings)
}

function clearChanges({ changed }: Holdings): void {
  changed.macs.clear()
  changed.ids.clear()
  changed.recount.clear()
}

function toggle(set: Set<number>, id: number, present: boolean): void {
  if (present) set.add(id)
  else set.delete(id)
}

function isLive(holdings: Holdings, id: number, now: number): boolean {
  return (holdings.byId.get(id)?.until ?? 0) > now
}

function timeout(holdings: Holdings, id: number, now: number): string {
  return `timeout ${Math.ceil((holdings.byId.get(id)?.until ?? 0) - now)}ms`
}

function addClient(batch: Batch, holdings: Holdings, mac: Mac, id: number, now: number): void {
  if (isLive(holdings, id, now)) put(batch, 'client', `${mac} ${timeout(holdings, id, now)} : ${mark(id)}`)
}

function addLive(batch: Batch, holdings: Holdings, id: number, now: number): void {
  if (isLive(holdings, id, now)) put(batch, 'live', `${mark(id)} ${timeout(holdings, id, now)}`)
}

function addCounters(batch: Batch, id: number, from?: { upOctets: number; downOctets: number }): void {
  put(batch, 'up', `${mark(id)}${from ? ` counter packets 0 bytes ${from.upOctets}` : ''}`)
  put(batch, 'down', `${mark(id)}${from ? ` counter packets 0 bytes ${from.downOctets}` : ''}`)
}

function addClass(batch: Batch, holdings: Holdings, id: number): void {
  if (holdings.byId.get(id)?.limit) put(batch, 'class', `${mark(id)} : ${classid(id)}`)
}

function put(batch: Batch, set: SetName, element: string): void {
  const list = batch.get(set)
  if (list) list.push(element)
  else batch.set(set, [element])
}

function statements(verb: 'add' | 'delete', batch: Batch): string {
  return [...batch].map(([set, elements]) => `${verb} element ${TABLE} ${set} { ${elements.join(', ')} }\n`).join('')
}
