/** Reading what nft, ip and the kernel print. Pure: text in, facts out; anything unexpected throws. */
import { isIPv6 } from 'node:net'
import { AUTHORISED } from './ruleset.ts'
import type { ClientCounter, Mac } from './port.ts'

type Item = { set?: Listed; map?: Listed }
type Listed = { name: string; elem?: unknown[] }

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

/** @returns who is admitted, with the seconds the kernel would still have kept the gate open (whole seconds, rounded down). */
export function parseClients(text: string): { mac: Mac; clientId: number; seconds: number }[] {
  return listed(text)
    .filter(({ name }) => name === 'client')
    .flatMap(({ elem }) => elem ?? [])
    .map((pair) => {
      const [{ elem }, mark] = pair as [{ elem: { val: string; expires: number } }, number]
      return { mac: elem.val, clientId: mark & ~AUTHORISED, seconds: elem.expires }
    })
    .filter(({ seconds }) => seconds > 0)
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
