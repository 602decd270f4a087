/** What a process holds in memory, as the kernel counts it. */
import { readFileSync } from 'node:fs'

/** Megabytes. `resident` counts pages shared with other processes (the Node program itself) in full, `share` their part of it. */
export type Memory = { resident: number; share: number }

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const megabytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) / 1024
  return { resident: megabytes('Rss'), share: megabytes('Pss') }
}
