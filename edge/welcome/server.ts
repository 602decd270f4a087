import type { AddressInfo } from 'node:net'
import { buildWelcome, type WelcomeDeps } from './app.ts'

/** A phone that is still fetching the clip may finish; then the box stops for real. */
const CLOSE_MILLISECONDS = 3_000

/** Listens on the address and port of the configuration (0 = any free port). @throws when it is taken. */
export async function startWelcome(deps: WelcomeDeps): Promise<{ port: number; close(): Promise<void> }> {
  const app = await buildWelcome(deps)
  const { host, port } = deps.config.welcome
  await app.listen({ host, port })
  const bound = app.server.address() as AddressInfo
  return {
    port: bound.port,
    async close() {
      const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_MILLISECONDS)
      try {
        await app.close()
      } finally {
        clearTimeout(cut)
      }
    },
  }
}
