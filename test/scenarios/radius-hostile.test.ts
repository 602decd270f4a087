/** What a broken, impatient or hostile sender can do to the RADIUS server: be counted. */
import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { forkBox, PASSWORD, radiusConfig, startBox, until, USER } from '#test/edge/radius/box.ts'
import { accessPoint, accessRequest, accountingRequest, requestWith, SECRET_TEXT, statusServer } from '#test/edge/radius/client.ts'
import { octetsAttribute, textAttribute } from '#edge/radius/attributes.ts'
import { sharedSecret } from '#edge/radius/secret.ts'

test('a request sent three times has one effect and gets the same octets each time', async () => {
  await using box = await startBox()
  await using ap = await accessPoint()
  const { authPort, acctPort } = box.radius
  const login = accessRequest({ userName: USER, password: PASSWORD, identifier: 7 })
  const start = accountingRequest({ status: 1, sessionId: 'a1', identifier: 8 })
  for (const [port, octets] of [
    [authPort, login],
    [acctPort, start],
  ] as const) {
    ap.replies.length = 0
    for (let time = 1; time <= 3; time++) {
      await ap.send(port, octets)
      await ap.received(time)
    }
    assert.deepEqual(ap.replies[1], ap.replies[0])
    assert.deepEqual(ap.replies[2], ap.replies[0])
  }
  const { accepts, accounting, resent } = box.radius.counters()
  assert.deepEqual([accepts, accounting, resent], [1, 1, 4])
  await until('one record', () => box.recorded.length === 1)
})

test('a request repeated while its password is being checked is checked once', async () => {
  await using box = await startBox()
  await using ap = await accessPoint()
  const login = accessRequest({ userName: USER, password: PASSWORD })
  for (let time = 0; time < 5; time++) await ap.send(box.radius.authPort, login)
  await ap.received(1)
  await until('five requests seen', () => {
    const { accepts, resent, discarded } = box.radius.counters()
    return accepts + resent + discarded === 5
  })
  assert.equal(box.radius.counters().accepts, 1)
})

test('two hundred devices whose access point sends everything ten times are two hundred sessions', async () => {
  await using box = await startBox({ rateLimit: { perSecond: 1e6, burst: 1e6, sourcesMax: 10 } })
  await using ap = await accessPoint()
  const requests = Array.from({ length: 200 }, (_, i) => accountingRequest({ status: 1, sessionId: `s${i}`, identifier: i }))
  const copies = requests.flatMap((octets) => Array<Buffer>(10).fill(octets))
  for (let i = copies.length - 1; i > 0; i--) {
    const j = randomInt(i + 1)
    ;[copies[i], copies[j]] = [copies[j]!, copies[i]!]
  }
  // In small groups: what the kernel drops for want of room would make this a weaker storm.
  for (let at = 0; at < copies.length; at += 50) {
    await Promise.all(copies.slice(at, at + 50).map((octets) => ap.send(box.radius.acctPort, octets)))
    const sent = Math.min(at + 50, copies.length)
    await until(`${sent} seen`, () => {
      const { accounting, resent, discarded } = box.radius.counters()
      return accounting + resent + discarded === sent
    })
  }
  await until('two hundred records', () => box.recorded.length >= 200)
  assert.equal(box.radius.counters().accounting, 200)
  assert.equal(box.recorded.length, 200)
  assert.equal(new Set(box.recorded.map(({ id }) => id)).size, 200)
})

test('one source beyond its rate is counted and dropped, and another is not touched', async () => {
  const config = radiusConfig({
    clients: [{ name: 'loopback', address: '127.0.0.0/8', secret: SECRET_TEXT }],
  })
  await using box = await startBox({ config, rateLimit: { perSecond: 0.0001, burst: 5, sourcesMax: 10 } })
  await using noisy = await accessPoint({ source: '127.0.0.2' })
  await using quiet = await accessPoint({ source: '127.0.0.3' })
  for (let i = 0; i < 20; i++) await noisy.send(box.radius.authPort, statusServer(i))
  await quiet.send(box.radius.authPort, statusServer())
  await quiet.received(1)
  await until('all twenty seen', () => box.radius.counters().discarded === 15)
  assert.deepEqual(box.radius.counters().reasons, { 'rate-limited': 15 })
  await noisy.received(5)
  assert.equal(noisy.replies.length, 5)
})

test('a request whose Proxy-State leaves no room for an answer gets none', async () => {
  await using box = await startBox()
  await using ap = await accessPoint()
  const proxyState = Array.from({ length: 15 }, () => ({ type: 33, value: randomBytes(253) }))
  await ap.send(
    box.radius.authPort,
    accessRequest({ userName: USER, password: 'salah', attributes: [...proxyState, { type: 33, value: randomBytes(200) }] }),
  )
  await until('counted', () => box.radius.counters().discarded === 1)
  assert.deepEqual(box.radius.counters().reasons, { 'no-room-for-reply': 1 })
})

test('the box answers over IPv6 too, and knows an IPv4 access point on a dual-stack socket', async (t) => {
  const clients = [
    { name: 'six', address: '::1', secret: SECRET_TEXT },
    { name: 'four', address: '127.0.0.0/24', secret: SECRET_TEXT },
  ]
  const started = await startBox({ config: radiusConfig({ host: '::', clients }) }).catch((error: unknown) => error)
  if (started instanceof Error) return t.skip(`no IPv6 here: ${started.message}`)
  await using box = started as Awaited<ReturnType<typeof startBox>>
  for (const server of ['::1', '127.0.0.1']) {
    await using ap = await accessPoint({ server })
    await ap.send(box.radius.authPort, accessRequest({ userName: USER, password: PASSWORD }))
    await ap.received(1)
    assert.equal(ap.replies[0]![0], 2, server)
  }
})

test('a taken port is one clear error', async () => {
  await using box = await startBox()
  await assert.rejects(
    startBox({ config: radiusConfig({ authPort: box.radius.authPort }) }),
    /Cannot listen for RADIUS on 127\.0\.0\.1 port \d+: .*EADDRINUSE/,
  )
})

const FORGED = sharedSecret('guessed-secret-of-someone')

/** Random, truncated, mutated and forged: one of each kind in turn. */
function junk(i: number): Buffer {
  const valid = i % 2 ? accessRequest({ userName: USER, password: PASSWORD }) : accountingRequest({ status: 1, sessionId: String(i) })
  switch (i % 5) {
    case 0:
      return randomBytes(randomInt(0, 400))
    case 1:
      return valid.subarray(0, randomInt(0, valid.length))
    case 2: {
      const at = randomInt(valid.length)
      valid[at] = valid[at]! ^ randomInt(1, 256)
      return valid
    }
    case 3: {
      // A header that is right about its length, over random attributes.
      const octets = randomBytes(randomInt(20, 300))
      octets[0] = i % 3 ? 1 : 4
      octets.writeUInt16BE(octets.length, 2)
      return octets
    }
    default:
      return accessRequest({ userName: USER, password: PASSWORD, secret: FORGED })
  }
}

test('after twenty thousand random, truncated and forged packets the server answers as before, in bounded memory', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'radius-junk-'))
  t.after(() => rmSync(stateDir, { recursive: true }))
  await using box = await forkBox(stateDir, 'records')
  const before = box.started
  await using ap = await accessPoint()
  const total = 20_000
  const group = 50
  for (let at = 0; at < total; at += group) {
    await Promise.all(Array.from({ length: group }, (_, i) => ap.send((at + i) % 7 ? before.authPort : before.acctPort, junk(at + i))))
    // Both ports have worked off what was sent before they answer this, so nothing overflows in the kernel.
    await ap.send(before.authPort, statusServer())
    await ap.send(before.acctPort, statusServer())
    await ap.received(2)
    assert.ok(
      ap.replies.splice(0).every((reply) => reply[0] === 2 || reply[0] === 5),
      'only Status-Server is answered',
    )
  }
  const after = await box.look()
  assert.equal(after.counters.discarded, total)
  assert.deepEqual([after.counters.accepts, after.counters.rejects, after.counters.accounting], [0, 0, 0])
  const kinds = ['too-short', 'bad-length', 'bad-attribute', 'unexpected-code', 'wrong-message-authenticator', 'wrong-authenticator']
  for (const kind of kinds) assert.ok((after.counters.reasons[kind] ?? 0) > 0, kind)
  // A leak of one packet each would be some 20 MB above what a warm process takes.
  assert.ok(after.rssOctets - before.rssOctets < 48 * 1024 * 1024, `grew by ${after.rssOctets - before.rssOctets} octets`)

  await ap.send(before.authPort, accessRequest({ userName: USER, password: PASSWORD }))
  await ap.received(1)
  assert.equal(ap.replies[0]![0], 2)
})

test('twenty thousand made-up identities leave nothing behind but what the tables are bound to', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'radius-spoofed-'))
  t.after(() => rmSync(stateDir, { recursive: true }))
  await using box = await forkBox(stateDir, 'records')
  const before = box.started
  const aps = await Promise.all(Array.from({ length: 8 }, () => accessPoint()))
  const total = 20_000
  // Each is a request of its own in every way a table could key it by: name, State, device, identifier and authenticator.
  for (let at = 0; at < total; at += 160) {
    await Promise.all(
      Array.from({ length: 160 }, (_, i) =>
        aps[i % aps.length]!.send(
          before.authPort,
          requestWith(
            () => [
              textAttribute('User-Name', `siapa-${at + i}@kota.example`),
              octetsAttribute('CHAP-Password', randomBytes(17)),
              octetsAttribute('State', randomBytes(16)),
              textAttribute('Calling-Station-Id', randomBytes(6).toString('hex').toUpperCase()),
            ],
            { identifier: (at + i) & 255 },
          ),
        ),
      ),
    )
    for (const ap of aps) {
      await ap.received(20)
      ap.replies.length = 0
    }
  }
  const after = await box.look()
  assert.equal(after.counters.rejects, total)
  const grown = after.rssOctets - before.rssOctets
  t.diagnostic(`grew by ${(grown / 1024 / 1024).toFixed(1)} MiB`)
  assert.ok(grown < 32 * 1024 * 1024, `grew by ${grown} octets`)
  for (const ap of aps) await ap[Symbol.asyncDispose]()
})
