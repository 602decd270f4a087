/** Boxes at the embedded broker by certificate, over real TLS: who comes in, who does not and what the NOC reads of it. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { IClientOptions } from 'mqtt'
import { generate } from 'mqtt-packet'
import { reasonOf } from '#central/noc/pages/quarantine-reason.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { createCertificates } from '#central/pki/certificates.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { eventually } from '#test/support/eventually.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { identityOf, testAuthority, type TestAuthority, type TestIdentity } from '#test/support/pki.ts'
import { connectRaw } from '#test/support/raw-mqtt.ts'
import { batch, usageRecords } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()

type Bench = NocBench & { pki: TestAuthority; securePort: number; stop(): Promise<void> }

async function openSecureNoc(store: TelemetryStore, now: () => number = Date.now): Promise<Bench> {
  const pki = await testAuthority()
  const bench = await openNoc(store, {
    pki: { authority: pki.authority },
    now,
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0, secure: { host: '127.0.0.1', port: 0, names: ['localhost', '127.0.0.1'] } },
  })
  return {
    ...bench,
    pki,
    securePort: bench.noc.mqttsPort() ?? 0,
    async stop() {
      await bench.noc.stop()
      pki.remove()
    },
  }
}

const by = ({ key, cert, ca }: Pick<TestIdentity, 'ca'> & Partial<TestIdentity>, clientId: string): IClientOptions => ({
  ca,
  ...(key !== undefined && { key }),
  ...(cert !== undefined && { cert }),
  clientId,
})

const reasons = async (store: TelemetryStore) =>
  (await store.quarantine(undefined, 100)).map(({ node, reason }) => `${node ?? '-'}: ${reason}`)

testStores('A box with a certificate of the city’s comes in under the name that stands in it, and its records are kept', async (store) => {
  const bench = await openSecureNoc(store)
  try {
    const box = await identityOf(bench.pki.authority, 'n-1')
    const client = await connectRaw(bench.securePort, by(box, 'n-1'))
    await client.client.publishAsync(nodeTopic('n-1', 't'), encodePacket(batch('n-1', 't', usageRecords(1, 3, Date.now()))), { qos: 1 })
    await eventually('the records', async () => (await store.road('n-1')).records === 3)
    // A certificate the books did not know (a database restored from before) can be taken back once it was seen.
    assert.equal((await store.certificatesOf('n-1'))[0]?.serial, box.certificate.serial)
    await client.end()
    await (await connectRaw(bench.securePort, { ...by(box, 'n-1'), username: 'n-1' })).end()
  } finally {
    await bench.stop()
  }
})

testStores('Whoever has no certificate, a wrong one or another’s name stays out, and the NOC reads why', async (store) => {
  const bench = await openSecureNoc(store)
  const elsewhere = await testAuthority()
  try {
    const { authority } = bench.pki
    const box = await identityOf(authority, 'n-1')
    const { ca } = box
    const foreign = await identityOf(elsewhere.authority, 'n-1')
    const expired = await identityOf(authority, 'n-1', { days: -0.5 })
    const stranger = await identityOf(authority, 'n-9')
    const service = await identityOf(authority, 'central-web', { purpose: 'service' })
    const server = await identityOf(authority, 'n-1', { purpose: 'broker' })
    const refused = (identity: Parameters<typeof by>[0], clientId: string, more: IClientOptions = {}) =>
      assert.rejects(connectRaw(bench.securePort, { ...by(identity, clientId), ...more }), clientId)

    const neighbour = await connectRaw(bench.securePort, by(await identityOf(authority, 'n-2'), 'n-2'))
    await refused({ ca }, 'n-1')
    await refused({ ca }, 'n-1', { username: 'n-1', password: bench.tokens.get('n-1')! })
    await refused({ ...foreign, ca }, 'n-1')
    await refused(expired, 'n-1')
    await refused(stranger, 'n-9')
    await refused(service, 'central-web')
    await refused(server, 'n-1')
    await refused(box, 'n-2')
    await refused(box, 'n-2', { username: 'n-2', password: bench.tokens.get('n-2')! })
    await refused(box, 'n-1', { username: 'n-2' })
    await refused(box, 'central')
    await bench.noc.settle()
    const read = await reasons(store)
    for (const wanted of [
      '-: connection refused: no certificate was shown (n-1)',
      '-: connection refused: its certificate is not of this city’s authority (n-1)',
      '-: connection refused: its certificate has expired (n-1)',
      '-: connection refused: no such hotspot is registered (n-9)',
      '-: connection refused: its certificate was made for another use (central-web)',
      '-: connection refused: its certificate was made for another use (n-1)',
      '-: connection refused: n-1 calls itself n-2 as nobody',
      '-: connection refused: n-1 calls itself n-1 as n-2',
      '-: connection refused: n-1 calls itself central as nobody',
    ])
      assert.ok(read.includes(wanted), `${wanted}\n${read.join('\n')}`)
    assert.equal(neighbour.client.connected, true, 'who only claims a name does not end the connection of the one who has it')
    await neighbour.end()
    const words = read.map((text) => reasonOf(text.slice(3)).code)
    assert.deepEqual(
      words.filter((code) => code === 'other' || code === 'login'),
      [],
      'each of them is told in words of its own',
    )
    await (await connectRaw(bench.securePort, by(box, 'n-1'))).end()
  } finally {
    await bench.stop()
    elsewhere.remove()
  }
})

testStores(
  'A certificate that is taken back ends its connection, at once here and within moments when another process did it',
  async (store) => {
    const bench = await openSecureNoc(store)
    try {
      const { authority } = bench.pki
      const books = createCertificates({ store, authority, now: Date.now })
      const one = await identityOf(authority, 'n-1')
      const two = await identityOf(authority, 'n-2')
      const neighbour = await connectRaw(bench.securePort, by(two, 'n-2'))
      const first = await connectRaw(bench.securePort, by(one, 'n-1'))
      assert.equal(await bench.noc.registry.shutOut('n-1'), true)
      await first.closed
      await assert.rejects(connectRaw(bench.securePort, by(one, 'n-1')))

      // A new certificate for the same name counts; then the command line takes it back.
      const renewed = await identityOf(authority, 'n-1')
      const second = await connectRaw(bench.securePort, by(renewed, 'n-1'))
      assert.equal(await books.revoke(renewed.certificate.serial), true)
      await second.closed
      await assert.rejects(connectRaw(bench.securePort, by(renewed, 'n-1')))
      assert.equal(neighbour.client.connected, true)
      await neighbour.end()
      await bench.noc.settle()
      assert.ok((await reasons(store)).includes('-: connection refused: its certificate was revoked (n-1)'))
    } finally {
      await bench.stop()
    }
  },
)

testStores('A certificate that ends while it is in use ends its connection', async (store) => {
  let ahead = 0
  const bench = await openSecureNoc(store, () => Date.now() + ahead)
  try {
    const [one, two] = [await identityOf(bench.pki.authority, 'n-1', { days: 10 }), await identityOf(bench.pki.authority, 'n-2')]
    const short = await connectRaw(bench.securePort, by(one, 'n-1'))
    const long = await connectRaw(bench.securePort, by(two, 'n-2'))
    ahead = 11 * 86_400_000
    await short.closed
    assert.equal(long.client.connected, true)
    await long.end()
  } finally {
    await bench.stop()
  }
})

testStores('Taking back a box’s old certificate leaves the connection alone that it made with its new one', async (store) => {
  const bench = await openSecureNoc(store)
  try {
    const { authority } = bench.pki
    const books = createCertificates({ store, authority, now: Date.now })
    const before = await identityOf(authority, 'n-1')
    const seen = await connectRaw(bench.securePort, by(before, 'n-1'))
    const renewed = await identityOf(authority, 'n-1')
    const now = await connectRaw(bench.securePort, by(renewed, 'n-1'))
    await seen.closed
    await books.revoke(before.certificate.serial)
    await assert.rejects(connectRaw(bench.securePort, by(before, 'n-1')))
    // The refusal came after central had read the books, so the connection has outlived that.
    assert.equal(now.client.connected, true)
    await now.client.publishAsync(nodeTopic('n-1', 't'), encodePacket(batch('n-1', 't', usageRecords(1, 1, Date.now()))), { qos: 1 })
    await eventually('the record', async () => (await store.road('n-1')).records === 1)
    await now.end()
  } finally {
    await bench.stop()
  }
})

/** MQTT over a TLS session of one's own, to see the session and the answer. @returns CONNACK's code, or undefined when the line was cut. */
async function connack(socket: TLSSocket, clientId: string): Promise<number | undefined> {
  socket.write(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: 30 }))
  const [answer] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])])) as [Buffer?]
  return answer?.[3]
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  testStores(`A taken back certificate does not come in by resuming a session (${version})`, async (store) => {
    const bench = await openSecureNoc(store)
    try {
      const box = await identityOf(bench.pki.authority, 'n-1')
      const open = (session?: Buffer) =>
        connectTls({
          port: bench.securePort,
          host: '127.0.0.1',
          ca: box.ca,
          key: box.key,
          cert: box.cert,
          minVersion: version,
          maxVersion: version,
          ...(session && { session }),
        })
      const first = open()
      let session: Buffer | undefined
      first.on('session', (fresh: Buffer) => (session = fresh))
      assert.equal(await connack(first, 'n-1'), 0)
      await eventually('a session to resume', () => session !== undefined)
      const closed = once(first, 'close')
      first.end()
      await closed

      const again = open(session)
      again.on('session', (fresh: Buffer) => (session = fresh))
      assert.equal(await connack(again, 'n-1'), 0)
      assert.equal(again.isSessionReused(), true, 'the session is really resumed, or this test proves nothing')
      const ended = once(again, 'close')
      await bench.noc.registry.shutOut('n-1')
      await ended

      const revoked = open(session)
      assert.equal(await connack(revoked, 'n-1'), 5)
      assert.equal(revoked.isSessionReused(), true)
      revoked.destroy()
    } finally {
      await bench.stop()
    }
  })
}

testStores('What is no TLS, or too old, ends its own connection and nothing else', async (store) => {
  const bench = await openSecureNoc(store)
  try {
    const box = await identityOf(bench.pki.authority, 'n-1')
    const good = await connectRaw(bench.securePort, by(box, 'n-1'))
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x10\x0c\x00\x04MQTT\x04\x02\x00\x1e\x00\x00', '\x16\x03\x01\xff\xff']) {
      const socket = connectTcp(bench.securePort, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      const closed = once(socket, 'close')
      socket.end(Buffer.from(bytes, 'latin1'))
      await closed
    }
    // Anything at all, cut off anywhere: the same for everybody who runs this.
    for (let n = 0; n < 150; n += 1) {
      const noise = createHash('sha512')
        .update(`noise ${n}`)
        .digest()
        .subarray(0, 1 + (n % 64))
      const socket = connectTcp(bench.securePort, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      const closed = once(socket, 'close')
      socket.end(n % 2 === 0 ? noise : Buffer.concat([Buffer.from([0x16, 3, 1, 0, noise.length]), noise]))
      await closed
    }
    const old = connectTls({
      port: bench.securePort,
      host: '127.0.0.1',
      ca: box.ca,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    await assert.rejects(once(old, 'secureConnect'))
    // A box that does not believe this authority.
    const elsewhere = await testAuthority()
    await assert.rejects(connectRaw(bench.securePort, by({ ...box, ca: elsewhere.authority.pem }, 'n-1')))
    elsewhere.remove()
    await good.client.publishAsync(nodeTopic('n-1', 't'), encodePacket(batch('n-1', 't', usageRecords(1, 1, Date.now()))), { qos: 1 })
    await eventually('the good box’s record', async () => (await store.road('n-1')).records === 1)
    await good.end()
    await bench.noc.settle()
    assert.ok(
      (await reasons(store)).some((reason) => reason === '-: handshake: ERR_SSL_UNSUPPORTED_PROTOCOL'),
      (await reasons(store)).join('\n'),
    )
  } finally {
    await bench.stop()
  }
})

void test('Tokens over plain TCP are refused anywhere but on loopback', async () => {
  const store = await openTelemetryStore({ file: ':memory:' })
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'kota.example', '127.0.0.1.example'])
    await assert.rejects(openNoc(store, { broker: { kind: 'embedded', host, port: 0 } }), /not loopback/, host)
  await store.close()
})
