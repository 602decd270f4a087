/** The processes of a fleet: each gets its share of the boxes, always the same one, and says how it does. */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CentralAddress, Identity } from './identity.ts'
import type { FromWorker, Report, RunSettings, ToWorker, WorkerSetup } from './settings.ts'

const WORKER = join(import.meta.dirname, 'worker.ts')
/** A process that has not ended by then is ended hard; its boxes' cards are as after a power cut. */
const END_WITHIN_MILLISECONDS = 60_000
const POLL_MILLISECONDS = 200

type Options = {
  settings: RunSettings
  central: CentralAddress
  folder: string
  life: number
  processes: number
  boxes: readonly Identity[]
}

export type Fleet = {
  report(): Report
  /** Resolves when the report is as wanted. @returns seconds waited, or undefined when it never was within the time. */
  until(isSo: (report: Report) => boolean, withinSeconds: number): Promise<number | undefined>
  tell(message: Exclude<ToWorker, 'end'>): void
  /** In order. */
  end(): Promise<Report>
  /** As a power cut of the whole city. */
  kill(): Promise<void>
  pids(): number[]
}

export function startFleetProcesses({ settings, central, folder, life, processes, boxes }: Options): Fleet {
  const reports = new Map<number, Report>()
  let problem: Error | undefined
  let ending = false
  const children = Array.from({ length: processes }, (_, process) => {
    // In a group of its own: Ctrl-C is for whoever started the fleet, who then ends it in order.
    const child = fork(WORKER, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true })
    const own = boxes.filter((_box, i) => i % processes === process)
    child.send({ ...settings, central, folder, life, process, processes, boxes: own } satisfies WorkerSetup)
    child.on('message', ({ report }: FromWorker) => reports.set(process, report))
    child.once('exit', (code, signal) => {
      if (!ending) problem ??= new Error(`A process of the fleet ended by itself (${signal ?? `code ${code}`}).`)
    })
    return child
  })
  const report = () => sumOf([...reports.values()])
  const exits = () => Promise.all(children.map(exitOf))

  return {
    report,
    async until(isSo, withinSeconds) {
      const begun = performance.now()
      for (;;) {
        if (problem) throw problem
        const seconds = (performance.now() - begun) / 1_000
        if (reports.size === processes && isSo(report())) return seconds
        if (seconds > withinSeconds) return undefined
        await pause(POLL_MILLISECONDS)
      }
    },
    tell: (message) => children.forEach((child) => child.connected && child.send(message)),
    async end() {
      ending = true
      for (const child of children) if (child.connected) child.send('end' satisfies ToWorker)
      const hard = setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), END_WITHIN_MILLISECONDS)
      await exits()
      clearTimeout(hard)
      return report()
    },
    async kill() {
      ending = true
      for (const child of children) child.kill('SIGKILL')
      await exits()
    },
    pids: () => children.flatMap(({ pid }) => pid ?? []),
  }
}

function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

function sumOf(reports: readonly Report[]): Report {
  const of = (name: Exclude<keyof Report, 'misfortunes' | 'late'>) => reports.reduce((sum, report) => sum + report[name], 0)
  const misfortunes: Record<string, number> = {}
  for (const report of reports)
    for (const [name, count] of Object.entries(report.misfortunes)) misfortunes[name] = (misfortunes[name] ?? 0) + count
  return {
    boxes: of('boxes'),
    on: of('on'),
    connected: of('connected'),
    silent: of('silent'),
    caughtUp: of('caughtUp'),
    arrived: of('arrived'),
    late: reports.flatMap(({ late }) => late),
    accepted: of('accepted'),
    waiting: of('waiting'),
    refused: of('refused'),
    dropped: of('dropped'),
    connections: of('connections'),
    misfortunes,
  }
}
