/**
 * One process of the fleet: some hundreds or thousands of boxes, each with its own card, line and clock, and the ledger of
 * what they were told. The first message it gets is its WorkerSetup; it ends when it is told to, or when its parent is gone.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { VERSION } from '#edge/version.ts'
import type { Lane } from '#edge/wire/envelope.ts'
import { openDiary } from '#scripts/demo-city/diary.ts'
import { chanceOf, seededRandom } from '#scripts/demo-city/random.ts'
import { complaintOf } from '#scripts/demo-city/residents.ts'
import { openProxy, type Proxy } from '#scripts/fault-suite/tcp-proxy.ts'
import { simulateBox, type Box } from './box.ts'
import { copyCard, putBack, removeCard } from './card.ts'
import { fastTime, REAL_TIME } from './city-time.ts'
import { mqttOf, type Identity } from './identity.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { needsLine, planOf, type Misfortune } from './plan.ts'
import type { FromWorker, Report, ToWorker, WorkerSetup } from './settings.ts'

/** For runs of seconds; a city's boxes keep what the product ships. */
const HASTY = {
  times: { statusSeconds: 5, ackTimeoutSeconds: 2, stallSeconds: 10, connectTimeoutSeconds: 5, keepaliveSeconds: 3 },
  backoff: { firstMilliseconds: 100, maxMilliseconds: 3_000 },
}
const REPORT_MILLISECONDS = 1_000
/** Named in a report: enough to look into. */
const LATE_MAX = 5
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** A box of this fleet boots a few times a run at most. */
const BOOTS_PER_LIFE = 256

type Live = { box: Box; noted: Record<Lane, number> | undefined; line: Proxy | undefined; image: string; timers: Set<NodeJS.Timeout> }

async function run(setup: WorkerSetup): Promise<void> {
  for (const folder of ['cards', 'images']) mkdirSync(join(setup.folder, folder), { recursive: true, mode: 0o700 })
  const ledger = openLedger(join(setup.folder, `ledger-${setup.process}.txt`))
  const happened: Record<string, number> = {}
  const boxes = await Promise.all(setup.boxes.map((identity) => prepare(setup, identity, ledger)))
  const begun = boxes.map(({ live, plan }, i) => {
    const { box } = live
    for (const misfortune of plan) later(live, misfortune.at, () => void suffer(live, misfortune, ledger, happened))
    const wait = (i * setup.processes * 1_000) / setup.connectsPerSecond
    return new Promise<void>((resolve) => {
      later(live, wait, () => {
        void box.powerOn().then(resolve)
      })
    })
  })
  const all = boxes.map(({ live }) => live)
  const complaining = complain(setup, all)
  const report = (): Report => reportOf(all, ledger, happened)
  const reporting = setInterval(() => tell({ kind: 'report', report: report() }), REPORT_MILLISECONDS)

  process.on('message', (message: ToWorker) => void obey(message))
  // Whoever started this is gone: so is the fleet, as a power cut of the whole city.
  process.on('disconnect', () => process.exit(1))

  async function obey(message: ToWorker): Promise<void> {
    switch (message) {
      case 'note':
        for (const live of all) live.noted = live.box.committed()
        return
      case 'settle':
        await Promise.all(begun)
        return void (await Promise.all(all.map(settle)))
      case 'stop':
        clearInterval(complaining)
        for (const { box } of all) box.fallSilent()
        return
      case 'end':
        clearInterval(complaining)
        clearInterval(reporting)
        for (const { timers } of all) for (const timer of timers) clearTimeout(timer)
        await Promise.all(all.map(({ box }) => box.close()))
        await Promise.all(all.flatMap(({ line }) => line?.[Symbol.asyncDispose]() ?? []))
        ledger.close()
        process.send!({ kind: 'end', report: report() } satisfies FromWorker, () => process.exit(0))
    }
  }
}

/** A parent that is gone is noticed by `disconnect`. */
const tell = (message: FromWorker) => void process.send?.(message, () => undefined)

async function prepare(setup: WorkerSetup, identity: Identity, ledger: Ledger): Promise<{ live: Live; plan: Misfortune[] }> {
  const { node, profile } = identity
  const plan = planOf(setup.seed, node, setup.weather, setup.minutes * MINUTE)
  const { hostname, port } = new URL(setup.central.url)
  const line = needsLine(plan) ? await openProxy(Number(port), undefined, hostname) : undefined
  const endsAt = Date.now() + setup.minutes * MINUTE
  let boots = setup.life * BOOTS_PER_LIFE
  const box = simulateBox({
    node,
    mqtt: mqttOf(identity, setup.central, setup.folder, line?.port),
    version: VERSION,
    cardFile: join(setup.folder, 'cards', `${node}.db`),
    diary: openDiary({
      place: { node, profile },
      everySeconds: setup.everySeconds,
      version: VERSION,
      ...(setup.recordsPerMinute !== null && { recordsPerMinute: setup.recordsPerMinute }),
    }),
    time: setup.speed === 1 ? REAL_TIME : fastTime(endsAt, setup.speed),
    upSince: Date.now() - DAY * (1 + Math.floor(chanceOf(node, 'boot') * 40)),
    nextBoot: () => boots++,
    settings: { version: 0 },
    told: (epoch, rows) => ledger.told(node, epoch, rows),
    groupSeconds: setup.groupSeconds,
    ...(setup.hasty && HASTY),
  })
  return { live: { box, noted: undefined, line, image: join(setup.folder, 'images', `${node}.db`), timers: new Set() }, plan }
}

function later({ timers }: Live, milliseconds: number, step: () => void): void {
  const timer = setTimeout(() => {
    timers.delete(timer)
    step()
  }, milliseconds)
  timers.add(timer)
}

async function suffer({ box, line, image }: Live, misfortune: Misfortune, ledger: Ledger, happened: Record<string, number>): Promise<void> {
  const name = misfortune.what === 'clock' ? `clock ${misfortune.name}` : `${misfortune.what} ${misfortune.state}`
  happened[name] = (happened[name] ?? 0) + 1
  switch (misfortune.what) {
    case 'clock':
      return box.setWall(misfortune.wall)
    case 'line':
      return line?.set(misfortune.state)
    case 'power':
      if (misfortune.state === 'on') {
        line?.set('open')
        return box.powerOn()
      }
      // Nobody says goodbye: central finds out by itself.
      line?.set('deaf')
      return box.cutPower()
    case 'card':
      return box.whenStill(() => {
        switch (misfortune.state) {
          case 'image':
            copyCard(box.cardFile, image)
            return ledger.card(box.node, 'image')
          case 'restored':
            if (putBack(image, box.cardFile)) ledger.card(box.node, 'restored')
            return
          case 'swapped':
            removeCard(box.cardFile)
            return ledger.card(box.node, 'swapped')
        }
      })
  }
}

/** No more misfortunes: power and lines are back. A wrong clock stays wrong. */
async function settle({ box, line, timers }: Live): Promise<void> {
  for (const timer of timers) clearTimeout(timer)
  line?.set('open')
  await box.powerOn()
}

/** People complain where they are, a few at a time. */
function complain(setup: WorkerSetup, all: readonly Live[]): NodeJS.Timeout {
  const random = seededRandom(setup.seed + setup.process)
  const perSecond = (setup.complaintsPerHour * all.length) / 3_600
  return setInterval(() => {
    const count = Math.floor(perSecond + random())
    for (let i = 0; i < count; i++) {
      const { box } = all[Math.floor(random() * all.length)]!
      box.record('complaint', complaintOf(box.node, Date.now() + i))
    }
  }, 1_000)
}

function reportOf(all: readonly Live[], ledger: Ledger, misfortunes: Record<string, number>): Report {
  const report: Report = {
    boxes: all.length,
    on: 0,
    connected: 0,
    silent: 0,
    caughtUp: 0,
    arrived: 0,
    late: [],
    accepted: ledger.counted(),
    waiting: 0,
    refused: 0,
    dropped: 0,
    connections: 0,
    misfortunes,
  }
  for (const { box, noted } of all) {
    const [t, e] = [box.behind('t'), box.behind('e')]
    const { refused, dropped, connections } = box.counters()
    report.on += Number(box.isOn())
    report.connected += Number(box.isConnected())
    report.silent += Number(box.isSilent())
    report.arrived += Number(noted !== undefined && box.isAtCentral(noted))
    report.caughtUp += Number(t === 0 && e === 0)
    if (t !== 0 || e !== 0) report.late.push(lateWords(box.node, t, e))
    report.waiting += (t ?? 0) + (e ?? 0)
    report.refused += refused
    report.dropped += dropped
    report.connections += connections
  }
  report.late.splice(LATE_MAX)
  return report
}

const lateWords = (node: string, t: number | undefined, e: number | undefined): string =>
  t === undefined || e === undefined
    ? `${node} has not heard from central`
    : `${node} waits for central's word on ${t} samples and ${e} events`

// Young generations of the usual size grow to 50 MB and never shrink; a fleet has several processes.
setFlagsFromString('--max-semi-space-size=8')
process.once('message', (setup: WorkerSetup) => {
  run(setup).catch((error: unknown) => {
    process.stderr.write(`fleet: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(1)
  })
})
