import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { KeptMessage } from '#edge/wire/kept-message.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { tokenHash } from '#central/platform/accounts/codes.ts'
import { eventually } from '#test/support/eventually.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { closesAfter, connectRaw } from '#test/support/raw-mqtt.ts'
import { batch, complaint, health, record, usage, usageRecords } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()

const login = (bench: NocBench, node: string) => ({ clientId: node, username: node, password: bench.tokens.get(node)! })
const reasons = async (store: TelemetryStore) => (await store.quarantine(undefined, 100)).map((row) => `${row.node ?? '-'}: ${row.reason}`)

testStores('A box reports, central answers, and a ticket’s answer comes back signed and is confirmed', async (store) => {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-embedded-'))
  const bench = await openNoc(store)
  const outbox = openOutbox({ file: join(folder, 'outbox.db'), bytesMax: 8 * 1024 * 1024, groupSeconds: 1, clockTrust: () => 'ntp' })
  const kept: KeptMessage[] = []
  // Sent before the box has ever been here: it waits.
  await bench.noc.sendTicket('n-1', { code: 'ABCD-EFGH', version: 1, status: 'menunggu', at: Date.now() })
  const uplink = startUplink({
    node: 'n-1',
    mqtt: {
      url: `mqtt://127.0.0.1:${bench.port}`,
      token: bench.tokens.get('n-1')!,
      centralKey: bench.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
    version: 'test',
    outbox,
    liveStatus: () => ({ usage: usage({ online: 7 }), health: health() }),
    onKept: (message) => void kept.push(message),
    times: { ackTimeoutSeconds: 1, statusSeconds: 60 },
  })
  try {
    outbox.record('usage', usage({ downOctets: 123_456 }))
    outbox.record('health', health())
    outbox.flush()
    outbox.record('complaint', complaint('ABCD-EFGH'))
    await eventually('the marks', () => uplink.centralMark()?.t === 2 && (uplink.centralMark()?.e ?? 0) >= 1)
    assert.deepEqual(
      bench.complaints.map(({ code, hotspot }) => [code, hotspot.kelurahanName]),
      [['ABCD-EFGH', 'Klegen']],
    )
    await eventually('the kept message', () => kept.length > 0)
    await bench.noc.sendTicket('n-1', {
      code: 'ABCD-EFGH',
      version: 2,
      status: 'proses',
      office: 'Dinas Perhubungan',
      answer: 'Teknisi menuju lokasi',
      at: Date.now(),
    })
    await eventually('both receipts', async () => (await store.pendingFor('n-1', 10)).length === 0)
    assert.deepEqual(new Set(kept.map(({ ticket }) => ticket.version)), new Set([1, 2]))
    const row = await eventually('the hotspot online', async () => {
      const row = await bench.noc.hotspot('n-1')
      return row?.state === 'online' && row.online === 7 ? row : undefined
    })
    assert.equal(row.openComplaints, 2)
    await uplink.close()
    await eventually('the hotspot offline by its goodbye', async () => (await bench.noc.hotspot('n-1'))?.reason === 'last-will')
  } finally {
    await uplink.close()
    outbox.close()
    await bench.noc.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

testStores('A box may not speak for another, and saying so ends its connection', async (store) => {
  const bench = await openNoc(store)
  try {
    const foreign = [
      nodeTopic('n-2', 't'),
      nodeTopic('n-2', 's'),
      nodeTopic('n-1', 'ack'),
      nodeTopic('n-1', 'x'),
      'bc/v1/0/n-1/t/more',
      '$SYS/x',
      'other',
    ]
    for (const topic of foreign) {
      const hostile = await connectRaw(bench.port, login(bench, 'n-1'))
      hostile.client.publish(topic, encodePacket(batch('n-2', 't', usageRecords(1, 1, Date.now()))), { qos: 1 })
      await hostile.closed
    }
    await eventually(
      'each refusal written down',
      async () => (await reasons(store)).filter((reason) => reason === 'n-1: may not publish here').length === foreign.length,
    )
    assert.deepEqual(await store.totals(), { records: 0, quarantined: foreign.length })
  } finally {
    await bench.noc.stop()
  }
})

testStores('Another box’s name in the batch, and rubbish, are quarantined while the connection lives', async (store) => {
  const bench = await openNoc(store)
  try {
    const box = await connectRaw(bench.port, login(bench, 'n-1'))
    await box.client.subscribeAsync(nodeTopic('n-1', 'ack'), { qos: 1 })
    const topic = nodeTopic('n-1', 't')
    await box.client.publishAsync(topic, encodePacket(batch('n-2', 't', usageRecords(1, 1, Date.now()))), { qos: 1 })
    await box.client.publishAsync(topic, '{"v":1', { qos: 1 })
    await box.client.publishAsync(topic, encodePacket({ v: 9 }), { qos: 1 })
    await box.client.publishAsync(topic, encodePacket(batch('n-1', 't', [record(1, 'usage', usage(), Date.now())])), { qos: 1 })
    await eventually('the ack of the good one', () => box.received.length > 0)
    await bench.noc.settle()
    const written = await reasons(store)
    assert.equal(written.length, 3)
    for (const reason of [/a batch of n-2 on the topic of n-1/, /unreadable packet/, /wire version 9/])
      assert.ok(written.some((text) => reason.test(text)))
    await box.end()
  } finally {
    await bench.noc.stop()
  }
})

testStores('A retained batch is refused, and nobody finds it later', async (store) => {
  const bench = await openNoc(store)
  try {
    const hostile = await connectRaw(bench.port, login(bench, 'n-1'))
    hostile.client.publish(nodeTopic('n-1', 't'), encodePacket(batch('n-1', 't', usageRecords(1, 1, Date.now()))), { qos: 1, retain: true })
    await hostile.closed
    await eventually('the refusal', async () => (await reasons(store)).includes('n-1: lane t must not be retained'))
    assert.equal((await store.totals()).records, 0)
  } finally {
    await bench.noc.stop()
  }
})

testStores('No box can listen to another, to everyone or to the broker', async (store) => {
  const bench = await openNoc(store)
  try {
    const spy = await connectRaw(bench.port, login(bench, 'n-1'))
    const filters = [
      '#',
      '+/#',
      '$SYS/#',
      'bc/#',
      'bc/v1/+/+/ack',
      nodeTopic('n-2', 'ack'),
      nodeTopic('n-2', 'x'),
      nodeTopic('n-1', 's'),
      'bc/v1/+/n-1/x',
      '$share/g/bc/#',
    ]
    for (const filter of filters) {
      // MQTT.js turns the refusal (128) into an error.
      await assert.rejects(spy.client.subscribeAsync(filter, { qos: 1 }), filter)
    }
    await spy.client.subscribeAsync(nodeTopic('n-1', 'x'), { qos: 1 })
    await bench.noc.sendTicket('n-2', { code: 'ABCD-EFGH', version: 1, status: 'proses', at: 1 })
    await bench.noc.sendTicket('n-1', { code: 'HGFE-DCBA', version: 1, status: 'proses', at: 1 })
    await eventually('its own message', () => spy.received.length > 0)
    assert.deepEqual(
      spy.received.map(({ topic }) => topic),
      [nodeTopic('n-1', 'x')],
    )
    await spy.end()
  } finally {
    await bench.noc.stop()
  }
})

testStores('Only a registered box with its own token and name gets in, and a revoked one is out at once', async (store) => {
  const bench = await openNoc(store)
  try {
    const token = bench.tokens.get('n-1')!
    await assert.rejects(connectRaw(bench.port, { clientId: 'n-1', username: 'n-1', password: 'x'.repeat(43) }))
    await assert.rejects(connectRaw(bench.port, { clientId: 'n-1', username: 'n-1' }))
    await assert.rejects(connectRaw(bench.port, { clientId: 'n-1' }))
    await assert.rejects(connectRaw(bench.port, { clientId: 'n-2', username: 'n-1', password: token }))
    await assert.rejects(connectRaw(bench.port, { clientId: 'n-2', username: 'n-2', password: token }))
    await assert.rejects(connectRaw(bench.port, { clientId: 'n-9', username: 'n-9', password: '' }))
    await assert.rejects(connectRaw(bench.port, { clientId: 'constructor', username: 'constructor', password: token }))
    await assert.rejects(connectRaw(bench.port, { ...login(bench, 'n-1'), protocolVersion: 5 }))

    const first = await connectRaw(bench.port, login(bench, 'n-1'))
    const second = await connectRaw(bench.port, login(bench, 'n-1'))
    await first.closed
    assert.equal(await bench.noc.registry.revokeToken('n-1'), true)
    await second.closed
    await assert.rejects(connectRaw(bench.port, login(bench, 'n-1')))

    // Another process (enrolment at the command line) replaces the token of a connected box.
    const third = await connectRaw(bench.port, login(bench, 'n-2'))
    const renewed = await store.setTokenHash('n-2', tokenHash('another'))
    assert.equal(renewed, true)
    await third.closed
    await bench.noc.settle()
    assert.ok((await reasons(store)).some((reason) => reason.startsWith('-: connection refused: n-1 as n-1')))
  } finally {
    await bench.noc.stop()
  }
})

testStores('A taken port is said at once and leaves nothing running', async (store) => {
  const bench = await openNoc(store)
  try {
    await assert.rejects(openNoc(store, { broker: { kind: 'embedded', host: '127.0.0.1', port: bench.port } }), { code: 'EADDRINUSE' })
    await assert.rejects(connectRaw(bench.port, { clientId: 'n-1', username: 'n-1', password: 'x'.repeat(43) }))
  } finally {
    await bench.noc.stop()
  }
})

testStores('Packets that are too large or no MQTT at all end their connection and nothing else', async (store) => {
  const bench = await openNoc(store)
  try {
    const good = await connectRaw(bench.port, login(bench, 'n-2'))
    const large = await connectRaw(bench.port, login(bench, 'n-1'))
    large.client.publish(nodeTopic('n-1', 't'), Buffer.alloc(300_000, 1), { qos: 1 })
    await large.closed
    // 256 MB announced by a stranger; bytes that are no protocol; a packet before CONNECT; an HTTP request.
    await closesAfter(bench.port, Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0x00]))
    await closesAfter(bench.port, Buffer.from([0xf0, 0x05, 1, 2, 3, 4, 5]))
    await closesAfter(bench.port, Buffer.from([0x30, 0x05, 0, 1, 0x61, 1, 2]))
    await closesAfter(bench.port, Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))
    await eventually('the large one written down', async () =>
      (await reasons(store)).some((reason) => reason.startsWith('n-1: packet is over 262144')),
    )
    await good.client.publishAsync(nodeTopic('n-2', 't'), encodePacket(batch('n-2', 't', usageRecords(1, 1, Date.now()))), { qos: 1 })
    await eventually('the good box’s record', async () => (await store.road('n-2')).records === 1)
    await good.end()
  } finally {
    await bench.noc.stop()
  }
})
