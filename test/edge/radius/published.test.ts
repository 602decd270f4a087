/** The RFCs' own examples, octet for octet. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { readAddress, readInteger, readOctets, readText } from '#edge/radius/attributes.ts'
import { hidePassword, unhidePassword, writeResponseAuthenticator } from '#edge/radius/authenticator.ts'
import { checkMessageAuthenticator } from '#edge/radius/message-authenticator.ts'
import { attributesOf, authenticatorOf, decodePacket, encodePacket, valueOf, type Packet } from '#edge/radius/packet.ts'
import { PUBLISHED, PUBLISHED_SECRET } from './published.ts'

function decoded(octets: Buffer): Packet {
  const result = decodePacket(octets)
  assert.ok(result.ok)
  return result.packet
}

test('every published packet decodes, and encodes to the same octets again', () => {
  for (const [name, octets] of Object.entries(PUBLISHED)) {
    const packet = decoded(octets)
    const { code, identifier } = packet
    assert.deepEqual(
      encodePacket({ code, identifier, authenticator: authenticatorOf(packet), attributes: attributesOf(packet) }),
      octets,
      name,
    )
  }
})

test('every published reply has the Response Authenticator that we compute', () => {
  for (const [request, reply] of [
    ['telnetRequest', 'telnetAccept'],
    ['chapRequest', 'chapAccept'],
    ['challengedRequest', 'challenge'],
    ['responseRequest', 'reject'],
    ['statusAuth', 'statusAuthReply'],
    ['statusAcct', 'statusAcctReply'],
  ] as const) {
    const octets = Buffer.from(PUBLISHED[reply])
    octets.set(authenticatorOf(decoded(PUBLISHED[request])), 4)
    writeResponseAuthenticator(octets, PUBLISHED_SECRET)
    assert.deepEqual(octets, PUBLISHED[reply], reply)
  }
})

test('RFC 2865 §7.1 says user nemo, password arctangent, from 192.168.1.16 port 3', () => {
  const packet = decoded(PUBLISHED.telnetRequest)
  assert.equal(readText(packet, 'User-Name'), 'nemo')
  assert.equal(readAddress(packet, 'NAS-IP-Address'), '192.168.1.16')
  assert.equal(readInteger(packet, 'NAS-Port'), 3)
  assert.equal(unhidePassword(valueOf(packet, 2)!, authenticatorOf(packet), PUBLISHED_SECRET)?.toString(), 'arctangent')
  assert.deepEqual(hidePassword(Buffer.from('arctangent'), authenticatorOf(packet), PUBLISHED_SECRET), valueOf(packet, 2))
})

test('RFC 2865 §7.2 and §7.3 carry the CHAP answer and the State they speak of', () => {
  const chap = decoded(PUBLISHED.chapRequest)
  const answer = readOctets(chap, 'CHAP-Password')!
  const expected = createHash('md5').update(answer.subarray(0, 1)).update('arctangent').update(authenticatorOf(chap)).digest()
  assert.deepEqual(answer.subarray(1), expected)
  assert.deepEqual(readOctets(decoded(PUBLISHED.responseRequest), 'State'), readOctets(decoded(PUBLISHED.challenge), 'State'))
})

test('both Status-Server requests of RFC 5997 §6 are signed as we check it', () => {
  for (const octets of [PUBLISHED.statusAuth, PUBLISHED.statusAcct])
    assert.equal(checkMessageAuthenticator(decoded(octets), PUBLISHED_SECRET, 'as-sent'), 'valid')
})
