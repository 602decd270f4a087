import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { octetsAttribute, textAttribute } from '#edge/radius/attributes.ts'
import { normaliseMac, stationMac } from '#edge/radius/mac.ts'
import { macOfLogin, macSpellings } from '#edge/radius/mac-login.ts'
import { isChapAnswer, readOffer } from '#edge/radius/offer.ts'
import { hidePassword } from '#edge/radius/authenticator.ts'
import { decodePacket, encodePacket, type Attribute, type Packet } from '#edge/radius/packet.ts'
import { SECRET } from './client.ts'

/** How each sends it: the name, what stands as password, and Calling-Station-Id. From the vendors' manuals and captures. */
const VENDORS: { vendor: string; name: string; password?: string; chap?: string; station: string }[] = [
  { vendor: 'MikroTik hotspot, default', name: 'AA:BB:CC:DD:EE:0F', password: '', station: 'AA:BB:CC:DD:EE:0F' },
  { vendor: 'MikroTik hotspot, CHAP with the address', name: 'AA:BB:CC:DD:EE:0F', chap: 'AA:BB:CC:DD:EE:0F', station: 'AA:BB:CC:DD:EE:0F' },
  { vendor: 'MikroTik wireless, as-username', name: 'AA:BB:CC:DD:EE:0F', station: 'AA-BB-CC-DD-EE-0F' },
  { vendor: 'MikroTik wireless, XXXXXXXXXXXX', name: 'AABBCCDDEE0F', password: 'AABBCCDDEE0F', station: 'AA-BB-CC-DD-EE-0F' },
  {
    vendor: 'MikroTik wireless, XX-XX-XX-XX-XX-XX',
    name: 'AA-BB-CC-DD-EE-0F',
    password: 'AA-BB-CC-DD-EE-0F',
    station: 'AA-BB-CC-DD-EE-0F',
  },
  { vendor: 'UniFi, aabbccddeeff', name: 'aabbccddee0f', password: 'aabbccddee0f', station: 'AA-BB-CC-DD-EE-0F' },
  { vendor: 'UniFi, aa:bb:cc:dd:ee:ff', name: 'aa:bb:cc:dd:ee:0f', password: 'aa:bb:cc:dd:ee:0f', station: 'AA-BB-CC-DD-EE-0F' },
  { vendor: 'UniFi, empty password', name: 'AA-BB-CC-DD-EE-0F', password: '', station: 'AA-BB-CC-DD-EE-0F' },
  { vendor: 'hostapd macaddr_acl=2', name: 'aabbccddee0f', password: 'aabbccddee0f', station: 'AA-BB-CC-DD-EE-0F' },
  { vendor: 'Cisco, aabb.ccdd.eeff', name: 'aabb.ccdd.ee0f', password: 'aabb.ccdd.ee0f', station: 'aabb.ccdd.ee0f' },
  { vendor: 'Aruba, no delimiter', name: 'aabbccddee0f', password: 'aabbccddee0f', station: 'AABBCCDDEE0F' },
  { vendor: 'Aruba, CHAP', name: 'aa-bb-cc-dd-ee-0f', chap: 'aa-bb-cc-dd-ee-0f', station: 'aa:bb:cc:dd:ee:0f' },
  { vendor: 'HP, aabbcc-ddeeff', name: 'aabbcc-ddee0f', password: 'aabbccddee0f', station: 'aa-bb-cc-dd-ee-0f' },
  { vendor: 'Huawei, aabb-ccdd-eeff', name: 'aabb-ccdd-ee0f', password: 'aabb-ccdd-ee0f', station: 'AA-BB-CC-DD-EE-0F' },
  { vendor: 'Ruckus, 802.1X format', name: 'AA-BB-CC-DD-EE-0F', password: 'AA-BB-CC-DD-EE-0F', station: 'AA-BB-CC-DD-EE-0F' },
  { vendor: 'Ruckus, network name after the address', name: 'aabbccddee0f', password: 'aabbccddee0f', station: 'AA-BB-CC-DD-EE-0F:madiun' },
  { vendor: 'CoovaChilli, macpasswd', name: 'AA-BB-CC-DD-EE-0F', password: 'one-for-all', station: 'AA-BB-CC-DD-EE-0F' },
]

function packetOf({ name, password, chap, station }: { name: string; password?: string; chap?: string; station?: string }): Packet {
  const authenticator = randomBytes(16)
  const attributes: Attribute[] = [textAttribute('User-Name', name)]
  if (password !== undefined) attributes.push(octetsAttribute('User-Password', hidePassword(Buffer.from(password), authenticator, SECRET)!))
  if (chap !== undefined) {
    const digest = createHash('md5').update(Uint8Array.of(7)).update(chap).update(authenticator).digest()
    attributes.push(octetsAttribute('CHAP-Password', Buffer.concat([Uint8Array.of(7), digest])))
  }
  if (station !== undefined) attributes.push(textAttribute('Calling-Station-Id', station))
  const result = decodePacket(encodePacket({ code: 1, identifier: 1, authenticator, attributes })!)
  assert.ok(result.ok)
  return result.packet
}

function loginOf(packet: Packet): string | undefined {
  const offer = readOffer(packet, SECRET)
  if (offer.method === 'pap') {
    const { password } = offer
    assert.ok(password)
    return macOfLogin(packet, { isEmpty: password.length === 0, matches: (candidate) => candidate.equals(password) }, 'one-for-all')
  }
  if (offer.method === 'chap')
    return macOfLogin(packet, { isEmpty: false, matches: (candidate) => isChapAnswer(offer, candidate) }, 'one-for-all')
  return macOfLogin(packet, undefined, undefined)
}

test("every vendor's way of a machine's login is the same address", () => {
  for (const one of VENDORS) assert.equal(loginOf(packetOf(one)), 'aa:bb:cc:dd:ee:0f', one.vendor)
})

test("an address typed into somebody else's login form is no machine's login", () => {
  const name = 'aa:bb:cc:dd:ee:0f'
  assert.equal(loginOf(packetOf({ name, password: name, station: '11-22-33-44-55-66' })), undefined)
  assert.equal(loginOf(packetOf({ name, password: name })), undefined, 'nor where the access point names no device')
  assert.equal(loginOf(packetOf({ name, password: 'a person’s password', station: 'AA-BB-CC-DD-EE-0F' })), undefined)
  assert.equal(loginOf(packetOf({ name: 'budi', password: 'budi', station: 'AA-BB-CC-DD-EE-0F' })), undefined)
})

test('an address has no two spellings alike', () => {
  const spellings = macSpellings('aa:bb:cc:dd:ee:0f')
  assert.equal(new Set(spellings).size, spellings.length)
  for (const spelling of spellings) assert.equal(normaliseMac(spelling), 'aa:bb:cc:dd:ee:0f', spelling)
})

test('what is not exactly one MAC address is none', () => {
  for (const text of [
    '',
    '62812345678',
    'aa:bb:cc:dd:ee',
    'aa:bb:cc:dd:ee:ff:00',
    'gg:bb:cc:dd:ee:ff',
    'aa--bb:cc:dd:ee:ff',
    'AA-BB-CC-DD-EE-FF:ssid',
  ])
    assert.equal(normaliseMac(text), undefined, text)
  assert.equal(stationMac(packetOf({ name: 'x', station: '62812345678' })), undefined)
})
