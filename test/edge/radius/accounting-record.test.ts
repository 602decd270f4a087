import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAccountingRecord } from '#edge/radius/accounting-record.ts'
import { UNKNOWN_DEVICE, type SessionRecord } from '#edge/radius/accounting.ts'
import { integerAttribute, textAttribute } from '#edge/radius/attributes.ts'
import { decodePacket, encodePacket, type Attribute } from '#edge/radius/packet.ts'

const context = { client: 'ap-gedung', source: '10.77.0.2', receivedAt: 1_800_000_000_000, pseudonym: (mac: string) => `of ${mac}` }

function read(attributes: Attribute[], more = {}) {
  const decoded = decodePacket(encodePacket({ code: 4, identifier: 1, authenticator: Buffer.alloc(16), attributes })!)
  assert.ok(decoded.ok)
  return readAccountingRecord(decoded.packet, { ...context, ...more })
}

function sessionRecord(...attributes: Attribute[]): SessionRecord {
  const result = read([integerAttribute('Acct-Status-Type', 3), textAttribute('Acct-Session-Id', '42'), ...attributes])
  assert.ok(result.ok && 'sessionKey' in result.record)
  return result.record
}

test('gigawords count the times the 32-bit counter has wrapped', () => {
  const record = sessionRecord(
    integerAttribute('Acct-Input-Octets', 5),
    integerAttribute('Acct-Input-Gigawords', 3),
    integerAttribute('Acct-Output-Octets', 0xffff_ffff),
  )
  assert.equal(record.inputOctets, 3 * 2 ** 32 + 5)
  assert.equal(record.outputOctets, 0xffff_ffff)
})

test('a count beyond exact numbers is held at the largest of them', () => {
  const record = sessionRecord(integerAttribute('Acct-Input-Gigawords', 0xffff_ffff))
  assert.equal(record.inputOctets, Number.MAX_SAFE_INTEGER)
})

test('Acct-Delay-Time moves the record back to when it happened, a day at most', () => {
  assert.equal(sessionRecord(integerAttribute('Acct-Delay-Time', 30)).at, context.receivedAt - 30_000)
  assert.equal(sessionRecord(integerAttribute('Acct-Delay-Time', 0xffff_ffff)).at, context.receivedAt - 86_400_000)
})

test('the device is the pseudonym of the normalised address, and zeros when there is none', () => {
  assert.equal(sessionRecord(textAttribute('Calling-Station-Id', 'AABB.CCDD.EE01')).device, 'of aa:bb:cc:dd:ee:01')
  assert.equal(sessionRecord(textAttribute('Calling-Station-Id', 'nothing of the kind')).device, UNKNOWN_DEVICE)
  assert.equal(sessionRecord().device, UNKNOWN_DEVICE)
})

test('the access point is its name, else its address, else where the packet came from', () => {
  const address = { type: 4, value: Buffer.from([10, 77, 0, 9]) }
  assert.equal(sessionRecord(textAttribute('NAS-Identifier', 'ap\u0000-balai\nkota'), address).nas, 'ap-balaikota')
  assert.equal(sessionRecord(textAttribute('NAS-Identifier', '\u0001\u0002'), address).nas, '10.77.0.9')
  assert.equal(sessionRecord().nas, '10.77.0.2')
  assert.equal(sessionRecord(textAttribute('NAS-Identifier', 'x'.repeat(200))).nas.length, 80)
})

test('the same session id of another client or access point is another session', () => {
  const own = read([integerAttribute('Acct-Status-Type', 1), textAttribute('Acct-Session-Id', '42')])
  const others = read([integerAttribute('Acct-Status-Type', 1), textAttribute('Acct-Session-Id', '42')], { client: 'ap-lain' })
  assert.ok(own.ok && others.ok && 'sessionKey' in own.record && 'sessionKey' in others.record)
  assert.notEqual(own.record.sessionKey, others.record.sessionKey)
})

test('a record that cannot be recorded says why', () => {
  assert.deepEqual(read([]), { ok: false, reason: 'no-status-type' })
  assert.deepEqual(read([integerAttribute('Acct-Status-Type', 9)]), { ok: false, reason: 'unsupported-status-type' })
  assert.deepEqual(read([integerAttribute('Acct-Status-Type', 1)]), { ok: false, reason: 'no-session-id' })
  assert.deepEqual(read([integerAttribute('Acct-Status-Type', 1), { type: 44, value: Buffer.alloc(0) }]), {
    ok: false,
    reason: 'no-session-id',
  })
})

test('Accounting-On and -Off need no session', () => {
  for (const [type, status] of [
    [7, 'Accounting-On'],
    [8, 'Accounting-Off'],
  ] as const) {
    const result = read([integerAttribute('Acct-Status-Type', type)])
    assert.ok(result.ok && result.record.status === status)
  }
})
