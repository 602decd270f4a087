import { randomInt } from 'node:crypto'
import { portIsFree } from '#scripts/start/preflight.ts'

/**
 * A port for a process that must come back on the same one after being killed: from below the kernel's ephemeral range,
 * so that no other program is handed it by chance in the meantime.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(20_000, 32_000)
    if (await portIsFree(port, host)) return port
  }
  throw new Error('no free port found')
}
