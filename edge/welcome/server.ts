import type { AddressInfo } from 'node:net'
import { buildWelcome, type WelcomeDeps } from './app.ts'
import { CAPTIVE_PATH } from './captive-api.ts'
import { watchCertificate } from './certificate-watch.ts'
import { createSecureDoor } from './https.ts'
import { PATIENCE } from './server-options.ts'
import { createSite } from './site.ts'

/** A phone that is still fetching the clip may finish; then the box stops for real. */
const CLOSE_MILLISECONDS = 3_000

export type Welcome = {
  port: number
  /** Undefined while HTTPS is shut. */
  securePort(): number | undefined
  /** Looks at the certificate's files now, out of turn. */
  lookAtCertificate(): Promise<void>
  close(): Promise<void>
}

/** Listens on the address and port of the configuration (0 = any free port). @throws when it is taken. */
export async function startWelcome(deps: WelcomeDeps): Promise<Welcome> {
  const { welcome } = deps.config
  const { host, port } = welcome
  const site = createSite(welcome)
  const app = await buildWelcome(deps, site)
  await app.listen({ host, port })
  // Such as no file descriptors left for one more phone: it is refused, the others stay.
  app.server.on('error', (error) => deps.log(`welcome: ${error.message}`))
  const bound = app.server.address() as AddressInfo

  const { tls, patience = PATIENCE } = { ...welcome, ...deps }
  deps.onCaptiveApi?.(undefined)
  const door = tls && createSecureDoor(app, { ...tls, patience, log: deps.log })
  const certificate =
    tls &&
    door &&
    (await watchCertificate({
      files: tls,
      now: deps.now,
      async use(pem) {
        await door.use(pem)
        site.secure(true)
        deps.onCaptiveApi?.(`${site.origin()}${CAPTIVE_PATH}`)
      },
      async stop() {
        site.secure(false)
        deps.onCaptiveApi?.(undefined)
        await door.shut()
      },
      notices: deps.notices,
      log: deps.log,
    }))
  return {
    port: bound.port,
    securePort: () => door?.port(),
    lookAtCertificate: async () => certificate?.look(),
    async close() {
      await certificate?.close()
      const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_MILLISECONDS)
      try {
        await Promise.all([door?.shut(), app.close()])
      } finally {
        clearTimeout(cut)
      }
    },
  }
}
