/** What a fleet is told: once for the whole run, and what each of its processes needs to know of it. */
import type { CentralAddress, Identity } from './identity.ts'
import type { Weather } from './plan.ts'

export type RunSettings = {
  seed: number
  minutes: number
  /** Seconds between two samples of a box. */
  everySeconds: number
  groupSeconds: number
  /** How many times as fast as the real time the city lives. */
  speed: number
  weather: Weather
  recordsPerMinute: number | null
  /** Connections begun per second, by the whole fleet. */
  connectsPerSecond: number
  /** Boxes wait a tenth as long as shipped before they ask or try again. */
  hasty: boolean
  /** Complaints per hour and box. */
  complaintsPerHour: number
}

export type WorkerSetup = RunSettings & {
  central: CentralAddress
  /** Cards, images and this process's ledger. */
  folder: string
  process: number
  processes: number
  /** Which start of this fleet it is: boots are counted from it. */
  life: number
  boxes: Identity[]
}

/** What a process of the fleet says of itself, once a second and at its end. */
export type Report = {
  boxes: number
  on: number
  connected: number
  /** Boxes that write nothing down any more. */
  silent: number
  /** Boxes all of whose committed records central has by its own word. */
  caughtUp: number
  /** Boxes of which central has all that they had committed at the last `note`. */
  arrived: number
  /** Some of those that are not caught up, in words. */
  late: string[]
  /** Facts in the ledger. */
  accepted: number
  /** Committed, not at central yet by its own word. */
  waiting: number
  refused: number
  dropped: number
  connections: number
  /** What has happened to boxes so far, by name. */
  misfortunes: Record<string, number>
}
export type FromWorker = { kind: 'report' | 'end'; report: Report }
/** note: remember what each box has committed now. settle: faults end, records go on. stop: nothing new is written down, what waits goes out. end: close and leave. */
export type ToWorker = 'note' | 'settle' | 'stop' | 'end'
