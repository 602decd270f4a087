/** A second opinion: npm's `radius` was written by others from the same RFCs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import radius from 'radius'
import { integerAttribute, readInteger, readText, textAttribute } from '#edge/radius/attributes.ts'
import { ATTRIBUTE } from '#edge/radius/dictionary/standard.ts'
import { hasValidAccountingAuthenticator, unhidePassword } from '#edge/radius/authenticator.ts'
import { authorize, reject } from '#edge/radius/authorize.ts'
import { checkMessageAuthenticator } from '#edge/radius/message-authenticator.ts'
import { authenticatorOf, decodePacket, valueOf, type Packet } from '#edge/radius/packet.ts'
import { signedReply } from '#edge/radius/reply.ts'
import { accessRequest, accountingRequest, SECRET, SECRET_TEXT } from './client.ts'

function decoded(octets: Buffer): Packet {
  const result = decodePacket(octets)
  assert.ok(result.ok)
  return result.packet
}

test('both dictionaries give every name the same number', () => {
  radius.load_dictionaries()
  for (const [name, { type }] of Object.entries(ATTRIBUTE)) {
    // Their dictionary is older than RFC 4372 and RFC 6911.
    if (name !== 'Chargeable-User-Identity' && name !== 'Framed-IPv6-Address')
      assert.equal(Number(radius.attr_name_to_id(name)), type, name)
  }
})

test('an Access-Request of ours says the same to them, password included', () => {
  const theirs = radius.decode({
    packet: accessRequest({
      userName: 'budi',
      password: 'kata sandi yang lebih dari enam belas',
      attributes: [integerAttribute('NAS-Port', 7)],
    }),
    secret: SECRET_TEXT,
  })
  assert.equal(theirs.code, 'Access-Request')
  const { 'User-Name': name, 'User-Password': password, 'NAS-Port': port } = theirs.attributes
  assert.deepEqual([name, password, port], ['budi', 'kata sandi yang lebih dari enam belas', 7])
})

test('an Access-Request of theirs says the same to us, password and Message-Authenticator included', () => {
  const attributes: [string, string | number][] = [
    ['User-Name', 'budi'],
    ['User-Password', 'kata sandi yang lebih dari enam belas'],
    ['Calling-Station-Id', 'AA-BB-CC-00-00-01'],
    ['NAS-Port', 4_000_000_000],
  ]
  const octets = radius.encode({
    code: 'Access-Request',
    secret: SECRET_TEXT,
    identifier: 200,
    attributes,
    add_message_authenticator: true,
  })
  const packet = decoded(octets)
  assert.equal(packet.identifier, 200)
  assert.equal(checkMessageAuthenticator(packet, SECRET, 'as-sent'), 'valid')
  assert.equal(readText(packet, 'User-Name'), 'budi')
  assert.equal(readText(packet, 'Calling-Station-Id'), 'AA-BB-CC-00-00-01')
  assert.equal(readInteger(packet, 'NAS-Port'), 4_000_000_000)
  assert.equal(unhidePassword(valueOf(packet, 2)!, authenticatorOf(packet), SECRET)?.toString(), 'kata sandi yang lebih dari enam belas')
})

test('they verify our replies, and not one with a bit changed', () => {
  const request = accessRequest({
    userName: 'budi',
    password: 'x',
    attributes: [
      { type: 33, value: Buffer.from('one') },
      { type: 33, value: Buffer.from('two') },
    ],
  })
  const accept = authorize({
    grant: { account: 'user:budi' },
    ruling: { closed: undefined, group: undefined, seconds: 60 },
    pseudonym: '0011223344556677',
    vendor: 'generic',
    wantsChargeableIdentity: false,
  })
  for (const decision of [accept, reject('wrong-credentials')]) {
    const response = signedReply(decoded(request), decision, SECRET)!
    assert.equal(response[20], 80)
    assert.notEqual(radius.verify_response({ request, response, secret: SECRET_TEXT }), false)
    const theirs = radius.decode({ packet: response, secret: SECRET_TEXT })
    assert.equal(theirs.code, decision.code)
    assert.deepEqual(theirs.attributes['Proxy-State'], [Buffer.from('one'), Buffer.from('two')])
    for (const at of [21 + 2, response.length - 1]) {
      const changed = Buffer.from(response)
      changed[at] = changed[at]! ^ 1
      assert.equal(radius.verify_response({ request, response: changed, secret: SECRET_TEXT }), false, `octet ${at}`)
    }
  }
})

test('accounting requests are valid in both directions', () => {
  const ours = radius.decode({ packet: accountingRequest({ status: 3, sessionId: '42', seconds: 300, input: 7 }), secret: SECRET_TEXT })
  const { 'Acct-Status-Type': status, 'Acct-Session-Id': session, 'Acct-Session-Time': seconds } = ours.attributes
  assert.deepEqual([ours.code, status, session, seconds], ['Accounting-Request', 'Interim-Update', '42', 300])

  const attributes: [string, string | number][] = [
    ['Acct-Status-Type', 'Stop'],
    ['Acct-Session-Id', '43'],
    ['Acct-Terminate-Cause', 'Idle-Timeout'],
  ]
  const theirs = decoded(radius.encode({ code: 'Accounting-Request', secret: SECRET_TEXT, attributes }))
  assert.ok(hasValidAccountingAuthenticator(theirs, SECRET))
  assert.deepEqual(
    [readInteger(theirs, 'Acct-Status-Type'), readText(theirs, 'Acct-Session-Id'), readInteger(theirs, 'Acct-Terminate-Cause')],
    [2, '43', 4],
  )
})

test('they verify our answer to accounting', () => {
  const request = accountingRequest({ status: 1, sessionId: '42' })
  const response = signedReply(
    decoded(request),
    { code: 'Accounting-Response', attributes: [textAttribute('Reply-Message', 'x')] },
    SECRET,
  )!
  assert.notEqual(radius.verify_response({ request, response, secret: SECRET_TEXT }), false)
})
