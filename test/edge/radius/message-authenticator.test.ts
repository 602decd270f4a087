import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { test } from 'node:test'
import { checkMessageAuthenticator, UNSIGNED_MESSAGE_AUTHENTICATOR, writeMessageAuthenticator } from '#edge/radius/message-authenticator.ts'
import { decodePacket, encodePacket, type Attribute, type Packet } from '#edge/radius/packet.ts'
import { sharedSecret } from '#edge/radius/secret.ts'
import { accessRequest, SECRET, SECRET_TEXT } from './client.ts'

function decoded(octets: Buffer): Packet {
  const result = decodePacket(octets)
  assert.ok(result.ok)
  return result.packet
}

const packetWith = (attributes: Attribute[]): Buffer =>
  encodePacket({ code: 1, identifier: 9, authenticator: Buffer.alloc(16, 3), attributes })!

test('it is the HMAC-MD5 of the packet with sixteen zeros in its place', () => {
  const octets = packetWith([{ type: 1, value: Buffer.from('budi') }, UNSIGNED_MESSAGE_AUTHENTICATOR])
  const expected = createHmac('md5', SECRET_TEXT).update(octets).digest()
  writeMessageAuthenticator(octets, 26, SECRET)
  assert.deepEqual(octets.subarray(28, 44), expected)
  assert.equal(checkMessageAuthenticator(decoded(octets), SECRET, 'as-sent'), 'valid')
})

test('one flipped bit anywhere makes it wrong, and so does another secret', () => {
  const octets = accessRequest({ userName: 'budi', password: 'rahasia' })
  assert.equal(checkMessageAuthenticator(decoded(octets), sharedSecret('another-secret-of-16'), 'as-sent'), 'wrong')
  for (const at of [1, 4, 22, 37, 41, octets.length - 1]) {
    const changed = Buffer.from(octets)
    changed[at] = changed[at]! ^ 0x80
    assert.equal(checkMessageAuthenticator(decoded(changed), SECRET, 'as-sent'), 'wrong', `octet ${at}`)
  }
})

test('absent is missing; doubled or of another length is wrong', () => {
  assert.equal(checkMessageAuthenticator(decoded(packetWith([])), SECRET, 'as-sent'), 'missing')
  const doubled = packetWith([UNSIGNED_MESSAGE_AUTHENTICATOR, UNSIGNED_MESSAGE_AUTHENTICATOR])
  writeMessageAuthenticator(doubled, 20, SECRET)
  assert.equal(checkMessageAuthenticator(decoded(doubled), SECRET, 'as-sent'), 'wrong')
  for (const length of [0, 15, 17])
    assert.equal(checkMessageAuthenticator(decoded(packetWith([{ type: 80, value: Buffer.alloc(length) }])), SECRET, 'as-sent'), 'wrong')
})

test('a secret does not show when its holder is printed or serialised', () => {
  const shown = inspect({ client: { secret: SECRET } }, { depth: 9, showHidden: true }) + JSON.stringify({ SECRET })
  assert.ok(!shown.includes(SECRET_TEXT) && !shown.includes(SECRET.octets.toString('hex').slice(0, 8)))
})
