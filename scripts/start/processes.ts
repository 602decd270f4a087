/** The start's child processes: begun in order, started again when they die, ended in reverse, never outliving it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { CannotStart } from './preflight.ts'

const READY_WITHIN_MS = 60_000
/** Central drains its queues within this; a child that takes longer is ended hard. */
const STOP_WITHIN_MS = 8_000
/** As a service manager would: soon, but not in a tight circle. */
const AGAIN_AFTER_MS = 2_000
/** A process that dies this often without having lived for a minute will not get better by itself. */
const QUICK_DEATHS_MAX = 5
const LIVED_MS = 60_000

type Options = { env?: NodeJS.ProcessEnv; cwd?: string }
type Part = { name: string; make: () => ChildProcess; child: ChildProcess; log: WriteStream; quickDeaths: number }

export function processes(logDir: string, say: (line: string) => void) {
  mkdirSync(logDir, { recursive: true })
  const parts: Part[] = []
  let stopping = false
  let giveUp: (name: string) => void = () => undefined

  /** Puts a dead part back; what it had on disk is all it needs. */
  async function again(part: Part, livedMs: number, how: string): Promise<void> {
    part.quickDeaths = livedMs > LIVED_MS ? 0 : part.quickDeaths + 1
    if (part.quickDeaths > QUICK_DEATHS_MAX) return giveUp(part.name)
    say(`${part.name} ended (${how}); starting it again`)
    await wait(AGAIN_AFTER_MS)
    if (stopping) return
    part.child = part.make()
    watch(part)
    await ready(part, logDir).then(
      () => say(`${part.name} is back`),
      () => undefined,
    )
  }

  function watch(part: Part): void {
    const begun = performance.now()
    part.child.once('exit', (code, signal) => {
      if (!stopping) void again(part, performance.now() - begun, signal ?? `code ${code}`)
    })
  }

  const running = {
    /** Called with the name of a part that keeps dying. */
    onGivingUp(listener: (name: string) => void) {
      giveUp = listener
    },

    /** Starts `argv` and waits for its line `{"ready":true,…}` on stdout; the rest of its output goes to the log. */
    start: (name: string, argv: readonly string[], options: Options = {}): Promise<void> =>
      running.adopt(name, () => spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options })),

    /** The same for a process that somebody else knows how to make. @throws CannotStart when it does not get ready. */
    async adopt(name: string, make: () => ChildProcess): Promise<void> {
      const log = createWriteStream(join(logDir, `${name}.log`), { flags: 'a' })
      const part: Part = { name, make, child: make(), log, quickDeaths: 0 }
      parts.push(part)
      await ready(part, logDir)
      watch(part)
    },

    async stop(): Promise<void> {
      stopping = true
      for (const { child } of parts.toReversed()) await end(child)
    },
  }
  return running
}

/** Resolves at the child's ready line. @throws CannotStart with its last words. */
function ready({ name, child, log }: Part, logDir: string): Promise<void> {
  child.stderr?.pipe(log, { end: false })
  const lastLines: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => {
    lastLines.push(...chunk.toString().split('\n').filter(Boolean))
    lastLines.splice(0, Math.max(0, lastLines.length - 3))
  })
  const file = join(logDir, `${name}.log`)
  return new Promise((resolve, reject) => {
    const fail = (words: string) => {
      clearTimeout(late)
      reject(new CannotStart(words))
    }
    const late = setTimeout(
      () => fail(`${name} did not become ready within ${READY_WITHIN_MS / 1000} s. Its log: ${file}`),
      READY_WITHIN_MS,
    )
    createInterface({ input: child.stdout! }).on('line', (line) => {
      log.write(`${line}\n`)
      if (!line.startsWith('{"ready":true')) return
      clearTimeout(late)
      resolve()
    })
    child.once('error', (error) => fail(`${name} could not be started: ${error.message}`))
    child.once('exit', (code) => fail(`${name} stopped while starting (code ${code}): ${lastLines.join(' · ') || `see ${file}`}`))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  await gone
  clearTimeout(hard)
}
