#!/usr/bin/env node
/** Registers hotspots and makes wall links from the command line, before or beside a running central. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { readDatabaseUrl, readFlags } from './config.ts'
import { createRegistry } from './noc/hotspots/registry.ts'
import type { Hotspot, TelemetryStore } from './noc/ingest/store-port.ts'
import { openTelemetryStore } from './noc/ingest/telemetry-store.ts'
import { kelurahanKey, loadRoamingKey } from './noc/roaming-key.ts'
import { loadSigningKey } from './noc/signing-key.ts'
import { createWallLinks } from './noc/wall/links.ts'
import { KELURAHAN } from './platform/city/kelurahan.ts'
import { StartProblem } from './platform/db/newer.ts'
import { startProblem } from './start-problem.ts'

const HELP = `Registers hotspots and makes wall links. Tokens and links are shown once, here.

Usage: node central/enrol.ts --data DIR [--hotspots] [--wall NAME]

  --data DIR     central's data folder (DATABASE_URL in the environment replaces its database)
  --hotspots     read a JSON array of {node, name, kelurahan, rt, lat, lon, simulated} from standard input;
                 a hotspot that is registered already gets a new token, and its old one ends
  --wall NAME    make a link for a screen on a wall
  --help         this text

Prints JSON: {"publicKey": PEM, "tokens": {node: token}, "roamingKeys": {node: key}, "wallToken": token or null}
roamingKeys (with --hotspots): of every registered hotspot that is not simulated, new or not; one key per kelurahan,
for the box's configuration. Who has it can recognise that kelurahan's visitors: keep it as a token is kept.`

export type Enrolled = {
  publicKey: string
  tokens: Record<string, string>
  roamingKeys: Record<string, string>
  wallToken: string | null
}

async function enrol(
  store: TelemetryStore,
  wanted: { hotspots: Hotspot[]; wall: string | undefined },
): Promise<Omit<Enrolled, 'publicKey' | 'roamingKeys'>> {
  const kelurahan = new Set(KELURAHAN.map(({ code }) => code))
  const registry = createRegistry({ store, kelurahan, now: Date.now, onRevoked: () => undefined })
  const tokens: Record<string, string> = {}
  for (const hotspot of wanted.hotspots) {
    const registered = await registry.register(hotspot)
    const token = registered.ok ? registered.token : registered.reason === 'taken' ? await registry.renewToken(hotspot.node) : undefined
    if (token === undefined)
      throw new StartProblem(`Hotspot ${JSON.stringify(hotspot.node)} cannot be registered: ${registered.ok ? 'gone' : registered.reason}`)
    tokens[hotspot.node] = token
  }
  const wall = wanted.wall === undefined ? undefined : await createWallLinks({ store, now: Date.now }).create(wanted.wall)
  return { tokens, wallToken: wall?.token ?? null }
}

/** A simulated hotspot is anybody's program: it gets no key to real people's tags. */
async function roamingKeys(store: TelemetryStore, dataDir: string): Promise<Record<string, string>> {
  const cityKey = await loadRoamingKey(join(dataDir, 'roaming-key'))
  const real = (await store.hotspots()).filter(({ simulated }) => !simulated)
  return Object.fromEntries(real.map(({ node, kelurahan }) => [node, kelurahanKey(cityKey, kelurahan)]))
}

const OPTIONS = {
  data: { type: 'string' },
  hotspots: { type: 'boolean' },
  wall: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2), OPTIONS)
  if (!flags.ok) throw new StartProblem(flags.problem)
  const { values } = flags
  if (values.help) return void process.stdout.write(`${HELP}\n`)
  if (values.data === undefined) throw new StartProblem('Which data folder? See --help.')
  const hotspots = values.hotspots ? readHotspots(await text(process.stdin)) : []
  await mkdir(values.data, { recursive: true, mode: 0o700 })
  const { publicPem } = await loadSigningKey(join(values.data, 'signing-key.pem'))
  const url = readDatabaseUrl(process.env)
  if (!url.ok) throw new StartProblem(url.problem)
  const store = await openTelemetryStore({ url: url.databaseUrl, file: join(values.data, 'telemetry.db') })
  try {
    const made = await enrol(store, { hotspots, wall: values.wall })
    const keys = values.hotspots ? await roamingKeys(store, values.data) : {}
    const enrolled: Enrolled = { publicKey: publicPem, ...made, roamingKeys: keys }
    process.stdout.write(`${JSON.stringify(enrolled)}\n`)
  } finally {
    await store.close()
  }
}

function readHotspots(json: string): Hotspot[] {
  let read: unknown
  try {
    read = JSON.parse(json)
  } catch (cause) {
    throw new StartProblem('Standard input is not JSON. See --help.', { cause })
  }
  if (!Array.isArray(read)) throw new StartProblem('Standard input must hold a JSON array of hotspots. See --help.')
  return read as Hotspot[]
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`enrol: ${startProblem(error)}\n`)
    process.exitCode = 1
  })
}
