import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClass, writeClass } from '#edge/radius/account-class.ts'
import { authorize, reject, type AccessDecision, type Facts } from '#edge/radius/authorize.ts'
import { CLIENT_VENDORS } from '#edge/radius/client-vendor.ts'
import { ARUBA } from '#edge/radius/dictionary/aruba.ts'
import { CHILLISPOT } from '#edge/radius/dictionary/chillispot.ts'
import { MIKROTIK } from '#edge/radius/dictionary/mikrotik.ts'
import { RUCKUS } from '#edge/radius/dictionary/ruckus.ts'
import { ATTRIBUTE } from '#edge/radius/dictionary/standard.ts'
import { WISPR } from '#edge/radius/dictionary/wispr.ts'
import { decodePacket, encodePacket, type Packet } from '#edge/radius/packet.ts'
import { readVendorInteger, readVendorOctets } from '#edge/radius/vendor.ts'
import type { Group } from '#edge/wire/policy.ts'

const value = (decision: AccessDecision, name: keyof typeof ATTRIBUTE): Buffer | undefined => {
  const found = decision.attributes.find(({ type }) => type === ATTRIBUTE[name].type)
  return found && Buffer.from(found.value)
}
const seconds = (decision: AccessDecision): number | undefined => value(decision, 'Session-Timeout')?.readUInt32BE()

const GROUP: Group = {
  name: 'staf',
  class: 'staff',
  watchSeconds: 0,
  sessionSeconds: 28_800,
  idleSeconds: 900,
  sessionOctets: 10_000_000_000,
  rate: { upKbps: 2_000, downKbps: 5_000 },
}

const facts = (more: Partial<Facts> = {}): Facts => ({
  grant: { account: 'user:budi', group: 'staf' },
  ruling: { closed: undefined, group: GROUP, seconds: GROUP.sessionSeconds },
  pseudonym: '00112233445566aa',
  vendor: 'generic',
  wantsChargeableIdentity: false,
  ...more,
})

test('who is let in gets the conditions of the group, and a class that comes back as account and group', () => {
  const decision = authorize(facts())
  assert.equal(decision.code, 'Access-Accept')
  assert.equal(seconds(decision), 28_800)
  assert.equal(value(decision, 'Idle-Timeout')?.readUInt32BE(), 900)
  assert.equal(value(decision, 'Acct-Interim-Interval')?.readUInt32BE(), 300)
  assert.deepEqual(readClass(value(decision, 'Class')), { account: '00112233445566aa', group: 'staf' })
  assert.match(value(decision, 'Reply-Message')!.toString(), /^Selamat datang/)
})

test('the session ends with whatever ends first: the group, the account, the day it runs out, a schedule', () => {
  assert.equal(seconds(authorize(facts({ grant: { account: 'a', group: 'staf', sessionTimeoutSeconds: 600 } }))), 600)
  assert.equal(seconds(authorize(facts({ ruling: { closed: undefined, group: GROUP, seconds: 61.9 } }))), 61)
  const nobody = authorize(facts({ grant: { account: 'a' }, ruling: { closed: undefined, group: undefined, seconds: Infinity } }))
  assert.equal(seconds(nobody), 43_200, 'without a group there is still an end')
  assert.equal(value(nobody, 'Idle-Timeout'), undefined)
  assert.deepEqual(readClass(value(nobody, 'Class')), { account: '00112233445566aa', group: undefined })
})

test('an account that has run out and a group that is closed are refused with the reason in words', () => {
  const over = authorize(facts({ ruling: { closed: undefined, group: GROUP, seconds: -3 } }))
  assert.deepEqual([over.code, 'reason' in over && over.reason], ['Access-Reject', 'expired'])
  const closed = authorize(facts({ ruling: { closed: { note: 'Libur nasional' }, group: GROUP, seconds: 100 } }))
  assert.deepEqual([closed.code, 'reason' in closed && closed.reason], ['Access-Reject', 'closed'])
  assert.equal(value(closed, 'Reply-Message')?.toString(), 'Layanan sedang ditutup. Libur nasional')
})

test('Chargeable-User-Identity is told to whoever asks, and is a pseudonym', () => {
  assert.equal(value(authorize(facts()), 'Chargeable-User-Identity'), undefined)
  assert.equal(value(authorize(facts({ wantsChargeableIdentity: true })), 'Chargeable-User-Identity')?.toString(), '00112233445566aa')
})

test('a note of any length in any script fits in its attribute', () => {
  const { attributes } = reject('closed', '教'.repeat(300))
  assert.ok(attributes[0]!.value.length <= 253)
})

function accepted(more: Partial<Facts>): Packet {
  const { attributes } = authorize(facts(more))
  const result = decodePacket(encodePacket({ code: 2, identifier: 1, authenticator: Buffer.alloc(16), attributes })!)
  assert.ok(result.ok)
  return result.packet
}

test('limits are told in the words of the vendor', () => {
  const mikrotik = accepted({ vendor: 'mikrotik' })
  assert.equal(readVendorOctets(mikrotik, MIKROTIK, 'Mikrotik-Rate-Limit')?.toString(), '2000k/5000k')
  const [low, high] = [
    readVendorInteger(mikrotik, MIKROTIK, 'Mikrotik-Total-Limit'),
    readVendorInteger(mikrotik, MIKROTIK, 'Mikrotik-Total-Limit-Gigawords'),
  ]
  assert.equal(high! * 2 ** 32 + low!, 10_000_000_000)

  for (const vendor of ['generic', 'unifi', 'ruckus', 'coovachilli'] as const) {
    assert.equal(readVendorInteger(accepted({ vendor }), WISPR, 'WISPr-Bandwidth-Max-Up'), 2_000_000, vendor)
    assert.equal(readVendorInteger(accepted({ vendor }), WISPR, 'WISPr-Bandwidth-Max-Down'), 5_000_000, vendor)
  }
  assert.equal(readVendorInteger(accepted({ vendor: 'coovachilli' }), CHILLISPOT, 'ChilliSpot-Bandwidth-Max-Down'), 5_000)
  assert.equal(readVendorOctets(accepted({ vendor: 'aruba' }), ARUBA, 'Aruba-User-Role')?.toString(), 'staf')
  assert.equal(readVendorOctets(accepted({ vendor: 'ruckus' }), RUCKUS, 'Ruckus-User-Groups')?.toString(), 'staf')
})

test('octets that a vendor cannot say are left unsaid rather than said wrong', () => {
  const chilli = (sessionOctets: number): number | undefined =>
    readVendorInteger(
      accepted({ vendor: 'coovachilli', ruling: { closed: undefined, group: { ...GROUP, sessionOctets }, seconds: 60 } }),
      CHILLISPOT,
      'ChilliSpot-Max-Total-Octets',
    )
  assert.equal(chilli(4_294_967_295), 4_294_967_295)
  assert.equal(chilli(4_294_967_296), undefined)
})

test('a direction without a limit is never told as a limit of zero', () => {
  const ruling = { closed: undefined, group: { ...GROUP, rate: { upKbps: 0, downKbps: 5_000 } }, seconds: 60 }
  assert.equal(readVendorOctets(accepted({ vendor: 'mikrotik', ruling }), MIKROTIK, 'Mikrotik-Rate-Limit')?.toString(), '0/5000k')
  assert.equal(readVendorInteger(accepted({ ruling }), WISPR, 'WISPr-Bandwidth-Max-Up'), undefined)
  const none = { ...ruling, group: { ...GROUP, rate: { upKbps: 0, downKbps: 0 } } }
  for (const vendor of CLIENT_VENDORS) {
    const packet = accepted({ vendor, ruling: none })
    assert.equal(readVendorOctets(packet, MIKROTIK, 'Mikrotik-Rate-Limit'), undefined, vendor)
    assert.equal(readVendorOctets(packet, WISPR, 'WISPr-Bandwidth-Max-Down'), undefined, vendor)
  }
})

test('a class that is not ours says nothing', () => {
  for (const text of [
    '',
    'group=staf',
    'bc1 00112233445566aa',
    'bc1 00112233445566ax -',
    'bc1 00112233445566aa Staf',
    'bc1 00112233445566aa staf x',
  ])
    assert.equal(readClass(Buffer.from(text)), undefined, text)
  assert.equal(readClass(undefined), undefined)
  assert.deepEqual(readClass(writeClass({ account: '00112233445566aa', group: undefined })), {
    account: '00112233445566aa',
    group: undefined,
  })
})
