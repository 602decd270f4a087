/**
 * What the box and central say to each other on one connection: the box asks (hello), central states its marks (ack),
 * the box sends what is missing. No sockets here: packets go out through `publish` and come in through `takeAck`.
 */
import { Compile } from 'typebox/compile'
import { Ack } from '../wire/ack.ts'
import { decodePacket, type Decoded, type Lane } from '../wire/envelope.ts'
import type { Reported } from '../wire/desired.ts'
import type { Hello } from '../wire/hello.ts'
import { cutBatch, type CutBatch } from './batch.ts'
import type { UplinkOutbox } from './outbox.ts'
import { asked, isOverdue, nextToSend, onAck, onBrokerTook, onSent, type SendWindow } from './window.ts'

/** What of `Reported` is not the box's name. */
export type ReportedSettings = Pick<Reported, 'version' | 'refused' | 'radius'>

export type ConversationOptions = {
  node: string
  version: string
  /** This run of the program (wire/hello.ts); absent where nobody needs to tell two boxes apart. */
  run?: string
  outbox: UplinkOutbox
  publish: (leaf: 'hello' | 'r' | Lane, message: Hello | Reported | CutBatch) => void
  /** What the box says it runs by; absent from a box that takes no settings. */
  reported?: (() => ReportedSettings) | undefined
  /** The broker has not yet taken all that was published: then silence says nothing about central. */
  isRoadBusy: () => boolean
  /** So much is on its way that more would only queue up, and the live status behind it. */
  isRoadFull: () => boolean
  ackTimeoutSeconds: number
  /** Unix milliseconds, for the message. */
  now: () => number
  /** Milliseconds of a clock that nobody sets, for waiting. */
  steady: () => number
}

export type Conversation = ReturnType<typeof converse>

const ackSchema = Compile(Ack)

export function converse(options: ConversationOptions) {
  const { node, outbox, steady } = options
  let window: SendWindow | undefined
  let epoch = ''

  const ask = () => {
    epoch = outbox.epoch()
    window = asked(steady(), window)
    options.publish('hello', helloOf(options))
    report()
  }
  const report = () => {
    const settings = options.reported?.()
    if (settings) options.publish('r', { v: 1, node, ...settings })
  }

  /** Sends all that the window allows. */
  const pump = () => {
    if (!window) return
    // The outbox was replaced or found to be an old copy: central must be asked about the new generation.
    if (outbox.epoch() !== epoch) return ask()
    while (!options.isRoadFull()) {
      const next = nextToSend(window, { t: highestHere(outbox, 't'), e: highestHere(outbox, 'e') })
      const batch = next && cutBatch(outbox, node, next.lane, next.afterSeq)
      if (!batch) return
      window = onSent(window, batch.lane, batch.last, steady())
      options.publish(batch.lane, batch)
    }
  }

  return {
    ask,
    pump,
    /** Says anew what the box runs by: after it has taken or refused something. */
    report,
    tick() {
      if (!window) return
      if (!options.isRoadBusy() && isOverdue(window, steady(), options.ackTimeoutSeconds * 1000)) ask()
      pump()
    },
    brokerTook() {
      if (!window) return
      window = onBrokerTook(window, steady())
      pump()
    },
    takeAck(payload: Uint8Array): Decoded<Ack> {
      const packet = decodePacket(payload)
      if (!packet.ok) return packet
      if (!ackSchema.Check(packet.value)) return { ok: false, reason: 'not an ack' }
      const ack = packet.value
      if (window && ack.epoch === epoch) {
        try {
          outbox.acked(ack)
        } catch (error) {
          // A full disk: the box goes on not knowing, and asks again.
          return { ok: false, reason: `the ack could not be taken in: ${(error as Error).message}`.slice(0, 200) }
        }
        window = onAck(window, ack, steady())
        pump()
      }
      return { ok: true, value: ack }
    },
    /** How long nothing has moved, neither to the broker nor from central. */
    quietMilliseconds: () => (window ? steady() - window.movedAt : 0),
  }
}

/** Of an emptied lane nothing can be sent, though its numbers go on: it must not keep the other lane waiting. */
function highestHere(outbox: UplinkOutbox, lane: Lane): number {
  const { lo, hi } = outbox.bounds(lane)
  return lo > hi ? 0 : hi
}

function helloOf({ node, outbox, version, run, now, reported }: ConversationOptions): Hello {
  const settings = reported?.().version
  return {
    v: 1,
    node,
    epoch: outbox.epoch(),
    lanes: { t: outbox.bounds('t'), e: outbox.bounds('e') },
    at: now(),
    version,
    ...(settings === undefined ? {} : { settings }),
    ...(run === undefined ? {} : { run }),
  }
}
