import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  addressAttribute,
  integerAttribute,
  octetsAttribute,
  readAddress,
  readInteger,
  readJoined,
  splitAttribute,
  textAttribute,
} from '#edge/radius/attributes.ts'
import { ATTRIBUTE } from '#edge/radius/dictionary/standard.ts'
import { decodePacket, encodePacket, type Attribute, type Packet } from '#edge/radius/packet.ts'

function packetWith(...attributes: Attribute[]): Packet {
  const result = decodePacket(encodePacket({ code: 1, identifier: 1, authenticator: Buffer.alloc(16), attributes })!)
  assert.ok(result.ok)
  return result.packet
}

test('no two names of the dictionary share a number', () => {
  const types = Object.values(ATTRIBUTE).map(({ type }) => type)
  assert.equal(new Set(types).size, types.length)
})

test('integers keep all 32 bits, and an integer of another length says nothing', () => {
  assert.equal(readInteger(packetWith(integerAttribute('Acct-Input-Octets', 0xffff_ffff)), 'Acct-Input-Octets'), 0xffff_ffff)
  assert.equal(readInteger(packetWith({ type: 42, value: Buffer.alloc(3) }), 'Acct-Input-Octets'), undefined)
  assert.equal(readInteger(packetWith(), 'Acct-Input-Octets'), undefined)
})

test('addresses are read as text in both families', () => {
  assert.equal(readAddress(packetWith({ type: 4, value: Buffer.from([10, 77, 0, 1]) }), 'NAS-IP-Address'), '10.77.0.1')
  const ipv6 = Buffer.from('fd0000000000000000000000000000a1', 'hex')
  assert.equal(readAddress(packetWith({ type: 95, value: ipv6 }), 'NAS-IPv6-Address'), 'fd00:0:0:0:0:0:0:a1')
  assert.equal(readAddress(packetWith({ type: 4, value: Buffer.alloc(5) }), 'NAS-IP-Address'), undefined)
})

test('text travels as UTF-8 and octets as they are', () => {
  assert.deepEqual(textAttribute('Reply-Message', 'aé'), { type: 18, value: Buffer.from([0x61, 0xc3, 0xa9]) })
  assert.equal(octetsAttribute('Class', Buffer.from([0, 255])).value[1], 255)
})

test('an address of either family survives its octets, and anything else is our own mistake', () => {
  for (const [name, text] of [
    ['NAS-IP-Address', '10.77.0.1'],
    ['Framed-IPv6-Address', 'fd00:0:0:0:0:0:0:a1'],
  ] as const)
    assert.equal(readAddress(packetWith(addressAttribute(name, text)), name), text)
  for (const text of ['10.77.0', 'fd00::1', '']) assert.throws(() => addressAttribute('NAS-IP-Address', text), RangeError)
  assert.throws(() => addressAttribute('NAS-IPv6-Address', '10.77.0.1'), RangeError)
})

test('what is too long for one attribute is split into full ones and joined again in order', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1500 }), (value) => {
      const parts = splitAttribute('EAP-Message', value)
      assert.ok(parts.slice(0, -1).every((part) => part.value.length === 253))
      assert.deepEqual([...(readJoined(packetWith({ type: 1, value: Buffer.from('x') }, ...parts), 'EAP-Message') ?? [])], [...value])
    }),
  )
  assert.equal(readJoined(packetWith(), 'EAP-Message'), undefined)
})
