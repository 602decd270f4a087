/** Runs a program with the recorder preloaded. Needs gcc; the recorder is built once and kept in .cache. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { readRecording, type Step } from './recording.ts'

const SOURCE = join(import.meta.dirname, 'recorder.c')
const CACHE = process.env.BROADBAND_CITY_CACHE ?? join(import.meta.dirname, '../../../.cache')

/** @returns the library's path. @throws with one line when there is no compiler. */
function builtRecorder(): string {
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 12)
  const library = join(CACHE, `recorder-${hash}.so`)
  if (existsSync(library)) return library
  mkdirSync(CACHE, { recursive: true })
  const draft = `${library}.${process.pid}`
  try {
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-fPIC', '-shared', '-o', draft, SOURCE, '-ldl', '-lpthread'], { stdio: 'pipe' })
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer }
    throw new Error(`the write recorder could not be built with gcc (apt-get install gcc libc6-dev): ${stderr?.toString().trim() ?? ''}`, {
      cause: error,
    })
  }
  renameSync(draft, library)
  return library
}

/** @param outside an empty folder for the program's own folder and the trace. */
export async function record(program: string, argument: { folder: string } & Record<string, unknown>, outside: string): Promise<Step[]> {
  const trace = join(outside, 'trace')
  mkdirSync(argument.folder, { recursive: true })
  const child = spawn(process.execPath, [program, JSON.stringify(argument)], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, LD_PRELOAD: builtRecorder(), FAULT_FOLDER: argument.folder, FAULT_TRACE: trace, UV_USE_IO_URING: '0' },
  })
  const [said, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number | null, string | null]>])
  if (code !== 0) throw new Error(`${program} ended with ${code ?? signal}:\n${said.slice(-2_000)}`)
  const steps = readRecording(readFileSync(trace))
  if (!steps.some(({ is }) => is === 'sync')) throw new Error('the recorder saw no file being forced to disk: it was not loaded')
  return steps
}
