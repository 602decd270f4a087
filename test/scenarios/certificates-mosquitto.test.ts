/** Boxes by certificate at Debian's Mosquitto, with the files provisioning renders and the revocation list that central keeps. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IClientOptions } from 'mqtt'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { createCertificates } from '#central/pki/certificates.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { DOWN_LEAVES, nodeTopic, UP_LEAVES } from '#edge/wire/topics.ts'
import { eventually } from '#test/support/eventually.ts'
import { mosquittoMissing, startSecureMosquitto, type TestMosquitto } from '#test/support/mosquitto.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { identityOf, testAuthority, type TestAuthority, type TestIdentity } from '#test/support/pki.ts'
import { connectRaw, type RawClient } from '#test/support/raw-mqtt.ts'
import { batch, usageRecords } from '#test/support/records.ts'
import { column } from '#test/support/telemetry-stores.ts'
import { trafficBox } from '#test/support/traffic-box.ts'

type Place = {
  broker: TestMosquitto
  store: TelemetryStore
  storeFile: string
  bench: NocBench
  folder: string
  pki: TestAuthority
  /** Central has written its list anew, and Mosquitto has read it. */
  reloaded(): Promise<void>
  t: TestContext
}

const DAY_MS = 86_400_000

function overSecureMosquitto(name: string, body: (place: Place) => Promise<void>): void {
  void test(name, { skip: mosquittoMissing() ?? false }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'mosquitto-pki-'))
    // Mosquitto reads the list as its own user, at each SIGHUP.
    chmodSync(folder, 0o755)
    const crlFile = join(folder, 'revoked.pem')
    const pki = await testAuthority()
    writeFileSync(crlFile, await pki.authority.revocationList([], Date.now() + DAY_MS))
    const broker = await startSecureMosquitto(['central', 'central-watch'], pki.authority, crlFile)
    const storeFile = join(folder, 'telemetry.db')
    const store = await openTelemetryStore({ file: storeFile })
    const written = statSync(crlFile).mtimeMs
    const bench = await openNoc(store, {
      broker: { kind: 'url', url: `mqtts://127.0.0.1:${broker.port}` },
      pki: { authority: pki.authority, crlFile },
    })
    const reloaded = async () => {
      const revoked = (await store.revokedCertificates(Date.now())).map(({ serial }) => serial.toUpperCase())
      await eventually('central’s list', () => {
        const list = execFileSync('openssl', ['crl', '-in', crlFile, '-noout', '-text'], { encoding: 'utf8' })
        return revoked.every((serial) => list.includes(serial))
      })
      const before = broker.log().split('Reloading config').length
      broker.reload()
      await eventually('Mosquitto’s reload', () => broker.log().split('Reloading config').length > before)
    }
    try {
      await eventually('central at the broker, by a certificate of its own', () => bench.noc.brokerConnected())
      assert.ok(statSync(crlFile).mtimeMs > written, 'central keeps the list from its start on')
      await body({ broker, store, storeFile, bench, folder, pki, reloaded, t })
    } finally {
      await bench.noc.stop()
      await store.close()
      await broker.stop()
      pki.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

const by = ({ key, cert, ca }: Pick<TestIdentity, 'ca'> & Partial<TestIdentity>, clientId: string): IClientOptions => ({
  ca,
  ...(key !== undefined && { key }),
  ...(cert !== undefined && { cert }),
  clientId,
})

overSecureMosquitto('Mosquitto lets in only who has a certificate of ours that counts', async ({ broker, store, pki, reloaded }) => {
  const { authority } = pki
  const elsewhere = await testAuthority()
  const box = await identityOf(authority, 'n-1')
  const { ca } = box
  const refused = (identity: Parameters<typeof by>[0], clientId = 'n-1') => assert.rejects(connectRaw(broker.port, by(identity, clientId)))
  await (await connectRaw(broker.port, by(box, 'n-1'))).end()
  await refused({ ca })
  await refused({ ...(await identityOf(elsewhere.authority, 'n-1')), ca })
  await refused(await identityOf(authority, 'n-1', { days: -0.5 }))
  await refused(await identityOf(authority, 'n-1', { purpose: 'broker' }))
  await assert.rejects(connectRaw(broker.port, { clientId: 'n-1' }), 'plain TCP')
  await assert.rejects(connectRaw(broker.port, { ca, clientId: 'n-1', username: 'central', password: 'x' }), 'a name and a password')

  const books = createCertificates({ store, authority, now: Date.now })
  await store.addCertificates([{ ...box.certificate, issuedAt: Date.now() }])
  await books.revoke(box.certificate.serial)
  await reloaded()
  await refused(box)
  await (await connectRaw(broker.port, by(await identityOf(authority, 'n-1'), 'n-1'))).end()
  elsewhere.remove()
})

const OTHERS = [...UP_LEAVES, ...DOWN_LEAVES]
/** Where a box has no business: another's topics in any shard, its own downward ones, roots, near misses of the pattern, the broker's own. */
const FORBIDDEN_TO_SAY = [
  ...OTHERS.map((leaf) => nodeTopic('n-2', leaf)),
  ...UP_LEAVES.map((leaf) => `bc/v1/f/n-2/${leaf}`),
  ...DOWN_LEAVES.map((leaf) => nodeTopic('n-1', leaf)),
  'bc/v1/0/n-1',
  'bc/v1/0/n-1/t/x',
  'bc/v1/0/0/n-1/t',
  'bc/v1/n-1/t',
  'bc/v2/0/n-1/t',
  'BC/v1/0/n-1/t',
  '/bc/v1/0/n-1/t',
  'bc/v1/0/N-1/t',
  'bc/v1/0/n-1 /t',
  'bc/v1/0/%u/t',
  'bc/v1/0/central/t',
  'bc',
  'x',
  '$SYS/broker/x',
  '$share/g/bc/v1/0/n-2/t',
  'bc/v1/0/n-2%2ft',
]
const FORBIDDEN_TO_HEAR = [
  '#',
  '+',
  '+/#',
  '/#',
  'bc/#',
  'bc/+/#',
  'bc/v1/#',
  'bc/v1/+/#',
  'bc/v1/+/+/#',
  'bc/v1/+/+/+',
  '+/+/+/+/+',
  '+/+/+/+/x',
  ...OTHERS.map((leaf) => nodeTopic('n-2', leaf)),
  ...OTHERS.map((leaf) => `bc/v1/+/+/${leaf}`),
  'bc/v1/+/n-2/#',
  'bc/v1/+/n-2/+',
  '$SYS/#',
  '$SYS/+/+',
  '$SYS/broker/clients/connected',
  '$share/g/#',
  '$share/g/bc/v1/+/+/t',
]

overSecureMosquitto(
  `${FORBIDDEN_TO_SAY.length + FORBIDDEN_TO_HEAR.length} ways for a box to reach beyond its own topics: nothing comes through`,
  async (place) => {
    const { broker, store, bench, pki, t } = place
    assert.ok(FORBIDDEN_TO_SAY.length + FORBIDDEN_TO_HEAR.length >= 50)
    const watch = await connectRaw(
      broker.port,
      by(await identityOf(pki.authority, 'central-watch', { purpose: 'service' }), 'central-watch'),
    )
    for (const leaf of OTHERS) await watch.client.subscribeAsync(`bc/v1/+/+/${leaf}`, { qos: 1 })
    const box = await identityOf(pki.authority, 'n-1')
    const victim = await connectRaw(broker.port, by(await identityOf(pki.authority, 'n-2'), 'n-2'))
    for (const leaf of OTHERS) await victim.client.subscribeAsync(nodeTopic('n-2', leaf), { qos: 1 }).catch(() => undefined)

    // One who calls itself n-2 is n-1 all the same; some patterns end the connection, so each has its own.
    const hostile = () => connectRaw(broker.port, { ...by(box, 'n-2'), username: 'n-2', password: 'x' })
    for (const topic of FORBIDDEN_TO_SAY) {
      const client = await hostile()
      const packet = encodePacket(batch('n-2', 't', usageRecords(1, 1, Date.now())))
      await Promise.race([client.client.publishAsync(topic, packet, { qos: 1, retain: true }).catch(() => undefined), client.closed])
      await client.end()
    }
    const listener = await hostile()
    const deaf: RawClient[] = [listener]
    for (const filter of FORBIDDEN_TO_HEAR) {
      const last = deaf.at(-1)!
      await Promise.race([last.client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined), last.closed])
      if (!last.client.connected) deaf.push(await hostile())
    }
    await deaf.at(-1)!.client.subscribeAsync(nodeTopic('n-1', 'x'), { qos: 1 })
    // Traffic of n-2's in both directions, and something of n-1's own that proves that it would have been heard.
    await victim.client.publishAsync(nodeTopic('n-2', 't'), encodePacket(batch('n-2', 't', usageRecords(1, 1, Date.now()))), { qos: 1 })
    await bench.noc.sendTicket('n-2', { code: 'ABCD-EFGH', version: 1, status: 'proses', at: 1 })
    await eventually('n-2 has its ticket', () => victim.received.some(({ topic }) => topic === nodeTopic('n-2', 'x')))
    await bench.noc.sendTicket('n-1', { code: 'HGFE-DCBA', version: 1, status: 'proses', at: 1 })
    await eventually('n-1 has its own', () => deaf.at(-1)!.received.some(({ topic }) => topic === nodeTopic('n-1', 'x')))
    await eventually('n-2’s record', async () => (await store.road('n-2')).records === 1)

    const heard = deaf.flatMap(({ received }) => received.map(({ topic }) => topic)).filter((topic) => topic.split('/')[3] !== 'n-1')
    assert.deepEqual(heard, [])
    const said = watch.received.map(({ topic }) => topic).filter((topic) => FORBIDDEN_TO_SAY.includes(topic))
    // What central and n-2 themselves said there: one record, its acks, the tickets.
    assert.deepEqual(
      [...new Set(said)].sort(),
      [nodeTopic('n-1', 'x'), nodeTopic('n-2', 'ack'), nodeTopic('n-2', 't'), nodeTopic('n-2', 'x')].sort(),
    )
    assert.equal(watch.received.filter(({ topic }) => topic === nodeTopic('n-2', 't')).length, 1)
    assert.equal(watch.received.filter(({ retain }) => retain).length, 0, 'nothing of it was retained')
    assert.equal((await store.totals()).records, 1)
    t.diagnostic(`${FORBIDDEN_TO_SAY.length} topics to say, ${FORBIDDEN_TO_HEAR.length} filters to hear, 0 delivered`)
    for (const client of [watch, victim, ...deaf]) await client.end()
  },
)

overSecureMosquitto('Taken back under traffic: what is acked stays, what is not waits, and a new certificate goes on', async (place) => {
  const { broker, store, storeFile, bench, folder, pki, reloaded, t } = place
  const { authority } = pki
  const books = createCertificates({ store, authority, now: Date.now })
  const centralKey = bench.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const identity = await identityOf(authority, 'n-1')
  await store.addCertificates([{ ...identity.certificate, issuedAt: Date.now() }])
  const box = trafficBox({ node: 'n-1', port: broker.port, folder, identity, centralKey })
  const stop = new AbortController()
  const traffic = box.traffic(stop.signal)
  try {
    await eventually('its traffic is acked', () => (box.uplink.centralMark()?.e ?? 0) > 50)
    await books.revoke(identity.certificate.serial)
    await reloaded()
    await eventually('it is refused', async () =>
      (await store.quarantine('n-1', 5)).some(({ reason }) => reason === 'its certificate was revoked'),
    )
    await eventually('it is out', () => !box.uplink.connected())
    const acked = box.uplink.centralMark()!.e
    const accepted = box.accepted.length
    await eventually('its outbox goes on', () => box.accepted.length > accepted + 50)
    assert.equal(box.uplink.centralMark()!.e, acked)
    await eventually('it is told why', () => box.log.some((line) => line.includes("this box's certificate was revoked")))

    const renewed = await identityOf(authority, 'n-1')
    await store.addCertificates([{ ...renewed.certificate, issuedAt: Date.now() }])
    box.use(renewed)
    await eventually('it goes on where it stopped', () => box.uplink.centralMark()!.e > acked)
    stop.abort()
    await traffic
    await eventually('it is drained', box.isDrained, 30_000)
    const stored = await column({ file: storeFile }, "SELECT body FROM raw WHERE kind = 'session' ORDER BY seq")
    assert.deepEqual(
      stored.map((body) => (JSON.parse(String(body)) as { id: string }).id),
      box.accepted,
    )
    assert.equal((await store.road('n-1')).dropped, 0)
    t.diagnostic(`accepted ${box.accepted.length}, stored ${stored.length}, lost 0, doubled 0`)
  } finally {
    stop.abort()
    await traffic
    await box.close()
  }
})
