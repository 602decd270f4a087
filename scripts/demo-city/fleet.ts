#!/usr/bin/env node
/**
 * The simulated city: every hotspot is a box of the fleet simulator (scripts/fleet-engine), with an outbox and an uplink of its own.
 * What it says is invented; how it travels is not.
 */
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { VERSION } from '#edge/version.ts'
import { NODE_NAME_PATTERN } from '#edge/wire/topics.ts'
import { simulateBox, type Box } from '#scripts/fleet-engine/box.ts'
import { REAL_TIME } from '#scripts/fleet-engine/city-time.ts'
import { loadState, pastBegins, saveState, type CityState } from './city-state.ts'
import { openDiary } from './diary.ts'
import { mishapAt } from './mishaps.ts'
import { PROFILES } from './places.ts'
import { chanceOf, choose } from './random.ts'
import { complaintOf } from './residents.ts'
import { sitesOf } from './sites.ts'

const HELP = `Usage: node scripts/demo-city/fleet.ts --mqtt URL --nodes FILE [options]

Runs a simulated city of hotspots against central's broker.

  --mqtt URL               mqtt://host:port of central's broker
  --nodes FILE             JSON: [{ node, token, name, kelurahan, lat, lon, profile }]; profile is one of
                           ${PROFILES.join(', ')}
  --state FILE             what is remembered between starts (default: fleet-state.json beside --nodes);
                           the boxes' cards are in the folder fleet-cards beside it
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
const DAY = 24 * HOUR
/** About a minute of central's ingest on two cores; a city of 2,500 gets a few hours of history instead of a day. */
const HISTORY_RECORDS_MAX = 1_000_000
/** A queue that is not empty at the first look, and not so long that it looks like a disaster. */
const FIRST_COMPLAINTS = 7
/** Connections begun per second: a city that comes back from a power cut all at once is another story. */
const CONNECTS_PER_SECOND = 40
const RESIDENTS_EVERY_MS = 10_000
/** Keeps the state's age true even while nothing happens, so that a later start knows what is missing. */
const SAVE_EVERY_MS = 10_000
/** Of a telemetry lane: what an interval may bring between two looks. */
const WAITING_WHEN_FILLED = 11
/** About one guest in five is told of: enough to look at, light enough for a laptop. */
const GUEST_SHARE = 0.2
/** A box of this city keeps its power; it boots once a start. */
const BOOTS_PER_START = 16

type City = { boxes: Box[]; nodes: NodeEntry[]; state: CityState; complaintsPerHour: number }

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (!options) return void process.stdout.write(HELP)
  const nodes = readNodes(options.nodes)
  const samples = nodes.reduce((sum, node) => sum + 2.2 + sitesOf(node).length, 0)
  const hours = Math.min(options.backfillHours, (HISTORY_RECORDS_MAX * options.everySeconds) / (samples * 3_600))
  const now = Date.now()
  const { state, isNew } = loadState(options.state, now, options.everySeconds, hours * HOUR)
  if (isNew) rmSync(options.cards, { recursive: true, force: true })
  mkdirSync(options.cards, { recursive: true, mode: 0o700 })
  const oldest = now - hours * HOUR

  const boxes = nodes.map((entry) => boxOf(entry, { options, state, from: Math.max(oldest, pastBegins(state, entry.node)), now }))
  const city: City = { boxes, nodes, state, complaintsPerHour: options.complaintsPerHour }
  state.starts = (state.starts ?? 0) + 1
  state.nodes = nodes.map(({ node }) => node)
  const save = () => saveState(options.state, state, Date.now())
  // Before the boxes: their boots are counted from it.
  save()
  const saving = setInterval(save, SAVE_EVERY_MS)

  // Once the history is in: a complaint takes the hotspot's telemetry with it.
  const stop = run(city, () => isNew && firstComplaints(city, Date.now()))
  process.stdout.write(
    `${JSON.stringify({ ready: true, hotspots: boxes.length, historyHours: Math.round(hours * 10) / 10, firstStart: isNew })}\n`,
  )
  await ended()
  clearInterval(saving)
  await stop()
  await Promise.all(boxes.map((box) => box.close()))
  save()
}

type Options = NonNullable<ReturnType<typeof readOptions>>

function boxOf({ node, token, profile }: NodeEntry, city: { options: Options; state: CityState; from: number; now: number }): Box {
  const { options, state, from, now } = city
  const settings = (state.settings ??= {})
  let boots = (state.starts ?? 0) * BOOTS_PER_START
  return simulateBox({
    node,
    mqtt: { url: options.mqtt, token, centralKey: options.centralKey },
    version: VERSION,
    cardFile: join(options.cards, `${node}.db`),
    diary: openDiary({
      place: { node, profile },
      everySeconds: state.everySeconds,
      version: VERSION,
      presentFrom: now,
      guestShare: GUEST_SHARE,
    }),
    time: REAL_TIME,
    fillFrom: from,
    upSince: state.base - DAY * (1 + Math.floor(chanceOf(node, 'boot') * 40)),
    nextBoot: () => boots++,
    settings: {
      get version() {
        return settings[node] ?? 0
      },
      set version(version) {
        settings[node] = version
      },
    },
    times: { statusSeconds: state.everySeconds },
  })
}

function run(city: City, onFilled: () => void): () => Promise<void> {
  const timers = new Set<NodeJS.Timeout>()
  const starting = new Set<Promise<void>>()
  for (const [i, box] of city.boxes.entries())
    timers.add(
      setTimeout(
        () => {
          const started: Promise<void> = box.powerOn(!isDead(box)).finally(() => starting.delete(started))
          starting.add(started)
        },
        (i * 1_000) / CONNECTS_PER_SECOND,
      ),
    )

  const residents = setInterval(() => liveOn(city, Date.now()), RESIDENTS_EVERY_MS)
  const begun = Date.now()
  const watch = setInterval(() => {
    if (!city.boxes.every((box) => isFilled(box, city.state))) return
    clearInterval(watch)
    onFilled()
    process.stdout.write(`${JSON.stringify({ filled: true, seconds: Math.round((Date.now() - begun) / 1000) })}\n`)
  }, 500)
  return async () => {
    for (const timer of [...timers, residents, watch]) clearTimeout(timer)
    await Promise.all(starting)
  }
}

const isDead = ({ node }: Box) => mishapAt(node, Date.now()) === 'outage'

function isFilled(box: Box, { everySeconds }: CityState): boolean {
  if (isDead(box)) return box.isOn()
  return box.writtenTo() > Date.now() - 2_000 * everySeconds && (box.behind('t') ?? Infinity) <= WAITING_WHEN_FILLED
}

/** One look at the city every ten seconds: whose line is dead, who complains. */
function liveOn(city: City, now: number): void {
  const step = now - (now % RESIDENTS_EVERY_MS)
  for (const box of city.boxes) {
    if (!box.isOn()) continue
    if (isDead(box)) void box.pullOut()
    else void box.plugIn()
  }
  const chance = (city.complaintsPerHour / 3_600) * (RESIDENTS_EVERY_MS / 1_000) * wakefulness(now)
  if (chanceOf(city.state.generation, step, 'complains') < chance) {
    const i = Math.floor(chanceOf(city.state.generation, step, 'who') * city.nodes.length)
    city.boxes[i]!.record('complaint', complaintOf(city.nodes[i]!.node, step))
  }
}

/** A handful in the queue, spread over the history, the newest a few minutes old. */
function firstComplaints({ state, nodes, boxes, complaintsPerHour }: City, now: number): void {
  const complaints = complaintsPerHour > 0 ? FIRST_COMPLAINTS : 0
  for (let n = complaints - 1; n >= 0; n--) {
    const i = Math.floor(chanceOf(state.generation, n, 'first') * nodes.length)
    const at = Math.floor(now - 4 * MINUTE - ((now - state.base) * n * 0.8) / FIRST_COMPLAINTS)
    boxes[i]!.record('complaint', complaintOf(nodes[i]!.node, at), at)
  }
}

/** Few people write to their city at night (WIB). */
function wakefulness(now: number): number {
  const hour = Math.floor(now / HOUR + 7) % 24
  return choose([0.1, 0.05, 0.05, 0.05, 0.2, 0.6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0.8, 0.5, 0.2], hour / 24)
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
    cards: join(dirname(values.state ?? values.nodes), 'fleet-cards'),
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
