/** The box wakes in 1970, then leaps ten years ahead and ten back while it runs; then central's clock does. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { settle, together } from '../end.ts'
import { faketimeLibrary, faketimeMissing } from '../missing.ts'
import { openRoad, type Road } from '../road.ts'
import type { Outcome, Scenario } from '../scenario.ts'

const TEN_YEARS_DAYS = 3_650
const DAYS_SINCE_1970 = () => Math.floor(Date.now() / 86_400_000)
/** libfaketime's words for an offset. */
const OFFSETS = { right: '+0d', ahead: `+${TEN_YEARS_DAYS}d`, behind: `-${TEN_YEARS_DAYS}d` } as const
const BETWEEN_MILLISECONDS = { smoke: 900, full: 5_000 }
const DRAIN_SECONDS_MAX = 60
/** Central allows five minutes; this is for the test's own run. */
const AHEAD_MILLISECONDS_MAX = 6 * 60_000

export const clock: Scenario = {
  name: 'clock',
  what: 'wall clocks of 1970, ten years ahead and ten behind, leaping in running programs (libfaketime)',
  rounds: { unit: 'rounds of leaps, at a box and at central', smoke: 1, full: 5 },
  missing: faketimeMissing,
  async run({ seed, rounds, smoke }) {
    const random = seededRandom(seed)
    const between = () => setTimeout(BETWEEN_MILLISECONDS[smoke ? 'smoke' : 'full'] * (0.5 + random()))
    return together([await leap('box', rounds, between), await leap('central', rounds, between)])
  },
}

async function leap(who: 'box' | 'central', rounds: number, between: () => Promise<void>): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'))
  try {
    const file = join(folder, 'time')
    const set = (offset: string) => {
      // A whole file at every moment: the programs read it whenever they ask for the time.
      writeFileSync(`${file}.new`, `${offset}\n`)
      renameSync(`${file}.new`, file)
    }
    set(who === 'box' ? `-${DAYS_SINCE_1970()}d` : OFFSETS.right)
    const environment = {
      LD_PRELOAD: faketimeLibrary()!,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    }
    await using road = await openRoad({
      broker: 'embedded',
      ...(who === 'box' ? { boxEnvironment: environment } : { centralEnvironment: environment }),
    })
    await between()
    for (let round = 0; round < rounds; round++) {
      for (const offset of [OFFSETS.right, OFFSETS.ahead, OFFSETS.behind, OFFSETS.right]) {
        set(offset)
        await between()
      }
    }
    const outcome = await settle(road, `${4 * rounds} leaps of the clock of the ${who}`, DRAIN_SECONDS_MAX)
    if (who === 'box') outcome.failures.push(...misplaced(road, outcome))
    return outcome
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Records of a box whose clock cannot be believed are flagged, and lie where central received them. */
function misplaced(road: Road, outcome: Outcome): string[] {
  const db = new Database(road.central.file, { readonly: true })
  try {
    const flags = db.prepare("SELECT coalesce(flag, 'none') AS flag, count(*) AS n FROM raw GROUP BY 1").all() as {
      flag: string
      n: number
    }[]
    outcome.notes.push(`flags of the records: ${flags.map(({ flag, n }) => `${flag} ${n}`).join(', ')}`)
    const latest = db.prepare('SELECT max(placed_at) FROM raw').pluck().get() as number
    return [
      ...['future', 'no-clock', 'none']
        .filter((flag) => !flags.some((each) => each.flag === flag))
        .map((flag) => `no record is flagged "${flag}": the clock did not leap`),
      ...(latest > Date.now() + AHEAD_MILLISECONDS_MAX ? [`a chart has a record of ${new Date(latest).toISOString()}`] : []),
    ]
  } finally {
    db.close()
  }
}
