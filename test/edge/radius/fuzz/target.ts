/**
 * What the codec must hold for any octets at all: nothing throws, nothing is read outside the packet, and what was
 * understood can be written again. Used by the corpus test and, ten million times, by `./scripts/bench radius --fuzz`.
 */
import assert from 'node:assert/strict'
import { readClass } from '#edge/radius/account-class.ts'
import { readAccountingRecord } from '#edge/radius/accounting-record.ts'
import { readAddress, readInteger, readJoined, readText } from '#edge/radius/attributes.ts'
import { hasValidAccountingAuthenticator, unhidePassword } from '#edge/radius/authenticator.ts'
import { identify, readAnswer } from '#edge/radius/change/request.ts'
import { MICROSOFT } from '#edge/radius/dictionary/microsoft.ts'
import { stationMac } from '#edge/radius/mac.ts'
import { macOfLogin } from '#edge/radius/mac-login.ts'
import { checkMessageAuthenticator } from '#edge/radius/message-authenticator.ts'
import { isChapAnswer, readOffer } from '#edge/radius/offer.ts'
import { attributesOf, authenticatorOf, decodePacket, encodePacket, valueOf, type Packet } from '#edge/radius/packet.ts'
import { readVendorList, readVendorOctets, vendorList } from '#edge/radius/vendor.ts'
import { SECRET } from '../client.ts'

const CONTEXT = { client: 'c', source: '127.0.0.1', receivedAt: 0, pseudonym: () => '0123456789abcdef' }

const PASSWORD = Buffer.from('rahasia')
const ASKED = { kind: 'disconnect', authenticator: new Uint8Array(16), secret: SECRET } as const

/** How far these octets came, to count how many get past the front door. @throws AssertionError for what must never be. */
export function examine(octets: Buffer): 'refused' | 'decoded' {
  const result = decodePacket(octets)
  if (!result.ok) return 'refused'
  const { packet } = result
  const attributes = attributesOf(packet)
  const again = encodePacket({ code: packet.code, identifier: packet.identifier, authenticator: authenticatorOf(packet), attributes })
  assert.ok(again?.equals(octets.subarray(0, packet.octets.length)), 'it encodes to other octets than it came in')
  for (const { type, value } of attributes) if (type === 26) examineVendor(value as Buffer)
  readEverything(packet)
  return 'decoded'
}

function examineVendor(value: Buffer): void {
  const list = readVendorList(value)
  if (list === undefined) return
  assert.ok(value.equals(Buffer.from(vendorList(list.vendorId, list.attributes).value)), 'a vendor list comes out differently')
}

function readEverything(packet: Packet): void {
  checkMessageAuthenticator(packet, SECRET, 'as-sent')
  checkMessageAuthenticator(packet, SECRET, 'zeros')
  hasValidAccountingAuthenticator(packet, SECRET)
  readText(packet, 'User-Name')
  readInteger(packet, 'NAS-Port')
  readAddress(packet, 'NAS-IP-Address')
  readAddress(packet, 'NAS-IPv6-Address')
  readJoined(packet, 'EAP-Message')
  for (const name of Object.keys(MICROSOFT.attributes) as (keyof typeof MICROSOFT.attributes)[]) {
    const found = readVendorOctets(packet, MICROSOFT, name)
    assert.ok(found === undefined || found.buffer === packet.octets.buffer, 'a value lies outside its packet')
  }
  const hidden = valueOf(packet, 2)
  if (hidden) assert.ok((unhidePassword(hidden, authenticatorOf(packet), SECRET)?.length ?? 0) <= 128)
  readAccountingRecord(packet, CONTEXT)
  stationMac(packet)
  const offer = readOffer(packet, SECRET)
  if (offer.method === 'chap') isChapAnswer(offer, PASSWORD)
  if (offer.method === 'mschapv2') assert.deepEqual([offer.response.length, offer.exchange.peerChallenge.length], [24, 16])
  macOfLogin(packet, { isEmpty: false, matches: (candidate) => candidate.length > 20 }, undefined)
  readClass(valueOf(packet, 25))
  for (const { value } of identify(packet, 'mikrotik'))
    assert.ok(value.buffer !== packet.octets.buffer, 'kept octets hold on to a datagram')
  assert.equal(readAnswer(packet.octets, ASKED), undefined, 'an answer that nobody signed')
}
