import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

/**
 * One instant by both clocks. A box may boot in 1970 and be corrected by years while visitors wait, so what has passed
 * is counted on the kernel's monotonic clock; the wall clock bridges a reboot only.
 */
export type Moment = {
  /** Unix milliseconds. */
  at: number
  /** Milliseconds of CLOCK_MONOTONIC: the same for every process of one boot. */
  mono: number
  boot: string
}

export type Now = () => Moment

export function secondsBetween(from: Moment, to: Moment): number {
  const milliseconds = from.boot === to.boot ? to.mono - from.mono : to.at - from.at
  return Math.max(0, milliseconds / 1000)
}

export function systemNow(): Now {
  const boot = bootId()
  return () => ({ at: Date.now(), mono: Number(process.hrtime.bigint() / 1_000_000n), boot })
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Not a Linux kernel: each start then counts as a boot of its own.
    return randomUUID()
  }
}
