import assert from 'node:assert/strict'
import Fastify from 'fastify'
import type { HotspotPage } from '#central/noc/api.ts'
import type { TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { allow } from '#central/platform/accounts/guard.ts'
import type { Role } from '#central/platform/accounts/api.ts'
import { eventually } from '#test/support/eventually.ts'
import { nocDatabase } from '#test/support/noc-database.ts'
import { openNoc } from '#test/support/noc-bench.ts'
import { identityOf, testAuthority } from '#test/support/pki.ts'
import { connectRaw } from '#test/support/raw-mqtt.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()

async function withAccess(store: TelemetryStore) {
  const pki = await testAuthority()
  const database = await nocDatabase()
  const secure = { host: '127.0.0.1', port: 0, names: ['127.0.0.1'] }
  const bench = await openNoc(store, {
    database,
    allow,
    pki: { authority: pki.authority },
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0, secure },
  })
  const app = Fastify()
  let role: Role = 'admin'
  app.addHook('onRequest', async (request) => {
    request.mustSetPassword = false
    request.caller = { userId: 1, name: 'Sri', positions: [{ id: 1, name: 'Petugas', role, opdId: 1, as: 'definitif' }] }
  })
  await app.register(bench.noc.routes)
  return {
    app,
    bench,
    pki,
    database,
    as: (next: Role) => void (role = next),
    page: async () => (await app.inject('/api/noc/hotspots/n-1')).json<HotspotPage>().access,
    async stop() {
      await app.close()
      await bench.noc.stop()
      pki.remove()
    },
  }
}

testStores('A hotspot’s page shows its certificates, and which one its box is connected with', async (store) => {
  const place = await withAccess(store)
  try {
    await eventually('n-1 on the board', async () => (await place.app.inject('/api/noc/hotspots/n-1')).statusCode === 200)
    assert.deepEqual(await place.page(), { token: true, certificates: [] })
    const box = await identityOf(place.pki.authority, 'n-1')
    const client = await connectRaw(place.bench.noc.mqttsPort()!, { ...box, clientId: 'n-1' })
    const { serial, notAfter } = box.certificate
    const [shown] = (await place.page()).certificates
    assert.deepEqual({ ...shown, issuedAt: 0 }, { serial, issuedAt: 0, notAfter, revokedAt: null, inUse: true })
    await client.end()
    await eventually('not in use any more', async () => !(await place.page()).certificates[0]!.inUse)
  } finally {
    await place.stop()
  }
})

testStores('Only the admin takes a box’s access away; it ends at once, and the audit says who and what', async (store) => {
  const place = await withAccess(store)
  try {
    const box = await identityOf(place.pki.authority, 'n-1')
    const client = await connectRaw(place.bench.noc.mqttsPort()!, { ...box, clientId: 'n-1' })
    const revoke = (node: string) => place.app.inject({ method: 'POST', url: `/api/noc/hotspots/${node}/revoke`, payload: {} })
    for (const role of ['noc', 'executive', 'verifier'] as const) {
      place.as(role)
      assert.equal((await revoke('n-1')).statusCode, 403, role)
    }
    place.as('admin')
    assert.equal((await revoke('n-9')).statusCode, 404)
    assert.equal(client.client.connected, true)
    const before = Date.now()
    const answer = await revoke('n-1')
    assert.deepEqual([answer.statusCode, answer.json()], [200, { certificates: 1 }])
    await client.closed
    await eventually('n-1 on the board', async () => (await place.app.inject('/api/noc/hotspots/n-1')).statusCode === 200)
    const { token, certificates } = await place.page()
    assert.equal(token, false)
    assert.ok(certificates[0]!.revokedAt! >= before)
    assert.deepEqual((await revoke('n-1')).json(), { certificates: 0 }, 'nothing is left')
    const audit = await place.database.db
      .selectFrom('audit')
      .innerJoin('auditPayloads', 'auditPayloads.number', 'audit.number')
      .selectAll()
      .where('action', '=', 'revoke')
      .execute()
    assert.equal(audit.length, 2)
    for (const text of ['Akses kotak n-1 dicabut', box.certificate.serial]) assert.ok(JSON.stringify(audit[0]).includes(text), text)
  } finally {
    await place.stop()
  }
})
