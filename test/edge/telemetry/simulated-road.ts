/**
 * One seeded life of a box and a central, in simulated time: the real outbox, conversation and window, central's real rule
 * for batches; a disk that fills up, a card that is swapped or put back from an image, a road that loses, delays, reorders
 * and repeats packets, a central that is set back to its backup. Everything dies now and then, at any step.
 */
import { mock } from 'node:test'
import { converse, type Conversation } from '#edge/telemetry/conversation.ts'
import { openOutbox, OutboxFull, type Outbox } from '#edge/telemetry/outbox.ts'
import type { Ack } from '#edge/wire/ack.ts'
import { encodePacket, type Batch, type Lane } from '#edge/wire/envelope.ts'
import type { Reported } from '#edge/wire/desired.ts'
import type { Hello } from '#edge/wire/hello.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { simulatedCentral } from './simulated-central.ts'
import { bytesOfRows, copyOf, newCard, simulatedDisk, type SimulatedDisk } from './simulated-disk.ts'

/** A fact the box said it has. */
export type Fact = {
  lane: Lane
  seq: number
  epoch: string
  /** The card it was written on was taken out of the box. */
  isCardGone: boolean
  /** Accepted on a card put back from an image, and the power went before central had said a word to it. */
  isAtRisk: boolean
}

export type Life = {
  facts: ReadonlyMap<number, Fact>
  central: ReturnType<typeof simulatedCentral>
  happened: { restores: number; swaps: number; images: number; powerCuts: number; drops: number; refused: number; hellos: number }
  /** Given up by the box of the last epoch, by its own count. */
  dropped: number
  epoch: string
  /** An ack went above what central had committed, or the box believed more than was ever committed. */
  liedAbout: string[]
  stepsAfterCalm: number
}

type Packet = { to: 'central' | 'box'; connection: number; at: number; message: Hello | Batch | Ack | Reported }

/** Rows the outbox may hold, and the disk in good times. */
const CAP_ROWS = 60
const DISK_ROWS = 120
/** Simulated milliseconds; steps are one each. */
const GROUP_MILLISECONDS = 12
const FAULT_STEPS_MIN = 150
export const CALM_STEPS = 1_500
const CALM_SAMPLE_STEPS = 60

export function liveOnce(seed: number): Life {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    return live(seed)
  } finally {
    mock.timers.reset()
  }
}

function live(seed: number): Life {
  const random = seededRandom(seed)
  const chance = (probability: number) => random() < probability
  const upTo = (n: number) => Math.floor(random() * n)
  const central = simulatedCentral()
  const facts = new Map<number, Fact>()
  const liedAbout: string[] = []
  const happened = { restores: 0, swaps: 0, images: 0, powerCuts: 0, drops: 0, refused: 0, hellos: 0 }
  /** Afterwards nothing fails any more, and everything must arrive. */
  const calmFrom = FAULT_STEPS_MIN + upTo(FAULT_STEPS_MIN)
  let clock = 0
  let centralUpAt = 0
  let road: Packet[] = []
  let connection = 0
  let talk: Conversation | undefined
  let connectAt = 0
  let made = 0
  let epochs = 0
  let card = newCard(nextEpoch())
  let image = copyOf(card)
  let diskRows = DISK_ROWS
  let disk: SimulatedDisk
  let outbox: Outbox
  /** Recorded, but the box may still forget them: it has not said that they are on disk. */
  let waiting: { fact: number; seq: number }[] = []
  /** Since a card was put back from an image: facts above this were recorded before central's first word. */
  let unheardSince: number | undefined
  let isLastAsked = false
  const wild = () => clock < calmFrom

  function nextEpoch() {
    return (epochs += 1).toString(16).padStart(16, '0')
  }
  const accept = (fact: number, lane: Lane, seq: number) =>
    facts.set(fact, { lane, seq, epoch: outbox.epoch(), isCardGone: false, isAtRisk: false })
  const boot = () => {
    disk = simulatedDisk(card, {
      capacity: () => diskRows,
      cut: () => (wild() && chance(0.01) ? (chance(0.5) ? 'before' : 'after') : undefined),
    })
    waiting = []
    talk = undefined
    const droppedBefore = card.notes.dropped
    outbox = openOutbox({
      file: 'simulated',
      disk,
      bytesMax: bytesOfRows(CAP_ROWS),
      groupSeconds: GROUP_MILLISECONDS / 1_000,
      now: () => clock,
      monotonic: () => clock,
      ackedTailRecords: 10,
    })
    outbox.onCommitted(() => {
      for (const { fact, seq } of waiting) accept(fact, 't', seq)
      waiting = []
    })
    if (card.notes.dropped < droppedBefore) liedAbout.push('the count of what was given up went back')
  }
  /** The box dies; whatever its objects still do touches no card. */
  const powerCut = () => {
    disk.cutPower()
    mock.timers.reset()
    mock.timers.enable({ apis: ['setTimeout'] })
    happened.powerCuts += 1
    for (const [id, fact] of facts) if (unheardSince !== undefined && id > unheardSince) fact.isAtRisk = true
    ;[road, connectAt] = [road.filter(({ to }) => to === 'central'), clock + upTo(30)]
    boot()
  }
  const takeCardOut = (next: typeof card) => {
    for (const fact of facts.values()) if (!fact.isCardGone) fact.isCardGone = true
    unheardSince = undefined
    card = next
    powerCut()
  }
  const recordTelemetry = () => {
    const fact = ++made
    waiting.push({ fact, seq: 0 })
    const mine = waiting.at(-1)!
    mine.seq = outbox.record('usage', { fact } as never)
  }
  const recordEvent = () => {
    const fact = ++made
    try {
      const seq = outbox.record(chance(0.3) ? 'complaint' : 'session', { fact } as never)
      if (disk.hasPower()) accept(fact, 'e', seq)
    } catch (error) {
      // The visitor is told so; nothing was promised.
      if (error instanceof OutboxFull || (error as { code?: string }).code === 'SQLITE_FULL') happened.refused += 1
      else if (disk.hasPower()) throw error
    }
  }
  const send = (packet: Omit<Packet, 'at'>) => {
    if (wild() && chance(0.03)) return
    road.push({ ...packet, at: clock + 1 + upTo(6) })
    if (wild() && chance(0.03)) road.push({ ...packet, at: clock + 1 + upTo(40) })
  }
  const openTalk = () => {
    connection += 1
    const mine = connection
    talk = converse({
      node: 'box-1',
      version: 'test',
      outbox,
      isRoadBusy: () => false,
      isRoadFull: () => false,
      ackTimeoutSeconds: 0.03,
      now: () => clock,
      steady: () => clock,
      publish(leaf, message) {
        if (leaf === 'hello') happened.hellos += 1
        send({
          to: 'central',
          connection: mine,
          message: 'json' in message ? (JSON.parse(message.json) as Batch) : structuredClone(message),
        })
      },
    })
    talk.ask()
  }
  const centralTakes = ({ message, connection: from }: Packet) => {
    if (clock < centralUpAt || !('epoch' in message)) return
    if ('records' in message) central.take(message)
    // Killed after the commit, before the ack: the worst moment for a road that must not double.
    if (wild() && chance(0.03)) centralUpAt = clock + upTo(60)
    else
      send({
        to: 'box',
        connection: from,
        message: { v: 1, epoch: message.epoch, ...central.marks(message.epoch), at: clock, window: 1 + upTo(6) },
      })
  }
  const boxTakes = (ack: Ack) => {
    const isMine = ack.epoch === outbox.epoch()
    if (talk?.takeAck(encodePacket(ack)).ok && isMine) unheardSince = undefined
  }
  const misfortune = () => {
    if (chance(0.012)) centralUpAt = clock + upTo(60)
    if (chance(0.006)) central.keepBackup()
    if (chance(0.003)) [happened.restores] = [happened.restores + 1, central.restore()]
    if (chance(0.02)) [talk, road, connectAt] = [undefined, [], clock + upTo(30)]
    if (chance(0.01)) powerCut()
    if (chance(0.01)) diskRows = chance(0.5) ? DISK_ROWS : 10 + upTo(40)
    if (chance(0.01)) image = copyOf(card)
    if (chance(0.0015)) {
      happened.swaps += 1
      takeCardOut(newCard(nextEpoch()))
    }
    if (chance(0.001)) {
      happened.images += 1
      takeCardOut(copyOf(image))
      unheardSince = made
    }
  }

  boot()
  for (; clock < calmFrom + CALM_STEPS; clock++) {
    if (wild()) {
      if (chance(0.35)) recordTelemetry()
      if (chance(0.12)) recordEvent()
      misfortune()
    } else {
      diskRows = DISK_ROWS
      const isTold = clock > calmFrom && Object.keys(card.notes.owed).length === 0
      if (isTold && outbox!.counters().records === 0 && isAllThere(outbox!, central.marks(outbox!.epoch()))) {
        if (isLastAsked) break
        // A hole below an emptied lane is seen with the next record in it.
        isLastAsked = true
        recordTelemetry()
        recordEvent()
      }
      // What is owed travels with the next record.
      else if ((clock - calmFrom) % CALM_SAMPLE_STEPS === 0) recordTelemetry()
    }
    mock.timers.tick(1)
    if (!disk!.hasPower()) powerCut()
    if (!talk && clock >= connectAt) openTalk()
    const due = road.filter((packet) => packet.at <= clock)
    road = road.filter((packet) => packet.at > clock)
    for (const packet of due) {
      if (packet.to === 'central') centralTakes(packet)
      else if (packet.connection === connection) boxTakes(packet.message as Ack)
      if (!disk!.hasPower()) powerCut()
    }
    talk?.tick()
  }
  happened.drops = card.notes.dropped
  return {
    facts,
    central,
    happened,
    dropped: card.notes.dropped,
    epoch: outbox!.epoch(),
    liedAbout,
    stepsAfterCalm: clock - calmFrom,
  }
}

/** An emptied lane has nothing to send, whatever central has of it. */
const isAllThere = (outbox: Outbox, marks: Pick<Ack, 't' | 'e'>) =>
  (['t', 'e'] as const).every((lane) => marks[lane] === outbox.bounds(lane).hi || outbox.bounds(lane).lo > outbox.bounds(lane).hi)
