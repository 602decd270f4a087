/**
 * One RADIUS server as a process of its own, to be measured from outside. argv: `ours` or `npm`, state folder.
 * Tells its ports, then answers every message with what it has used and done so far.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { RadiusServer } from 'radius-server'
import { makePasswordHash } from '#edge/radius/password.ts'
import { startRadius } from '#edge/radius/server.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { openPseudonyms } from '#edge/telemetry/pseudonym.ts'

export const USER = 'warga'
export const PASSWORD = 'kata-sandi-warga'
export const SECRET = 'a-secret-shared-for-the-benchmark'

export type Ports = { authPort: number; acctPort: number }
/** CPU time of the whole process; session records handed to the outbox. */
export type Used = { cpuMicroseconds: number; recorded: number }

let recorded = 0

const [, file, contender, stateDir] = process.argv
if (file === import.meta.filename) {
  const ports = contender === 'ours' ? await startOurs(stateDir!) : await startNpm()
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send!({ cpuMicroseconds: user + system, recorded } satisfies Used)
  })
  process.on('disconnect', () => process.exit(0))
  process.send!(ports)
}

/** As edge/main.ts starts it: the real outbox takes the session records. Only the rate limit per source is out of the way. */
async function startOurs(stateDir: string): Promise<Ports> {
  const outbox = openOutbox({ file: join(stateDir, 'outbox.db'), bytesMax: 512 * 1024 * 1024, groupSeconds: 10 })
  return startRadius({
    config: {
      host: '127.0.0.1',
      authPort: 0,
      acctPort: 0,
      clients: [{ name: 'generator', address: '127.0.0.1', secret: SECRET }],
      users: [{ name: USER, passwordHash: await makePasswordHash(PASSWORD) }],
    },
    stateDir,
    recorder: {
      record(kind, body) {
        recorded++
        return outbox.record(kind, body)
      },
      eventDelivered: outbox.eventDelivered,
    },
    pseudonym: openPseudonyms(join(stateDir, 'pseudonym.key')),
    rateLimit: { perSecond: 1e9, burst: 1e9, sourcesMax: 100 },
  })
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

/** For those who cannot be asked to take any free port. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>((closed) => socket.close(closed))
  return port
}
