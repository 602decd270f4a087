import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openEap } from '#edge/radius/eap/engine.ts'
import { eapResponse } from '#edge/radius/eap/packet.ts'
import type { EapAnswer, EapEngine } from '#edge/radius/eap/port.ts'
import { accounts, authority, engineOf, hashedAccounts, PASSWORD, server, settings, USER } from './site.ts'
import { avp, credentials, device, logIn, requestOf, TYPE, type DeviceOptions } from './supplicant.ts'

const VERSIONS = ['1.2', '1.3'] as const
const right = credentials(USER, PASSWORD)
const identity = (name = 'anonymous', identifier = 7): Buffer => eapResponse(identifier, 1, Buffer.from(name))

type Challenge = Extract<EapAnswer, { kind: 'challenge' }>
function challenged(answer: EapAnswer): Challenge {
  assert.equal(answer.kind, 'challenge', JSON.stringify(answer))
  return answer as Challenge
}
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const reasonOf = (answer: EapAnswer): string => ('reason' in answer ? answer.reason : answer.kind)

async function withEngine(engine: EapEngine, use: (engine: EapEngine) => Promise<void>): Promise<void> {
  try {
    await use(engine)
  } finally {
    engine.close()
  }
}

test('both ends of a login hold the same MSK, as RFC 5281 and RFC 9427 derive it', async () => {
  await withEngine(engineOf(), async (engine) => {
    for (const tls of VERSIONS) {
      const { last, device: peer } = await logIn(engine, { tls, says: right, trusts: authority.certificate })
      assert.equal(last.kind, 'accept')
      const own =
        tls === '1.2'
          ? peer.socket().exportKeyingMaterial(128, 'ttls keying material', undefined!)
          : peer.socket().exportKeyingMaterial(128, 'EXPORTER_EAP_TLS_Key_Material', Buffer.of(TYPE.ttls))
      assert.deepEqual((last as Extract<EapAnswer, { kind: 'accept' }>).msk, own.subarray(0, 64))
      assert.deepEqual((last as Extract<EapAnswer, { kind: 'accept' }>).proven, {
        method: 'ttls',
        inner: 'pap',
        identity: Buffer.from(USER),
        certificateSerial: undefined,
        tlsVersion: `TLSv${tls}`,
      })
    }
  })
})

test('a session offered again is not resumed, so nobody gets in without a password', async () => {
  await withEngine(engineOf(), async (engine) => {
    for (const tls of VERSIONS) {
      const first = await logIn(engine, { tls, says: right })
      assert.equal(first.last.kind, 'accept')
      const session = first.device.sessions.at(-1)
      assert.ok(session, 'the client has a session to offer')
      const silent = await logIn(engine, { tls, session })
      assert.ok(!silent.device.socket().isSessionReused())
      assert.equal(silent.last.kind, 'reject')
      const wrong = await logIn(engine, { tls, session, says: credentials(USER, 'salah') })
      assert.equal(reasonOf(wrong.last), 'wrong-credentials')
      assert.ok(!wrong.device.socket().isSessionReused())
    }
    assert.equal(engine.counters().accepts, 2)
  })
})

test('a repeated response gets the same octets again and has one effect, the last one included', async () => {
  let verified = 0
  const counting = accounts({
    async verifyPassword(who, password) {
      verified++
      return accounts().verifyPassword(who, password)
    },
  })
  await withEngine(engineOf({}, counting), async (engine) => {
    const { exchanges, last } = await logIn(engine, { says: right })
    assert.equal(last.kind, 'accept')
    const { request, answer } = exchanges.at(-1)!
    assert.deepEqual(await engine.answer(request), answer)
    assert.deepEqual([verified, engine.counters().accepts], [1, 1])

    const start = challenged(await engine.answer(requestOf(identity(), undefined)))
    const peer = device({ tls: '1.2', says: right })
    const hello = requestOf(await peer.respond(start.eap), start.state)
    const flight = await engine.answer(hello)
    assert.deepEqual(await engine.answer(hello), flight)
    assert.equal(engine.counters().handshakes, 2)
  })
})

test('a response to another request than the last, or while the last is worked on, gets silence', async () => {
  await withEngine(engineOf(), async (engine) => {
    const start = challenged(await engine.answer(requestOf(identity(), undefined)))
    const hello = await device().respond(start.eap)
    const other = Buffer.from(hello)
    other[1] = (other[1]! + 5) & 0xff
    assert.equal(reasonOf(await engine.answer(requestOf(other, start.state))), 'eap-wrong-identifier')
    const [first, second] = await Promise.all([engine.answer(requestOf(hello, start.state)), engine.answer(requestOf(hello, start.state))])
    assert.deepEqual([first.kind, reasonOf(second)], ['challenge', 'eap-in-progress'])
  })
})

test('a State is good for the access point and address it was given to, and unguessable', async () => {
  await withEngine(engineOf(), async (engine) => {
    const start = challenged(await engine.answer(requestOf(identity(), undefined)))
    const another = challenged(await engine.answer(requestOf(identity(), undefined)))
    assert.deepEqual([start.state.length, start.state.equals(another.state)], [16, false])
    const hello = await device().respond(start.eap)
    const request = requestOf(hello, start.state)
    assert.equal(reasonOf(await engine.answer({ ...request, source: '10.0.0.3' })), 'expired')
    assert.equal(reasonOf(await engine.answer({ ...request, client: 'ap-lain' })), 'expired')
    assert.equal(reasonOf(await engine.answer({ ...request, state: Buffer.alloc(16) })), 'expired')
    assert.equal((await engine.answer(request)).kind, 'challenge')
  })
})

test('a conversation ends after twenty silent seconds, or a minute in all', async () => {
  let now = 1000
  await withEngine(engineOf(), async (engine) => {
    const start = challenged(await engine.answer(requestOf(identity(), undefined, { now: () => now })))
    const hello = await device().respond(start.eap)
    now += 20_001
    const late = await engine.answer(requestOf(hello, start.state, { now: () => now }))
    assert.deepEqual([reasonOf(late), (late as { eap: Buffer }).eap.toString('hex')], ['expired', `04${hello.toString('hex', 1, 2)}0004`])

    const slow = await logIn(engine, { says: right, fragment: 40, now: () => (now += 4000) })
    assert.equal(reasonOf(slow.last), 'expired')
  })
})

test('methods are offered in the order of the site, and a Nak gets the best that both know', async () => {
  await withEngine(engineOf({ methods: ['tls', 'peap', 'ttls'] }), async (engine) => {
    const start = challenged(await engine.answer(requestOf(identity(), undefined)))
    assert.deepEqual([start.eap[4], start.eap[5]], [TYPE.tls, 0x20])
    const nak = (wanted: number[]): Promise<EapAnswer> =>
      engine.answer(requestOf(eapResponse(start.eap[1]!, 3, Buffer.from(wanted)), start.state))
    const second = challenged(await nak([4, TYPE.ttls, TYPE.peap]))
    assert.equal(second.eap[4], TYPE.peap)
    const third = await engine.answer(requestOf(eapResponse(second.eap[1]!, 3, Buffer.of(TYPE.peap, TYPE.tls)), second.state))
    assert.deepEqual([reasonOf(third), third.kind === 'reject' && third.eap[0]], ['no-common-method', 4])
  })
  await withEngine(engineOf({ methods: ['ttls'] }), async (engine) => {
    for (const method of ['peap', 'tls'] as const) assert.equal(reasonOf((await logIn(engine, { method })).last), 'no-common-method')
  })
})

test('an inner method that the site does not allow is refused even with the right password', async () => {
  await withEngine(engineOf({ innerMethods: ['mschapv2', 'gtc'] }), async (engine) => {
    assert.equal(reasonOf((await logIn(engine, { says: right })).last), 'inner-method-not-allowed')
  })
})

test('inside the tunnel, what is malformed, doubled, unknown and mandatory, or not for this tunnel is refused', async () => {
  const name = avp(1, Buffer.from(USER))
  const password = avp(2, Buffer.from(PASSWORD))
  const bad: Record<string, Buffer> = {
    'three octets': Buffer.of(1, 2, 3),
    'a length of zero': Buffer.from('0000000140000000', 'hex'),
    'no password': name,
    'no name': password,
    'two passwords': Buffer.concat([name, password, password]),
    'two claims': Buffer.concat([name, password, avp(3, Buffer.alloc(17)), avp(60, Buffer.alloc(16))]),
    'an unknown one that must be understood': Buffer.concat([name, password, avp(4242, Buffer.of(1))]),
    'a name with a line break': Buffer.concat([avp(1, Buffer.from('bu\ndi')), password]),
    'CHAP with a challenge of its own': Buffer.concat([name, avp(3, Buffer.alloc(17)), avp(60, Buffer.alloc(16))]),
    'MS-CHAP-V2 with a challenge of its own': Buffer.concat([name, avp(25, Buffer.alloc(50), 311), avp(11, Buffer.alloc(16), 311)]),
    'EAP of four octets': avp(79, Buffer.from('02010004', 'hex')),
    'EAP that does not begin with a name': avp(79, eapResponse(1, 6, Buffer.from(PASSWORD))),
  }
  await withEngine(engineOf(), async (engine) => {
    for (const [what, says] of Object.entries(bad)) assert.equal(reasonOf((await logIn(engine, { says })).last), 'malformed', what)
    assert.equal((await logIn(engine, { says: right })).last.kind, 'accept')
  })
})

test('the name outside must be anonymous or the one inside, and the one in User-Name', async () => {
  await withEngine(engineOf(), async (engine) => {
    const reason = async (options: DeviceOptions): Promise<string> => reasonOf((await logIn(engine, { says: right, ...options })).last)
    assert.equal(await reason({ outer: USER }), 'accept')
    assert.equal(await reason({ outer: 'siti' }), 'identity-mismatch')
    assert.equal(await reason({ outer: USER, userName: 'siti' }), 'identity-mismatch')
    assert.equal(await reason({ outer: 'bu\0di' }), 'malformed')
    assert.equal(await reason({ outer: '', userName: '' }), 'accept')
  })
})

test('what an NT hash cannot answer, CHAP, is refused where only hashes are kept', async () => {
  const chap = Buffer.concat([avp(1, Buffer.from(USER)), avp(3, Buffer.alloc(17)), avp(60, Buffer.alloc(16))])
  await withEngine(engineOf({}, hashedAccounts()), async (engine) => {
    assert.equal((await logIn(engine, { says: chap })).last.kind, 'reject')
    assert.equal((await logIn(engine, { says: right })).last.kind, 'accept')
  })
})

test('too many passwords at once: silence, and the retransmission is checked', async () => {
  let asked = 0
  const busyOnce = accounts({
    verifyPassword: async (who, password) => (asked++ === 0 ? 'busy' : accounts().verifyPassword(who, password)),
  })
  await withEngine(engineOf({}, busyOnce), async (engine) => {
    const { last, exchanges } = await logIn(engine, { says: right })
    assert.equal(reasonOf(last), 'eap-busy')
    const { request } = exchanges.at(-1)!
    const other = Buffer.concat([request.eap, Buffer.of(0)])
    other.writeUInt16BE(other.length, 2)
    assert.equal(reasonOf(await engine.answer({ ...request, eap: other })), 'eap-wrong-identifier')
    assert.equal((await engine.answer(request)).kind, 'accept')
  })
})

test('accounts that fail refuse, and say so by a reason of their own', async () => {
  const broken = accounts({ verifyPassword: () => Promise.reject(new Error('disk')) })
  await withEngine(engineOf({}, broken), async (engine) => {
    assert.equal(reasonOf((await logIn(engine, { says: right })).last), 'unavailable')
    assert.deepEqual(engine.counters().rejects, { unavailable: 1 })
  })
})

test('handshakes beyond the rate wait for their retransmission, and one access point cannot take the share of all', async () => {
  let now = 0
  const clock = (): number => now
  const engine = openEap({ settings: settings(), accounts: accounts(), limits: { handshakesPerSecond: 4, handshakesBurst: 4 } })
  await withEngine(engine, async () => {
    const hello = async (source: string) => {
      const start = challenged(await engine.answer(requestOf(identity(), undefined, { source, now: clock })))
      return requestOf(await device({ tls: '1.2' }).respond(start.eap), start.state, { source, now: clock })
    }
    const from = async (source: string): Promise<string> => reasonOf(await engine.answer(await hello(source)))
    assert.deepEqual([await from('10.0.0.2'), await from('10.0.0.2')], ['challenge', 'challenge'])
    const waiting = await hello('10.0.0.2')
    assert.equal(reasonOf(await engine.answer(waiting)), 'eap-busy')
    assert.equal(await from('10.0.0.3'), 'challenge')
    now += 1000
    assert.equal((await engine.answer({ ...waiting, now })).kind, 'challenge')
  })
})

test('20,000 invented names leave a bounded table behind, and people get in as before', async () => {
  await withEngine(engineOf(), async (engine) => {
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 20_000; i++) {
      const answer = await engine.answer(requestOf(identity(`palsu-${i}`), undefined, { outer: `palsu-${i}`, source: '10.0.0.9' }))
      assert.equal(answer.kind, 'challenge')
    }
    assert.deepEqual(engine.counters().open, { fresh: 2048, running: 0, ended: 0 })
    collectGarbage()
    const grown = process.memoryUsage().heapUsed - before
    assert.ok(grown < 6 * 1024 * 1024, `${grown} octets`)
    assert.equal((await logIn(engine, { says: right })).last.kind, 'accept')
  })
})

test('handshakes begun and left take their places only until somebody who goes on wants one', async () => {
  let now = 0
  const clock = (): number => now
  const limits = { runningMax: 3, handshakesPerSecond: 1000, handshakesBurst: 1000 }
  const engine = openEap({ settings: settings(), accounts: accounts(), limits })
  await withEngine(engine, async () => {
    const begin = async () => {
      const start = challenged(await engine.answer(requestOf(identity(), undefined, { now: clock })))
      return { request: requestOf(await device({ tls: '1.2' }).respond(start.eap), start.state, { now: clock }), start }
    }
    const left = await Promise.all([begin(), begin(), begin()])
    for (const { request } of left) challenged(await engine.answer(request))
    const { request } = await begin()
    assert.equal(reasonOf(await engine.answer(request)), 'eap-busy')
    now += 3000
    assert.equal((await engine.answer({ ...request, now })).kind, 'challenge')
    assert.equal((await logIn(engine, { says: right, now: () => (now += 3000) })).last.kind, 'accept')
  })
})

test('a peer that never comes to the point is refused after 64 rounds, one that says too much at once', async () => {
  await withEngine(engineOf(), async (engine) => {
    const drip = await logIn(engine, { says: right, fragment: 1 })
    assert.equal(reasonOf(drip.last), 'too-many-rounds')
    const start = challenged(await engine.answer(requestOf(identity(), undefined)))
    const huge = eapResponse(start.eap[1]!, TYPE.ttls, Buffer.from('c0ffffffff00', 'hex'))
    assert.equal(reasonOf(await engine.answer(requestOf(huge, start.state))), 'malformed')
  })
})

test('an empty EAP-Message asks us to begin, and a small Framed-MTU makes small pieces', async () => {
  await withEngine(engineOf(), async (engine) => {
    const asked = challenged(await engine.answer({ ...requestOf(Buffer.alloc(0), undefined), userName: undefined }))
    assert.deepEqual([asked.eap[0], asked.eap[4]], [1, 1])
    const start = challenged(await engine.answer(requestOf(identity('anonymous', asked.eap[1]!), asked.state)))
    const hello = await device({ tls: '1.2' }).respond(start.eap)
    const flight = challenged(await engine.answer({ ...requestOf(hello, start.state), framedMtu: 300 }))
    assert.deepEqual([flight.eap.length, flight.eap[5]! & 0xc0], [296, 0xc0])
  })
})

test('settings that cannot work are refused before anyone relies on them', () => {
  const refuses = (more: Parameters<typeof settings>[0], words: RegExp): void => assert.throws(() => engineOf(more).close(), words)
  refuses({ methods: [] }, /no method/)
  refuses({ innerMethods: [] }, /no inner method/)
  refuses({ clientAuthorities: undefined }, /no authority/)
  refuses({ clientAuthorities: '' }, /no authority/)
  refuses({ revocationLists: '' }, /revocation list/)
  refuses({ serverKey: 'nothing' }, /./)
})

test('a renewed certificate counts from the next conversation on, and a bad one changes nothing', async () => {
  const renewed = await authority.issue({ name: 'radius-baru.uji.example', usage: 'serverAuth' })
  await withEngine(engineOf(), async (engine) => {
    const shown = async (): Promise<string> =>
      (await logIn(engine, { says: right, trusts: authority.certificate })).device
        .socket()
        .getPeerX509Certificate()!
        .serialNumber.toLowerCase()
    assert.equal(await shown(), server.serial)
    assert.throws(() => engine.replace(settings({ serverKey: 'nothing' })))
    assert.equal(await shown(), server.serial)
    engine.replace(settings({ serverKey: renewed.key, serverCertificates: renewed.certificate }))
    assert.equal(await shown(), renewed.serial)
  })
})
