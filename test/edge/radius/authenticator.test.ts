import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readAddress, readInteger, readText } from '#edge/radius/attributes.ts'
import {
  hasValidAccountingAuthenticator,
  hidePassword,
  unhidePassword,
  writeAccountingAuthenticator,
  writeResponseAuthenticator,
} from '#edge/radius/authenticator.ts'
import { authenticatorOf, decodePacket, encodePacket, valueOf, type Packet } from '#edge/radius/packet.ts'
import { sharedSecret } from '#edge/radius/secret.ts'
import { accountingRequest, SECRET } from './client.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

function decoded(octets: Buffer): Packet {
  const result = decodePacket(octets)
  assert.ok(result.ok)
  return result.packet
}

/** RFC 2865 §7.1, "User Telnet to Specified Host". */
const exampleSecret = sharedSecret('xyzzy5461')
const exampleRequest = hex(`
  01 00 00 38 0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a
  01 06 6e 65 6d 6f 02 12 0d be 70 8d 93 d4 13 ce 31 96 e4 3f 78 2a 0a ee
  04 06 c0 a8 01 10 05 06 00 00 00 03`)
const exampleResponse = hex(`
  02 00 00 26 86 fe 22 0e 76 24 ba 2a 10 05 f6 bf 9b 55 e0 b2
  06 06 00 00 00 01 0f 06 00 00 00 00 0e 06 c0 a8 01 03`)

test("the RFC's example request says user nemo, password arctangent, from 192.168.1.16 port 3", () => {
  const packet = decoded(exampleRequest)
  assert.equal(readText(packet, 'User-Name'), 'nemo')
  assert.equal(readAddress(packet, 'NAS-IP-Address'), '192.168.1.16')
  assert.equal(readInteger(packet, 'NAS-Port'), 3)
  assert.equal(unhidePassword(valueOf(packet, 2)!, authenticatorOf(packet), exampleSecret)?.toString(), 'arctangent')
  assert.deepEqual(hidePassword(Buffer.from('arctangent'), authenticatorOf(packet), exampleSecret), valueOf(packet, 2))
})

test("the RFC's example response gets the authenticator the RFC prints", () => {
  const octets = Buffer.from(exampleResponse)
  octets.set(authenticatorOf(decoded(exampleRequest)), 4)
  writeResponseAuthenticator(octets, exampleSecret)
  assert.deepEqual(octets, exampleResponse)
})

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
