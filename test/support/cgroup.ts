/** A bound on the memory of what a test starts, as systemd sets one for the box's services. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Version 1 of the kernel's control groups has a tree of its own for memory; version 2 has one tree for all. */
const TREES = [
  { tree: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', peak: 'memory.max_usage_in_bytes', kills: 'memory.oom_control' },
  { tree: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak', kills: 'memory.events' },
]

export type MemoryBound = {
  /** What is started meanwhile lives, and stays, within the bound. */
  within<T>(work: () => Promise<T>): Promise<T>
  /** Octets at the highest, files' pages in memory included. */
  peak(): number
  /** Processes the kernel has ended because they did not fit. */
  kills(): number
}

/** @returns undefined where this machine lets nobody bound memory. */
export function boundMemory(t: TestContext, octets: number): MemoryBound | undefined {
  const found = TREES.find(({ tree, limit }) => existsSync(join(tree, limit)) || existsSync(join(tree, 'memory.stat')))
  if (!found) return undefined
  const folder = join(found.tree, `broadband-city-${process.pid}`)
  const home = join(found.tree, ownGroup(found.tree))
  try {
    mkdirSync(folder)
    writeFileSync(join(folder, found.limit), String(octets))
  } catch {
    return undefined
  }
  const move = (group: string): void => writeFileSync(join(group, 'cgroup.procs'), String(process.pid))
  t.after(() => rmdirSync(folder))
  return {
    async within(work) {
      move(folder)
      try {
        return await work()
      } finally {
        move(home)
      }
    },
    peak: () => Number(readFileSync(join(folder, found.peak), 'utf8')),
    kills: () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(folder, found.kills), 'utf8'))?.[1]),
  }
}

function ownGroup(tree: string): string {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n')
  const own = lines.find((line) => (tree.endsWith('memory') ? line.split(':')[1] === 'memory' : line.startsWith('0::')))
  return own?.split(':')[2] ?? '/'
}
