/** Parts of the topic space, as people and processes name them. Pure. */
import { SHARDS } from '#edge/wire/topics.ts'

/** Hexadecimal digits, as in a topic. */
export const ALL_SHARDS: readonly string[] = Array.from({ length: SHARDS }, (_, i) => i.toString(16))

/** `0-7`, `0,3,a-f`: in order, each once. Undefined when it cannot be read. */
export function readShards(text: string): readonly string[] | undefined {
  const taken = new Set<number>()
  for (const part of text.toLowerCase().split(',')) {
    const found = /^\s*([0-9a-f])(?:-([0-9a-f]))?\s*$/.exec(part)
    if (!found) return undefined
    const from = Number.parseInt(found[1]!, 16)
    const to = Number.parseInt(found[2] ?? found[1]!, 16)
    if (to < from) return undefined
    for (let shard = from; shard <= to; shard++) taken.add(shard)
  }
  return ALL_SHARDS.filter((_, i) => taken.has(i))
}

/** The shortest way to say them: `0-7`, `0,3,a-f`. */
export function shardWords(shards: readonly string[]): string {
  const runs: number[][] = []
  for (const shard of shards.map((each) => Number.parseInt(each, 16))) {
    const run = runs.at(-1)
    if (run && run.at(-1) === shard - 1) run.push(shard)
    else runs.push([shard])
  }
  const hex = (n: number) => n.toString(16)
  return runs.map((run) => (run.length === 1 ? hex(run[0]!) : `${hex(run[0]!)}-${hex(run.at(-1)!)}`)).join(',')
}
