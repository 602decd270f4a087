/**
 * Looks at each device of the site in its turn, and says how it does. A device that hangs, lies or is gone costs a
 * bounded wait and nothing else: neither the others nor the visitors notice.
 */
import type { DeviceConfig } from '../../config.ts'
import type { DeviceProblem } from '../../wire/device.ts'
import type { Notices, Recorder } from '../port.ts'
import { deviceRecord, unanswered, type Look } from './device-record.ts'
import { openSnmp } from './open.ts'
import { SnmpError, type SnmpSession } from './port.ts'
import { readDevice } from './reading.ts'

const EVERY_SECONDS = 60
/** A switch with 48 ports takes under a second; one that is not done by then is not worth more. */
const LOOK_MILLISECONDS = 10_000
/** A box has a small processor, and a look is some hundred packets. */
const LOOKS_AT_ONCE = 4
/** The first looks of sixteen devices are spread over this, so that the map need not wait long. */
const FIRST_WITHIN_MILLISECONDS = 5_000
/** One unanswered look is weather; two in a row are an outage. */
const FAILURES_UNTIL_SILENT = 2
/** A device that stays silent is asked ever less often, down to this: whoever repairs it waits no longer for the NOC. */
const SILENT_EVERY_SECONDS_MAX = 300

export type DeviceWatch = {
  /** Names of those that did not answer twice in a row. */
  silent(): string[]
  /** Resolves when no look is under way. */
  close(): Promise<void>
}

type Options = {
  devices: readonly DeviceConfig[]
  recorder: Recorder
  notices: Notices
  log: (line: string) => void
  open?: (device: DeviceConfig) => Promise<SnmpSession>
  lookMilliseconds?: number
}

type Watched = { device: DeviceConfig; before: Look | undefined; failures: number; timer: NodeJS.Timeout | undefined }

export function watchDevices({
  devices,
  recorder,
  notices,
  log,
  open = openSnmp,
  lookMilliseconds = LOOK_MILLISECONDS,
}: Options): DeviceWatch {
  const queue = createQueue(LOOKS_AT_ONCE)
  const closing = new AbortController()
  const all = devices.map((device): Watched => ({ device, before: undefined, failures: 0, timer: undefined }))

  const answered = (watched: Watched, look: Look) => {
    const record = deviceRecord(watched.device, watched.before, look)
    recorder.record('device', record)
    const { name } = watched.device
    if (watched.failures >= FAILURES_UNTIL_SILENT) tell('device-back', name, 'answers again')
    if (record.replaced) tell('device-replaced', name, 'is another device than before')
    watched.before = look
    watched.failures = 0
  }
  const failed = (watched: Watched, problem: DeviceProblem) => {
    recorder.record('device', unanswered(watched.device, watched.before, problem))
    watched.failures += 1
    if (watched.failures === FAILURES_UNTIL_SILENT) tell('device-silent', watched.device.name, WORDS[problem])
  }
  const tell = (kind: 'device-silent' | 'device-back' | 'device-replaced', name: string, words: string) => {
    log(`The device "${name}" ${words}.`)
    notices.tell(kind, { detail: name })
  }

  const look = async (watched: Watched) => {
    const at = performance.now()
    const outcome = await lookAt(() => open(watched.device), lookMilliseconds, closing.signal)
    if (closing.signal.aborted) return
    try {
      if ('reading' in outcome) answered(watched, { at, reading: outcome.reading })
      else failed(watched, outcome.problem)
    } catch (error) {
      log(`Nothing was written down of the device "${watched.device.name}": ${String(error)}`)
    }
  }
  const plan = (watched: Watched, milliseconds: number) => {
    watched.timer = setTimeout(() => {
      void queue
        .run(() => (closing.signal.aborted ? Promise.resolve() : look(watched)))
        .then(() => {
          if (!closing.signal.aborted)
            plan(watched, untilNextLook(watched.device.everySeconds ?? EVERY_SECONDS, watched.failures, Math.random()))
        })
    }, milliseconds)
  }
  for (const watched of all)
    plan(watched, Math.random() * Math.min(FIRST_WITHIN_MILLISECONDS, (watched.device.everySeconds ?? EVERY_SECONDS) * 1_000))

  return {
    silent: () => all.filter(({ failures }) => failures >= FAILURES_UNTIL_SILENT).map(({ device }) => device.name),
    async close() {
      closing.abort()
      for (const { timer } of all) clearTimeout(timer)
      await queue.idle()
    },
  }
}

const WORDS: Record<DeviceProblem, string> = {
  'no-answer': 'does not answer',
  auth: 'refuses our SNMP user or keys',
  unreadable: 'sends what is no SNMP',
  'too-much': 'is not done with its answers in time',
}

/** A silence is looked into soon, so that it is known within three intervals of the NOC's. */
const AGAIN_AFTER_SHARE = 0.25

/** Milliseconds; a twentieth more or less, so that devices and boxes do not fall into step. Pure. */
export function untilNextLook(everySeconds: number, failures: number, random: number): number {
  const doublings = Math.max(0, Math.min(10, failures - FAILURES_UNTIL_SILENT))
  const share = failures > 0 && failures < FAILURES_UNTIL_SILENT ? AGAIN_AFTER_SHARE : 2 ** doublings
  const seconds = Math.min(Math.max(SILENT_EVERY_SECONDS_MAX, everySeconds), everySeconds * share)
  return seconds * 1_000 * (0.95 + 0.1 * random)
}

type Outcome = { reading: Look['reading'] } | { problem: DeviceProblem }

/** Closing the session ends whatever it waits for. Never rejects. */
async function lookAt(open: () => Promise<SnmpSession>, milliseconds: number, signal: AbortSignal): Promise<Outcome> {
  let session: SnmpSession | undefined
  let late = false
  let hasAnswered = false
  const end = () => session?.close()
  const timer = setTimeout(() => {
    late = true
    end()
  }, milliseconds)
  signal.addEventListener('abort', end)
  try {
    const opened = (session = await open())
    const get: SnmpSession['get'] = async (oids) => {
      const values = await opened.get(oids)
      hasAnswered = true
      return values
    }
    return { reading: await readDevice({ ...opened, get }) }
  } catch (error) {
    return { problem: late && hasAnswered ? 'too-much' : problemOf(error) }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
    end()
  }
}

function problemOf(error: unknown): DeviceProblem {
  if (!(error instanceof SnmpError)) return 'unreadable'
  // It speaks SNMP and refuses even its own name.
  return error.kind === 'refused' ? 'auth' : error.kind
}

/** At most `width` at once, in the order they came. */
function createQueue(width: number) {
  const waiting: (() => void)[] = []
  const running = new Set<Promise<void>>()
  return {
    async run(work: () => Promise<void>): Promise<void> {
      if (running.size >= width) await new Promise<void>((resolve) => waiting.push(resolve))
      const done = work()
      running.add(done)
      await done
      running.delete(done)
      waiting.shift()?.()
    },
    async idle(): Promise<void> {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}
