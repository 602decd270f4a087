/** From a packet off the broker to something ingest can act on, or the reason why not. Pure. */
import { Compile } from 'typebox/compile'
import { decodeBatch, decodePacket, type Batch, type Decoded } from '#edge/wire/envelope.ts'
import { Reported } from '#edge/wire/desired.ts'
import { Hello } from '#edge/wire/hello.ts'
import { Status } from '#edge/wire/status.ts'
import { parseTopic } from '#edge/wire/topics.ts'

export type Packet = {
  topic: string
  payload: Uint8Array
  /** Delivered by the broker from its memory, not just now. */
  retained: boolean
}

export type Understood =
  | { kind: 'batch'; batch: Batch }
  | { kind: 'status'; status: Status }
  | { kind: 'hello'; hello: Hello }
  | { kind: 'reported'; reported: Reported }

const status = Compile(Status)
const hello = Compile(Hello)
const reported = Compile(Reported)

export function understand(packet: Packet): Decoded<Understood> {
  const topic = parseTopic(packet.topic)
  if (!topic) return { ok: false, reason: 'not a topic of a box' }
  const { node, leaf } = topic
  switch (leaf) {
    case 't':
    case 'e': {
      if (packet.retained) return { ok: false, reason: 'a batch must not be retained' }
      const batch = decodeBatch(packet.payload)
      if (!batch.ok) return batch
      if (batch.value.node !== node) return { ok: false, reason: `a batch of ${batch.value.node} on the topic of ${node}` }
      if (batch.value.lane !== leaf) return { ok: false, reason: `lane ${batch.value.lane} on the topic of lane ${leaf}` }
      return { ok: true, value: { kind: 'batch', batch: batch.value } }
    }
    case 's': {
      const decoded = check(packet.payload, status, 'status', node)
      return decoded.ok ? { ok: true, value: { kind: 'status', status: decoded.value } } : decoded
    }
    case 'hello': {
      if (packet.retained) return { ok: false, reason: 'a hello must not be retained' }
      const decoded = check(packet.payload, hello, 'hello', node)
      return decoded.ok ? { ok: true, value: { kind: 'hello', hello: decoded.value } } : decoded
    }
    case 'r': {
      const decoded = check(packet.payload, reported, 'report', node)
      return decoded.ok ? { ok: true, value: { kind: 'reported', reported: decoded.value } } : decoded
    }
    case 'ack':
    case 'd':
    case 'a':
    case 'm':
    case 'x':
    case 'v':
    case 'c':
      return { ok: false, reason: `a box may not publish on ${leaf}` }
  }
}

type Schema<T> = { Check(value: unknown): value is T; Errors(value: unknown): { instancePath: string; message: string }[] }

function check<T extends { node: string }>(payload: Uint8Array, schema: Schema<T>, name: string, node: string): Decoded<T> {
  const packet = decodePacket(payload)
  if (!packet.ok) return packet
  if (!schema.Check(packet.value)) {
    const version = (packet.value as { v?: unknown } | null)?.v
    if (version !== 1) return { ok: false, reason: `wire version ${JSON.stringify(version) ?? 'missing'} is not 1` }
    const [first] = schema.Errors(packet.value)
    return { ok: false, reason: `${name} ${first?.instancePath ?? ''} ${first?.message ?? 'is invalid'}`.slice(0, 200) }
  }
  if (packet.value.node !== node) return { ok: false, reason: `a ${name} of ${packet.value.node} on the topic of ${node}` }
  return { ok: true, value: packet.value }
}
