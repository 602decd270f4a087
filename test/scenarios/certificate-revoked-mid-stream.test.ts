/**
 * A box's certificate is taken back in the middle of its traffic, and some time later it gets another one. What was acked
 * stays, what was not waits on the box, and every session that the box ever promised is stored once.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificates } from '#central/pki/certificates.ts'
import { eventually } from '#test/support/eventually.ts'
import { openNoc } from '#test/support/noc-bench.ts'
import { identityOf, testAuthority } from '#test/support/pki.ts'
import { column, onBothStores } from '#test/support/telemetry-stores.ts'
import { trafficBox } from '#test/support/traffic-box.ts'

const testStores = onBothStores()
/** Each at another moment of the box's and central's work. */
const ROUNDS = 5

testStores(
  'A certificate taken back under traffic loses nothing, doubles nothing and leaves its neighbour alone',
  async (store, t, place) => {
    const folder = mkdtempSync(join(tmpdir(), 'revoked-'))
    const pki = await testAuthority()
    const secure = { host: '127.0.0.1', port: 0, names: ['127.0.0.1'] }
    const bench = await openNoc(store, {
      pki: { authority: pki.authority },
      broker: { kind: 'embedded', host: '127.0.0.1', port: 0, secure },
      revokedMs: 1_000,
    })
    const books = createCertificates({ store, authority: pki.authority, now: Date.now })
    const centralKey = bench.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    let identity = await identityOf(pki.authority, 'n-1')
    const open = async (node: string, of = identityOf(pki.authority, node)) =>
      trafficBox({ node, port: bench.noc.mqttsPort()!, folder, identity: await of, centralKey })
    const box = await open('n-1', Promise.resolve(identity))
    const neighbour = await open('n-2')
    const stop = new AbortController()
    const traffic = Promise.all([box.traffic(stop.signal), neighbour.traffic(stop.signal)])
    try {
      for (let round = 1; round <= ROUNDS; round += 1) {
        const before = box.uplink.centralMark()?.e ?? 0
        await eventually('its traffic is acked', () => (box.uplink.centralMark()?.e ?? 0) > before + 20)
        // By another process, as the command line does it.
        assert.equal(await books.revoke(identity.certificate.serial), true)
        await eventually('the box is out', () => !box.uplink.connected())
        const acked = box.uplink.centralMark()!.e
        const connections = box.uplink.counters().connections
        const neighbours = neighbour.uplink.centralMark()?.e ?? 0
        const accepted = box.accepted.length
        await eventually('the neighbour goes on', () => (neighbour.uplink.centralMark()?.e ?? 0) > neighbours + 50)
        await eventually('its outbox goes on, too', () => box.accepted.length > accepted + 20)
        assert.equal(box.uplink.counters().connections, connections, 'it did not come in again')
        assert.equal(box.uplink.centralMark()!.e, acked)
        assert.ok((await store.marks('n-1', box.outbox.epoch()))!.e >= acked, 'what was acked is on disk')
        identity = await identityOf(pki.authority, 'n-1')
        box.use(identity)
        await eventually('it goes on where it stopped', () => box.uplink.centralMark()!.e > acked)
      }
      stop.abort()
      await traffic
      await eventually('both are drained', () => box.isDrained() && neighbour.isDrained(), 30_000)
      for (const { node, accepted } of [box, neighbour]) {
        const stored = await column(
          place,
          `SELECT body FROM raw JOIN stream ON stream.id = raw.stream WHERE stream.node = '${node}' AND kind = 'session' ORDER BY seq`,
        )
        assert.deepEqual(
          stored.map((body) => (JSON.parse(String(body)) as { id: string }).id),
          accepted,
          'every session once, in its order',
        )
        const { dropped, quarantined } = await store.road(node)
        assert.deepEqual({ dropped, quarantined }, { dropped: 0, quarantined: 0 })
      }
      await bench.noc.settle()
      const refusals = (await store.quarantine(undefined, 50)).map(({ reason }) => reason)
      assert.ok(refusals.includes('connection refused: its certificate was revoked (n-1)'), refusals.join('\n'))
      assert.ok(
        box.log.some((line) =>
          line.includes("central does not let this box in: this box's certificate was revoked, or the hotspot is not registered"),
        ),
        box.log.join('\n'),
      )
      t.diagnostic(
        `${ROUNDS} revocations; accepted ${box.accepted.length} + ${neighbour.accepted.length}, stored the same, lost 0, doubled 0`,
      )
    } finally {
      stop.abort()
      await traffic
      await box.close()
      await neighbour.close()
      await bench.noc.stop()
      pki.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
