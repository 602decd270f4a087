/** The measuring side of visitors.ts. */
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Lab } from '#scripts/network-lab/lab.ts'
import type { PORTALS } from './portals.ts'
import type { Done, Job } from './visitors.ts'

export type Visitors = { run(step: Job['do'], addresses: string[], inFlight: number): Promise<Done>; close(): void }

export function startVisitors(lab: Lab, portal: keyof typeof PORTALS, watchMs = 0): Visitors {
  const argv = [process.execPath, join(import.meta.dirname, 'visitors.ts'), portal, lab.addresses.internet.v4, String(watchMs)]
  const child = lab.spawn('phone1', argv)
  child.stderr?.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout! })
  return {
    async run(step, addresses, inFlight) {
      child.stdin?.write(`${JSON.stringify({ do: step, addresses, inFlight } satisfies Job)}\n`)
      const [line] = (await once(lines, 'line')) as [string]
      return JSON.parse(line) as Done
    },
    close: () => void child.stdin?.end(),
  }
}
