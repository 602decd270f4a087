/** What must be true of every simulated life, and what one life showed. */
import type { Lane } from '#edge/wire/envelope.ts'
import { CALM_STEPS, type Fact, type Life } from './simulated-road.ts'

export type Judgement = {
  accepted: number
  stored: number
  /** Telemetry given up by a full outbox, with the numbers that central knows will never come. */
  counted: number
  /** On a card that was taken out of the box before central had it. */
  cardGone: number
  /** Numbered by a card put back from an image with numbers that central knew, and so dropped there. */
  shadowed: number
  lost: number
  duplicated: number
  wrong: string[]
}

export function judge(life: Life): Judgement {
  const { facts, central, happened } = life
  const judgement: Judgement = {
    accepted: facts.size,
    stored: 0,
    counted: 0,
    cardGone: 0,
    shadowed: 0,
    lost: 0,
    duplicated: 0,
    wrong: [...life.liedAbout, ...central.wrong()],
  }
  const times = new Map<number, number>()
  for (const stream of central.streams().values())
    for (const fact of stream.facts.values()) if (fact > 0) times.set(fact, (times.get(fact) ?? 0) + 1)
  for (const [id, fact] of facts) {
    const stored = times.get(id) ?? 0
    if (stored > 0) judgement.stored += 1
    // An image knows nothing of what went out after it was made: the same fact then goes out again under a new epoch.
    if (stored > 1 && happened.images === 0) judgement.duplicated += 1
    if (stored > 0) continue
    if (fact.isCardGone) judgement.cardGone += 1
    else if (isShadowed(life, id, fact)) judgement.shadowed += 1
    else if (isCounted(life, fact)) judgement.counted += 1
    else {
      judgement.lost += 1
      judgement.wrong.push(`${fact.lane} ${fact.seq} of epoch ${fact.epoch} (fact ${id}) is lost`)
    }
  }
  if (judgement.duplicated > 0) judgement.wrong.push(`${judgement.duplicated} facts are stored twice`)
  if (life.stepsAfterCalm >= CALM_STEPS) judgement.wrong.push('the rest did not arrive after the faults had ended')
  judgement.wrong.push(...miscounted(life))
  return judgement
}

/**
 * A card put back from an image numbered it like one that central had from the card before. Known limit: the box notices
 * this at central's first word, unless its power went in between.
 */
const isShadowed = ({ central }: Life, id: number, { epoch, lane, seq, isAtRisk }: Fact): boolean =>
  isAtRisk && (central.everUnder(epoch, lane, seq) ?? id) !== id

/** Central wrote down that this number will never come. Of events only after it was set back behind what the box could forget. */
function isCounted({ central, happened }: Life, { lane, seq, epoch }: Fact): boolean {
  if (lane === 'e' && happened.restores === 0) return false
  // The rest of a card put back from an image goes on under another epoch.
  const epochs = happened.images > 0 ? new Set([...central.streams().keys()].map((name) => name.split(' ')[0]!)) : [epoch]
  return [...epochs].flatMap((each) => jumpsOf(central, each, lane)).some(({ fromSeq, toSeq }) => seq >= fromSeq && seq <= toSeq)
}

const jumpsOf = (central: Life['central'], epoch: string, lane: Lane) => central.streams().get(`${epoch} ${lane}`)?.jumps ?? []

/** Central's own account: every number below a mark is a row or was written down as never coming. The box's: nothing is given up in silence. */
function miscounted({ central, happened, epoch, dropped }: Life): string[] {
  const wrong: string[] = []
  for (const [name, { mark, facts, jumps }] of central.streams()) {
    const jumped = jumps.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0)
    if (facts.size + jumped !== mark) wrong.push(`${name}: ${facts.size} rows and ${jumped} missing are not the mark ${mark}`)
    // The epoch of a card put back from an image begins where the image ended.
    if (name.endsWith(' e') && jumped > 0 && happened.restores + happened.images === 0)
      wrong.push(`${name}: ${jumped} events were given up`)
  }
  if (happened.restores + happened.swaps + happened.images > 0) return wrong
  // A report that arrived, unknown to the box, and was then given up by it is told again: more is told than happened, never less.
  const { reported = 0 } = central.streams().get(`${epoch} t`) ?? {}
  if (reported < dropped) wrong.push(`the box gave up ${dropped} records and reported ${reported}`)
  return wrong
}
