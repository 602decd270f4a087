/**
 * Once per interval, writes down what went through the hotspot and how the box does, and keeps the newest for the live status.
 * Ticks lie on a fixed grid of a clock that nobody sets; each usage record says how many seconds it covers, so a late
 * tick makes one longer record, never two.
 */
import { performance } from 'node:perf_hooks'
import type { Health } from '../wire/health.ts'
import type { Play } from '../wire/play.ts'
import type { Usage } from '../wire/usage.ts'
import type { Recorder } from './port.ts'

export type SamplerOptions = {
  everySeconds: number
  recorder: Recorder
  /** What happened since the last call. When it throws, its counters must stay for the next call. */
  usage: () => Omit<Usage, 'seconds'> | Promise<Omit<Usage, 'seconds'>>
  health: () => Promise<Health>
  /** Plays since the last call. */
  plays?: () => Play[]
  log?: (message: string) => void
  /** Milliseconds that only rise. */
  steady?: () => number
}

export type Sampler = {
  /** For the uplink's live status. */
  latest(): { usage?: Usage; health?: Health }
  /** Takes a sample now, off the grid: at a start, so that the map does not wait a minute, and at a stop. */
  sample(): Promise<void>
  close(): void
}

/** The wire's limit on one usage record: a box that slept longer says one hour, not a guess. */
const SECONDS_MAX = 3_600

export function startSampler(options: SamplerOptions): Sampler {
  const { everySeconds, recorder, log = () => {}, steady = () => performance.now() } = options
  const latest: { usage?: Usage; health?: Health } = {}
  const begun = steady()
  let usageSince = begun
  let sampling: Promise<void> | undefined

  const collect = async (what: string, step: () => void | Promise<void>) => {
    try {
      await step()
    } catch (error) {
      log(`No ${what} this time: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  const takeUsage = async () => {
    const counted = await options.usage()
    const now = steady()
    const seconds = Math.min(SECONDS_MAX, Math.max(1, Math.round((now - usageSince) / 1000)))
    const usage = { seconds, ...counted }
    usageSince = now
    latest.usage = usage
    recorder.record('usage', usage)
  }

  const takeHealth = async () => {
    latest.health = await options.health()
    recorder.record('health', latest.health)
  }

  /** One at a time: a probe that hangs must not pile up behind itself. */
  const sample = () => {
    sampling ??= (async () => {
      await collect('usage', takeUsage)
      await collect('plays', () => {
        for (const play of options.plays?.() ?? []) recorder.record('play', play)
      })
      await collect('health', takeHealth)
      sampling = undefined
    })()
    return sampling
  }

  let timer = setTimeout(tick, everySeconds * 1000)
  function tick() {
    void sample()
    timer = setTimeout(tick, untilNextTick(steady() - begun, everySeconds * 1000))
  }

  return { latest: () => ({ ...latest }), sample, close: () => clearTimeout(timer) }
}

/** Milliseconds to the next point of the grid. A timer that fires a little early must not fire twice for one point. */
export function untilNextTick(sinceBegin: number, every: number): number {
  const early = every * 0.1
  const next = Math.floor((sinceBegin + early) / every + 1) * every
  return next - sinceBegin
}
