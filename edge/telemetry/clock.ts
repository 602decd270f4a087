/**
 * The box's idea of the time, and how far to trust it. Many boxes have no clock of their own: they wake in 1970 and
 * learn the time from NTP or, before that, from central's ack.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { ClockTrust } from '../wire/envelope.ts'

export type BoxClock = {
  /** Unix milliseconds: the kernel's when it is synchronised, else counted on from central's last word, else the kernel's as it is. */
  now(): number
  trust(): ClockTrust
  /** Central's wall clock as it arrived. */
  hint(centralNow: number): void
  close(): void
}

export type ClockSources = {
  isSynchronised: () => Promise<boolean>
  wall: () => number
  steady: () => number
  recheckSeconds: number
}

/** A message may have waited on the road: a hint is not worth more than this. Closer than that, the box's own clock stands. */
const HINT_TOLERANCE_MILLISECONDS = 10_000
const RECHECK_SECONDS = 60

export async function openBoxClock(sources: Partial<ClockSources> = {}): Promise<BoxClock> {
  const {
    isSynchronised = kernelIsSynchronised,
    wall = Date.now,
    steady = () => performance.now(),
    recheckSeconds = RECHECK_SECONDS,
  } = sources
  let synchronised = await isSynchronised()
  let hinted: { wall: number; steady: number } | undefined
  const recheck = setInterval(() => {
    void isSynchronised().then((answer) => {
      synchronised = answer
    })
  }, recheckSeconds * 1000).unref()

  return {
    now() {
      if (synchronised || !hinted) return wall()
      const counted = hinted.wall + (steady() - hinted.steady)
      return Math.abs(counted - wall()) <= HINT_TOLERANCE_MILLISECONDS ? wall() : Math.round(counted)
    },
    trust: () => (synchronised ? 'ntp' : hinted ? 'hint' : 'none'),
    hint(centralNow) {
      hinted = { wall: centralNow, steady: steady() }
    },
    close: () => clearInterval(recheck),
  }
}

const TIMESYNCD_FLAG = '/run/systemd/timesync/synchronized'
const CHRONYC_TIMEOUT_MILLISECONDS = 2_000

/** systemd-timesyncd says so by a file, chrony when asked. Where neither runs there is no telling, and the answer is no. */
async function kernelIsSynchronised(): Promise<boolean> {
  if (existsSync(TIMESYNCD_FLAG)) return true
  const { promise, resolve } = Promise.withResolvers<boolean>()
  execFile('chronyc', ['-n', '-c', 'tracking'], { timeout: CHRONYC_TIMEOUT_MILLISECONDS }, (error, stdout) => {
    resolve(!error && chronyIsSynchronised(stdout))
  })
  return promise
}

/** The last of chronyc's comma-separated fields is the leap status, the third its stratum; 0 means no source yet. */
export function chronyIsSynchronised(tracking: string): boolean {
  const fields = tracking.trim().split(',')
  return fields.length >= 14 && fields[2] !== '0' && fields.at(-1) !== 'Not synchronised'
}
