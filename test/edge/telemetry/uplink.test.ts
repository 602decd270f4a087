import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Aedes, type AedesPublishPacket } from 'aedes'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { backoffMilliseconds } from '#edge/telemetry/backoff.ts'
import { BATCH_JSON_BYTES_MAX, cutBatch } from '#edge/telemetry/batch.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { eventually } from '#test/support/eventually.ts'
import { startUplink, type UplinkOptions } from '#edge/telemetry/uplink.ts'
import type { Ack } from '#edge/wire/ack.ts'
import { decodePacket, encodePacket, PACKET_BYTES_MAX, type Batch } from '#edge/wire/envelope.ts'
import type { ReportedSettings } from '#edge/telemetry/conversation.ts'
import type { Reported } from '#edge/wire/desired.ts'
import type { Hello } from '#edge/wire/hello.ts'
import type { KeptMessage } from '#edge/wire/kept-message.ts'
import { signFor } from '#edge/wire/signed.ts'
import type { Status } from '#edge/wire/status.ts'
import { nodeTopic, parseTopic, type DownLeaf } from '#edge/wire/topics.ts'
import { complaint, desired, health, session, usage } from './bodies.ts'

const node = 'klegen-01'
const centralKeys = generateKeyPairSync('ed25519')
const pem = (key: typeof centralKeys.publicKey) => key.export({ type: 'spki', format: 'pem' }) as string

test('on a connection the live status comes first, then the question, and data only after central’s answer', async (t) => {
  const road = await openRoad(t)
  road.outbox.record('complaint', complaint('AAAA-BBBB'))
  road.start({ liveStatus: () => ({ usage: usage(), health: health() }), times: { statusSeconds: 0.2 } })
  await road.until(() => road.heard.length === 3)
  assert.deepEqual(
    road.heard.map(({ leaf }) => leaf),
    ['s', 'hello', 's'],
    'nothing is sent into the dark, though the box lives on',
  )
  const status = road.heard[0]!.message as Status
  assert.ok(status.online && status.usage && status.health)
  assert.ok(road.heard[0]!.retained)

  road.ack({ e: 0 })
  await road.until(() => road.heard.some(({ leaf }) => leaf === 'e'))
  const batch = road.heard.at(-1)!.message as Batch
  assert.equal(batch.records[0]?.kind, 'complaint')
  assert.ok(!road.outbox.eventDelivered(1), 'a PUBACK is not an ack')
  road.ack({ e: 1 })
  await road.until(() => road.outbox.eventDelivered(1))
  assert.deepEqual(road.uplink().centralMark(), { t: 0, e: 1 })
})

test('silence is answered by a question, and the answer by sending again from central’s mark', async (t) => {
  const road = await openRoad(t)
  for (let i = 0; i < 3; i++) road.outbox.record('session', session(`p-${i}`))
  road.start({ times: { ackTimeoutSeconds: 0.2 } })
  await road.until(() => road.heard.some(({ leaf }) => leaf === 'hello'))
  road.ack({ e: 0 })
  await road.until(() => road.heard.filter(({ leaf }) => leaf === 'hello').length >= 2)
  road.ack({ e: 1 })
  await road.until(() => road.heard.filter(({ leaf }) => leaf === 'e').length >= 2)
  const batches = road.heard.filter(({ leaf }) => leaf === 'e').map(({ message }) => (message as Batch).records.map(({ seq }) => seq))
  assert.deepEqual(batches, [
    [1, 2, 3],
    [2, 3],
  ])
})

test('a message from central is stored, then confirmed once, however often it comes', async (t) => {
  const road = await openRoad(t)
  const kept: KeptMessage[] = []
  road.start({ onKept: (message) => kept.push(message) })
  await road.until(() => road.heard.some(({ leaf }) => leaf === 'hello'))
  const message: KeptMessage = { id: 'm-1', kind: 'ticket', ticket: { code: 'AAAA-BBBB', version: 2, status: 'proses', at: 1 } }
  road.tell(message)
  road.tell(message)
  await road.until(() => kept.length === 2)
  assert.deepEqual(
    road.outbox.pending('e', 0, 10).map(({ body }) => body),
    [{ message: 'm-1' }],
  )

  road.ack({ e: 1 })
  await road.until(() => road.outbox.eventDelivered(1))
  road.tell(message)
  await road.until(() => road.outbox.bounds('e').hi === 2)
})

test('what is not signed by central changes nothing and is counted', async (t) => {
  const road = await openRoad(t)
  const kept: KeptMessage[] = []
  road.start({ onKept: (message) => kept.push(message) })
  await road.until(() => road.heard.some(({ leaf }) => leaf === 'hello'))
  const message: KeptMessage = { id: 'm-1', kind: 'ticket', ticket: { code: 'AAAA-BBBB', version: 2, status: 'ditutup', at: 1 } }
  const stranger = generateKeyPairSync('ed25519').privateKey
  road.publish('x', encodePacket(signFor(nodeTopic(node, 'x'), message, stranger)))
  road.publish('x', encodePacket(signFor(nodeTopic('klegen-02', 'x'), message, centralKeys.privateKey)))
  road.publish('x', Buffer.from('{"v":1'))
  road.publish('ack', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))
  road.publish('ack', encodePacket({ v: 1, epoch: road.outbox.epoch(), t: -1, e: 0, at: 0, window: 1 }))
  await road.until(() => road.uplink().counters().bad === 5)
  assert.deepEqual(kept, [])
  assert.equal(road.outbox.bounds('e').hi, 0)
  assert.ok(road.uplink().connected())
})

test('what the box runs by is said after each hello and after each change, and the hello names its version', async (t) => {
  const road = await openRoad(t)
  const reported: ReportedSettings = { version: 7 }
  road.start({
    settings: {
      reported: () => ({ ...reported }),
      async take(decoded) {
        if (decoded.ok) reported.version = decoded.value.version
        else reported.refused = { version: decoded.version!, reason: decoded.reason }
        return true
      },
    },
    times: { ackTimeoutSeconds: 60 },
  })
  const said = () => road.heard.filter(({ leaf }) => leaf === 'r').map(({ message }) => message as Reported)
  await road.until(() => said().length === 1)
  const leaves = road.heard.map(({ leaf }) => leaf)
  assert.ok(leaves.indexOf('hello') < leaves.indexOf('r'))
  assert.equal((road.heard.find(({ leaf }) => leaf === 'hello')!.message as Hello).settings, 7)

  road.say('d', desired({ version: 8 }))
  await road.until(() => said().length === 2)
  road.say('d', desired({ version: 9, policy: { ...desired().policy, publicGroup: 'tamu' } }))
  await road.until(() => said().length === 3)
  assert.deepEqual(said(), [
    { v: 1, node, version: 7 },
    { v: 1, node, version: 8 },
    { v: 1, node, version: 8, refused: { version: 9, reason: 'policy: the public group "tamu" is not a group of class public' } },
  ])
  assert.equal(road.uplink().counters().bad, 1)
})

test('settings and visits that come fast are taken one after the other, in their order', async (t) => {
  const road = await openRoad(t)
  const taken: number[] = []
  const visits: number[] = []
  let busy = 0
  road.start({
    onVisits: (message) => visits.push(message.sentAt),
    settings: {
      reported: () => ({ version: taken.at(-1) ?? 0 }),
      async take(decoded) {
        assert.equal(busy++, 0)
        await setTimeout(5)
        busy--
        taken.push(decoded.ok ? decoded.value.version : -1)
        return true
      },
    },
  })
  await road.until(() => road.heard.some(({ leaf }) => leaf === 'r'))
  for (let i = 1; i <= 10; i++) {
    road.say('d', desired({ version: i }))
    road.say('v', { v: 1, sentAt: i, visits: [] })
  }
  const order = Array.from({ length: 10 }, (_, i) => i + 1)
  await road.until(() => taken.length === 10 && visits.length === 10)
  assert.deepEqual([taken, visits], [order, order])
})

test('settings and visits that are not signed by central, for this box, reach nobody and are counted', async (t) => {
  const road = await openRoad(t)
  const reached: unknown[] = []
  road.start({
    onVisits: (visits) => reached.push(visits),
    settings: {
      reported: () => ({ version: 0 }),
      async take(decoded) {
        reached.push(decoded)
        return true
      },
    },
  })
  await road.until(() => road.heard.some(({ leaf }) => leaf === 'r'))
  const stranger = generateKeyPairSync('ed25519').privateKey
  for (const [leaf, body] of [
    ['d', desired()],
    ['v', { v: 1, sentAt: 1, visits: [] }],
  ] as const) {
    road.publish(leaf, encodePacket(signFor(nodeTopic(node, leaf), body, stranger)))
    road.publish(leaf, encodePacket(signFor(nodeTopic('klegen-02', leaf), body, centralKeys.privateKey)))
    road.publish(leaf, encodePacket(body))
    road.publish(leaf, Buffer.from('{"v":1'))
  }
  road.say('v', { v: 1, sentAt: 1, visits: [{ event: 'begin' }] })
  await road.until(() => road.uplink().counters().bad === 9)
  assert.deepEqual(reached, [])
  assert.ok(road.uplink().connected())
})

test('a box that takes no settings listens to none and says nothing of them', async (t) => {
  const road = await openRoad(t)
  road.start({})
  await road.until(() => road.heard.some(({ leaf }) => leaf === 'hello'))
  road.publish('d', Buffer.from('{'))
  road.publish('x', Buffer.from('{'))
  await road.until(() => road.uplink().counters().bad === 1)
  assert.equal((road.heard.find(({ leaf }) => leaf === 'hello')!.message as Hello).settings, undefined)
  assert.ok(!road.heard.some(({ leaf }) => leaf === 'r'))
})

test('a message that could not be stored is not confirmed', async (t) => {
  const road = await openRoad(t)
  let tries = 0
  road.start({
    onKept() {
      tries += 1
      throw new Error('disk full')
    },
  })
  await road.until(() => road.heard.some(({ leaf }) => leaf === 'hello'))
  road.tell({ id: 'm-1', kind: 'ticket', ticket: { code: 'AAAA-BBBB', version: 1, status: 'menunggu', at: 1 } })
  await road.until(() => tries === 1)
  assert.equal(road.outbox.bounds('e').hi, 0)
})

test('a torn connection is told by the last will, a goodbye by the box itself, each with its connection', async (t) => {
  const road = await openRoad(t)
  const statuses = () => road.heard.filter(({ leaf }) => leaf === 's').map(({ message }) => message as Status)
  road.start({})
  await road.until(() => statuses().length === 1)
  road.tear()
  await road.until(() => statuses().length === 3)
  const online = statuses().filter((status) => status.online)
  const offline = statuses().filter((status) => !status.online)
  assert.equal(offline.length, 1)
  assert.equal(offline[0]!.connection, online[0]!.connection, 'the will belongs to the torn connection')
  assert.notEqual(online[1]!.connection, online[0]!.connection)

  await road.uplink().close()
  await road.until(() => statuses().length === 4)
  assert.deepEqual([statuses()[3]!.online, statuses()[3]!.connection], [false, online[1]!.connection])
  assert.ok(!road.uplink().connected())
})

test('a broker that takes nothing is left and tried again', async (t) => {
  const road = await openRoad(t, { deaf: true })
  const said: string[] = []
  road.start({ log: (message) => said.push(message), times: { ackTimeoutSeconds: 0.2, stallSeconds: 0.5 } })
  await road.until(() => road.uplink().counters().connections >= 2)
  assert.match(said.join('\n'), /nothing moves/)
})

test('a refused token is tried again later, quietly, and takes nothing down', async (t) => {
  const road = await openRoad(t, { refuse: true })
  const said: string[] = []
  road.start({ log: (message) => said.push(message) })
  await road.until(() => road.refused() >= 3)
  assert.ok(!road.uplink().connected())
  assert.equal(said.length, 1, 'one line for all of it')
  road.outbox.record('complaint', complaint('AAAA-BBBB'))
})

test('a broker that falls silent with several messages open is given up, and the box lives to try again', async (t) => {
  let connections = 0
  // Takes the connection and the subscription, and never says another word, not even to a ping.
  const server = createServer((socket) => {
    connections += 1
    socket.on('error', () => undefined)
    socket.on('data', (packet) => {
      if (packet[0] === 0x10) socket.write(Buffer.from([0x20, 2, 0, 0]))
      if (packet[0] === 0x82) socket.write(Buffer.from([0x90, 4, packet[2]!, packet[3]!, 1, 1]))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const outbox = openTempOutbox(t)
  const uplink = startUplink({
    node,
    mqtt: { url: `mqtt://127.0.0.1:${port}`, token: 'x'.repeat(40), centralKey: pem(centralKeys.publicKey) },
    version: 'test',
    outbox,
    liveStatus: () => ({}),
    onKept: () => {},
    backoff: { firstMilliseconds: 20, maxMilliseconds: 100 },
    times: { keepaliveSeconds: 1 },
  })
  t.after(async () => {
    await uplink.close()
    server.close()
  })
  await eventually('a third try', () => connections >= 3, 20_000)
})

test('batches are cut so that their packets fit, whatever they hold', (t) => {
  const outbox = openTempOutbox(t)
  for (let i = 0; i < 60; i++) outbox.record('complaint', { ...complaint('AAAA-BBBB'), text: '\u0001'.repeat(2_000) })
  const seqs: number[] = []
  for (let after = 0; ;) {
    const batch = cutBatch(outbox, node, 'e', after)
    if (!batch) break
    const bytes = Buffer.byteLength(batch.json)
    assert.ok(bytes < BATCH_JSON_BYTES_MAX + 1_000 && bytes < PACKET_BYTES_MAX)
    const { records } = JSON.parse(batch.json) as Batch
    assert.deepEqual([batch.first, batch.last], [records[0]!.seq, records.at(-1)!.seq])
    seqs.push(...records.map(({ seq }) => seq))
    after = batch.last
  }
  assert.deepEqual(
    seqs,
    Array.from({ length: 60 }, (_, i) => i + 1),
  )
})

test('tries to connect lie further apart each time, up to the limit, and never in step', () => {
  const backoff = { firstMilliseconds: 1_000, maxMilliseconds: 60_000 }
  assert.equal(backoffMilliseconds(0, backoff, 0), 500)
  assert.equal(backoffMilliseconds(0, backoff, 1), 1_500)
  assert.equal(backoffMilliseconds(3, backoff, 0.5), 8_000)
  assert.equal(backoffMilliseconds(1_000, backoff, 0), 30_000)
  assert.equal(backoffMilliseconds(1_000, backoff, 1), 60_000)
})

function openTempOutbox(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'uplink-'))
  const outbox = openOutbox({ file: join(folder, 'outbox.db'), bytesMax: 8 * 1024 * 1024, groupSeconds: 60 })
  t.after(() => {
    outbox.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return outbox
}

/** A real broker under the test's hand; central's part is played by the test itself. */
async function openRoad(t: TestContext, { refuse = false, deaf = false } = {}) {
  const outbox = openTempOutbox(t)
  const heard: { leaf: string; message: unknown; retained: boolean }[] = []
  const sockets = new Set<Socket>()
  let refused = 0
  const aedes = new Aedes({
    // A deaf broker reads and never acknowledges.
    authorizePublish(client, _packet, done) {
      if (!deaf || !client) done(null)
    },
    authenticate: (_client, _username, _password, done) => {
      if (!refuse) return done(null, true)
      refused += 1
      done(Object.assign(new Error('not authorized'), { returnCode: 5 as const }), false)
    },
    published(packet: AedesPublishPacket, client, done) {
      const leaf = parseTopic(packet.topic)?.leaf
      const decoded = decodePacket(packet.payload as Buffer)
      // The will has no client of its own any more, yet it is the box's word.
      if (leaf && decoded.ok && (client || leaf === 's')) heard.push({ leaf, message: decoded.value, retained: packet.retain })
      done(null)
    },
  })
  await aedes.listen()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    aedes.handle(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let uplink: ReturnType<typeof startUplink> | undefined
  t.after(async () => {
    await uplink?.close()
    await new Promise<void>((resolve) => aedes.close(resolve))
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  const publish = (leaf: DownLeaf, payload: Buffer) =>
    aedes.publish({ cmd: 'publish', topic: nodeTopic(node, leaf), payload, qos: 1, dup: false, retain: false }, () => {})
  return {
    outbox,
    heard,
    publish,
    start(options: Partial<UplinkOptions>) {
      uplink = startUplink({
        node,
        mqtt: { url: `mqtt://127.0.0.1:${port}`, token: 'x'.repeat(40), centralKey: pem(centralKeys.publicKey) },
        version: 'test',
        outbox,
        liveStatus: () => ({}),
        onKept: () => {},
        backoff: { firstMilliseconds: 20, maxMilliseconds: 100 },
        ...options,
      })
    },
    uplink: () => uplink!,
    refused: () => refused,
    tear: () => sockets.forEach((socket) => socket.destroy()),
    ack: (marks: Partial<Ack>) =>
      publish('ack', encodePacket({ v: 1, epoch: outbox.epoch(), t: 0, e: 0, at: Date.now(), window: 4, ...marks })),
    tell: (message: KeptMessage) => publish('x', encodePacket(signFor(nodeTopic(node, 'x'), message, centralKeys.privateKey))),
    say: (leaf: 'd' | 'v', body: unknown) => publish(leaf, encodePacket(signFor(nodeTopic(node, leaf), body, centralKeys.privateKey))),
    async until(condition: () => boolean) {
      const limit = performance.now() + 10_000
      while (!condition()) {
        if (performance.now() > limit)
          assert.fail(`waited in vain: ${condition.toString()}; heard ${heard.map(({ leaf }) => leaf).join(' ')}`)
        await setTimeout(10)
      }
    },
  }
}
