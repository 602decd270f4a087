/** From the holdings to nft statements: everything anew (`allElements`) or only what changed (`changedElements`). */
import { ARP_TABLE } from './claims.ts'
import { AUTHORISED, TABLE, type Elements } from './ruleset.ts'
import type { Changes, Holdings, InKernel } from './holdings.ts'
import type { Mac, Stranger } from './port.ts'

type ArpSet = 'holder' | 'present'
type SetName = ArpSet | 'client' | 'live' | 'up' | 'down' | 'class' | 'binding' | 'bound4' | 'blocked' | 'garden4' | 'garden6' | 'strangers'
type Batch = Map<SetName, string[]>

/** Octets to start a counter with when the table is written again, so that a restart does not forget them. */
export type StartingOctets = Map<number, { upOctets: number; downOctets: number }>

/** What dnsmasq found behind the names of the walled garden; whole seconds. */
export type GardenAddress = { set: 'garden4' | 'garden6'; address: string; seconds: number }

/** What is not ours to know and must not be lost when the table is written again. */
export type Carried = {
  octets?: StartingOctets
  garden?: GardenAddress[]
  /** For another minute: nobody may have asked yet. */
  strangers?: Stranger[]
}

/** Statements, and what to call once the kernel took them: it then holds what was wanted when they were written. */
export type Plan = Elements & { settle(): void }

/** Both families at once. */
export const GARDEN_EMPTIED = `flush set ${TABLE} garden4\nflush set ${TABLE} garden6\n`

/** Long enough that it cannot end between the two halves of one transaction. */
const PLACEHOLDER_TIMEOUT = 'timeout 1h'

const mark = (id: number): string => `0x${(AUTHORISED | id).toString(16)}`
const classid = (id: number): string => `1:${id.toString(16)}`

export function allElements(holdings: Holdings, now: number, { octets, garden = [], strangers = [] }: Carried = {}): Plan {
  const add: Batch = new Map()
  for (const [mac, id] of holdings.byMac) addClient(add, holdings, mac, id, now)
  for (const id of holdings.byId.keys()) {
    addLive(add, holdings, id, now)
    addCounters(add, id, octets?.get(id))
    addClass(add, holdings, id)
  }
  addBlocked(add, holdings, now)
  for (const { set, address, seconds } of garden) put(add, set, `${address} timeout ${seconds}s`)
  for (const { mac, address } of strangers) put(add, 'strangers', `${mac} . ${address}`)

  const isIn = (id: number): boolean => isLive(holdings, id, now)
  const open = [...holdings.byMac].filter(([, id]) => isIn(id))
  const kernel: Omit<InKernel, 'shaped'> = {
    macs: new Map(open),
    bound: new Map(open.flatMap(([mac, id]) => entryOf(mac, holdings.byId.get(id)?.addresses))),
    live: new Set([...holdings.byId.keys()].filter(isIn)),
    counted: new Set(holdings.byId.keys()),
    classed: new Set([...holdings.byId].filter(([, held]) => held.limit).map(([id]) => id)),
  }
  return { ...inFamilies((family) => statements('add', add, family)), settle: () => void Object.assign(holdings.kernel, kernel) }
}

/**
 * Kernels before 6.12 do not change the timeout of an element that exists, and deleting one that has just timed out
 * fails the whole transaction. So: put it there for sure, delete it, add it anew; one transaction, no gap.
 */
export function changedElements(holdings: Holdings, changes: Changes, now: number): Plan {
  const ensure: Batch = new Map()
  const remove: Batch = new Map()
  const add: Batch = new Map()
  const { kernel } = holdings
  const settled: (() => void)[] = []
  for (const mac of changes.macs) {
    const oldId = kernel.macs.get(mac)
    if (oldId !== undefined) {
      put(ensure, 'client', `${mac} ${PLACEHOLDER_TIMEOUT} : ${mark(oldId)}`)
      put(remove, 'client', mac)
    }
    const id = holdings.byMac.get(mac)
    if (id !== undefined) addClient(add, holdings, mac, id, now)
    const isIn = id !== undefined && isLive(holdings, id, now)
    const addresses = isIn ? holdings.byId.get(id)?.addresses : undefined
    removeBinding({ ensure, remove }, { mac, id: oldId, addresses: kernel.bound.get(mac) }, addresses)
    settled.push(() => {
      store(kernel.macs, mac, isIn ? id : undefined)
      store(kernel.bound, mac, addresses)
    })
  }
  for (const id of changes.ids) {
    if (kernel.live.has(id)) {
      put(ensure, 'live', `${mark(id)} ${PLACEHOLDER_TIMEOUT}`)
      put(remove, 'live', mark(id))
    }
    addLive(add, holdings, id, now)
    const held = holdings.byId.get(id)
    const recount = changes.recount.has(id) || !held
    if (kernel.counted.has(id) && recount) {
      put(remove, 'up', mark(id))
      put(remove, 'down', mark(id))
    }
    if (held && (recount || !kernel.counted.has(id))) addCounters(add, id)
    if (kernel.classed.has(id)) put(remove, 'class', mark(id))
    addClass(add, holdings, id)
    const [isIn, isCounted, isClassed] = [isLive(holdings, id, now), held !== undefined, held?.limit !== undefined]
    settled.push(() => {
      toggle(kernel.live, id, isIn)
      toggle(kernel.counted, id, isCounted)
      toggle(kernel.classed, id, isClassed)
    })
  }
  const emptied = changes.blocked ? `flush set ${TABLE} blocked\n` : ''
  if (changes.blocked) addBlocked(add, holdings, now)
  const all = (family: Family): string =>
    statements('add', ensure, family) + statements('delete', remove, family) + statements('add', add, family)
  const { text, arp } = inFamilies(all)
  return { text: emptied + text, arp, settle: () => settled.forEach((step) => step()) }
}

function store<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}

function toggle(set: Set<number>, id: number, present: boolean): void {
  if (present) set.add(id)
  else set.delete(id)
}

const entryOf = <K, V>(key: K, value: V | undefined): [K, V][] => (value === undefined ? [] : [[key, value]])

function isLive(holdings: Holdings, id: number, now: number): boolean {
  return (holdings.byId.get(id)?.until ?? 0) > now
}

function timeout(holdings: Holdings, id: number, now: number): string {
  return `timeout ${Math.ceil((holdings.byId.get(id)?.until ?? 0) - now)}ms`
}

function addClient(batch: Batch, holdings: Holdings, mac: Mac, id: number, now: number): void {
  if (!isLive(holdings, id, now)) return
  const time = timeout(holdings, id, now)
  put(batch, 'client', `${mac} ${time} : ${mark(id)}`)
  const addresses = holdings.byId.get(id)?.addresses
  if (!addresses) return
  put(batch, 'binding', `${mac} ${time}`)
  for (const address of addresses) {
    put(batch, 'bound4', `${mac} . ${address} ${time} : ${mark(id)}`)
    put(batch, 'holder', `${mac} . ${address} ${time}`)
    put(batch, 'present', address)
  }
}

type Bound = { mac: Mac; id: number | undefined; addresses: string[] | undefined }

/** Who keeps an address is not lost sight of in between; who loses it may be anybody's guest the moment after. */
function removeBinding({ ensure, remove }: { ensure: Batch; remove: Batch }, { mac, id, addresses }: Bound, kept: string[] = []): void {
  if (id === undefined || !addresses) return
  put(ensure, 'binding', `${mac} ${PLACEHOLDER_TIMEOUT}`)
  put(remove, 'binding', mac)
  for (const address of addresses) {
    const key = `${mac} . ${address}`
    put(ensure, 'bound4', `${key} ${PLACEHOLDER_TIMEOUT} : ${mark(id)}`)
    put(remove, 'bound4', key)
    put(ensure, 'holder', `${key} ${PLACEHOLDER_TIMEOUT}`)
    put(remove, 'holder', key)
    if (kept.includes(address)) continue
    put(ensure, 'present', `${address} ${PLACEHOLDER_TIMEOUT}`)
    put(remove, 'present', address)
  }
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

/** In whole seconds: nft 1.0.6 takes no more than 49 days in milliseconds. */
function addBlocked(batch: Batch, { blocked }: Holdings, now: number): void {
  for (const [mac, until] of blocked) if (until > now) put(batch, 'blocked', `${mac} timeout ${Math.ceil((until - now) / 1000)}s`)
}

function put(batch: Batch, set: SetName, element: string): void {
  const list = batch.get(set)
  if (list) list.push(element)
  else batch.set(set, [element])
}

type Family = { table: string; has: (set: SetName) => boolean }

const isArp = (set: SetName): boolean => set === 'holder' || set === 'present'

function inFamilies(write: (family: Family) => string): Elements {
  return { text: write({ table: TABLE, has: (set) => !isArp(set) }), arp: write({ table: ARP_TABLE, has: isArp }) }
}

function statements(verb: 'add' | 'delete', batch: Batch, { table, has }: Family): string {
  // Two devices may have had the same address, and no element can be deleted twice.
  return [...batch]
    .filter(([set]) => has(set))
    .map(([set, elements]) => `${verb} element ${table} ${set} { ${[...new Set(elements)].join(', ')} }\n`)
    .join('')
}
