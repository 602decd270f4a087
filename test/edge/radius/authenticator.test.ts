import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { hasValidAccountingAuthenticator, hidePassword, unhidePassword, writeAccountingAuthenticator } from '#edge/radius/authenticator.ts'
import { decodePacket, encodePacket, type Packet } from '#edge/radius/packet.ts'
import { sharedSecret } from '#edge/radius/secret.ts'
import { accountingRequest, SECRET } from './client.ts'

function decoded(octets: Buffer): Packet {
  const result = decodePacket(octets)
  assert.ok(result.ok)
  return result.packet
}

test('any password of up to 128 octets that does not end in zero comes back as it went in', () => {
  const password = fc.uint8Array({ maxLength: 128 }).filter((octets) => octets.at(-1) !== 0)
  fc.assert(
    fc.property(password, fc.uint8Array({ minLength: 16, maxLength: 16 }), (clear, authenticator) => {
      const hidden = hidePassword(clear, authenticator, SECRET)!
      assert.equal(hidden.length, Math.max(16, Math.ceil(clear.length / 16) * 16))
      assert.deepEqual([...unhidePassword(hidden, authenticator, SECRET)!], [...clear])
    }),
  )
})

test('each block of a long password is hidden under the block before it, as RFC 2865 §5.2 writes it out', () => {
  const authenticator = Buffer.alloc(16, 7)
  const clear = Buffer.from('a password that takes up three blocks!')
  const hidden = hidePassword(clear, authenticator, SECRET)!
  const padded = Buffer.alloc(48)
  padded.set(clear)
  let previous: Buffer = authenticator
  for (let block = 0; block < 3; block++) {
    const pad = createHash('md5').update(SECRET.octets).update(previous).digest()
    const expected = padded.subarray(16 * block, 16 * block + 16).map((octet, i) => octet ^ pad[i]!)
    previous = hidden.subarray(16 * block, 16 * block + 16)
    assert.deepEqual([...previous], [...expected])
  }
})

test('a hidden password of impossible length is refused, and one over 128 octets cannot be hidden', () => {
  const authenticator = Buffer.alloc(16)
  for (const length of [0, 1, 15, 17, 144, 253]) assert.equal(unhidePassword(Buffer.alloc(length), authenticator, SECRET), undefined)
  assert.equal(hidePassword(Buffer.alloc(129, 1), authenticator, SECRET), undefined)
})

test('an accounting request is valid as signed and not after any one octet changes', () => {
  const octets = accountingRequest({ status: 1, sessionId: '42' })
  assert.ok(hasValidAccountingAuthenticator(decoded(octets), SECRET))
  assert.ok(!hasValidAccountingAuthenticator(decoded(octets), sharedSecret('another-secret-of-16')))
  for (const at of [0, 1, 4, 19, 25, octets.length - 1]) {
    const changed = Buffer.from(octets)
    changed[at] = changed[at]! ^ 1
    assert.ok(!hasValidAccountingAuthenticator(decoded(changed), SECRET), `octet ${at}`)
  }
})

test('authenticators that differ only in octets above 0x7f are different', () => {
  // The comparison as UTF-8 text that this guards against takes all such octets for the same replacement character.
  const request = { code: 4, identifier: 1, authenticator: Buffer.alloc(16), attributes: [] }
  const octets = encodePacket(request)!
  writeAccountingAuthenticator(octets, SECRET)
  const at = octets.findIndex((octet, i) => i >= 4 && octet >= 0x80)
  assert.ok(at >= 4)
  octets[at] = octets[at] === 0xff ? 0xfe : 0xff
  assert.ok(!hasValidAccountingAuthenticator(decoded(octets), SECRET))
})
