/** Somebody else (a backup, a person with a shell) holds central's database: nothing may be acknowledged, all of it comes later. */
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { settle } from '../end.ts'
import { openRoad } from '../road.ts'
import type { Scenario } from '../scenario.ts'

const LOCKED_SECONDS = { smoke: 3, full: 30 }
const DRAIN_SECONDS_MAX = 60

export const databaseLock: Scenario = {
  name: 'database-lock',
  what: 'central’s database locked for 30 s (3 in a smoke run) under traffic',
  rounds: { unit: 'times locked', smoke: 1, full: 5 },
  async run({ rounds, smoke }) {
    const seconds = LOCKED_SECONDS[smoke ? 'smoke' : 'full']
    await using road = await openRoad({ broker: 'embedded', box: { everyMilliseconds: 15 } })
    for (let round = 0; round < rounds; round++) {
      await setTimeout(1_000)
      const holder = new Database(road.central.file, { timeout: 10_000 })
      holder.exec('BEGIN IMMEDIATE')
      const before = holder.prepare('SELECT total(mark) FROM stream').pluck().get()
      await setTimeout(seconds * 1000)
      const after = holder.prepare('SELECT total(mark) FROM stream').pluck().get()
      holder.exec('ROLLBACK')
      holder.close()
      if (before !== after) throw new Error('central wrote while its database was locked')
    }
    const outcome = await settle(road, `${rounds} times locked for ${seconds} s`, DRAIN_SECONDS_MAX)
    if (!/locked|busy/i.test(road.centralErrors())) outcome.failures.push('central never met the lock: the story proves nothing')
    return outcome
  },
}
