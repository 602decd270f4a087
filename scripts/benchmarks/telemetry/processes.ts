/** Programs that a measurement starts: ready by a line they print, watched for the processor time they use, ended by their id. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'

export type Program = { child: ChildProcess; lines: Interface; log(): string; end(signal?: NodeJS.Signals): Promise<void> }

const LOG_CHARACTERS = 20_000
/** /proc counts processor time in hundredths of a second on every Linux that Node runs on. */
const TICKS_A_SECOND = 100

export function startProgram(
  command: string,
  argv: readonly string[],
  options: { env?: Record<string, string>; tellErrors?: boolean; uid?: number; gid?: number; cwd?: string } = {},
): Program {
  const { env, tellErrors, ...rest } = options
  const child = spawn(command, argv, { ...rest, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-LOG_CHARACTERS)
    if (tellErrors) process.stderr.write(chunk)
  })
  return {
    child,
    lines: createInterface({ input: child.stdout }),
    log: () => log,
    async end(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

/** The next line of JSON that it prints. @throws when it ends first, with what it said on standard error. */
export async function nextAnswer<T>(program: Program, what: string): Promise<T> {
  const { child, lines } = program
  return await new Promise<T>((resolve, reject) => {
    const onLine = (line: string) => {
      if (!line.startsWith('{')) return
      done()
      resolve(JSON.parse(line) as T)
    }
    const onExit = (code: number | null) => {
      done()
      reject(new Error(`${what} ended with ${code}: ${program.log()}`))
    }
    const done = () => {
      lines.off('line', onLine)
      child.off('exit', onExit)
    }
    lines.on('line', onLine)
    child.once('exit', onExit)
  })
}

/** Processor seconds that a process has used, user and system. */
export function cpuSecondsOf(pid: number): number {
  // After the name in parentheses, which may hold anything: fields 14 and 15 of proc(5).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

/** The most memory it ever had, megabytes. */
export function peakMegabytesOf(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return line ? Number(line[1]) / 1_024 : 0
}
