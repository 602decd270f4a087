/** Reading what nft, ip and the kernel print. Pure: text in, facts out; anything unexpected throws. */
import { isIPv6 } from 'node:net'
import { AUTHORISED } from './ruleset.ts'
import type { GardenAddress } from './elements.ts'
import type { Admission, ClientCounter, Mac, Stranger } from './port.ts'

type Item = { set?: Listed; map?: Listed }
type Listed = { name: string; elem?: unknown[] }

/** An element with a timeout, of a set with one key or with two. */
type Timed<Key> = { elem: { val: Key; expires: number } }
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

const elementsOf = <Element>(text: string, set: string): Element[] =>
  listed(text)
    .filter(({ name }) => name === set)
    .flatMap(({ elem }) => (elem ?? []) as Element[])

/** @returns who is admitted, with the seconds the kernel would still have kept the gate open (whole seconds, rounded down). */
export function parseClients(text: string): (Admission & { addresses?: string[] })[] {
  const bound = new Map<Mac, string[]>(parseBinding(text).map((mac) => [mac, []]))
  for (const { elem } of elementsOf<Timed<Pair>>(text, 'bound4')) {
    const [mac, address] = elem.val.concat
    bound.set(mac, [...(bound.get(mac) ?? []), address])
  }
  return elementsOf<[Timed<string>, number]>(text, 'client')
    .map(([{ elem }, mark]) => {
      const addresses = bound.get(elem.val)
      return { mac: elem.val, clientId: mark & ~AUTHORISED, seconds: elem.expires, ...(addresses && { addresses }) }
    })
    .filter(({ seconds }) => seconds > 0)
}

export function parseBlocked(text: string): { mac: Mac; seconds: number }[] {
  return elementsOf<Timed<string>>(text, 'blocked')
    .map(({ elem }) => ({ mac: elem.val, seconds: elem.expires }))
    .filter(({ seconds }) => seconds > 0)
}

export function parseStrangers(text: string): Stranger[] {
  return elementsOf<Timed<Pair>>(text, 'strangers').map(({ elem }) => {
    const [mac, address] = elem.val.concat
    return { mac, address }
  })
}

export function parseGarden(text: string): GardenAddress[] {
  return (['garden4', 'garden6'] as const)
    .flatMap((set) => elementsOf<Timed<string>>(text, set).map(({ elem }) => ({ set, address: elem.val, seconds: elem.expires })))
    .filter(({ seconds }) => seconds > 0)
}

/** Whose marks stand in `live`. */
export function parseLive(text: string): number[] {
  return elementsOf<Timed<number>>(text, 'live').map(({ elem }) => elem.val & ~AUTHORISED)
}

/** Whose IPv4 addresses are bound. */
export function parseBinding(text: string): Mac[] {
  return elementsOf<Timed<string>>(text, 'binding').map(({ elem }) => elem.val)
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
