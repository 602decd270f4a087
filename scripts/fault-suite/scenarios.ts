/** The list of faults, in the order in which they run. */
import type { Scenario } from './scenario.ts'
import { lives } from './scenarios/lives.ts'
import { powerCut } from './scenarios/power-cut.ts'

export const SCENARIOS: readonly Scenario[] = [lives, powerCut]
