/** CPU time of a group of processes and all they start, to the nanosecond: the kernel counts it per control group. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const VERSION_1 = '/sys/fs/cgroup/cpuacct'
const VERSION_2 = '/sys/fs/cgroup'

export type CpuMeter = {
  /** This process and all it starts from then on. */
  join(pid: number): void
  pids(): number[]
  /** Milliseconds since the beginning. */
  milliseconds(): number
  close(): void
}

/** @throws where control groups cannot be made: the figures would be guesses. */
export function cpuMeter(name: string): CpuMeter {
  const first = existsSync(join(VERSION_1, 'cpuacct.usage'))
  const folder = join(first ? VERSION_1 : VERSION_2, `broadband-city-bench-${process.pid}-${name}`)
  mkdirSync(folder)
  const members = join(folder, 'cgroup.procs')
  return {
    join: (pid) => writeFileSync(members, String(pid)),
    pids: () => readFileSync(members, 'utf8').trim().split('\n').filter(Boolean).map(Number),
    milliseconds() {
      if (first) return Number(readFileSync(join(folder, 'cpuacct.usage'), 'utf8')) / 1e6
      return Number(/^usage_usec (\d+)/m.exec(readFileSync(join(folder, 'cpu.stat'), 'utf8'))?.[1]) / 1e3
    },
    close() {
      try {
        rmdirSync(folder)
      } catch {
        // Somebody in it is still ending; an empty folder in memory is all that stays.
      }
    },
  }
}
