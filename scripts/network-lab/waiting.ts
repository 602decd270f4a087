/** Waiting for something to be so: by looking, with an end. */
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

export async function untilLogged(file: string, words: string): Promise<void> {
  const read = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  await until(`"${words}" in ${file}`, () => read().includes(words), { detail: read })
}

/** Somebody has bound this UDP port (dnsmasq says nothing when it is ready). */
export async function untilPortOpen(plan: LabPlan, place: Place, port: number): Promise<void> {
  await until(`a process on UDP port ${port} in ${place}`, async () => {
    const bound = await mustExec(inside(plan, place, ['ss', '-Huln', 'sport', '=', `:${port}`]))
    return bound.trim() !== ''
  })
}
