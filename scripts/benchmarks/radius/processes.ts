/** The contenders and the generator as processes of their own, servers on the first core and the generator on the last. */
import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Ports } from './facts.ts'
import type { Load, Measured } from './generator.ts'

export const SERVER_CORE = 0
export const GENERATOR_CORE = availableParallelism() - 1

/** Linux counts process time in hundredths of a second (USER_HZ). */
const TICK_MICROSECONDS = 10_000

export type Server = {
  name: string
  ports: Ports
  pid: number
  kill(): Promise<void>
}

/** Every thread of it, those to come included. */
export function pin(pid: number, core: number): void {
  const { status } = spawnSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' })
  if (status !== 0) throw new Error(`process ${pid} could not be pinned to core ${core} (taskset of Debian package util-linux)`)
}

/** User and system time of the whole process: fields 14 and 15 of proc(5) stat; the name in brackets before them may hold spaces. */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS
}

export async function startNodeServer(contender: 'ours' | 'npm', stateDir: string): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'node-server.ts'), [contender, stateDir], { execArgv: ['--no-deprecation'] })
  const ports = await answerOf<Ports>(child, `the ${contender} RADIUS server`)
  pin(child.pid!, SERVER_CORE)
  return { name: contender, ports, pid: child.pid!, kill: () => killed(child) }
}

export type Generator = { run(load: Load): Promise<Measured>; kill(): Promise<void> }

export function startGenerator(): Generator {
  const child = fork(join(import.meta.dirname, 'generator.ts'))
  pin(child.pid!, GENERATOR_CORE)
  return {
    run(load) {
      const answer = answerOf<Measured>(child, 'the generator')
      child.send(load)
      return answer
    },
    kill: () => killed(child),
  }
}

function answerOf<T>(child: ChildProcess, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`${what} ended`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as T)
    })
  })
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
