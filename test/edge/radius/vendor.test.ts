import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { ARUBA } from '#edge/radius/dictionary/aruba.ts'
import { CHILLISPOT } from '#edge/radius/dictionary/chillispot.ts'
import type { Definition, Vendor } from '#edge/radius/dictionary/format.ts'
import { MICROSOFT } from '#edge/radius/dictionary/microsoft.ts'
import { MIKROTIK } from '#edge/radius/dictionary/mikrotik.ts'
import { RUCKUS } from '#edge/radius/dictionary/ruckus.ts'
import { ATTRIBUTE } from '#edge/radius/dictionary/standard.ts'
import { WISPR } from '#edge/radius/dictionary/wispr.ts'
import { decodePacket, encodePacket, type Attribute, type Packet } from '#edge/radius/packet.ts'
import { decodeValue, encodeValue } from '#edge/radius/values.ts'
import { readVendorInteger, readVendorList, readVendorOctets, vendorAttribute, vendorList } from '#edge/radius/vendor.ts'

function packetWith(...attributes: Attribute[]): Packet {
  const result = decodePacket(encodePacket({ code: 1, identifier: 1, authenticator: Buffer.alloc(16), attributes })!)
  assert.ok(result.ok)
  return result.packet
}

test('a list of vendor attributes survives its container', () => {
  const attribute = fc.record({ type: fc.integer({ min: 0, max: 255 }), value: fc.uint8Array({ maxLength: 60 }) })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), fc.array(attribute, { maxLength: 4 }), (vendorId, attributes) => {
      const back = readVendorList(Buffer.from(vendorList(vendorId, attributes).value))
      assert.equal(back?.vendorId, vendorId)
      assert.deepEqual(
        back.attributes.map(({ type, value }) => [type, ...value]),
        attributes.map(({ type, value }) => [type, ...value]),
      )
    }),
  )
})

test('a vendor container without a vendor or with a broken list is not one', () => {
  for (const octets of [[], [0, 0, 1], [0, 0, 0, 9, 1], [0, 0, 0, 9, 1, 1], [0, 0, 0, 9, 1, 9, 0]])
    assert.equal(readVendorList(Buffer.from(octets)), undefined, String(octets))
})

test('an attribute is found in whichever container of its vendor it stands, and never in a broken or foreign one', () => {
  const wanted = { type: MICROSOFT.attributes['MS-CHAP-Challenge'].type, value: Buffer.from('0123456789abcdef') }
  const decoy = { ...wanted, value: Buffer.from('decoy') }
  const packet = packetWith(
    { type: 1, value: Buffer.from('budi') },
    vendorList(WISPR.vendorId, [decoy]),
    { type: 26, value: Buffer.from([0, 0, 1, 0x37, 11, 9, 1]) },
    { type: 26, value: Buffer.from([0, 0, 1]) },
    vendorList(MICROSOFT.vendorId, [{ type: 25, value: Buffer.alloc(3) }]),
    vendorList(MICROSOFT.vendorId, [{ type: 10, value: Buffer.alloc(0) }, wanted]),
    vendorList(MICROSOFT.vendorId, [decoy]),
  )
  assert.equal(readVendorOctets(packet, MICROSOFT, 'MS-CHAP-Challenge')?.toString(), '0123456789abcdef')
  assert.equal(readVendorOctets(packet, MICROSOFT, 'MS-CHAP2-Success'), undefined)
  assert.equal(readVendorInteger(packet, MICROSOFT, 'MS-MPPE-Encryption-Policy'), undefined)
})

test("rates in each vendor's words are the octets that vendor expects", () => {
  const hex = (attribute: Attribute): string => Buffer.from(attribute.value).toString('hex')
  assert.equal(
    hex(vendorAttribute(MIKROTIK, 'Mikrotik-Rate-Limit', '2000k/5000k')),
    `00003a8c080d${Buffer.from('2000k/5000k').toString('hex')}`,
  )
  assert.equal(hex(vendorAttribute(WISPR, 'WISPr-Bandwidth-Max-Down', 5_000_000)), '0000372a0806004c4b40')
  assert.equal(hex(vendorAttribute(CHILLISPOT, 'ChilliSpot-Bandwidth-Max-Up', 2000)), '000038df0406000007d0')
})

const VENDORS = {
  wispr: WISPR,
  mikrotik: MIKROTIK,
  chillispot: CHILLISPOT,
  aruba: ARUBA,
  ruckus: RUCKUS,
  microsoft: MICROSOFT,
} satisfies Record<string, Vendor>

test('every value of every dictionary survives its octets', () => {
  const definitions = [ATTRIBUTE, ...Object.values(VENDORS).map(({ attributes }) => attributes)].flatMap(
    (one) => Object.values(one) as Definition[],
  )
  const values = {
    text: fc.string({ maxLength: 80 }),
    octets: fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value)),
    integer: fc.integer({ min: 0, max: 0xffff_ffff }),
    ipv4: fc.ipV4(),
    ipv6: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((value) => decodeValue('ipv6', Buffer.from(value)) as string),
  }
  fc.assert(
    fc.property(
      fc
        .constantFrom(...definitions)
        .chain(({ format }) => fc.tuple(fc.constant(format), values[format] as fc.Arbitrary<string | number | Buffer>)),
      ([format, value]) => assert.deepEqual(decodeValue(format, Buffer.from(encodeValue(format, value))), value),
    ),
    { numRuns: 1000 },
  )
})

test('no two names of one dictionary share a number', () => {
  for (const [vendor, { attributes }] of Object.entries(VENDORS)) {
    const types = Object.values(attributes as Vendor['attributes']).map(({ type }) => type)
    assert.equal(new Set(types).size, types.length, vendor)
  }
})

const FREERADIUS = '/usr/share/freeradius'
/** Their names of formats; what has structure we do not look into is octets to us, and a date is an integer. */
const THEIR_FORMATS: Record<string, Definition['format'][]> = {
  string: ['text', 'octets'],
  octets: ['octets'],
  integer: ['integer'],
  date: ['integer'],
  ipaddr: ['ipv4'],
  ipv6addr: ['ipv6'],
  vsa: ['octets'],
  ifid: ['octets'],
  ipv6prefix: ['octets'],
  tlv: ['octets'],
  byte: ['octets'],
}

test('the dictionaries say what those of FreeRADIUS say, as far as those go', (t) => {
  if (!existsSync(FREERADIUS)) return t.skip('the dictionaries of Debian package freeradius-common are not installed')
  const standard = ['rfc2865', 'rfc2866', 'rfc2869', 'rfc3162', 'rfc3576', 'rfc4372', 'rfc6911']
  const pairs: [string[], Record<string, Definition>][] = [
    [standard, ATTRIBUTE],
    ...Object.entries(VENDORS).map(([file, { attributes }]): [string[], Record<string, Definition>] => [[file], attributes]),
  ]
  for (const [files, ours] of pairs) {
    const text = files.map((file) => readFileSync(`${FREERADIUS}/dictionary.${file}`, 'utf8')).join('\n')
    const theirs = new Map(
      [...text.matchAll(/^ATTRIBUTE\s+(\S+)\s+(\d+)\s+([a-z0-9]+)/gm)].map(([, name, type, format]) => [
        name!,
        [Number(type), format!] as const,
      ]),
    )
    for (const [name, { type, format }] of Object.entries(ours)) {
      const [theirType, theirFormat] = theirs.get(name) ?? []
      assert.equal(type, theirType, `${files[0]} ${name}`)
      assert.ok(THEIR_FORMATS[theirFormat!]!.includes(format), `${name} is ${theirFormat} there`)
    }
  }
})
