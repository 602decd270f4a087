/**
 * test/wire/*.json holds one message of each kind as it travels, and messages that must be refused. A change that alters
 * how a field is written, or lets a bad message in, shows up here as a difference to a file that people have read.
 */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Compile } from 'typebox/compile'
import { understand, type Understood } from '#central/noc/ingest/decode.ts'
import { Ack } from '#edge/wire/ack.ts'
import { decodeDesired } from '#edge/wire/desired.ts'
import {
  BATCH_BYTES_MAX,
  BATCH_RECORDS_MAX,
  decodeBatch,
  decodePacket,
  encodePacket,
  PACKET_BYTES_MAX,
  RECORD_KINDS,
  type RecordKind,
} from '#edge/wire/envelope.ts'
import { KeptMessage } from '#edge/wire/kept-message.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import { nodeTopic, type UpLeaf } from '#edge/wire/topics.ts'
import { decodeVisits, VISITS_MAX, type Visits } from '#edge/wire/visit.ts'
import { zstdCompressSync } from 'node:zlib'

const folder = join(import.meta.dirname, '../../wire')
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
const node = 'klegen-01'

type GoodBodies = Record<RecordKind, unknown[]>
type BadBodies = Record<RecordKind, { why: string; body: unknown; reason: string }[]>
type BadMessages = { why: string; leaf: UpLeaf; message: unknown; reason: string }[]

test('every golden body is valid and comes back the same from a packet', () => {
  const bodies = read('bodies') as GoodBodies
  assert.deepEqual(Object.keys(bodies).sort(), RECORD_KINDS.toSorted(), 'each kind of record has golden bodies')
  for (const kind of RECORD_KINDS) {
    for (const body of bodies[kind]) {
      const packet = decodePacket(encodePacket(body))
      assert.ok(packet.ok)
      assert.deepEqual(packet.value, body)
      assert.deepEqual(decodeBody(kind, packet.value), { ok: true, value: body }, kind)
    }
  }
})

test('every bad body is refused with the reason that was agreed', () => {
  const bodies = read('bad-bodies') as BadBodies
  assert.deepEqual(Object.keys(bodies).sort(), RECORD_KINDS.toSorted())
  for (const kind of RECORD_KINDS) {
    for (const { why, body, reason } of bodies[kind]) assert.deepEqual(decodeBody(kind, body), { ok: false, reason }, `${kind}: ${why}`)
  }
})

for (const leaf of ['t', 'e', 's', 'hello', 'r'] as const) {
  test(`the golden message on ${leaf} is understood, compressed or not, and is stable through encoding`, () => {
    const message = read(`message-${leaf}`)
    for (const payload of [
      encodePacket(message),
      Buffer.from(JSON.stringify(message)),
      zstdCompressSync(Buffer.from(JSON.stringify(message))),
    ]) {
      const understood = understand({ topic: nodeTopic(node, leaf), payload, retained: false })
      assert.ok(understood.ok, understood.ok ? '' : understood.reason)
      assert.deepEqual(contentOf(understood.value), message)
    }
  })
}

test('what central says downward is what the box expects', () => {
  const ack = read('message-ack')
  assert.ok(Compile(Ack).Check(ack))
  const kept = read('kept-messages') as unknown[]
  for (const message of kept) assert.ok(Compile(KeptMessage).Check(message), JSON.stringify(message).slice(0, 80))
  const desired = read('message-d')
  assert.deepEqual(decodeDesired(desired), { ok: true, value: desired })
  const visits = read('message-v')
  assert.deepEqual(decodeVisits(visits), { ok: true, value: visits })
})

test('every bad message from above is refused with the reason that was agreed', () => {
  for (const { why, leaf, message, reason } of read('bad-downward') as {
    why: string
    leaf: 'd' | 'v'
    message: unknown
    reason: string
  }[]) {
    const decoded = leaf === 'd' ? decodeDesired(message) : decodeVisits(message)
    assert.ok(!decoded.ok, `${leaf}: ${why}`)
    assert.equal(decoded.reason, reason, `${leaf}: ${why}`)
  }
})

test('settings whose policy is wrong still say which version they are, so that the refusal can be told', () => {
  const desired = read('message-d') as { policy: object }
  const decoded = decodeDesired({ ...desired, policy: { ...desired.policy, groups: [] } })
  assert.ok(!decoded.ok)
  assert.deepEqual([decoded.version, decoded.sentAt], [1_789_999_000_000, 1_790_000_000_123])
})

test('a message of more visits than allowed is refused', () => {
  const message = read('message-v') as Visits
  const visits = Array.from({ length: VISITS_MAX + 1 }, () => message.visits[0]!)
  assert.deepEqual(decodeVisits({ ...message, visits }), { ok: false, reason: `visits/visits must not have more than ${VISITS_MAX} items` })
})

test('every bad message is refused with the reason that was agreed', () => {
  for (const { why, leaf, message, reason } of read('bad-messages') as BadMessages) {
    const payload = Buffer.from(JSON.stringify(message))
    assert.deepEqual(understand({ topic: nodeTopic(node, leaf), payload, retained: false }), { ok: false, reason }, why)
  }
})

test('no golden file is left unread', () => {
  const known = [
    'bad-bodies',
    'bad-downward',
    'bad-messages',
    'bodies',
    'kept-messages',
    'message-ack',
    'message-d',
    'message-e',
    'message-hello',
    'message-r',
    'message-s',
    'message-t',
    'message-v',
  ]
  assert.deepEqual(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort(),
    known.map((name) => `${name}.json`),
  )
})

test('a packet over the limit is refused unread', () => {
  const payload = Buffer.alloc(PACKET_BYTES_MAX + 1, 0x20)
  assert.deepEqual(decodePacket(payload), { ok: false, reason: `packet of ${PACKET_BYTES_MAX + 1} bytes is over ${PACKET_BYTES_MAX}` })
})

test('a small packet that unfolds beyond the bound is refused', () => {
  const bomb = zstdCompressSync(Buffer.alloc(BATCH_BYTES_MAX * 8, 0x20))
  assert.ok(bomb.length < PACKET_BYTES_MAX)
  const decoded = decodePacket(bomb)
  assert.ok(!decoded.ok)
  assert.match(decoded.reason, /^unreadable packet: /)
})

test('what is no packet at all gives a reason, never an exception', () => {
  const payloads = ['', '{', 'null ', '\u0000\u0001', '[1,2', '"\\ud800"'].map((text) => Buffer.from(text))
  payloads.push(
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xff, 0xfe]),
  )
  for (const payload of payloads) {
    const batch = decodeBatch(payload)
    assert.ok(!batch.ok && batch.reason.length > 0, payload.toString('hex'))
  }
})

test('a batch of more records than allowed is refused', () => {
  const batch = read('message-t') as { records: { seq: number }[] }
  const [record] = batch.records
  const records = Array.from({ length: BATCH_RECORDS_MAX + 1 }, (_, i) => ({ ...record, seq: i + 1 }))
  const decoded = decodeBatch(encodePacket({ ...batch, records }))
  assert.deepEqual(decoded, { ok: false, reason: `batch /records must not have more than ${BATCH_RECORDS_MAX} items` })
})

function contentOf(understood: Understood): unknown {
  switch (understood.kind) {
    case 'batch':
      return understood.batch
    case 'status':
      return understood.status
    case 'hello':
      return understood.hello
    case 'reported':
      return understood.reported
  }
}
