/** What a simulated box has from the moment its power comes on: the product's outbox on its card, and the product's clock over its own idea of the time. */
import { openBoxClock, type BoxClock } from '#edge/telemetry/clock.ts'
import { openOutbox, type Outbox, type OutboxOptions } from '#edge/telemetry/outbox.ts'
import { plugInto, PowerCut, type Told } from './card.ts'
import { kernelClock } from './kernel-clock.ts'
import type { WallClock } from './wall-clock.ts'

export type Power = {
  outbox: Outbox
  clock: BoxClock
  bootedAt: number
  /** @param isCut what is not committed is gone. */
  off(isCut: boolean): void
  /** From now on nothing reaches the card. */
  cut(): void
}

type Options = Pick<OutboxOptions, 'file' | 'bytesMax' | 'groupSeconds' | 'ackedTailRecords' | 'log'> & {
  /** Which boot of this box it is, over all its life. */
  boot: number
  /** The city's time. */
  now: () => number
  wall: () => WallClock
  told: Told
}

const CLOCK_RECHECK_SECONDS = 5

export async function powerUp({ boot, now, wall, told, ...card }: Options): Promise<Power> {
  const bootedAt = now()
  const elapsed = () => now() - bootedAt
  const plug = plugInto(told)
  const clock = await openBoxClock({
    wall: () => wall().read(now(), elapsed()),
    steady: elapsed,
    isSynchronised: () => Promise.resolve(wall().synchronised),
    recheckSeconds: CLOCK_RECHECK_SECONDS,
  })
  const outbox = openOutbox({ ...card, disk: plug, now: clock.now, monotonic: kernelClock(boot, elapsed), clockTrust: clock.trust })
  return {
    outbox,
    clock,
    bootedAt,
    cut: plug.pull,
    off(isCut) {
      clock.close()
      try {
        outbox.close()
      } catch (error) {
        if (!isCut || !(error instanceof PowerCut)) throw error
      }
    },
  }
}
