#!/usr/bin/env node
/** Registers hotspots, certifies their keys and makes wall links from the command line, before or beside a running central. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { readDatabaseUrl, readFlags } from './config.ts'
import { certify, readHotspots, type Certified, type Wanted } from './enrol-hotspots.ts'
import { createRegistry, type Registry } from './noc/hotspots/registry.ts'
import type { TelemetryStore } from './noc/ingest/store-port.ts'
import { openTelemetryStore } from './noc/ingest/telemetry-store.ts'
import { kelurahanKey, loadRoamingKey } from './noc/roaming-key.ts'
import { loadSigningKey } from './noc/signing-key.ts'
import { createWallLinks } from './noc/wall/links.ts'
import type { Authority } from './pki/authority.ts'
import { openCityAuthority } from './pki/city-authority.ts'
import { KELURAHAN } from './platform/city/kelurahan.ts'
import { StartProblem } from './platform/db/newer.ts'
import { startProblem } from './start-problem.ts'

const HELP = `Registers hotspots, certifies their keys and makes wall links. Tokens and links are shown once, here.

Usage: node central/enrol.ts --data DIR [--hotspots | --certificates] [--revoke NODE …] [--list] [--broker NAMES] [--wall NAME]

  --data DIR       central's data folder (DATABASE_URL in the environment replaces its database)
  --hotspots       read a JSON array of {node, name, kelurahan, rt, lat, lon, simulated} from standard input;
                   a hotspot that is registered already gets a new token, and its old one ends
  --certificates   the same with "request" beside: a certificate request (PEM) made with the box's own P-256 key,
                   e.g. openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=box -keyout box.key
                   The hotspot gets a certificate of 397 days in its node's name and no token; a token it had ends,
                   a certificate it had stays good until it ends or is revoked
  --revoke NODE    take back every certificate of this hotspot and its token, as for a stolen box; a running central
                   ends its connection within about a second. May be given several times, and happens before anything is issued
  --list           all certificates that have not ended, by node
  --broker NAMES   a key and a certificate (397 days) for a broker that boxes know by these names and addresses,
                   separated by commas; the embedded broker makes its own
  --wall NAME      make a link for a screen on a wall
  --help           this text

Prints JSON: {"publicKey": PEM, "authority": PEM, "tokens": {node: token}, "certificates": {node: PEM},
"revoked": {node: how many certificates}, "list": [{node, serial, notBefore, notAfter, revokedAt}] or null,
"broker": {key, certificate} or null, "roamingKeys": {node: key}, "wallToken": token or null}
authority: what boxes and brokers are given to believe. roamingKeys (with hotspots): of every registered hotspot that is
not simulated, new or not; one key per kelurahan, for the box's configuration. Who has it can recognise that kelurahan's
visitors: keep it as a token is kept.`

export type Enrolled = {
  publicKey: string
  authority: string
  tokens: Record<string, string>
  certificates: Record<string, string>
  revoked: Record<string, number>
  /** Times are Unix milliseconds. */
  list: { node: string; serial: string; notBefore: number; notAfter: number; revokedAt: number | null }[] | null
  broker: { key: string; certificate: string } | null
  roamingKeys: Record<string, string>
  wallToken: string | null
}

/** As long as a box's: both are renewed once a year. */
const BROKER_DAYS = 397

const OPTIONS = {
  data: { type: 'string' },
  hotspots: { type: 'boolean' },
  certificates: { type: 'boolean' },
  revoke: { type: 'string', multiple: true },
  list: { type: 'boolean' },
  broker: { type: 'string' },
  wall: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2), OPTIONS)
  if (!flags.ok) throw new StartProblem(flags.problem)
  const { values } = flags
  if (values.help) return void process.stdout.write(`${HELP}\n`)
  if (values.data === undefined) throw new StartProblem('Which data folder? See --help.')
  if (values.hotspots && values.certificates) throw new StartProblem('Either --hotspots or --certificates. See --help.')
  const reads = values.hotspots || values.certificates
  const wanted = reads ? readHotspots(await text(process.stdin), { requests: values.certificates ?? false }) : []
  await mkdir(values.data, { recursive: true, mode: 0o700 })
  const { publicPem } = await loadSigningKey(join(values.data, 'signing-key.pem'))
  const url = readDatabaseUrl(process.env)
  if (!url.ok) throw new StartProblem(url.problem)
  const store = await openTelemetryStore({ url: url.databaseUrl, file: join(values.data, 'telemetry.db') })
  try {
    const authority = await openCityAuthority(join(values.data, 'pki'), store)
    const kelurahan = new Set(KELURAHAN.map(({ code }) => code))
    const registry = createRegistry({ store, kelurahan, now: Date.now, onRevoked: () => undefined })
    const revoked = await revoke(store, registry, values.revoke ?? [])
    const made: Certified = values.certificates
      ? await certify({ store, registry, authority }, wanted)
      : { tokens: await giveTokens(registry, wanted), certificates: {} }
    const wall = values.wall === undefined ? undefined : await createWallLinks({ store, now: Date.now }).create(values.wall)
    const enrolled: Enrolled = {
      publicKey: publicPem,
      authority: authority.pem,
      ...made,
      revoked,
      list: values.list ? (await store.currentCertificates(Date.now())).map(listed) : null,
      broker: values.broker === undefined ? null : await brokerCertificate(authority, values.broker),
      roamingKeys: reads ? await roamingKeys(store, values.data) : {},
      wallToken: wall?.token ?? null,
    }
    process.stdout.write(`${JSON.stringify(enrolled)}\n`)
  } finally {
    await store.close()
  }
}

async function giveTokens(registry: Registry, wanted: readonly Wanted[]): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {}
  for (const { hotspot } of wanted) {
    const registered = await registry.register(hotspot)
    const token = registered.ok ? registered.token : registered.reason === 'taken' ? await registry.renewToken(hotspot.node) : undefined
    if (token === undefined)
      throw new StartProblem(`Hotspot ${JSON.stringify(hotspot.node)} cannot be registered: ${registered.ok ? 'gone' : registered.reason}`)
    tokens[hotspot.node] = token
  }
  return tokens
}

async function revoke(store: TelemetryStore, registry: Registry, nodes: readonly string[]): Promise<Record<string, number>> {
  const revoked: Record<string, number> = {}
  for (const node of nodes) {
    const had = (await store.certificatesOf(node)).filter(({ revokedAt }) => revokedAt === null).length
    if (!(await registry.shutOut(node))) throw new StartProblem(`There is no hotspot ${JSON.stringify(node)} to revoke anything of.`)
    revoked[node] = had
  }
  return revoked
}

const listed = (row: Awaited<ReturnType<TelemetryStore['currentCertificates']>>[number]) => ({
  node: row.name,
  serial: row.serial,
  notBefore: row.notBefore,
  notAfter: row.notAfter,
  revokedAt: row.revokedAt,
})

async function brokerCertificate(authority: Authority, names: string): Promise<{ key: string; certificate: string }> {
  const [name = '', ...hosts] = names.split(',').map((each) => each.trim())
  const { key, certificate } = await authority.issueOwn({ name, hosts, purpose: 'broker', days: BROKER_DAYS })
  return { key, certificate: certificate.pem }
}

/** A simulated hotspot is anybody's program: it gets no key to real people's tags. */
async function roamingKeys(store: TelemetryStore, dataDir: string): Promise<Record<string, string>> {
  const cityKey = await loadRoamingKey(join(dataDir, 'roaming-key'))
  const real = (await store.hotspots()).filter(({ simulated }) => !simulated)
  return Object.fromEntries(real.map(({ node, kelurahan }) => [node, kelurahanKey(cityKey, kelurahan)]))
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`enrol: ${startProblem(error)}\n`)
    process.exitCode = 1
  })
}
