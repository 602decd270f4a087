/** Real processes for stories about the road: each ended by its own pid, none left behind. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'

/** What a program said last when it went wrong. */
const STDERR_CHUNKS_MAX = 200
/** Compiled once for all the lives of a program: without it most of a life goes by in stripping types. */
const COMPILE_CACHE = join(tmpdir(), 'broadband-city-test-programs')

export type Running = { process: ChildProcess; firstLine: string; lines: AsyncIterator<string>; errors: readonly string[] }

/** Starts one of our own programs; resolves with its first line. */
export async function startProgram(
  name: 'central-process' | 'box-process',
  setup: unknown,
  waitForLine: boolean,
  environment: Record<string, string> = {},
): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`), JSON.stringify(setup)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
  })
  const errors = lastWords(child.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  if (!waitForLine) return { process: child, firstLine: '', lines, errors }
  const first = await lines.next()
  if (first.done) throw new Error(`${name} ended before it was ready:\n${errors.join('').slice(-2_000)}`)
  return { process: child, firstLine: first.value, lines, errors }
}

/**
 * Debian's Mosquitto on loopback, keeping nothing on disk: what it forgets when killed is part of the story.
 * @param words gets what it says of every packet, for a story that must tell afterwards what went by.
 */
export async function startMosquitto(folder: string, port: number, words?: string[]): Promise<ChildProcess> {
  const file = join(folder, 'mosquitto.conf')
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmessage_size_limit 262144\n`)
  const child = spawn('mosquitto', ['-c', file, ...(words ? ['-v'] : [])], { stdio: ['ignore', 'ignore', words ? 'pipe' : 'ignore'] })
  if (child.stderr) lastWords(child.stderr, words)
  await reachable(port)
  if (child.exitCode !== null) throw new Error(`Mosquitto ended at once (${child.exitCode}): somebody else is on port ${port}`)
  return child
}

function lastWords(stream: Readable, words: string[] = []): string[] {
  stream.on('data', (chunk: Buffer) => {
    words.push(chunk.toString())
    if (words.length > STDERR_CHUNKS_MAX) words.shift()
  })
  return words
}

export async function reachable(port: number, withinMilliseconds = 10_000): Promise<void> {
  const until = performance.now() + withinMilliseconds
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch (error) {
      if (performance.now() > until) throw error
      await setTimeout(20)
    } finally {
      socket.destroy()
    }
  }
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
