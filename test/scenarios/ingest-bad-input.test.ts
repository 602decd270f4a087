/**
 * What a broken or hostile box may send, over real sockets at either broker: each is refused with a reason that the NOC's page
 * has words for, or counts as known, while the box beside it goes on as if nothing were.
 */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { reasonOf } from '#central/noc/pages/quarantine-reason.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { Hello } from '#edge/wire/hello.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { eventually } from '#test/support/eventually.ts'
import { mosquittoMissing, startMosquitto } from '#test/support/mosquitto.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { connectRaw, type RawClient } from '#test/support/raw-mqtt.ts'
import { batch, EPOCH, OTHER_EPOCH, record, usage, usageRecords } from '#test/support/records.ts'

const T = nodeTopic('n-1', 't')
const TEN_MEGABYTES = 10_000_000
const A_DAY = 500

type Place = { kind: 'embedded' | 'mosquitto'; port: number; bench: NocBench; store: TelemetryStore; passwords: Map<string, string> }

/** What is sent, and the code of the words that the page shows for it; null: the broker itself throws it away. */
type Bad = { name: string; packet: Buffer; topic?: string; retain?: boolean; words: Record<Place['kind'], string | null>; closes?: boolean }

const both = (code: string) => ({ embedded: code, mosquitto: code })
const text = (change: (batch: string) => string): Buffer =>
  Buffer.from(change(JSON.stringify(batch('n-1', 't', usageRecords(1, 1, Date.now())))))
/** Seqs go on: what is refused has its place among them. */
const one = (seq: number, change: object, kind = 'usage') => {
  const made = record(seq, 'usage', { ...usage(), ...change }, Date.now())
  return encodePacket(batch('n-1', 't', [{ ...made, kind }], { epoch: OTHER_EPOCH }))
}

const BAD: readonly Bad[] = [
  {
    name: 'a batch for another box',
    topic: nodeTopic('n-2', 't'),
    packet: encodePacket(batch('n-2', 't', usageRecords(1, 1, 0))),
    words: { embedded: 'publish', mosquitto: null },
    closes: true,
  },
  { name: 'another box’s name on its own topic', packet: encodePacket(batch('n-2', 't', usageRecords(1, 1, 0))), words: both('impostor') },
  {
    name: 'poison to be kept by the broker',
    packet: Buffer.from('racun'),
    retain: true,
    words: { embedded: 'retained', mosquitto: 'unreadable' },
    closes: true,
  },
  { name: 'ten megabytes', packet: Buffer.alloc(TEN_MEGABYTES, 65), words: { embedded: 'large', mosquitto: null }, closes: true },
  { name: 'ten megabytes, packed small', packet: zstdCompressSync(Buffer.alloc(TEN_MEGABYTES, 65)), words: both('large') },
  { name: 'the version before ours', packet: text((it) => it.replace('"v":1', '"v":0')), words: both('version') },
  { name: 'the version after ours', packet: text((it) => it.replace('"v":1', '"v":2')), words: both('version') },
  { name: 'a number that is none', packet: text((it) => it.replace('"online":3', '"online":NaN')), words: both('unreadable') },
  { name: 'fewer than no visitors', packet: one(1, { online: -1 }), words: both('absurd') },
  { name: 'a counter that cannot be', packet: one(2, { downOctets: 9e15 }), words: both('absurd') },
  { name: 'numbers out of order', packet: text((it) => it.replace(/"records":\[(.*)\]/, '"records":[$1,$1]')), words: both('order') },
  {
    name: 'a kind of record nobody knows',
    packet: one(3, {}, 'besok'),
    words: both('kind'),
  },
]

function atBothBrokers(name: string, body: (place: Place) => Promise<void>): void {
  for (const kind of ['embedded', 'mosquitto'] as const)
    void test(`${name} (${kind})`, { skip: kind === 'mosquitto' ? (mosquittoMissing() ?? false) : false }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ingest-bad-'))
      const store = await openTelemetryStore({ file: join(folder, 'telemetry.db') })
      const passwords = new Map([
        ['central', 'c'.repeat(43)],
        ['n-1', 'a'.repeat(43)],
        ['n-2', 'b'.repeat(43)],
      ])
      const broker = kind === 'mosquitto' ? await startMosquitto('central', passwords) : undefined
      const elsewhere = {
        kind: 'url' as const,
        url: `mqtt://127.0.0.1:${broker?.port}`,
        username: 'central',
        password: passwords.get('central'),
      }
      const bench = await openNoc(store, { ...(broker && { broker: elsewhere }), onProblem: () => undefined })
      if (!broker) for (const [node, token] of bench.tokens) passwords.set(node, token)
      try {
        await eventually('central at the broker', () => bench.noc.brokerConnected())
        await body({ kind, port: broker?.port ?? bench.port, bench, store, passwords })
      } finally {
        await bench.noc.stop()
        await broker?.stop()
        await store.close()
        rmSync(folder, { recursive: true, force: true })
      }
    })
}

const hostile = ({ port, passwords }: Place): Promise<RawClient> =>
  connectRaw(port, { clientId: 'n-1', username: 'n-1', password: passwords.get('n-1')! })

/** A box as it should be, beside the other one. */
async function goodBox({ port, passwords, bench }: Place) {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-good-'))
  const outbox = openOutbox({ file: join(folder, 'outbox.db'), bytesMax: 8 * 1024 * 1024, groupSeconds: 60, clockTrust: () => 'ntp' })
  const centralKey = bench.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const uplink = startUplink({
    node: 'n-2',
    mqtt: { url: `mqtt://127.0.0.1:${port}`, token: passwords.get('n-2')!, centralKey },
    version: 'test',
    outbox,
    liveStatus: () => ({}),
    onKept: () => undefined,
  })
  return {
    uplink,
    async reports() {
      outbox.record('usage', usage({ downOctets: 777 }))
      outbox.flush()
      const { hi } = outbox.bounds('t')
      await eventually('the good box’s ack', () => uplink.centralMark()?.t === hi)
      return hi
    },
    async [Symbol.asyncDispose]() {
      await uplink.close()
      outbox.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const codes = async (store: TelemetryStore) => (await store.quarantine('n-1', 100)).map(({ reason }) => reasonOf(reason).code as string)

atBothBrokers('Whatever a box sends is refused in words the NOC understands, and the box beside it does not notice', async (place) => {
  const { kind, store } = place
  await using good = await goodBox(place)
  let reported = await good.reports()
  for (const { name, packet, topic = T, retain = false, words, closes = false } of BAD) {
    const before = (await codes(store)).length
    const bad = await hostile(place)
    const sent = bad.client.publishAsync(topic, packet, { qos: 1, retain }).catch(() => undefined)
    await (closes && kind === 'embedded' ? bad.closed : Promise.race([sent, bad.closed]))
    const wanted = words[kind]
    if (wanted !== null) await eventually(`${name}: a refusal`, async () => (await codes(store)).length > before)
    reported = await good.reports()
    assert.deepEqual((await codes(store)).slice(0, (await codes(store)).length - before), wanted === null ? [] : [wanted], name)
    await bad.end()
  }
  assert.equal(good.uplink.counters().connections, 1, 'the good box was never thrown out')
  assert.equal((await store.road('n-2')).records, reported)
  assert.equal((await store.road('n-2')).quarantined, 0)
  assert.equal((await store.samples('n-1', 'usage', 0, Date.now() + 1)).length, 0, 'nothing of it is on any chart')
  assert.equal((await store.nodeHours('n-1', 0, Date.now() + 3_600_000)).length, 0)
})

atBothBrokers(
  'A day that is sent again is known, and numbers that begin again are told from new facts by the epoch alone',
  async (place) => {
    const { store } = place
    await using good = await goodBox(place)
    await good.reports()
    const box = await hostile(place)
    const day = encodePacket(batch('n-1', 't', usageRecords(1, A_DAY, Date.now() - 86_400_000)))
    for (let times = 0; times < 3; times++) await box.client.publishAsync(T, day, { qos: 1 })
    await eventually('the day known twice', async () => (await store.road('n-1')).repeated === 2 * A_DAY)
    assert.equal((await store.road('n-1')).records, A_DAY)
    const octets = async () => (await store.nodeHours('n-1', 0, Date.now() + 3_600_000)).reduce((sum, hour) => sum + hour.downOctets, 0)
    const once = await octets()

    const reset: Hello = {
      v: 1,
      node: 'n-1',
      epoch: EPOCH,
      lanes: { t: { lo: 1, hi: 3 }, e: { lo: 1, hi: 0 } },
      at: Date.now(),
      version: 'test',
    }
    await box.client.publishAsync(nodeTopic('n-1', 'hello'), encodePacket(reset), { qos: 1 })
    await box.client.publishAsync(T, encodePacket(batch('n-1', 't', usageRecords(1, 3, Date.now()))), { qos: 1 })
    await eventually('the reset told', async () => (await codes(store)).includes('went-back'))
    await eventually('its numbers known', async () => (await store.road('n-1')).repeated === 2 * A_DAY + 3)
    assert.equal(await octets(), once, 'nothing is counted twice')

    await box.client.publishAsync(T, encodePacket(batch('n-1', 't', usageRecords(1, 3, Date.now()), { epoch: OTHER_EPOCH })), { qos: 1 })
    await eventually('the new outbox', async () => (await store.road('n-1')).records === A_DAY + 3)
    assert.deepEqual(await codes(store), ['went-back'])
    await good.reports()
    assert.equal(good.uplink.counters().connections, 1)
    await box.end()
  },
)
