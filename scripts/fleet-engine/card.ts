/**
 * The memory card of a simulated box: the product's own outbox file, without its ballast (2 MiB a box, thousands of times),
 * with a plug that can be pulled. Whatever was committed is told to a listener before the outbox itself goes on, so that a
 * ledger outside the box knows exactly what the box may call safe.
 */
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { NO_BALLAST } from '#edge/telemetry/ballast.ts'
import type { SpoolDisk } from '#edge/telemetry/spool.ts'
import { openStore, type NewRow } from '#edge/telemetry/store.ts'

/** What a box has just committed, in the order of its numbers. */
export type Told = (epoch: string, rows: readonly NewRow[]) => void

export class PowerCut extends Error {}

export type Plug = SpoolDisk & { pull(): void }

/** From `pull` on nothing reaches the card: what waited in memory is gone, as with the power. */
export function plugInto(told: Told): Plug {
  let power = true
  const needPower = () => {
    if (!power) throw new PowerCut('the power is off')
  }
  return {
    pull: () => void (power = false),
    openBallast: () => NO_BALLAST,
    openStore(file) {
      const store = openStore(file)
      let { epoch } = store.readNotes()
      return {
        ...store,
        append(rows, notes) {
          needPower()
          store.append(rows, notes)
          epoch = notes.epoch ?? epoch
          if (rows.length > 0) told(epoch, rows)
        },
        remove(through, notes) {
          needPower()
          store.remove(through, notes)
          epoch = notes.epoch ?? epoch
        },
      }
    },
  }
}

const PARTS = ['', '-wal'] as const

/** A copy of the card as a power cut at this moment would leave it; no commit may be under way, and in one thread none is. */
export function copyCard(file: string, image: string): void {
  removeCard(image)
  for (const part of PARTS) if (existsSync(file + part)) copyFileSync(file + part, image + part)
}

/** @returns whether there was an image to put in. */
export function putBack(image: string, file: string): boolean {
  if (!existsSync(image)) return false
  copyCard(image, file)
  return true
}

export function removeCard(file: string): void {
  for (const part of PARTS) rmSync(file + part, { force: true })
}
