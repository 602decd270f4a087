/** ./scripts/fleet after its set-up. */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freePort } from '#test/support/free-port.ts'
import { openCentralBooks, type CentralPlace } from './central-books.ts'
import { commitOf } from './commit.ts'
import { HELP, newSeed, readOptions, type FleetOptions } from './options.ts'
import { enrol, startOwnCentral } from './own-central.ts'
import { runFleet, type Run } from './run.ts'
import { fleetPlaces, readFleet, writeFleet, type FleetNote } from './store.ts'
import { verify, wrongIn, type Verdict } from './verify.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '.state', 'fleet')

const print = (line: string) => void process.stdout.write(`${line}\n`)
const say = (line: string) => void process.stderr.write(`  ${line}\n`)

async function main(): Promise<number> {
  const read = readOptions(process.argv.slice(2))
  if (read === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  if (!read.ok) {
    process.stderr.write(`${read.problem}\n`)
    return 2
  }
  const { options } = read
  const folder = resolve(options.data ?? FOLDER)
  switch (options.command) {
    case 'enrol': {
      const note = await prepare(folder, options, resolve(options.centralData!))
      print(`${note.boxes.length} boxes are registered; who they are is in ${folder}. Now: ./scripts/fleet --central mqtt://…`)
      return 0
    }
    case 'verify': {
      const note = readFleet(folder)
      if (!note) throw new Error(`No fleet has run in ${folder}. Give its folder with --data.`)
      return await judge(folder, placeOf(options, folder), note.seed)
    }
    case 'run':
      return options.central === undefined ? await runWithOwnCentral(folder, options) : await runWith(folder, options, options.central)
  }
}

async function runWithOwnCentral(folder: string, options: FleetOptions): Promise<number> {
  const dataDir = join(folder, 'central')
  const note = await prepare(folder, options, dataDir)
  const { publicKey } = note
  // What the boxes were given at their first start is what they go on with.
  const proof = note.boxes[0]!.token === null ? 'certificate' : 'token'
  const central = await startOwnCentral({ dataDir, logFile: join(folder, 'central.log'), port: await freePort(), proof, publicKey })
  try {
    announce(options, note)
    const kills = options.kills > 0 ? { kills: { central, count: options.kills } } : {}
    const run = await runFleet({ ...common(folder, options, note), central: central.address, ...kills })
    tell(run)
    await central.stop()
    return endOf(run, await judge(folder, placeOf(options, folder), note.seed))
  } finally {
    await central.stop()
  }
}

async function runWith(folder: string, options: FleetOptions, url: string): Promise<number> {
  const note = await prepare(folder, options, options.centralData === undefined ? undefined : resolve(options.centralData))
  announce(options, note)
  const run = await runFleet({ ...common(folder, options, note), central: { url, publicKey: note.publicKey } })
  tell(run)
  if (options.centralData === undefined) {
    print('Not compared with central: for that, ./scripts/fleet verify --central-data DIR')
    return endOf(run, 0)
  }
  return endOf(run, await judge(folder, placeOf(options, folder), note.seed))
}

/** Boxes registered and known to this folder; those of an earlier run go on where they were. */
async function prepare(
  folder: string,
  { boxes, processes, seed, fresh, proof }: FleetOptions,
  centralData: string | undefined,
): Promise<FleetNote> {
  if (fresh) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const before = readFleet(folder)
  if (before && before.boxes.length !== boxes && boxes > before.boxes.length && centralData === undefined)
    throw new Error(`${folder} knows ${before.boxes.length} boxes. For more, give --central-data DIR to register them, or --fresh.`)
  if (before && before.processes !== processes)
    throw new Error(
      `This fleet was begun with ${before.processes} processes and must stay so: --processes ${before.processes}, or --fresh.`,
    )
  const known = before?.boxes ?? []
  const places = fleetPlaces(boxes)
  const missing = places.slice(known.length)
  if (missing.length > 0 && centralData === undefined)
    throw new Error(`No boxes are registered in ${folder}. Give --central-data DIR, or first: ./scripts/fleet enrol --central-data DIR`)
  const made = missing.length > 0 ? await enrol(centralData!, folder, missing, proof) : undefined
  const note: FleetNote = {
    v: 1,
    seed: seed ?? newSeed(),
    processes,
    life: (before?.life ?? 0) + 1,
    publicKey: made?.publicKey ?? before!.publicKey,
    boxes: [...known.slice(0, boxes), ...(made?.boxes ?? [])],
  }
  writeFleet(folder, note)
  return note
}

const common = (folder: string, { settings }: FleetOptions, note: FleetNote) => ({
  folder,
  note,
  settings: { ...settings, seed: note.seed },
  say,
  stop: stopped.signal,
})

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())

function placeOf({ centralData }: FleetOptions, folder: string): CentralPlace {
  const url = process.env.DATABASE_URL
  if (url) return { url }
  const data = centralData === undefined ? join(folder, 'central') : resolve(centralData)
  const place = { telemetry: join(data, 'telemetry.db'), city: join(data, 'city.db') }
  if (!existsSync(place.telemetry)) throw new Error(`Central keeps no telemetry in ${data}. Give its data folder with --central-data.`)
  return place
}

async function judge(folder: string, place: CentralPlace, seed: number): Promise<number> {
  const books = await openCentralBooks(place)
  try {
    const verdict = await verify(folder, books)
    const wrong = wrongIn(verdict)
    printVerdict(verdict, wrong, seed)
    return wrong.length === 0 ? 0 : 1
  } finally {
    await books.close()
  }
}

function printVerdict(verdict: Verdict, wrong: readonly string[], seed: number): void {
  const { accepted, stored, quarantined, counted, onCard, cardGone, lost, duplicated } = verdict
  const n = (value: number) => value.toLocaleString('en')
  print(`fleet: ${wrong.length === 0 ? 'ok' : 'FAILED'} · seed ${seed} · commit ${commitOf()}`)
  print(
    `    accepted ${n(accepted)} = stored ${n(stored)} + quarantined ${n(quarantined)} + given up by count ${n(counted)} + still on cards ${n(onCard)} + on cards taken out ${n(cardGone)}; lost ${n(lost)}, duplicated ${n(duplicated)}`,
  )
  print(
    `    ${n(verdict.unledgered)} stored without a line in the ledger; ${n(verdict.gapRecords)} numbers that central knows will never come; ${n(verdict.complaints)} complaints, ${n(verdict.complaints - verdict.complaintsMissing)} of them cases`,
  )
  for (const line of wrong) print(`    ✗ ${line}`)
  for (const line of verdict.examples) print(`      ${line}`)
}

function announce({ settings, boxes, processes }: FleetOptions, { seed }: FleetNote): void {
  print(
    `fleet: ${boxes} boxes in ${processes} processes, ${settings.minutes} min of ${settings.weather} weather · seed ${seed} · commit ${commitOf()}`,
  )
}

function tell({ report, caughtUpSeconds }: Run): void {
  for (const words of caughtUpSeconds === undefined ? report.late : []) say(words)
  const suffered = Object.entries(report.misfortunes).map(([name, count]) => `${name} ${count}`)
  print(
    `    ${report.connections} connections; ${suffered.join(', ') || 'nothing went wrong'}; ${report.refused} events refused by boxes, which said so`,
  )
  print(
    caughtUpSeconds === undefined
      ? `    ✗ ${report.boxes - report.caughtUp} boxes never heard that everything of theirs arrived`
      : `    every box had central's word for everything ${caughtUpSeconds.toFixed(1)} s after the end`,
  )
}

const endOf = (run: Run, code: number): number => (run.caughtUpSeconds === undefined ? 1 : code)

process.exit(
  await main().catch((error: unknown) => {
    process.stderr.write(`✗ ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }),
)
