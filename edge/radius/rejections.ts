/**
 * Why people were refused, for whoever helps them: the last few, in memory only. No password, no name and no address: a
 * device by its pseudonym, an account by its own.
 */
import { readOctets } from './attributes.ts'
import type { Rejection } from './authorize.ts'
import type { Client } from './clients.ts'
import { stationMac } from './mac.ts'
import type { Packet } from './packet.ts'

/** An evening's complaints at one hotspot. */
const KEPT_MAX = 200

export type KeptRejection = {
  /** Counts up from 1 for as long as the program runs. */
  seq: number
  /** Unix milliseconds. */
  at: number
  /** The access point, as the client table calls it. */
  client: string
  reason: Rejection
  /** Sixteen hex digits; absent when the access point named none. */
  device?: string
  /** Sixteen hex digits that stand for the name tried, real or not. */
  account?: string
}

export type Rejections = {
  add(packet: Packet, client: Client, reason: Rejection): void
  /** The newest first. */
  list(): KeptRejection[]
}

type Options = { now: () => number; pseudonym: (mac: string) => string; accountName: (account: string) => string }

export function rejectionLog({ now, pseudonym, accountName }: Options): Rejections {
  const kept: { seq: number; at: number; client: string; reason: Rejection; mac: string | undefined; name: string | undefined }[] = []
  let seq = 0
  return {
    add(packet, client, reason) {
      if (kept.length >= KEPT_MAX) kept.shift()
      const name = readOctets(packet, 'User-Name')
      seq += 1
      const at = now()
      kept.push({ seq, at, client: client.name, reason, mac: stationMac(packet), name: name && `user:${name.toString('latin1')}` })
    },
    // Pseudonyms are made when somebody looks: a flood of refusals must not cost a digest each.
    list: () =>
      kept.toReversed().map(({ seq: number, at, client, reason, mac, name }) => ({
        seq: number,
        at,
        client,
        reason,
        ...(mac !== undefined && { device: pseudonym(mac) }),
        ...(name !== undefined && { account: accountName(name) }),
      })),
  }
}
