#!/usr/bin/env node
/** Registers hotspots and makes wall links from the command line, before or beside a running central. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { createRegistry } from './noc/hotspots/registry.ts'
import type { Hotspot, TelemetryStore } from './noc/ingest/store-port.ts'
import { openTelemetryStore } from './noc/ingest/telemetry-store.ts'
import { loadSigningKey } from './noc/signing-key.ts'
import { createWallLinks } from './noc/wall/links.ts'
import { KELURAHAN } from './platform/city/kelurahan.ts'

const HELP = `Registers hotspots and makes wall links. Tokens and links are shown once, here.

Usage: node central/enrol.ts --data DIR [--hotspots] [--wall NAME]

  --data DIR     central's data folder (DATABASE_URL in the environment replaces its database)
  --hotspots     read a JSON array of {node, name, kelurahan, rt, lat, lon, simulated} from standard input;
                 a hotspot that is registered already gets a new token, and its old one ends
  --wall NAME    make a link for a screen on a wall
  --help         this text

Prints JSON: {"publicKey": PEM, "tokens": {node: token}, "wallToken": token or null}`

export type Enrolled = { publicKey: string; tokens: Record<string, string>; wallToken: string | null }

async function enrol(
  store: TelemetryStore,
  wanted: { hotspots: Hotspot[]; wall: string | undefined },
): Promise<Omit<Enrolled, 'publicKey'>> {
  const kelurahan = new Set(KELURAHAN.map(({ code }) => code))
  const registry = createRegistry({ store, kelurahan, now: Date.now, onRevoked: () => undefined })
  const tokens: Record<string, string> = {}
  for (const hotspot of wanted.hotspots) {
    const registered = await registry.register(hotspot)
    const token = registered.ok ? registered.token : registered.reason === 'taken' ? await registry.renewToken(hotspot.node) : undefined
    if (token === undefined)
      throw new Error(`Hotspot ${JSON.stringify(hotspot.node)} cannot be registered: ${registered.ok ? 'gone' : registered.reason}`)
    tokens[hotspot.node] = token
  }
  const wall = wanted.wall === undefined ? undefined : await createWallLinks({ store, now: Date.now }).create(wanted.wall)
  return { tokens, wallToken: wall?.token ?? null }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, hotspots: { type: 'boolean' }, wall: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return void process.stdout.write(`${HELP}\n`)
  if (values.data === undefined) throw new Error('Which data folder? See --help.')
  const hotspots = values.hotspots ? (JSON.parse(await text(process.stdin)) as Hotspot[]) : []
  if (!Array.isArray(hotspots)) throw new Error('Standard input must hold a JSON array of hotspots. See --help.')
  await mkdir(values.data, { recursive: true, mode: 0o700 })
  const { publicPem } = await loadSigningKey(join(values.data, 'signing-key.pem'))
  const store = await openTelemetryStore({ url: process.env.DATABASE_URL || undefined, file: join(values.data, 'telemetry.db') })
  try {
    const enrolled: Enrolled = { publicKey: publicPem, ...(await enrol(store, { hotspots, wall: values.wall })) }
    process.stdout.write(`${JSON.stringify(enrolled)}\n`)
  } finally {
    await store.close()
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`enrol: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
}
