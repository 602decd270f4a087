/** The start's child processes: begun in order, ended in reverse, never outliving it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CannotStart } from './preflight.ts'

const READY_WITHIN_MS = 60_000
/** Central drains its queues within this; a child that takes longer is ended hard. */
const STOP_WITHIN_MS = 8_000

export type Running = { name: string; pid: number; ready: Record<string, unknown> }

export function processes(logDir: string) {
  mkdirSync(logDir, { recursive: true })
  const children: { name: string; child: ChildProcess }[] = []
  let stopping = false
  let onLoss: (name: string, code: number | null) => void = () => undefined

  const running = {
    /** Called when a child ends that nobody asked to end. */
    onUnexpectedEnd(listener: (name: string, code: number | null) => void) {
      onLoss = listener
    },

    /** Starts `argv`, waits for its line `{"ready":true,…}` on stdout; the rest of its output goes to the log. */
    async start(
      name: string,
      argv: readonly string[],
      options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number; cwd?: string } = {},
    ): Promise<Running> {
      return running.adopt(name, spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options }))
    },

    async adopt(name: string, child: ChildProcess): Promise<Running> {
      const log = createWriteStream(join(logDir, `${name}.log`), { flags: 'a' })
      child.stderr?.pipe(log, { end: false })
      const lastLines: string[] = []
      child.stderr?.on('data', (chunk: Buffer) => {
        lastLines.push(...chunk.toString().split('\n').filter(Boolean))
        lastLines.splice(0, Math.max(0, lastLines.length - 3))
      })
      children.push({ name, child })
      const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
        const late = setTimeout(
          () =>
            reject(
              new CannotStart(`${name} did not become ready within ${READY_WITHIN_MS / 1000} s. Its log: ${join(logDir, `${name}.log`)}`),
            ),
          READY_WITHIN_MS,
        )
        const lines = createInterface({ input: child.stdout! })
        lines.on('line', (line) => {
          log.write(`${line}\n`)
          const message = parseReady(line)
          if (message) {
            clearTimeout(late)
            resolve(message)
          }
        })
        child.once('error', (error) => {
          clearTimeout(late)
          reject(new CannotStart(`${name} could not be started: ${error.message}`))
        })
        child.once('exit', (code) => {
          clearTimeout(late)
          reject(
            new CannotStart(
              `${name} stopped while starting (code ${code}): ${lastLines.join(' · ') || `see ${join(logDir, `${name}.log`)}`}`,
            ),
          )
          if (!stopping) onLoss(name, code)
        })
      })
      return { name, pid: child.pid!, ready }
    },

    async stop() {
      stopping = true
      for (const { child } of children.toReversed()) await end(child)
    },
  }
  return running
}

function parseReady(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && (value as { ready?: unknown }).ready === true
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  await gone
  clearTimeout(hard)
}
