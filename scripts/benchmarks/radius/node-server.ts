/** One RADIUS server as a process of its own, to be measured from outside. argv: `ours` or `npm`, state folder. Tells its ports. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { RadiusServer } from 'radius-server'
import { makePasswordHash } from '#edge/radius/password.ts'
import { startRadius } from '#edge/radius/server.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { openPseudonyms } from '#edge/telemetry/pseudonym.ts'
import { freePort } from '#test/support/free-port.ts'
import { PASSWORD, SECRET, USER, type Ports } from './facts.ts'

const [, , contender, stateDir] = process.argv
process.on('disconnect', () => process.exit(0))
process.send!(contender === 'ours' ? await startOurs(stateDir!) : await startNpm())

/** As edge/main.ts starts it: the real outbox takes the session records. Only the rate limit per source is out of the way. */
async function startOurs(folder: string): Promise<Ports> {
  const outbox = openOutbox({ file: join(folder, 'outbox.db'), bytesMax: 512 * 1024 * 1024, groupSeconds: 10 })
  const { authPort, acctPort } = await startRadius({
    config: {
      host: '127.0.0.1',
      authPort: 0,
      acctPort: 0,
      clients: [{ name: 'generator', address: '127.0.0.1', secret: SECRET }],
      users: [{ name: USER, passwordHash: await makePasswordHash(PASSWORD) }],
    },
    stateDir: folder,
    recorder: outbox,
    pseudonym: openPseudonyms(join(folder, 'pseudonym.key')),
    rateLimit: { perSecond: 1e9, burst: 1e9, sourcesMax: 100 },
  })
  return { authPort, acctPort }
}

/** Its own server class and codec, with the cheapest authentication there is: two string comparisons. */
async function startNpm(): Promise<Ports> {
  const certificates = join(createRequire(import.meta.url).resolve('radius-server'), '../../ssl/cert')
  const silent = { log() {}, error() {}, warn() {}, debug() {}, context: () => silent }
  const port = await freePort()
  const server = new RadiusServer({
    secret: SECRET,
    address: '127.0.0.1',
    port,
    tlsOptions: {
      cert: readFileSync(join(certificates, 'server.crt')),
      key: [{ pem: readFileSync(join(certificates, 'server.key')), passphrase: 'whatever2020' }],
    } as never,
    authentication: { authenticate: async (user: string, password: string) => user === USER && password === PASSWORD },
    logger: silent,
  })
  await server.start()
  return { authPort: port, acctPort: 0 }
}
