/** Central: set up before it runs (accounts, hotspots, wall link), then started as its own process. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Enrolled } from '#central/enrol.ts'
import type { SetupResult } from '#central/setup.ts'
import { generatePlaces } from '#scripts/demo-city/places.ts'
import { keepCertificate, wantedRequest } from './box-identity.ts'
import { unprivileged } from './privilege.ts'
import { CannotStart } from './preflight.ts'
import type { processes } from './processes.ts'
import { files, keep, readKept } from './state.ts'

const root = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)

/** The one real hotspot of the start; the others are simulated and say so. */
export const REAL_HOTSPOT = {
  node: 'balai-kota',
  name: 'Balai Kota Madiun',
  kelurahan: '35.77.01.1008',
  rt: 'RT 01 RW 01',
  lat: -7.6286,
  lon: 111.5231,
  simulated: false,
}

export type CentralRunning = {
  origin: string
  /** For the simulated hotspots, which are programs on this machine: by token. */
  mqttUrl: string
  /** For the real one: by certificate. */
  mqttsUrl: string
  /** By node; simulated hotspots have none. */
  roamingKeys: Record<string, string>
  publicKey: string
  adminCode: string | undefined
  wallLink: string
}

export async function startCentral(
  children: ReturnType<typeof processes>,
  options: { host: string; port: number; mqttsHost: string; hotspots: number; adminCode: boolean; newWall: boolean },
): Promise<CentralRunning> {
  const origin = `http://${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${options.port}`
  const places = generatePlaces(options.hotspots).map(({ profile: _, ...place }) => ({ ...place, simulated: true }))
  const tokensKept = readKept<Record<string, string>>(files.tokens) ?? {}
  const wallKept = readKept<{ token: string }>(files.wall)
  const { adminCode } = await prepare<SetupResult>('setup.ts', ['--json', ...(options.adminCode ? ['--admin-code'] : [])])
  const wanted = places.filter((place) => tokensKept[place.node] === undefined)
  const wall = options.newWall || wallKept === undefined ? ['--wall', 'Dinding utama'] : []
  const request = wantedRequest(REAL_HOTSPOT.node, Date.now())
  if (request !== undefined) {
    const { authority, certificates } = await prepare<Enrolled>('enrol.ts', ['--certificates'], [{ ...REAL_HOTSPOT, request }])
    keepCertificate({ authority, certificate: certificates[REAL_HOTSPOT.node]! })
  }
  const enrolled = await prepare<Enrolled>('enrol.ts', ['--hotspots', ...wall], wanted)
  const tokens = { ...tokensKept, ...enrolled.tokens }
  keep(files.tokens, tokens)
  writeFileSync(files.centralKey, enrolled.publicKey)
  if (enrolled.wallToken !== null) keep(files.wall, { token: enrolled.wallToken })
  keep(
    files.fleetNodes,
    generatePlaces(options.hotspots).map((place) => ({ ...place, token: tokens[place.node] })),
  )

  await children.start('central', unprivileged([process.execPath, join(root, 'central', 'main.ts')]), {
    env: {
      ...process.env,
      DATA_DIR: files.central,
      HOST: options.host,
      PORT: String(options.port),
      MQTT_PORT: String(options.port + 1),
      MQTTS_HOST: options.mqttsHost,
      MQTTS_PORT: String(options.port + 3),
      BROKER_NAMES: options.mqttsHost,
      PUBLIC_URL: origin,
    },
  })
  return {
    origin,
    mqttUrl: `mqtt://127.0.0.1:${options.port + 1}`,
    mqttsUrl: `mqtts://${options.mqttsHost}:${options.port + 3}`,
    roamingKeys: enrolled.roamingKeys,
    publicKey: enrolled.publicKey,
    adminCode: adminCode ?? undefined,
    wallLink: `${origin}/wall#${enrolled.wallToken ?? wallKept?.token ?? ''}`,
  }
}

/** Runs one of central's own commands, which prints JSON, on its data folder before it starts. */
async function prepare<Result>(command: string, argv: string[], input?: unknown): Promise<Result> {
  const work = run(process.execPath, [join(root, 'central', command), '--data', files.central, ...argv], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  })
  work.child.stdin?.end(input === undefined ? '' : JSON.stringify(input))
  try {
    return JSON.parse((await work).stdout) as Result
  } catch (cause) {
    throw new CannotStart(`Central could not be prepared: ${(cause as { stderr?: string }).stderr?.trim() || String(cause)}`)
  }
}
