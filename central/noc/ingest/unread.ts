/**
 * Telemetry packets that wait to be read until there is room for what is in them. Packed they take a twentieth, and records
 * that live for one commit only cost the garbage collector next to nothing. Bounded in all and by topic; what is over is
 * dropped, because unacked means resent.
 */
import { PACKET_BYTES_MAX } from '#edge/wire/envelope.ts'
import type { Packet } from './decode.ts'

const BYTES_MAX = 32 * 1024 * 1024
/** The widest window of packets as large as they may be: one box, and so one topic, cannot take the room from the others. */
const BYTES_PER_TOPIC_MAX = 8 * PACKET_BYTES_MAX
/** What a packet takes beside its payload, generously: a flood of empty ones is bounded too. */
const BYTES_PER_PACKET = 1_024
/** What records take packed, before any packet was read. */
const BYTES_PER_RECORD = 40

type Waiting = { packet: Packet; receivedAt: number }

export function createUnread(deps: {
  hasRoom: () => boolean
  /** @returns how many records there were in it. Must not throw. */
  read: (packet: Packet, receivedAt: number) => Promise<number>
}) {
  const waiting = createFifo<Waiting>()
  const byTopic = new Map<string, number>()
  let bytes = 0
  let seen = { bytes: BYTES_PER_RECORD, records: 1 }
  let reading: Promise<void> | undefined
  let stopped = false

  function next(): Waiting | undefined {
    const taken = stopped || !deps.hasRoom() ? undefined : waiting.shift()
    if (!taken) return undefined
    const { topic } = taken.packet
    const weight = weightOf(taken.packet)
    const left = byTopic.get(topic)! - weight
    if (left === 0) byTopic.delete(topic)
    else byTopic.set(topic, left)
    bytes -= weight
    return taken
  }
  /** One after the other: a box's packets are read in the order in which they came. */
  async function readAll(): Promise<void> {
    for (let taken = next(); taken; taken = next()) {
      const records = await deps.read(taken.packet, taken.receivedAt)
      if (records > 0) seen = { bytes: weightOf(taken.packet), records }
    }
  }
  function pump(): void {
    reading ??= readAll().finally(() => {
      reading = undefined
      if (waiting.size() > 0 && !stopped && deps.hasRoom()) pump()
    })
  }

  return {
    add(packet: Packet, receivedAt: number): void {
      const { topic } = packet
      const weight = weightOf(packet)
      const ofTopic = (byTopic.get(topic) ?? 0) + weight
      if (stopped || bytes + weight > BYTES_MAX || ofTopic > BYTES_PER_TOPIC_MAX) return
      byTopic.set(topic, ofTopic)
      bytes += weight
      waiting.push({ packet, receivedAt })
      pump()
    },
    /** To be called when there is room again. */
    pump,
    /** By the size of the packet read last: how many are in a packet is known once it is read. */
    records: () => Math.round((bytes / seen.bytes) * seen.records),
    isEmpty: () => stopped || (waiting.size() === 0 && !reading),
    /** Resolves when nothing is being read. */
    pause: async () => await reading,
    stop: () => void (stopped = true),
  }
}

const weightOf = ({ payload }: Packet): number => payload.length + BYTES_PER_PACKET

/** An array's own `shift` moves all that is behind it. */
function createFifo<T>() {
  let items: T[] = []
  let first = 0
  return {
    size: () => items.length - first,
    push: (item: T) => void items.push(item),
    shift(): T | undefined {
      if (first === items.length) return undefined
      const item = items[first++]
      if (first * 2 > items.length) {
        items = items.slice(first)
        first = 0
      }
      return item
    },
  }
}
