import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { sameOctets } from '#edge/radius/same-octets.ts'

const octets = fc.uint8Array({ minLength: 16, maxLength: 16 })

test('digests are alike when every octet is, wherever they stand', () => {
  fc.assert(
    fc.property(octets, octets, fc.nat({ max: 9 }), (a, b, at) => {
      const within = new Uint8Array([...new Uint8Array(at), ...b, 7])
      assert.equal(sameOctets(a, 0, within, at, 16), Buffer.from(a).equals(Buffer.from(b)))
      assert.ok(sameOctets(b, 0, within, at, 16))
    }),
  )
})

test('one bit anywhere makes them different, and octets beyond an end are never alike', () => {
  const zeros = new Uint8Array(16)
  for (let bit = 0; bit < 128; bit++) {
    const other = new Uint8Array(16)
    other[bit >> 3] = 1 << (bit & 7)
    assert.ok(!sameOctets(zeros, 0, other, 0, 16), `bit ${bit}`)
  }
  assert.ok(!sameOctets(zeros, 0, new Uint8Array(15), 0, 16))
  assert.ok(!sameOctets(zeros, 1, zeros, 0, 16))
})
