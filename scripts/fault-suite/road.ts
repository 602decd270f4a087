/**
 * The road from boxes to central's disk as real processes, to be broken: boxes under traffic, a broker, central. What a box
 * accepted stands in a ledger of its own, forced to disk after the box said so; the books compare it with central's disk.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { freePort } from '#test/support/free-port.ts'
import { kill, startMosquitto, startProgram, type Running } from '#test/support/telemetry/processes.ts'
import type { Accepted, BoxEnd, BoxSetup, CentralSetup } from '#test/support/telemetry/setup.ts'
import { noBooks, type Books } from './scenario.ts'
import { testimony } from './testimony.ts'

export type Part = 'broker' | 'central' | 'box'

export type RoadOptions = {
  broker: 'mosquitto' | 'embedded'
  boxes?: number
  /** Files of the boxes, or of central, on a disk of their own. */
  boxFolder?: string
  centralFolder?: string
  /** Where boxes find the broker when something of ours stands between; called once the broker's port is known. */
  through?: (brokerPort: number) => Promise<number>
  box?: Partial<BoxSetup>
  boxEnvironment?: Record<string, string>
  centralEnvironment?: Record<string, string>
}

export type Road = Awaited<ReturnType<typeof openRoad>>

type Box = { setup: BoxSetup; running?: Running; end?: BoxEnd }

const hotspotOf = (node: string) => ({
  node,
  name: `Poskamling ${node}`,
  kelurahan: '35.77.01.1003',
  rt: 'RT 05 RW 02',
  lat: -7.629,
  lon: 111.537,
  simulated: false,
})

/** Of a box that ended by itself. */
const LAST_WORDS = 600
/** A program of ours starts within a second, and ten of them at once on a loaded machine within many. */
const FIRST_RECORD_SECONDS_MAX = 60

export async function openRoad(options: RoadOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  const centralFolder = options.centralFolder ?? folder
  const boxFolder = options.boxFolder ?? folder
  const port = await freePort()
  const boxPort = (await options.through?.(port)) ?? port
  const boxes: Box[] = Array.from({ length: options.boxes ?? 1 }, (_, i) => {
    const node = `klegen-${String(i + 1).padStart(2, '0')}`
    const own = join(boxFolder, node)
    mkdirSync(own)
    const token = `a-token-of-this-test-only-0123456789-${node}`
    const url = `mqtt://127.0.0.1:${boxPort}`
    return {
      setup: { node, token, url, outboxFile: join(own, 'outbox.db'), ledgerFile: join(folder, `${node}.ledger`), life: 0, ...options.box },
    }
  })
  const central: CentralSetup = {
    file: join(centralFolder, 'central.db'),
    complaintsFile: join(centralFolder, 'complaints.db'),
    broker:
      options.broker === 'embedded' ? { kind: 'embedded', host: '127.0.0.1', port } : { kind: 'url', url: `mqtt://127.0.0.1:${port}` },
    hotspots: boxes.map(({ setup: { node, token } }) => ({ ...hotspotOf(node), token })),
  }
  let broker: ChildProcess | undefined
  const brokerWords: string[] = []
  let centralRunning: Running | undefined
  const all = () =>
    [broker, centralRunning?.process, ...boxes.map(({ running }) => running?.process)].filter((child) => child !== undefined)
  // Whatever ends this program ends what it started.
  const endAll = () => all().forEach((child) => child.kill('SIGKILL'))
  process.once('exit', endAll)

  const start = async (part: Part, die?: CentralSetup['die']): Promise<void> => {
    if (part === 'broker') broker = options.broker === 'mosquitto' ? await startMosquitto(folder, port, brokerWords) : undefined
    else if (part === 'central')
      centralRunning = await startProgram('central-process', { ...central, ...(die && { die }) }, true, options.centralEnvironment)
    else
      for (const box of boxes) {
        box.setup.life += 1
        box.running = await startProgram('box-process', box.setup, false, options.boxEnvironment)
      }
  }
  const partsOf = {
    broker: () => [broker],
    central: () => [centralRunning?.process],
    box: () => boxes.map(({ running }) => running?.process),
  }

  const byThemselves: string[] = []
  try {
    for (const part of ['broker', 'central', 'box'] as const) await start(part)
    // On a busy machine a fault would otherwise come before there is anything to be at fault.
    for (const box of boxes) await firstRecord(box)
  } catch (error) {
    endAll()
    throw error
  }
  return {
    folder,
    central,
    boxes: boxes as readonly Box[],
    start,
    async kill(part: Part): Promise<void> {
      // A box that ended by itself would be started again here, and nobody would know.
      for (const { setup, running } of part === 'box' ? boxes : [])
        if (running && hasEnded(running.process))
          byThemselves.push(`${setup.node} ended by itself: ${running.errors.join('').slice(-LAST_WORDS)}`)
      for (const child of partsOf[part]()) if (child) await kill(child)
    },
    isUp: (part: Part) => partsOf[part]().every((child) => child !== undefined && !hasEnded(child)),
    /** What central said of its troubles last. */
    centralErrors: () => centralRunning?.errors.join('') ?? '',
    /** How each of the three stands at this moment, for a story that does not go on. */
    whatTheySay: () =>
      testimony([
        { name: 'broker', children: partsOf.broker(), words: brokerWords },
        { name: 'central', children: partsOf.central(), words: centralRunning?.errors ?? [] },
        ...boxes.map(({ setup, running }) => ({ name: setup.node, children: [running?.process], words: running?.errors ?? [] })),
      ]),
    accepted: () => boxes.reduce((sum, { setup }) => sum + ledgerOf(setup).length, 0),
    async endTraffic(): Promise<void> {
      for (const box of boxes) {
        if (!box.running) throw new Error('a box is not running')
        box.running.process.stdin!.write('stop\n')
        const said = await box.running.lines.next()
        if (said.done) throw new Error(`${box.setup.node} ended before its traffic did:\n${box.running.errors.join('').slice(-1_000)}`)
        box.end = JSON.parse(said.value) as BoxEnd
      }
    },
    /** Until central has on disk what the boxes numbered. @returns seconds waited. */
    async arrived(withinSeconds: number): Promise<number> {
      const begun = performance.now()
      const seconds = () => (performance.now() - begun) / 1000
      for (;;) {
        const late = boxes.filter(({ setup, end }) => !hasAll(central.file, setup.node, end!))
        if (late.length === 0) return seconds()
        if (seconds() > withinSeconds)
          throw new Error(`after ${withinSeconds} s central has not all of ${late.map(({ setup }) => setup.node).join(', ')}`)
        await setTimeout(50)
      }
    },
    /** Both ends' books; call it when everything has arrived. */
    async books(): Promise<Books & { refused: number; wrong: string[] }> {
      for (const child of all()) await kill(child)
      const books = compare(central, boxes)
      return { ...books, wrong: [...byThemselves, ...books.wrong] }
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', endAll)
      for (const child of all()) await kill(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function firstRecord({ setup, running }: Box): Promise<void> {
  const until = performance.now() + FIRST_RECORD_SECONDS_MAX * 1_000
  while (ledgerOf(setup).length === 0) {
    const words = () => running!.errors.join('').slice(-LAST_WORDS)
    if (hasEnded(running!.process)) throw new Error(`${setup.node} ended before its traffic began:\n${words()}`)
    if (performance.now() > until) throw new Error(`${setup.node} has said nothing for ${FIRST_RECORD_SECONDS_MAX} s:\n${words()}`)
    await setTimeout(20)
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

function hasAll(file: string, node: string, end: BoxEnd): boolean {
  if (!existsSync(file)) return false
  const db = new Database(file, { readonly: true, timeout: 1_000 })
  try {
    const rows = db.prepare('SELECT lane, mark FROM stream WHERE node = ? AND epoch = ?').all(node, end.epoch) as {
      lane: 't' | 'e'
      mark: number
    }[]
    const marks = { t: 0, e: 0, ...Object.fromEntries(rows.map(({ lane, mark }) => [lane, mark])) }
    return marks.t === end.t && marks.e === end.e
  } finally {
    db.close()
  }
}

const ledgerOf = ({ ledgerFile }: BoxSetup): Accepted[] =>
  existsSync(ledgerFile)
    ? readFileSync(ledgerFile, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Accepted)
    : []

const idOf = (accepted: Accepted): string =>
  'usage' in accepted
    ? `usage ${accepted.usage}`
    : 'session' in accepted
      ? `session ${accepted.session}`
      : `complaint ${accepted.complaint}`

function compare(central: CentralSetup, boxes: readonly Box[]): Books & { refused: number; wrong: string[] } {
  const books = { ...noBooks(), refused: 0, wrong: [] as string[] }
  const db = new Database(central.file, { readonly: true })
  const complaints = new Database(central.complaintsFile, { readonly: true })
  try {
    const codes = new Set(complaints.prepare('SELECT code FROM complaint').pluck().all() as string[])
    for (const { setup, end } of boxes) {
      const times = storedOf(db, setup.node)
      // A complaint is stored where complaints are; its raw row only says that it came.
      for (const id of times.keys()) if (id.startsWith('complaint ') && !codes.has(id.slice('complaint '.length))) times.delete(id)
      books.duplicated += [...times.values()].filter((n) => n > 1).length
      const accepted = ledgerOf(setup).map(idOf)
      const missing = accepted.filter((id) => !times.has(id))
      const counted = Math.min(missing.filter((id) => id.startsWith('usage ')).length, end?.dropped ?? 0)
      books.accepted += accepted.length
      books.stored += accepted.length - missing.length
      books.counted += counted
      books.lost += missing.length - counted
      books.refused += end?.refused ?? 0
      if (missing.length > counted)
        books.wrong.push(`${setup.node}: ${missing.find((id) => !id.startsWith('usage ')) ?? missing[0]} is nowhere`)
    }
    const raw = db.prepare("SELECT total(json_extract(body, '$.downOctets')) FROM raw WHERE kind = 'usage'").pluck().get()
    const charted = db.prepare('SELECT total(down_octets) FROM node_day').pluck().get()
    if (raw !== charted) books.wrong.push(`records add up to ${String(raw)} octets, charts to ${String(charted)}`)
    const quarantined = db.prepare('SELECT count(*) FROM quarantine').pluck().get() as number
    if (quarantined > 0) books.wrong.push(`${quarantined} in quarantine, and nothing wrong was sent`)
    return books
  } finally {
    db.close()
    complaints.close()
  }
}

/** What identifies a fact, with how often central's disk has it. */
function storedOf(db: Database.Database, node: string): Map<string, number> {
  const rows = db
    .prepare(
      "SELECT kind, body FROM raw JOIN stream ON stream.id = raw.stream WHERE node = ? AND kind IN ('usage', 'session', 'complaint')",
    )
    .all(node) as { kind: string; body: string }[]
  const times = new Map<string, number>()
  for (const { kind, body } of rows) {
    const { downOctets, id, code } = JSON.parse(body) as { downOctets?: number; id?: string; code?: string }
    const name = `${kind} ${kind === 'usage' ? downOctets : (id ?? code)}`
    times.set(name, (times.get(name) ?? 0) + 1)
  }
  return times
}
