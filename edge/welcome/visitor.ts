import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type { Gate, Mac } from '../gate/port.ts'
import type { Asker } from '../sessions/port.ts'

/** An IPv4 client of a dual-stack socket appears as ::ffff:a.b.c.d; a zone (%br0) is the box's own business. */
export function plainAddress(address: string | undefined): string {
  const bare = (address ?? '').split('%', 1)[0]!.toLowerCase()
  return bare.startsWith('::ffff:') && isIP(bare.slice(7)) === 4 ? bare.slice(7) : bare
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/**
 * The device behind a connection. Only the socket's own address counts: headers that name another one are words of a stranger.
 * Without a firewall there is no neighbour table worth the name, the box itself has none for loopback, and a gate that is
 * down answers nothing: there the address stands for the device, so that pages and complaints go on working.
 */
export async function deviceBehind(gate: Gate, socketAddress: string | undefined): Promise<Asker | undefined> {
  const address = plainAddress(socketAddress)
  if (isIP(address) === 0) return undefined
  if (isLoopback(address)) return { mac: standInMac(address), address }
  const known = await gate.whoHas(address).catch(() => undefined)
  if (known !== undefined) return { mac: known, address }
  return gate.state() === 'enforcing' ? undefined : { mac: standInMac(address), address }
}

/** Locally administered (second hex digit 2), so that it can never be a real card's. */
function standInMac(address: string): Mac {
  const digest = createHash('sha256').update(address).digest()
  return ['02', ...[...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}
