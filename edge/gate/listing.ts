/** Reading what nft, ip and the kernel print. Pure: text in, facts out; anything unexpected throws. */
import { isIP, isIPv6 } from 'node:net'
import { AUTHORISED } from './ruleset.ts'
import type { GardenAddress } from './elements.ts'
import type { Admission, ClientCounter, Mac, Stranger } from './port.ts'

type Item = { set?: Listed; map?: Listed }
type Listed = { name: string; elem?: unknown[] }

/** An element with a timeout, or one that somebody put there by hand without. */
type Element<Key> = { elem: { val: Key; expires?: number } } | Key
type Pair = { concat: [string, string] }

/** Several `nft -j list` commands print one JSON document per line. */
function listed(text: string): Listed[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => (JSON.parse(line) as { nftables: Item[] }).nftables)
    .flatMap((item) => item.set ?? item.map ?? [])
}

export function parseCounters(text: string): ClientCounter[] {
  const byId = new Map<number, ClientCounter>()
  for (const { name, elem } of listed(text)) {
    for (const element of elem ?? []) {
      const { val, counter } = (element as { elem: { val: number; counter: { bytes: number } } }).elem
      const clientId = val & ~AUTHORISED
      const row = byId.get(clientId) ?? { clientId, upOctets: 0, downOctets: 0 }
      if (name === 'up') row.upOctets = counter.bytes
      if (name === 'down') row.downOctets = counter.bytes
      byId.set(clientId, row)
    }
  }
  return [...byId.values()]
}

const elementsOf = <E>(text: string, set: string): E[] =>
  listed(text)
    .filter(({ name }) => name === set)
    .flatMap(({ elem }) => (elem ?? []) as E[])

/** @returns Infinity seconds for what never ends. */
function timed<Key extends string | number | Pair>(element: Element<Key>): { key: Key; seconds: number } {
  if (typeof element !== 'object' || !('elem' in element)) return { key: element, seconds: Infinity }
  return { key: element.elem.val, seconds: element.elem.expires ?? Infinity }
}

/** Nothing that is just ending: nft tells whole seconds, rounded down. */
const lasting = ({ seconds }: { seconds: number }): boolean => seconds > 0

const pairsOf = (text: string, set: string): Stranger[] =>
  elementsOf<Element<Pair>>(text, set).map((element) => {
    const [mac, address] = timed(element).key.concat
    return { mac, address }
  })

/** @returns who is admitted, with the seconds the kernel would still have kept the gate open. */
export function parseClients(text: string): Admission[] {
  const bound = new Map<Mac, string[]>(parseBinding(text).map((mac) => [mac, []]))
  for (const { mac, address } of parseBound(text)) bound.set(mac, [...(bound.get(mac) ?? []), address])
  return elementsOf<[Element<string>, number]>(text, 'client')
    .map(([element, mark]) => {
      const { key: mac, seconds } = timed(element)
      const addresses = bound.get(mac)
      return { mac, clientId: mark & ~AUTHORISED, seconds, ...(addresses && { addresses }) }
    })
    .filter(lasting)
}

/** The IPv4 addresses admitted devices may send from, and as whom. */
export function parseBound(text: string): (Stranger & { clientId: number })[] {
  return elementsOf<[Element<Pair>, number]>(text, 'bound4').map(([element, mark]) => {
    const [mac, address] = timed(element).key.concat
    return { mac, address, clientId: mark & ~AUTHORISED }
  })
}

export function parseBlocked(text: string): { mac: Mac; seconds: number }[] {
  return elementsOf<Element<string>>(text, 'blocked')
    .map(timed)
    .filter(lasting)
    .map(({ key, seconds }) => ({ mac: key, seconds }))
}

export const parseStrangers = (text: string): Stranger[] => pairsOf(text, 'strangers')

export function parseGarden(text: string): GardenAddress[] {
  return (['garden4', 'garden6'] as const).flatMap((set) =>
    elementsOf<Element<string>>(text, set)
      .map(timed)
      .filter(lasting)
      .map(({ key, seconds }) => ({ set, address: key, seconds })),
  )
}

/** Whose marks stand in `live`. */
export const parseLive = (text: string): number[] =>
  elementsOf<Element<number>>(text, 'live').map((element) => timed(element).key & ~AUTHORISED)

/** Whose IPv4 addresses are bound. */
export const parseBinding = (text: string): Mac[] => elementsOf<Element<string>>(text, 'binding').map((element) => timed(element).key)

/** Each device with each IPv4 address that nobody else may claim. */
export const parseHolders = (text: string): Stranger[] => pairsOf(text, 'holder')

/** A LAN has a few addresses; each is a rule or two. */
const OWN_ADDRESSES_MAX = 16

/** Output of `ip -j address show dev …`. @returns always in the same order. */
export function parseOwnAddresses(text: string): string[] {
  const rows = JSON.parse(text === '' ? '[]' : text) as { addr_info?: { local?: string }[] }[]
  const addresses = rows.flatMap(({ addr_info }) => (addr_info ?? []).flatMap(({ local }) => local ?? []))
  return [...new Set(addresses)]
    .filter((address) => isIP(address) !== 0)
    .toSorted()
    .slice(0, OWN_ADDRESSES_MAX)
}

/** Reachability states in which the kernel still vouches for the link-layer address. */
const KNOWN_STATES = new Set(['REACHABLE', 'STALE', 'DELAY', 'PROBE', 'PERMANENT'])

/** Output of `ip -j neigh show`. */
export function parseNeighbours(text: string): Map<string, Mac> {
  const rows = JSON.parse(text === '' ? '[]' : text) as { dst?: string; lladdr?: string; state?: string[] }[]
  return new Map(
    rows.flatMap(({ dst, lladdr, state }) =>
      dst !== undefined && lladdr !== undefined && state?.some((word) => KNOWN_STATES.has(word)) ? [[dst, lladdr]] : [],
    ),
  )
}

/** @param device only neighbours seen there; all when undefined. */
export function findInArpTable(table: string, address: string, device?: string): Mac | undefined {
  for (const line of table.split('\n').slice(1)) {
    const [ip, , flags, mac, , seenOn] = line.trim().split(/\s+/)
    // 0x2 = the entry is complete; an unfinished one shows zeros instead of the device.
    if (ip === address && (Number(flags) & 2) !== 0 && (device === undefined || seenOn === device)) return mac
  }
  return undefined
}

/** One spelling per address, the kernel's (RFC 5952): no zone, no IPv4 in IPv6 clothes. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase()
  if (/^::ffff:\d+\.\d+\.\d+\.\d+$/.test(bare)) return bare.slice('::ffff:'.length)
  return isIPv6(bare) ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare
}
