/**
 * Every MQTT topic a hotspot box speaks. Topic strings exist nowhere else.
 *
 * `bc/v1/{shard}/{node}/{leaf}`. The shard lets several ingest workers each own a fixed part of the fleet,
 * so that one node always has one writer ($share was measured to reorder and lose).
 */
import { createHash } from 'node:crypto'

/** Node names are also MQTT client ids, user names and certificate names, hence the narrow alphabet. */
export const NODE_NAME_PATTERN = '^[a-z0-9][a-z0-9-]{1,31}$'
const nodeName = new RegExp(NODE_NAME_PATTERN)

export const SHARDS = 16

/** What a box may publish. */
export const UP_LEAVES = ['t', 'e', 's', 'hello', 'r'] as const
/** What a box may subscribe to. */
export const DOWN_LEAVES = ['ack', 'd', 'a', 'm', 'x', 'v', 'c'] as const

/** t: telemetry batches · e: event batches (complaints, sessions, receipts) · s: live status (retained, last will) · hello · r: reported settings */
export type UpLeaf = (typeof UP_LEAVES)[number]
/** ack: what central has committed · d: desired settings (desired.ts) · a: RADIUS accounts (radius-accounts.ts) · m: content manifest (retained) · x: messages to keep (ticket statuses) · v: visits at neighbouring boxes · c: commands */
export type DownLeaf = (typeof DOWN_LEAVES)[number]

export function shardOf(node: string): string {
  const first = createHash('sha256').update(node).digest()[0] ?? 0
  return (first % SHARDS).toString(16)
}

export const nodeTopic = (node: string, leaf: UpLeaf | DownLeaf): string => `bc/v1/${shardOf(node)}/${node}/${leaf}`

/** For a broker's access list, which knows a box by its name only and cannot compute the shard; ingest checks the shard again. */
export const anyShardTopic = (node: string, leaf: UpLeaf | DownLeaf): string => `bc/v1/+/${node}/${leaf}`

/** The filter central's ingest subscribes to, for one leaf and every node (or one shard's nodes). */
export const fleetFilter = (leaf: UpLeaf, shard: string = '+'): string => `bc/v1/${shard}/+/${leaf}`

export type ParsedTopic = { node: string; leaf: UpLeaf | DownLeaf }

/** Undefined for anything that is not exactly one of our topics, a wrong shard included. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  const [prefix, version, shard, node, leaf, ...rest] = topic.split('/')
  if (prefix !== 'bc' || version !== 'v1' || rest.length > 0 || node === undefined || leaf === undefined) return undefined
  if (!nodeName.test(node) || shard !== shardOf(node)) return undefined
  if (!(UP_LEAVES as readonly string[]).includes(leaf) && !(DOWN_LEAVES as readonly string[]).includes(leaf)) return undefined
  return { node, leaf: leaf as UpLeaf | DownLeaf }
}

export const mayPublish = (node: string, topic: string): boolean => {
  const parsed = parseTopic(topic)
  return parsed?.node === node && (UP_LEAVES as readonly string[]).includes(parsed.leaf)
}

export const maySubscribe = (node: string, filter: string): boolean => {
  const parsed = parseTopic(filter)
  return parsed?.node === node && (DOWN_LEAVES as readonly string[]).includes(parsed.leaf)
}
