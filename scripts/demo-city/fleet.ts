#!/usr/bin/env node
/**
 * The simulated city: every hotspot is an MQTT client of its own that speaks the real contract through the real uplink.
 * What it says is invented; how it travels is not.
 */
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { VERSION } from '#edge/version.ts'
import { NODE_NAME_PATTERN } from '#edge/wire/topics.ts'
import { loadState, saveState, type CityState } from './city-state.ts'
import { visitorsAt } from './day.ts'
import { simulateHotspot, type SimulatedHotspot } from './hotspot.ts'
import { mishapAt } from './mishaps.ts'
import { PROFILES } from './places.ts'
import { chanceOf, choose } from './random.ts'
import { complaintOf, noticeOf, sessionOf } from './residents.ts'

const HELP = `Usage: node scripts/demo-city/fleet.ts --mqtt URL --nodes FILE [options]

Runs a simulated city of hotspots against central's broker.

  --mqtt URL               mqtt://host:port of central's broker
  --nodes FILE             JSON: [{ node, token, name, kelurahan, lat, lon, profile }]; profile is one of
                           ${PROFILES.join(', ')}
  --state FILE             what is remembered between starts (default: fleet-state.json beside --nodes)
  --backfill-hours N       history sent at the first start (default 24; less for a very large city, see below)
  --every N                seconds between samples (default 60)
  --central-key FILE       central's public key (PEM), to confirm the messages it sends
  --complaints-per-hour N  in daytime, city-wide (default 15; 0 = none)
  --help                   this text

History is bounded to ${(1_000_000).toLocaleString('en')} records for the whole city. Prints {"ready":true,…} once it runs, {"filled":true,…}
once central has the history. SIGTERM or Ctrl-C ends it; the next start goes on where central's marks are.
`

const NodeEntry = Type.Object({
  node: Type.String({ pattern: NODE_NAME_PATTERN }),
  token: Type.String({ minLength: 1 }),
  profile: Type.Union(PROFILES.map((profile) => Type.Literal(profile))),
})
const nodeList = Compile(Type.Array(NodeEntry, { minItems: 1, maxItems: 10_000 }))
type NodeEntry = Static<typeof NodeEntry>

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** About a minute of central's ingest on two cores; a city of 2,500 gets a few hours of history instead of a day. */
const HISTORY_RECORDS_MAX = 1_000_000
/** A queue that is not empty at the first look, and not so long that it looks like a disaster. */
const FIRST_COMPLAINTS = 7
/** Connections begun per second: a city that comes back from a power cut all at once is another story. */
const CONNECTS_PER_SECOND = 40
const RESIDENTS_EVERY_MS = 10_000
const SAVE_EVERY_MS = 2_000
/** Keeps the state's age true even while nothing happens, so that a later start knows what is missing. */
const HEARTBEAT_MS = 60_000

type City = { hotspots: SimulatedHotspot[]; nodes: NodeEntry[]; state: CityState; complaintsPerHour: number }

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (!options) return void process.stdout.write(HELP)
  const nodes = readNodes(options.nodes)
  const recordsPerHour = (nodes.length * 2.2 * 3_600) / options.everySeconds
  const hours = Math.min(options.backfillHours, HISTORY_RECORDS_MAX / recordsPerHour)
  const { state, isNew } = loadState(options.state, Date.now(), options.everySeconds, hours * HOUR)

  const saving = lazySave(options.state, state)
  const settings = (state.settings ??= {})
  const hotspots = nodes.map(({ node, token, profile }) => {
    state.events[node] ??= { hi: 0, mark: 0, records: [] }
    return simulateHotspot({
      place: { node, profile },
      mqtt: { url: options.mqtt, token, centralKey: options.centralKey },
      base: state.base,
      everySeconds: state.everySeconds,
      generation: state.generation,
      events: state.events[node],
      version: VERSION,
      settings: {
        get version() {
          return settings[node] ?? 0
        },
        set version(version) {
          settings[node] = version
        },
      },
      onEvent: saving.soon,
      now: Date.now,
    })
  })
  const city: City = { hotspots, nodes, state, complaintsPerHour: options.complaintsPerHour }
  if (isNew) inventHistory(city, Date.now())
  // A box that starts says so, which also ends what was wrong with it before.
  for (const hotspot of hotspots) hotspot.record('notice', { kind: 'start', count: 1 })
  saving.now()

  // Once the history is in: a complaint takes the hotspot's telemetry with it.
  const stop = run(city, () => isNew && firstComplaints(city, Date.now()))
  process.stdout.write(
    `${JSON.stringify({ ready: true, hotspots: hotspots.length, historyHours: Math.round(hours * 10) / 10, firstStart: isNew })}\n`,
  )
  await ended()
  stop()
  await Promise.all(hotspots.map((hotspot) => hotspot.close()))
  saving.now()
}

function run(city: City, onFilled: () => void): () => void {
  const timers = new Set<NodeJS.Timeout>()
  let stopped = false
  const later = (milliseconds: number, step: () => void) => {
    if (stopped) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      step()
    }, milliseconds)
    timers.add(timer)
  }
  const beat = (hotspot: SimulatedHotspot) => {
    void hotspot.tick()
    later(Math.max(250, hotspot.nextAt() - Date.now() + 20), () => beat(hotspot))
  }
  for (const [i, hotspot] of city.hotspots.entries()) later((i * 1000) / CONNECTS_PER_SECOND, () => beat(hotspot))

  const residents = setInterval(() => liveOn(city, Date.now()), RESIDENTS_EVERY_MS)
  const begun = Date.now()
  const watch = setInterval(() => {
    if (!city.hotspots.every((hotspot) => (hotspot.behind() ?? (mishapAt(hotspot.node, Date.now()) === 'outage' ? 0 : Infinity)) <= 11))
      return
    clearInterval(watch)
    onFilled()
    process.stdout.write(`${JSON.stringify({ filled: true, seconds: Math.round((Date.now() - begun) / 1000) })}\n`)
  }, 500)
  return () => {
    stopped = true
    for (const timer of [...timers, residents, watch]) clearTimeout(timer)
  }
}

/** One look at the city every ten seconds: who left, who complains. */
function liveOn(city: City, now: number): void {
  const step = now - (now % RESIDENTS_EVERY_MS)
  const perSecond = RESIDENTS_EVERY_MS / 1000
  for (const [i, { node, profile }] of city.nodes.entries()) {
    if (mishapAt(node, now) === 'outage') continue
    // About one visit in five is told of: enough to look at, light enough for a laptop.
    const chance = (visitorsAt({ node, profile, at: now }) * perSecond) / 1_500 / 5
    const notice = noticeOf(node, step, RESIDENTS_EVERY_MS)
    if (notice) city.hotspots[i]!.record('notice', notice)
    if (chanceOf(node, step, 'leaves') < chance) city.hotspots[i]!.record('session', sessionOf(node, step))
  }
  const chance = (city.complaintsPerHour / 3_600) * perSecond * wakefulness(now)
  if (chanceOf(city.state.generation, step, 'complains') < chance) {
    const i = Math.floor(chanceOf(city.state.generation, step, 'who') * city.nodes.length)
    city.hotspots[i]!.record('complaint', complaintOf(city.nodes[i]!.node, step))
  }
}

/** What people did before the first start: some visits at each hotspot. */
function inventHistory({ state, nodes, hotspots }: City, now: number): void {
  for (const [i, { node, profile }] of nodes.entries()) {
    for (let at = state.base; at < now - MINUTE; at += HOUR) {
      const moment = at + Math.floor(chanceOf(node, at, 'visit') * 50 * MINUTE)
      if (moment < now && visitorsAt({ node, profile, at: moment }) > 3) hotspots[i]!.record('session', sessionOf(node, moment), moment)
    }
  }
}

/** A handful in the queue, spread over the history, the newest a few minutes old. */
function firstComplaints({ state, nodes, hotspots, complaintsPerHour }: City, now: number): void {
  const complaints = complaintsPerHour > 0 ? FIRST_COMPLAINTS : 0
  for (let n = complaints - 1; n >= 0; n--) {
    const i = Math.floor(chanceOf(state.generation, n, 'first') * nodes.length)
    const at = Math.floor(now - 4 * MINUTE - ((now - state.base) * n * 0.8) / FIRST_COMPLAINTS)
    hotspots[i]!.record('complaint', complaintOf(nodes[i]!.node, at), at)
  }
}

/** Few people write to their city at night (WIB). */
function wakefulness(now: number): number {
  const hour = Math.floor(now / HOUR + 7) % 24
  return choose([0.1, 0.05, 0.05, 0.05, 0.2, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.8, 0.5, 0.2], hour / 24)
}

function lazySave(file: string, state: CityState) {
  let timer: NodeJS.Timeout | undefined
  const now = () => {
    clearTimeout(timer)
    timer = undefined
    saveState(file, state, Date.now())
  }
  setInterval(now, HEARTBEAT_MS).unref()
  return {
    now,
    soon: () => {
      timer ??= setTimeout(now, SAVE_EVERY_MS).unref()
    },
  }
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      mqtt: { type: 'string' },
      nodes: { type: 'string' },
      state: { type: 'string' },
      'backfill-hours': { type: 'string', default: '24' },
      every: { type: 'string', default: '60' },
      'central-key': { type: 'string' },
      'complaints-per-hour': { type: 'string', default: '15' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  if (!values.mqtt || !/^mqtts?:\/\/\S+$/.test(values.mqtt))
    throw new Error('--mqtt URL is needed, e.g. --mqtt mqtt://127.0.0.1:1883 (see --help)')
  if (!values.nodes) throw new Error('--nodes FILE is needed (see --help)')
  return {
    mqtt: values.mqtt,
    nodes: values.nodes,
    state: values.state ?? join(dirname(values.nodes), 'fleet-state.json'),
    backfillHours: between('--backfill-hours', values['backfill-hours'], 0.05, 168),
    everySeconds: Math.round(between('--every', values.every, 1, 3_600)),
    complaintsPerHour: between('--complaints-per-hour', values['complaints-per-hour'], 0, 3_600),
    // Without central's key nothing it says downward can be believed, so a key that signed nothing stands in.
    centralKey: values['central-key'] ? readFileSync(values['central-key'], 'utf8') : nobodysKey(),
  }
}

function between(option: string, value: string, min: number, max: number): number {
  const number = Number(value)
  if (!(number >= min && number <= max)) throw new Error(`${option} must be a number from ${min} to ${max}, not "${value}"`)
  return number
}

const nobodysKey = () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string

function readNodes(file: string): NodeEntry[] {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`Cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  if (nodeList.Check(value)) return value
  const [first] = nodeList.Errors(value)
  throw new Error(`${file} is wrong at "${first?.instancePath || '/'}": ${first?.message ?? 'invalid'}`)
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
}

// A young generation of the usual size grows to 50 MB while the history goes out, and never shrinks.
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--max-semi-space-size=2')
await main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
