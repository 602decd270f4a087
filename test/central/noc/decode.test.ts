import { test } from 'node:test'
import assert from 'node:assert/strict'
import { array, assert as holds, constantFrom, double, integer, jsonValue, oneof, property, string, tuple, uint8Array } from 'fast-check'
import { refusedPacket } from '#central/noc/ingest/quarantine.ts'
import { understand } from '#central/noc/ingest/decode.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { nodeTopic, UP_LEAVES } from '#edge/wire/topics.ts'
import { batch, usageRecords } from '#test/support/records.ts'

const NOW = 1_790_000_000_000
const good = [1, 40].map((count) => encodePacket(batch('n-1', 't', usageRecords(1, count, NOW))))

/** Whatever comes in is either understood as one of this box's messages or refused with words fit for the table. */
function check(topic: string, payload: Uint8Array): void {
  const understood = understand({ topic, payload, retained: false })
  if (understood.ok) return
  const entry = refusedPacket({ topic, payload, reason: understood.reason, receivedAt: NOW })
  assert.ok(entry.reason.length > 0 && entry.reason.length <= 200)
  assert.ok(!/\p{C}/u.test(entry.reason + entry.excerpt + entry.topic))
}

test('Mutated packets are understood or refused, never an exception', () => {
  const mutation = tuple(double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), integer({ min: 0, max: 255 }))
  holds(
    property(
      constantFrom(...good),
      array(mutation, { minLength: 1, maxLength: 8 }),
      integer({ min: 0, max: 40 }),
      (packet, mutations, cut) => {
        const bytes = Buffer.from(packet)
        for (const [where, value] of mutations) bytes[Math.floor(where * bytes.length)] = value
        check(nodeTopic('n-1', 't'), bytes.subarray(0, bytes.length - (cut > 20 ? cut : 0)))
      },
    ),
    { numRuns: 3_000 },
  )
})

test('Any JSON, any bytes and any topic are understood or refused, never an exception', () => {
  const topic = oneof(string(), constantFrom(...UP_LEAVES.map((leaf) => nodeTopic('n-1', leaf))))
  const payload = oneof(
    uint8Array({ maxLength: 400 }),
    jsonValue().map((value) => encodePacket(value)),
    jsonValue().map((value) => encodePacket({ ...batch('n-1', 't', usageRecords(1, 1, NOW)), records: value })),
  )
  holds(property(topic, payload, check), { numRuns: 3_000 })
})
