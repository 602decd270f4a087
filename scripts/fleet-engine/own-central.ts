/** A central of the fleet's own: `node central/main.ts` on a folder, ended and started again on the same port. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Enrolled } from '#central/enrol.ts'
import type { Hotspot } from '#central/noc/ingest/store-port.ts'
import type { Place } from '#scripts/demo-city/places.ts'
import { unprivileged } from '#scripts/start/privilege.ts'
import { keepIdentities, makeKeys, type CentralAddress, type Identity } from './identity.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
const HOST = '127.0.0.1'
/** Twenty thousand certificates and what stands around them. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024

export type Proof = 'certificate' | 'token'

/**
 * Registers boxes in central's data folder, or in DATABASE_URL, as its own command line does; a box that is known gets a new
 * proof of its name. What they need for it is in `folder` afterwards.
 */
export async function enrol(
  dataDir: string,
  folder: string,
  places: readonly Place[],
  proof: Proof,
): Promise<{ publicKey: string; boxes: Identity[] }> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const requests =
    proof === 'certificate'
      ? makeKeys(
          folder,
          places.map(({ node }) => node),
        )
      : undefined
  const how = requests ? '--certificates' : '--hotspots'
  const work = run(process.execPath, [join(ROOT, 'central', 'enrol.ts'), '--data', dataDir, how], {
    cwd: ROOT,
    maxBuffer: ANSWER_BYTES_MAX,
  })
  const hotspots = places.map(({ profile: _, ...place }): Hotspot & { request?: string } => ({
    ...place,
    simulated: true,
    ...(requests && { request: requests.get(place.node)! }),
  }))
  work.child.stdin!.end(JSON.stringify(hotspots))
  try {
    const given = JSON.parse((await work).stdout) as Enrolled
    return { publicKey: given.publicKey, boxes: keepIdentities(folder, places, given) }
  } catch (cause) {
    throw new Error(`The boxes could not be registered at central: ${(cause as { stderr?: string }).stderr?.trim() || String(cause)}`, {
      cause,
    })
  }
}

export type OwnCentral = {
  address: CentralAddress
  dataDir: string
  pid(): number
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export type OwnCentralOptions = {
  dataDir: string
  logFile: string
  port: number
  proof: Proof
  publicKey: string
  nodeFlags?: readonly string[]
}

export async function startOwnCentral({
  dataDir,
  logFile,
  port,
  proof,
  publicKey,
  nodeFlags = [],
}: OwnCentralOptions): Promise<OwnCentral> {
  const broker =
    proof === 'certificate'
      ? ['--mqtt-port', '0', '--mqtts-host', HOST, '--mqtts-port', String(port)]
      : ['--mqtt-host', HOST, '--mqtt-port', String(port)]
  let child: ChildProcess | undefined
  const end = async (signal: NodeJS.Signals) => {
    const ending = child
    child = undefined
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = once(ending, 'exit')
    ending.kill(signal)
    await gone
  }
  const start = async () => {
    const log = openSync(logFile, 'a', 0o600)
    const argv = [...nodeFlags, join(ROOT, 'central', 'main.ts'), '--data', dataDir, '--port', '0', ...broker]
    // Ctrl-C is for whoever started it; the kernel ends it when that one is gone.
    const [command, ...rest] = unprivileged([process.execPath, ...argv])
    const started = spawn(command!, rest, { cwd: ROOT, stdio: ['ignore', 'pipe', log], detached: true })
    closeSync(log)
    child = started
    const first = await createInterface({ input: started.stdout! })[Symbol.asyncIterator]().next()
    if (first.done) throw new Error(`Central ended before it was ready. Its log: ${logFile}`)
  }
  await start()
  return {
    address: { url: `${proof === 'certificate' ? 'mqtts' : 'mqtt'}://${HOST}:${port}`, publicKey },
    dataDir,
    pid: () => child?.pid ?? 0,
    kill: () => end('SIGKILL'),
    start,
    stop: () => end('SIGTERM'),
  }
}
