/** Where the damage starts: the RFCs' packets, ours of every kind, and whatever once went wrong. */
import { integerAttribute, octetsAttribute, splitAttribute, textAttribute } from '#edge/radius/attributes.ts'
import { MICROSOFT } from '#edge/radius/dictionary/microsoft.ts'
import { encodePacket, type Attribute } from '#edge/radius/packet.ts'
import { vendorList } from '#edge/radius/vendor.ts'
import { accessRequest, accountingRequest, statusServer } from '../client.ts'
import { PUBLISHED } from '../published.ts'

const request = (...attributes: Attribute[]): Buffer =>
  encodePacket({ code: 1, identifier: 1, authenticator: Buffer.alloc(16, 7), attributes })!

/** Each is one way in which packets were, are or could be wrong. */
const ODD = [
  '',
  '01',
  '0100001400000000000000000000000000000000',
  // Length 0 and 1 of an attribute, one past the end, a lone type, Length below 20 and over 4096.
  '01000016000000000000000000000000000000000100',
  '01000016000000000000000000000000000000000101',
  '01000016000000000000000000000000000000000103',
  '010000150000000000000000000000000000000001',
  '0100001300000000000000000000000000000000',
  '0100100100000000000000000000000000000000',
  // Two Message-Authenticators; one of the wrong length.
  `0100003800000000000000000000000000000000${'5012'.padEnd(36, '0')}${'5012'.padEnd(36, '0')}`,
  '01000017000000000000000000000000000000005003aa',
  // Vendor lists: no vendor, no list, a sub-attribute of length 0, 1 and past the end.
  '01000019000000000000000000000000000000001a05000001',
  '0100001b000000000000000000000000000000001a070000013701',
  '0100001c000000000000000000000000000000001a08000001370100',
  '0100001c000000000000000000000000000000001a0800000137010a',
]

export const corpus = (): Buffer[] => [
  ...Object.values(PUBLISHED),
  ...ODD.map((hex) => Buffer.from(hex, 'hex')),
  accessRequest({ userName: 'budi', password: 'rahasia' }),
  accountingRequest({ status: 3, sessionId: 'a1', seconds: 300, input: 4_000_000_000, output: 7, cause: 1 }),
  statusServer(),
  request(
    textAttribute('User-Name', 'budi'),
    ...splitAttribute('EAP-Message', Buffer.alloc(1300, 2)),
    octetsAttribute('State', Buffer.alloc(16, 3)),
  ),
  request(
    vendorList(MICROSOFT.vendorId, [
      { type: 11, value: Buffer.alloc(16, 1) },
      { type: 25, value: Buffer.alloc(50, 2) },
    ]),
    vendorList(14_988, [{ type: 8, value: Buffer.from('2M/5M') }]),
  ),
  request(
    integerAttribute('Service-Type', 10),
    textAttribute('Calling-Station-Id', 'AA-BB-CC-DD-EE-0F'),
    octetsAttribute('CHAP-Password', Buffer.alloc(17, 9)),
  ),
  ...[41, 42, 44, 45].map((code) => {
    const answer = request(integerAttribute('Error-Cause', 503))
    answer[0] = code
    return answer
  }),
  request(octetsAttribute('Class', Buffer.from('bc1 00112233445566aa staf')), textAttribute('User-Name', 'aabbccddee0f')),
  request(...Array.from({ length: 15 }, () => octetsAttribute('Proxy-State', Buffer.alloc(253, 5)))),
]
