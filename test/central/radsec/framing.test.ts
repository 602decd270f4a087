import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packetReader } from '#central/radsec/framing.ts'

const packet = (length: number, fill: number): Buffer => {
  const octets = Buffer.alloc(length, fill)
  octets.writeUInt16BE(length, 2)
  return octets
}
const packets = [packet(20, 1), packet(4096, 2), packet(57, 3), packet(20, 4)]
const stream = Buffer.concat(packets)

test('packets come out whole however the stream is cut, one octet at a time included', () => {
  for (const size of [1, 3, 19, 20, 21, 1000, 4096, stream.length]) {
    const reader = packetReader()
    const read: Buffer[] = []
    for (let at = 0; at < stream.length; at += size) {
      const some = reader.push(stream.subarray(at, at + size))
      assert.ok(some !== 'broken')
      read.push(...some.map((one) => Buffer.from(one)))
    }
    assert.deepEqual(read, packets, `pieces of ${size}`)
  }
})

test('a length that no packet has breaks the stream for good', () => {
  for (const length of [0, 19, 4097, 65_535]) {
    const reader = packetReader()
    const bad = Buffer.alloc(20)
    bad.writeUInt16BE(length, 2)
    assert.equal(reader.push(bad), 'broken', String(length))
    assert.equal(reader.push(packets[0]!), 'broken')
  }
})
