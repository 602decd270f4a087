/** What must hold before anything is started; each refusal says what to do. */
import { createServer } from 'node:net'
import { existsSync, readFileSync } from 'node:fs'

/** A refusal a person can act on: printed as one line, without a stack. */
export class CannotStart extends Error {}

export async function portIsFree(port: number, host: string): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

export async function requirePorts(ports: { port: number; host: string; use: string }[]): Promise<void> {
  for (const { port, host, use } of ports) {
    if (!(await portIsFree(port, host))) {
      throw new CannotStart(
        `Port ${port} (${use}) on ${host} is taken by another program. Stop it, or start with another port: ./scripts/up --port ${port + 100}`,
      )
    }
  }
}

/** @throws CannotStart when an earlier start still runs. */
export function requireNotRunning(pidFile: string): void {
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8'))
  if (!Number.isInteger(pid) || pid <= 1 || !isOurs(pid)) return
  throw new CannotStart(`It is running already (process ${pid}). Stop that one with Ctrl-C in its terminal, or: kill ${pid}`)
}

/** The pid may have been given to another program since; only a start of ours counts. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('scripts/start/up.ts')
  } catch {
    return false
  }
}
