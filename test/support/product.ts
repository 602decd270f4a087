/** The product's own processes as a scenario runs them: central on this machine, the box in the lab, each to be killed and started again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { execFile } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
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
import { certificateRequest, newKey } from '#edge/identity/request.ts'
import { makePasswordHash } from '#edge/radius/password.ts'
import { freshProgram } from '#provisioning/package/programs.ts'
import { boxCommand } from '#provisioning/render/box-command.ts'
import { renderEdgeConfig } from '#provisioning/render/edge-config.ts'
import { dnsFacts } from '#scripts/network-lab/dns.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { withoutPrivileges } from '#scripts/network-lab/namespaces.ts'

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
  // Another broker than central's own is there for what tokens can do, too.
  const byToken = env['MQTT_URL'] !== undefined
  const request = certificateRequest(createPrivateKey(boxKey(dir)), NODE)
  const enrolled = await ask<Enrolled>(
    'enrol.ts',
    [byToken ? '--hotspots' : '--certificates', '--wall', 'Dinding uji'],
    JSON.stringify([{ ...hotspot, request }]),
  )
  if (!byToken) keepIdentity(dir, enrolled)
  const origin = `http://127.0.0.1:${webPort}`
  let running: Process | undefined
  const startCentral = async () => {
    const argv = [
      join(root, 'central', 'main.ts'),
      '--data',
      data,
      '--port',
      String(webPort),
      '--mqtt-port',
      '0',
      '--mqtts-host',
      host,
      '--mqtts-port',
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

const identityFiles = (dir: string) => ({ ca: join(dir, 'authority.pem'), certificate: join(dir, 'box.pem'), key: join(dir, 'box.key') })

/** Made where the box is; central sees the request only. */
function boxKey(dir: string): string {
  const key = newKey()
  writeFileSync(identityFiles(dir).key, key, { mode: 0o600 })
  return key
}

function keepIdentity(dir: string, { authority, certificates }: Enrolled): void {
  const { ca, certificate } = identityFiles(dir)
  writeFileSync(ca, authority)
  writeFileSync(certificate, certificates[NODE]!)
}

export type Enrolment = { dir: string; enrolled: Pick<Enrolled, 'publicKey' | 'tokens'> }

/** What a box alone was enrolled with, at a central that nobody runs. */
export function enrolledNowhere(t: TestContext): Enrolment {
  const dir = mkdtempSync(join(tmpdir(), 'broadband-city-box-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const { publicKey } = generateKeyPairSync('ed25519')
  return {
    dir,
    enrolled: {
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      tokens: { [NODE]: randomBytes(32).toString('base64url') },
    },
  }
}

/** On this machine nobody answers on the discard port. */
export const NO_BROKER = 'mqtt://127.0.0.1:9'

export type BoxChanges = {
  /** Access points and switches to ask by SNMP. */
  devices?: EdgeConfig['devices']
  sessionSeconds?: number
  watchSeconds?: number
  everySeconds?: number
  stateDir?: string
  memoryDir?: string
  outboxBytesMax?: number
  /** Follow the lab's DHCP leases, and ask its resolver whether names resolve. */
  withDnsmasq?: boolean
}

/** The file provisioning writes for the lab's box, in the box's folder. @param mqttUrl mqtts: by certificate; mqtt: by token, at another broker. */
export async function writeBoxConfig(lab: Lab, city: Enrolment, mqttUrl: string, changes: BoxChanges = {}): Promise<string> {
  const { everySeconds = 60, outboxBytesMax, memoryDir, withDnsmasq = false, ...facts } = changes
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
    mqtt: {
      url: mqttUrl,
      centralKey: city.enrolled.publicKey,
      ...(mqttUrl.startsWith('mqtts:') ? { tls: identityFiles(city.dir) } : { token: city.enrolled.tokens[NODE]! }),
    },
    uplinkProbe: `${lab.addresses.internet.v4}:80`,
    ...(withDnsmasq && { dnsmasq: dnsFacts(lab.claim) }),
    ...facts,
  })
  const file = join(city.dir, 'edge.json')
  writeFileSync(
    file,
    JSON.stringify({
      ...config,
      ...(memoryDir !== undefined && { memoryDir }),
      telemetry: { ...config.telemetry, everySeconds, groupSeconds: 1, ...(outboxBytesMax !== undefined && { outboxBytesMax }) },
    }),
    { mode: 0o600 },
  )
  return file
}

const boxProgram = (config: string): string[] => boxCommand(process.execPath, freshProgram('edge'), '--config', config)

/** The box's program, on its way up: for who wants to end it before it is there. */
export const spawnBox = (lab: Lab, config: string): ChildProcess => lab.spawnUnprivileged('edge', boxProgram(config))

export const startBox = (lab: Lab, config: string): Promise<Process> => started(spawnBox(lab, config), 'the box')

/** As after a reboot: the kernel names this boot otherwise. */
export function startBoxInBoot(lab: Lab, config: string, boot: string): Promise<Process> {
  const file = join(lab.folder, `boot-${boot}`)
  writeFileSync(file, `${boot}\n`)
  // The mount needs root, in a mount namespace of its own; the program itself runs without, as always.
  const mounted = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"', file]
  return started(lab.spawn('edge', [...mounted, ...withoutPrivileges(boxProgram(config))]), 'the box')
}
