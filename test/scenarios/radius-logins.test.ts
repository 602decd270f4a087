/** People, machines and codes that log in at an access point, by every method that needs no EAP. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { octetsAttribute, readInteger, readOctets, readText, textAttribute } from '#edge/radius/attributes.ts'
import { readClass } from '#edge/radius/account-class.ts'
import { MICROSOFT } from '#edge/radius/dictionary/microsoft.ts'
import { MIKROTIK } from '#edge/radius/dictionary/mikrotik.ts'
import { checkMessageAuthenticator } from '#edge/radius/message-authenticator.ts'
import { keysOfMsChapV2, unhideKey } from '#edge/radius/mppe.ts'
import { authenticatorResponse, ntPasswordHash, ntResponse } from '#edge/radius/mschap/response.ts'
import { AUTHENTICATOR_AT, decodePacket, type Attribute, type Packet } from '#edge/radius/packet.ts'
import { readVendorOctets, vendorList } from '#edge/radius/vendor.ts'
import type { NoticeKind } from '#edge/wire/notice.ts'
import type { AccessPolicy } from '#edge/wire/policy.ts'
import { PASSWORD, passwordHash, radiusConfig, startBox, until, USER, type Box } from '#test/edge/radius/box.ts'
import { accessPoint, papAttributes, requestWith, SECRET, SECRET_TEXT, statusServer, type AccessPoint } from '#test/edge/radius/client.ts'

const YEAR = 365 * 86_400_000
const POLICY: AccessPolicy = {
  publicGroup: 'umum',
  groups: [
    { name: 'umum', class: 'public', watchSeconds: 30, sessionSeconds: 3_600 },
    { name: 'staf', class: 'staff', watchSeconds: 0, sessionSeconds: 28_800, idleSeconds: 600, rate: { upKbps: 2_000, downKbps: 8_000 } },
    { name: 'alat', class: 'device', watchSeconds: 0, sessionSeconds: 86_400 },
    { name: 'tamu', class: 'voucher', watchSeconds: 0, sessionSeconds: 7_200 },
  ],
  schedules: [],
  members: [],
  bypass: [{ mac: 'aa:bb:cc:dd:ee:10', group: 'alat', until: Date.now() + YEAR }],
  block: [],
  vouchers: [
    {
      id: 'B1-001',
      hash: createHash('sha256').update('B1-001.RAPAT2026').digest('base64url'),
      group: 'tamu',
      until: Date.now() + YEAR,
      devices: 1,
    },
  ],
  garden: [],
}
const station = (mac: string): Attribute => textAttribute('Calling-Station-Id', mac)
const packetOf = (octets: Buffer): Packet => {
  const decoded = decodePacket(octets)
  assert.ok(decoded.ok)
  return decoded.packet
}

async function answerTo(box: Box, ap: AccessPoint, octets: Buffer): Promise<Packet> {
  ap.replies.length = 0
  await ap.send(box.radius.authPort, octets)
  await ap.received(1)
  return packetOf(ap.replies[0]!)
}

const mikrotik = () => radiusConfig({ clients: [{ name: 'ap', address: '127.0.0.1', secret: SECRET_TEXT, vendor: 'mikrotik' }] })

test('a member of staff gets the conditions of the group in the words of the access point', async () => {
  const config = { ...mikrotik(), users: [{ name: USER, passwordHash, group: 'staf' }] }
  await using box = await startBox({ config, policy: () => POLICY })
  await using ap = await accessPoint()
  const reply = await answerTo(
    box,
    ap,
    requestWith(papAttributes(USER, PASSWORD, [octetsAttribute('Chargeable-User-Identity', Buffer.of(0))])),
  )
  assert.equal(reply.code, 2)
  assert.deepEqual([readInteger(reply, 'Session-Timeout'), readInteger(reply, 'Idle-Timeout')], [28_800, 600])
  assert.equal(readVendorOctets(reply, MIKROTIK, 'Mikrotik-Rate-Limit')?.toString(), '2000k/8000k')
  const told = readClass(readOctets(reply, 'Class'))
  assert.equal(told?.group, 'staf')
  assert.equal(readOctets(reply, 'Chargeable-User-Identity')?.toString(), told?.account)
})

test('a machine on the list gets in by its address, one that is not is refused at once, and neither costs a password check', async () => {
  await using box = await startBox({ policy: () => POLICY })
  await using ap = await accessPoint()
  const listed = await answerTo(box, ap, requestWith(papAttributes('aabbccddee10', 'aabbccddee10', [station('AA-BB-CC-DD-EE-10')])))
  assert.deepEqual([listed.code, readInteger(listed, 'Session-Timeout')], [2, 86_400])
  const stranger = await answerTo(box, ap, requestWith(papAttributes('aabbccddee11', 'aabbccddee11', [station('AA-BB-CC-DD-EE-11')])))
  assert.equal(stranger.code, 3)
  assert.match(readText(stranger, 'Reply-Message')!, /belum terdaftar/)
  const typed = await answerTo(box, ap, requestWith(papAttributes('aabbccddee10', 'aabbccddee10', [station('AA-BB-CC-DD-EE-11')])))
  assert.equal(typed.code, 3, 'another device cannot borrow the address by typing it')
  assert.deepEqual(
    box.radius.rejections().map(({ reason }) => reason),
    ['wrong-credentials', 'unknown-device'],
  )
})

test('a voucher lets in as many devices as it is good for, also after a restart, and says so to the next', async () => {
  const box = await startBox({ policy: () => POLICY })
  await using ap = await accessPoint()
  const login = (mac: string, code = 'rapat2026') => requestWith(papAttributes(code, code, [station(mac)]))
  const first = await answerTo(box, ap, login('AA-BB-CC-DD-EE-01'))
  assert.deepEqual([first.code, readInteger(first, 'Session-Timeout'), readClass(readOctets(first, 'Class'))?.group], [2, 7_200, 'tamu'])
  await box.radius.close()
  await using again = await startBox({ policy: () => POLICY, stateDir: box.stateDir })
  assert.equal((await answerTo(again, ap, login('AA-BB-CC-DD-EE-01'))).code, 2)
  const second = await answerTo(again, ap, login('AA-BB-CC-DD-EE-02'))
  assert.deepEqual([second.code, readText(second, 'Reply-Message')], [3, 'Voucher ini sudah dipakai oleh perangkat lain.'])
  assert.equal((await answerTo(again, ap, login('AA-BB-CC-DD-EE-02', 'rapat2027'))).code, 3)
  assert.equal((await answerTo(again, ap, requestWith(papAttributes('rapat2026', '')))).code, 3, 'nor without a device')
})

test('a blocked device is refused whatever it knows, and a closed group with the note of its schedule', async () => {
  let policy: AccessPolicy = { ...POLICY, block: [{ mac: 'aa:bb:cc:dd:ee:01', until: Date.now() + YEAR }] }
  const config = radiusConfig({ users: [{ name: USER, passwordHash, group: 'staf' }] })
  await using box = await startBox({ config, policy: () => policy })
  await using ap = await accessPoint()
  const login = () => requestWith(papAttributes(USER, PASSWORD, [station('AA-BB-CC-DD-EE-01')]))
  assert.match(readText(await answerTo(box, ap, login()), 'Reply-Message')!, /diblokir/)
  policy = {
    ...POLICY,
    schedules: [
      {
        id: 's',
        groups: ['staf'],
        days: [1, 2, 3, 4, 5, 6, 7],
        from: '00:00',
        to: '00:00',
        endsOn: '2999-12-31',
        effect: { close: true },
        note: 'Libur',
      },
    ],
  }
  const closed = await answerTo(box, ap, login())
  assert.deepEqual([closed.code, readText(closed, 'Reply-Message')], [3, 'Layanan sedang ditutup. Libur'])
  policy = POLICY
  assert.equal((await answerTo(box, ap, login())).code, 2)
})

const ONE_TIME = 'kode-sekali-pakai'
const opted = (recoverableSecrets: boolean) => ({
  config: { ...radiusConfig(), recoverableSecrets },
  accounts: {
    version: () => 1,
    users: () => [{ name: 'sari', passwordHash, password: ONE_TIME }],
    take: () => 'known' as const,
    onUsers: () => {},
    saveAgain: () => {},
  },
})

const chapAttributes =
  (userName: string, password: string, challenge?: Buffer) =>
  (authenticator: Buffer): Attribute[] => {
    const digest = createHash('md5')
      .update(Uint8Array.of(9))
      .update(password)
      .update(challenge ?? authenticator)
      .digest()
    return [
      textAttribute('User-Name', userName),
      octetsAttribute('CHAP-Password', Buffer.concat([Uint8Array.of(9), digest])),
      ...(challenge ? [octetsAttribute('CHAP-Challenge', challenge)] : []),
    ]
  }

test('CHAP is right or wrong, with either challenge, where the site opted in, and refused in words where it did not', async () => {
  await using box = await startBox(opted(true))
  await using ap = await accessPoint()
  for (const challenge of [undefined, randomBytes(16)]) {
    assert.equal((await answerTo(box, ap, requestWith(chapAttributes('sari', ONE_TIME, challenge)))).code, 2)
    assert.equal((await answerTo(box, ap, requestWith(chapAttributes('sari', 'salah', challenge)))).code, 3)
  }
  // Nobody gets in by CHAP without opting in themselves: budi's password rests as a hash.
  assert.equal((await answerTo(box, ap, requestWith(chapAttributes(USER, PASSWORD)))).code, 3)
  await using careful = await startBox(opted(false))
  const refused = await answerTo(careful, ap, requestWith(chapAttributes('sari', ONE_TIME)))
  assert.deepEqual([refused.code, readText(refused, 'Reply-Message')], [3, 'Cara masuk ini belum didukung. Pilih PAP.'])
})

function msChap(userName: string, password: string): { octets: Buffer; challenge: Buffer; peer: Buffer; response: Buffer } {
  const challenge = randomBytes(16)
  const peer = randomBytes(16)
  const exchange = { authenticatorChallenge: challenge, peerChallenge: peer, userName: Buffer.from(userName) }
  const response = ntResponse(ntPasswordHash(Buffer.from(password)), exchange)
  const octets = requestWith(() => [
    textAttribute('User-Name', userName),
    vendorList(MICROSOFT.vendorId, [
      { type: 11, value: challenge },
      { type: 25, value: Buffer.concat([Uint8Array.of(5, 0), peer, Buffer.alloc(8), response]) },
    ]),
  ])
  return { octets, challenge, peer, response }
}

test('MS-CHAPv2 proves both sides to each other and leaves them with the same keys', async () => {
  await using box = await startBox(opted(true))
  await using ap = await accessPoint()
  const { octets, challenge, peer, response } = msChap('sari', ONE_TIME)
  const reply = await answerTo(box, ap, octets)
  assert.equal(reply.code, 2)
  const ntHash = ntPasswordHash(Buffer.from(ONE_TIME))
  const expected = authenticatorResponse(ntHash, response, {
    authenticatorChallenge: challenge,
    peerChallenge: peer,
    userName: Buffer.from('sari'),
  })
  assert.equal(readVendorOctets(reply, MICROSOFT, 'MS-CHAP2-Success')?.toString('latin1'), `\u0005${expected}`)
  const { send, recv } = keysOfMsChapV2(ntHash, response)
  const authenticator = octets.subarray(AUTHENTICATOR_AT, AUTHENTICATOR_AT + 16)
  assert.deepEqual(unhideKey(readVendorOctets(reply, MICROSOFT, 'MS-MPPE-Send-Key')!, authenticator, SECRET), send)
  assert.deepEqual(unhideKey(readVendorOctets(reply, MICROSOFT, 'MS-MPPE-Recv-Key')!, authenticator, SECRET), recv)

  const wrong = await answerTo(box, ap, msChap('sari', 'salah').octets)
  assert.equal(wrong.code, 3)
  assert.match(readVendorOctets(wrong, MICROSOFT, 'MS-CHAP-Error')!.toString('latin1', 1), /^E=691 R=0 C=[0-9A-F]{32} V=3 /)
  assert.equal((await answerTo(box, ap, msChap('siapa', ONE_TIME).octets)).code, 3)
})

test('two answers to one question are refused', async () => {
  await using box = await startBox(opted(true))
  await using ap = await accessPoint()
  const both = requestWith((authenticator) => [
    ...papAttributes(USER, PASSWORD)(authenticator),
    octetsAttribute('CHAP-Password', Buffer.alloc(17)),
  ])
  assert.equal((await answerTo(box, ap, both)).code, 3)
  assert.equal(box.radius.rejections()[0]?.reason, 'contradictory')
})

test('a legacy access point is served unsigned, told to the NOC once, and still gets signed answers', async () => {
  const told: [NoticeKind, string | undefined][] = []
  const clients = [{ name: 'ap-lama', address: '127.0.0.1', secret: SECRET_TEXT, messageAuthenticator: 'legacy' as const }]
  await using box = await startBox({ config: radiusConfig({ clients }), notices: { tell: (kind, of) => told.push([kind, of?.detail]) } })
  await using ap = await accessPoint()
  for (let identifier = 1; identifier <= 3; identifier++) {
    const request = requestWith(papAttributes(USER, PASSWORD), { identifier, unproven: true })
    const reply = await answerTo(box, ap, request)
    assert.equal(reply.code, 2)
    assert.equal(reply.octets[20], 80, 'Message-Authenticator first')
    reply.octets.set(request.subarray(4, 20), 4)
    assert.equal(checkMessageAuthenticator(reply, SECRET, 'as-sent'), 'valid')
  }
  assert.deepEqual(told, [['radius-legacy', 'ap-lama']])
  assert.equal(box.radius.counters().unproven, 3)
})

test('even of a legacy access point nothing unsigned is taken that a forger needs: Proxy-State, EAP, a wrong signature', async () => {
  const clients = [{ name: 'ap-lama', address: '127.0.0.1', secret: SECRET_TEXT, messageAuthenticator: 'legacy' as const }]
  await using box = await startBox({ config: radiusConfig({ clients }) })
  await using ap = await accessPoint()
  const { authPort } = box.radius
  await ap.send(
    authPort,
    requestWith(papAttributes(USER, PASSWORD, [octetsAttribute('Proxy-State', Buffer.alloc(60))]), { unproven: true }),
  )
  await ap.send(
    authPort,
    requestWith(() => [octetsAttribute('EAP-Message', Buffer.of(2, 1, 0, 5, 1))], { identifier: 2, unproven: true }),
  )
  const forged = requestWith(papAttributes(USER, PASSWORD), { identifier: 3 })
  forged[25] = forged[25]! ^ 1
  await ap.send(authPort, forged)
  await until('three seen', () => box.radius.counters().discarded === 3)
  assert.deepEqual(box.radius.counters().reasons, { 'no-message-authenticator': 2, 'wrong-message-authenticator': 1 })
  await ap.send(authPort, statusServer(4))
  await ap.received(1)
  assert.equal(ap.replies.length, 1)
})

test('why somebody was refused can be read without a name, an address or a password', async () => {
  await using box = await startBox()
  await using ap = await accessPoint()
  await answerTo(box, ap, requestWith(papAttributes('rahmat', 'salah', [station('AA-BB-CC-DD-EE-01')])))
  const [kept] = box.radius.rejections()
  assert.deepEqual([kept?.client, kept?.reason], ['ap-balai-kota', 'wrong-credentials'])
  assert.match(kept?.account ?? '', /^[0-9a-f]{16}$/)
  assert.ok(!JSON.stringify(kept).includes('rahmat') && kept?.device === '0000aabbccddee01')
})
