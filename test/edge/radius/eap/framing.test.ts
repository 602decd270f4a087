import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAvp, parseAvps } from '#edge/radius/eap/avp.ts'
import {
  assemble,
  emptyAssembly,
  isSent,
  MESSAGE_OCTETS_MAX,
  nextFragment,
  parseFragment,
  type Outgoing,
} from '#edge/radius/eap/fragments.ts'
import { identitiesAgree, isUsableIdentity, isUsableOuterIdentity } from '#edge/radius/eap/identity.ts'
import { eapFailure, eapRequest, eapSuccess, parseResponse } from '#edge/radius/eap/packet.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const octets = (text: string): Buffer => Buffer.from(text, 'utf8')

test('EAP packets have the layout of RFC 3748 §4, and padding behind Length is not theirs', () => {
  assert.deepEqual(eapRequest(5, 21, hex('20')), hex('01 05 0006 15 20'))
  assert.deepEqual(eapSuccess(255), hex('03 ff 0004'))
  assert.deepEqual(eapFailure(0), hex('04 00 0004'))
  assert.deepEqual(parseResponse(hex('02 05 0007 01 6162 0000')), { identifier: 5, type: 1, data: octets('ab') })
})

test('what is not one whole response with a type is none', () => {
  for (const damaged of ['', '02', '02 05 0004', '02 05 0008 01 6162', '01 05 0006 01 61', '02 05 0003 01 61', '02 05 ffff 01 61'])
    assert.equal(parseResponse(hex(damaged)), undefined, damaged)
})

test('a message leaves in pieces of the room there is: L and its length first, M on all but the last', () => {
  const message = Buffer.alloc(2500, 7)
  const outgoing: Outgoing = { message, at: 0 }
  const first = nextFragment(outgoing, 1000)
  assert.deepEqual([first.length, first.subarray(0, 5).toString('hex')], [1000, 'c0000009c4'])
  const second = nextFragment(outgoing, 1000)
  assert.deepEqual([second.length, second[0]], [1000, 0x40])
  assert.ok(!isSent(outgoing))
  const last = nextFragment(outgoing, 1000)
  assert.deepEqual([last.length, last[0]], [1 + 2500 - 995 - 999, 0])
  assert.ok(isSent(outgoing))
  assert.deepEqual(Buffer.concat([first.subarray(5), second.subarray(1), last.subarray(1)]), message)
})

test('a message that fits goes whole, without a length', () => {
  const outgoing: Outgoing = { message: Buffer.alloc(999), at: 0 }
  assert.deepEqual([nextFragment(outgoing, 1000).length, isSent(outgoing)], [1000, true])
})

test('pieces of any size from 1 octet on come together again', () => {
  const message = Buffer.from(Array.from({ length: 300 }, (_, i) => i & 0xff))
  for (const room of [6, 7, 50, 299, 300, 301, 400]) {
    const outgoing: Outgoing = { message, at: 0 }
    const assembly = emptyAssembly()
    let whole: Buffer | 'more' | 'fault' = 'more'
    for (let i = 0; i < 400 && whole === 'more'; i++) whole = assemble(assembly, parseFragment(nextFragment(outgoing, room))!)
    assert.deepEqual(whole, message, `room ${room}`)
  }
})

test('a peer cannot start, leave its length out, change it, exceed it or fall short of it', () => {
  assert.equal(parseFragment(Buffer.alloc(0)), undefined)
  assert.equal(parseFragment(hex('20')), undefined)
  assert.equal(parseFragment(hex('80 0000')), undefined)
  const faulty: string[][] = [
    ['40 aa'],
    ['c0 00000004'],
    [`c0 ${(MESSAGE_OCTETS_MAX + 1).toString(16).padStart(8, '0')} aa`],
    ['c0 00000004 aabb', '80 00000005 ccdd'],
    ['c0 00000003 aabb', '00 ccdd'],
    ['c0 00000004 aabb', '00 cc'],
    ['c0 00000004 aabb', '40'],
  ]
  for (const pieces of faulty) {
    const assembly = emptyAssembly()
    const results = pieces.map((piece) => assemble(assembly, parseFragment(hex(piece))!))
    assert.equal(results.at(-1), 'fault', pieces.join(' | '))
    assert.ok(results.slice(0, -1).every((one) => one === 'more'))
  }
})

test('attributes inside the tunnel are padded to four and may belong to a vendor (RFC 5281 §10.1)', () => {
  const userName = { code: 1, vendorId: 0, mandatory: true, data: octets('budi1') }
  assert.deepEqual(encodeAvp(userName), hex('00000001 40 00000d 6275646931 000000'))
  const response = { code: 25, vendorId: 311, mandatory: false, data: hex('aabb') }
  assert.deepEqual(encodeAvp(response), hex('00000019 80 00000e 00000137 aabb 0000'))
  assert.deepEqual(parseAvps(Buffer.concat([encodeAvp(userName), encodeAvp(response)])), [userName, response])
})

test('an attribute of length zero, beyond the end or one of too many makes the whole unreadable', () => {
  for (const damaged of ['00000001 40 000000', '00000001 40 000007', '00000001 40 00000c 61', '00000001 80 000008', '0000'])
    assert.equal(parseAvps(hex(damaged)), undefined, damaged)
  const one = encodeAvp({ code: 1, vendorId: 0, mandatory: false, data: octets('a') })
  assert.equal(parseAvps(Buffer.concat(Array.from({ length: 33 }, () => one))), undefined)
})

test('an anonymous name outside goes with any inside of the same realm; any other name must be the same', () => {
  const agree = (outer: string, inner: string): boolean => identitiesAgree(octets(outer), octets(inner))
  for (const outer of ['', '@madiunkota.example', 'anonymous', 'Anonymous@madiunkota.example', 'anon'])
    assert.ok(agree(outer, 'budi'), outer)
  assert.ok(agree('@MadiunKota.example', 'budi@madiunkota.example'))
  assert.ok(!agree('@lain.example', 'budi@madiunkota.example'))
  assert.ok(agree('budi', 'budi'))
  assert.ok(!agree('budi', 'siti'))
  assert.ok(!agree('budi', 'Budi'))
  assert.ok(!agree('budi@a', 'budi@b'))
})

test('a name has no control characters and fits in an attribute; only the outer may be empty', () => {
  assert.ok(isUsableIdentity(octets('budi ꦗꦮ')))
  for (const bad of ['', 'a\0b', 'a\nb', '\x7f', 'x'.repeat(254)]) assert.ok(!isUsableIdentity(octets(bad)), JSON.stringify(bad))
  assert.ok(isUsableOuterIdentity(Buffer.alloc(0)))
})
