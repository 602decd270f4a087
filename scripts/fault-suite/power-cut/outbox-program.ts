/** A box's outbox in use: grouped telemetry, events, acks, a cap that makes it give up telemetry, and restarts. Argument: a ProgramArgument. */
import { join } from 'node:path'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { complaintOf, sessionOf, usageOf } from './facts.ts'
import { openLedger } from './ledger.ts'
import { OUTBOX_OPTIONS, type OutboxLine } from './outbox.ts'
import type { ProgramArgument } from './subject.ts'
import { weaken } from './weaken.ts'

const { folder, seed, rounds, control } = JSON.parse(process.argv[2]!) as ProgramArgument
weaken(control)
const random = seededRandom(seed)
const chance = (probability: number) => random() < probability
const say = openLedger<OutboxLine>(folder)
const open = () => openOutbox({ ...OUTBOX_OPTIONS, file: join(folder, 'outbox.db') })

let outbox = open()
say({ epoch: outbox.epoch() })
let fact = 0
/** Telemetry that waits for its group. */
let waiting = { from: outbox.bounds('t').hi + 1, facts: [] as number[] }
const flushed = () => {
  if (waiting.facts.length > 0) say({ t: waiting.facts, from: waiting.from })
  waiting = { from: outbox.bounds('t').hi + 1, facts: [] }
}
const acked = { t: 0, e: 0 }

for (let round = 0; round < rounds; round++) {
  for (let i = Math.floor(random() * 40); i > 0; i--) {
    waiting.facts.push(++fact)
    outbox.record('usage', usageOf(fact))
  }
  if (chance(0.5)) {
    fact += 1
    const isComplaint = chance(0.3)
    const seq = isComplaint ? outbox.record('complaint', complaintOf(fact)) : outbox.record('session', sessionOf(fact))
    // The event's commit took the group along.
    flushed()
    say({ e: seq, fact })
  }
  if (chance(0.3)) {
    outbox.flush()
    flushed()
  }
  // Central is away for half of the time: then the outbox fills up and gives up its oldest telemetry.
  if (round % 200 < 100 && chance(0.15)) {
    for (const lane of ['t', 'e'] as const) acked[lane] += Math.floor(random() * (outbox.bounds(lane).hi - acked[lane] + 1))
    // Said first: what central has the box may forget from now on.
    say({ acked: { ...acked } })
    for (const lane of ['t', 'e'] as const) outbox.pending(lane, 0, Number.MAX_SAFE_INTEGER)
    outbox.acked({ epoch: outbox.epoch(), ...acked })
  }
  if (chance(0.04)) {
    outbox.close()
    flushed()
    outbox = open()
    waiting.from = outbox.bounds('t').hi + 1
  }
}
process.exit(0)
