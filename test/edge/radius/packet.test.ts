import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { attributesOf, authenticatorOf, decodePacket, encodePacket, valueOf, type Packet } from '#edge/radius/packet.ts'
import { accessRequest } from './client.ts'

const attribute = fc.record({ type: fc.integer({ min: 0, max: 255 }), value: fc.uint8Array({ maxLength: 253 }) })
const fields = fc.record({
  code: fc.integer({ min: 0, max: 255 }),
  identifier: fc.integer({ min: 0, max: 255 }),
  authenticator: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  attributes: fc.array(attribute, { maxLength: 16 }),
})

function decoded(octets: Buffer): Packet {
  const result = decodePacket(octets)
  assert.ok(result.ok)
  return result.packet
}

test('what is encoded is decoded to the same fields, and encodes to the same octets again', () => {
  fc.assert(
    fc.property(fields, (given) => {
      const octets = encodePacket(given)
      if (octets === undefined) return given.attributes.reduce((sum, one) => sum + 2 + one.value.length, 20) > 4096
      const packet = decoded(octets)
      const seen = {
        code: packet.code,
        identifier: packet.identifier,
        authenticator: authenticatorOf(packet),
        attributes: attributesOf(packet),
      }
      assert.deepEqual(
        { ...seen, authenticator: [...seen.authenticator], attributes: seen.attributes.map((one) => [one.type, ...one.value]) },
        { ...given, authenticator: [...given.authenticator], attributes: given.attributes.map((one) => [one.type, ...one.value]) },
      )
      return encodePacket(seen)!.equals(octets)
    }),
    { numRuns: 500 },
  )
})

test('a packet cut anywhere is refused with a reason', () => {
  const octets = accessRequest({ userName: 'budi', password: 'rahasia' })
  for (let length = 0; length < octets.length; length++) {
    const result = decodePacket(octets.subarray(0, length))
    assert.deepEqual(result, { ok: false, reason: length < 20 ? 'too-short' : 'bad-length' })
  }
})

test('octets after Length are padding and are not looked at', () => {
  const octets = accessRequest({ userName: 'budi', password: 'rahasia' })
  const packet = decoded(Buffer.concat([octets, Buffer.from('1f0xxx')]))
  assert.deepEqual(packet.octets, octets)
})

test('an attribute length of 0 or 1, one past the end and a lone type octet are refused', () => {
  const header = (length: number): number[] => [1, 1, 0, length, ...Array<number>(16).fill(0)]
  for (const tail of [[1, 0], [1, 1], [1, 3], [1], [1, 2, 5, 255, 0]])
    assert.deepEqual(
      decodePacket(Buffer.from([...header(20 + tail.length), ...tail])),
      { ok: false, reason: 'bad-attribute' },
      String(tail),
    )
  // The same lone octet with padding behind it that would complete it.
  assert.deepEqual(decodePacket(Buffer.from([...header(21), 1, 2])), { ok: false, reason: 'bad-attribute' })
  assert.ok(decodePacket(Buffer.from([...header(22), 1, 2])).ok)
})

test('a Length below 20 or over 4096 is refused even when the datagram has that many octets', () => {
  const octets = Buffer.alloc(5000)
  octets.writeUInt16BE(19, 2)
  assert.deepEqual(decodePacket(octets), { ok: false, reason: 'bad-length' })
  octets.writeUInt16BE(4097, 2)
  assert.deepEqual(decodePacket(octets), { ok: false, reason: 'bad-length' })
})

test('an attribute is found only where an attribute starts, not inside a value', () => {
  const octets = encodePacket({
    code: 1,
    identifier: 1,
    authenticator: Buffer.alloc(16),
    attributes: [{ type: 1, value: Buffer.from([80, 18, 80]) }],
  })!
  assert.equal(valueOf(decoded(octets), 80), undefined)
})
