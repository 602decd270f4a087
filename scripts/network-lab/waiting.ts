/** Waiting for something to be so: by looking, with an end. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { inside, mustExec } from './namespaces.ts'
import type { LabPlan, Place } from './topology.ts'

/** Two slow cores under eight test files; a process that is not up by then is not coming. */
const START_MS_MAX = 20_000
const LOOK_AGAIN_MS = 40

/** @throws naming what never happened, with `detail()` to say what was seen instead. */
export async function until(
  what: string,
  look: () => boolean | Promise<boolean>,
  { withinMs = START_MS_MAX, everyMs = LOOK_AGAIN_MS, detail = (): string => '' } = {},
): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${withinMs / 1000} s. ${detail()}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

/** @param writer whose end before that is the end of waiting */
export async function untilLogged(file: string, words: string, writer?: ChildProcess): Promise<void> {
  const read = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  const look = (): boolean => {
    if (read().includes(words)) return true
    if (writer && (writer.exitCode !== null || writer.signalCode !== null)) throw new Error(`It ended while starting: ${read()}`)
    return false
  }
  await until(`"${words}" in ${file}`, look, { detail: read })
}

/** Somebody has bound this UDP port (dnsmasq says nothing when it is ready). */
export async function untilPortOpen(plan: LabPlan, place: Place, port: number): Promise<void> {
  await until(`a process on UDP port ${port} in ${place}`, async () => {
    const bound = await mustExec(inside(plan, place, ['ss', '-Huln', 'sport', '=', `:${port}`]))
    return bound.trim() !== ''
  })
}
