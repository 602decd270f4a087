/** Thousands of simulated lives of a box and a central: seeds from the given one on. */
import { judge } from '#test/edge/telemetry/judged-life.ts'
import { liveOnce } from '#test/edge/telemetry/simulated-road.ts'
import { noBooks, type Outcome, type Scenario } from '../scenario.ts'

/** The first few tell enough. */
const FAILURES_SHOWN = 5

export const lives: Scenario = {
  name: 'lives',
  what: 'the outbox and its conversation in simulated time: kills, power cuts, full disks, swapped cards, restores, a bad road',
  rounds: { unit: 'lives, one for each seed from --seed on', smoke: 500, full: 100_000 },
  run({ seed, rounds }) {
    const outcome: Outcome = { ...noBooks(), faults: `${rounds} lives`, notes: [], failures: [] }
    let [cardGone, shadowed] = [0, 0]
    for (let each = seed; each < seed + rounds; each++) {
      const life = liveOnce(each)
      const judgement = judge(life)
      // What is on a card that was taken out of the box was promised by that card.
      outcome.accepted += judgement.accepted - judgement.cardGone - judgement.shadowed
      outcome.stored += judgement.stored
      outcome.counted += judgement.counted
      outcome.lost += judgement.lost
      outcome.duplicated += judgement.duplicated
      cardGone += judgement.cardGone
      shadowed += judgement.shadowed
      if (rounds === 1)
        outcome.notes.push(`what happened: ${JSON.stringify(life.happened)}, all there ${life.stepsAfterCalm} steps after the last fault`)
      if (judgement.wrong.length > 0 && outcome.failures.length < FAILURES_SHOWN)
        outcome.failures.push(`seed ${each}: ${judgement.wrong[0]}`)
    }
    outcome.notes.push(
      `${cardGone} more facts went with cards that were taken out, ${shadowed} were numbered twice by a card put back from an image`,
    )
    return Promise.resolve(outcome)
  },
}
