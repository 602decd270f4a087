/** The list of faults, in the order in which they run. */
import type { Scenario } from './scenario.ts'
import { clock } from './scenarios/clock.ts'
import { corruptPage } from './scenarios/corrupt-page.ts'
import { databaseLock } from './scenarios/database-lock.ts'
import { diskFull } from './scenarios/disk-full.ts'
import { herd } from './scenarios/herd.ts'
import { kills } from './scenarios/kills.ts'
import { lives } from './scenarios/lives.ts'
import { network } from './scenarios/network.ts'
import { overload } from './scenarios/overload.ts'
import { powerCut } from './scenarios/power-cut.ts'
import { reorder } from './scenarios/reorder.ts'

export const SCENARIOS: readonly Scenario[] = [
  lives,
  powerCut,
  kills,
  network,
  reorder,
  databaseLock,
  diskFull,
  clock,
  corruptPage,
  herd,
  overload,
]
