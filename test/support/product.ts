/** The product's own processes as a scenario runs them: central on this machine, the box in the lab, each to be killed and started again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { TestContext } from 'node:test'
import type { Enrolled } from '#central/enrol.ts'
import type { SetupResult } from '#central/setup.ts'
import type { EdgeConfig } from '#edge/config.ts'
import { makePasswordHash } from '#edge/radius/password.ts'
import { freshProgram } from '#provisioning/package/programs.ts'
import { boxCommand } from '#provisioning/render/box-command.ts'
import { renderEdgeConfig } from '#provisioning/render/edge-config.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'

const root = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
const READY_WITHIN_MS = 30_000

export const NODE = 'uji-balai'
export const RADIUS = { secret: 'rahasia-titik-akses-uji', user: 'petugas', password: 'kata-sandi-petugas' }

export type Process = { child: ChildProcess; ready: Record<string, number>; log(): string; end(signal?: NodeJS.Signals): Promise<void> }

/** Resolves with the process once it has printed its line `{"ready":true,…}`. */
export async function started(child: ChildProcess, what: string): Promise<Process> {
  let log = ''
  child.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)))
  const ready = await new Promise<Record<string, number>>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${what} was not ready in time: ${log}`)), READY_WITHIN_MS)
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{"ready":true')) return
      clearTimeout(late)
      resolve(JSON.parse(line) as Record<string, number>)
    })
    child.once('exit', (code) => reject(new Error(`${what} ended with ${code}: ${log}`)))
  })
  return {
    child,
    ready,
    log: () => log,
    async end(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

export type City = {
  dir: string
  origin: string
  adminCode: string
  wallToken: string
  enrolled: Enrolled
  central(): Process
  startCentral(): Promise<Process>
}

/** A prepared central with one registered hotspot, listening on the lab's management address for the box. */
export async function cityFor(
  t: TestContext,
  { host, webPort, mqttPort, env = {} }: { host: string; webPort: number; mqttPort: number; env?: Record<string, string> },
): Promise<City> {
  const dir = mkdtempSync(join(tmpdir(), 'broadband-city-product-'))
  const data = join(dir, 'central')
  mkdirSync(data)
  const environment = { ...process.env, ...env }
  const ask = async <T>(command: string, argv: string[], input = ''): Promise<T> => {
    const work = run(process.execPath, [join(root, 'central', command), '--data', data, ...argv], { env: environment })
    work.child.stdin?.end(input)
    return JSON.parse((await work).stdout) as T
  }
  const { adminCode } = await ask<SetupResult>('setup.ts', ['--json'])
  const hotspot = {
    node: NODE,
    name: 'Balai Kota Madiun',
    kelurahan: '35.77.01.1008',
    rt: 'RT 01 RW 01',
    lat: -7.6286,
    lon: 111.5231,
    simulated: false,
  }
  const enrolled = await ask<Enrolled>('enrol.ts', ['--hotspots', '--wall', 'Dinding uji'], JSON.stringify([hotspot]))
  const origin = `http://127.0.0.1:${webPort}`
  let running: Process | undefined
  const startCentral = async () => {
    const argv = [
      join(root, 'central', 'main.ts'),
      '--data',
      data,
      '--port',
      String(webPort),
      '--mqtt-host',
      host,
      '--mqtt-port',
      String(mqttPort),
      '--public-url',
      origin,
    ]
    running = await started(spawn(process.execPath, argv, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] }), 'central')
    return running
  }
  t.after(async () => {
    await running?.end('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })
  return { dir, origin, adminCode: adminCode!, wallToken: enrolled.wallToken!, enrolled, central: () => running!, startCentral }
}

/** The file provisioning writes for the lab's box, in the box's folder. */
export async function writeBoxConfig(
  lab: Lab,
  city: City,
  mqttUrl: string,
  changes: { sessionSeconds?: number; watchSeconds?: number; everySeconds?: number } = {},
): Promise<string> {
  const gateway = lab.addresses.edge.lan4
  const config: EdgeConfig = renderEdgeConfig({
    node: NODE,
    name: 'Balai Kota Madiun',
    area: 'Kelurahan Kartoharjo',
    stateDir: join(city.dir, 'edge'),
    portalDir: join(root, 'portal', 'dist'),
    portal: { host: '::', port: 8080, origin: `http://${gateway}` },
    gate: { socket: join(lab.folder, 'gate.sock'), lan: 'br-lan', wan: 'wan0' },
    radius: {
      host: '0.0.0.0',
      authPort: 1812,
      acctPort: 1813,
      clients: [{ name: 'titik-akses', address: `${gateway.replace(/\.\d+$/, '.0')}/24`, secret: RADIUS.secret }],
      users: [{ name: RADIUS.user, passwordHash: await makePasswordHash(RADIUS.password), sessionTimeoutSeconds: 3_600 }],
    },
    mqtt: { url: mqttUrl, token: city.enrolled.tokens[NODE]!, centralKey: city.enrolled.publicKey },
    uplinkProbe: `${lab.addresses.internet.v4}:80`,
    ...changes,
  })
  const file = join(city.dir, 'edge.json')
  writeFileSync(
    file,
    JSON.stringify({ ...config, telemetry: { ...config.telemetry, everySeconds: changes.everySeconds ?? 60, groupSeconds: 1 } }),
    { mode: 0o600 },
  )
  return file
}

export const startBox = (lab: Lab, config: string): Promise<Process> =>
  started(lab.spawnUnprivileged('edge', boxCommand(process.execPath, freshProgram('edge'), '--config', config)), 'the box')
