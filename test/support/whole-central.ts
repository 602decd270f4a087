/** All of central behind a listening socket, in this process: every route it has in the field, asked over real HTTP. */
import { channel } from 'node:diagnostics_channel'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '#central/app.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { createNoc } from '#central/noc/noc.ts'
import { loadSigningKey } from '#central/noc/signing-key.ts'
import { allow } from '#central/platform/accounts/guard.ts'
import { openDatabase } from '#central/platform/db/database.ts'
import { centralOn, prepareDatabase, type Parts } from './central.ts'

export type RouteName = { method: string; url: string }
export type WholeCentral = { parts: Parts; app: FastifyInstance; port: number; origin: string; routes: RouteName[] }

export async function wholeCentral(t: TestContext, publicUrl: string | null = null): Promise<WholeCentral> {
  await using failed = new AsyncDisposableStack()
  const database = failed.adopt(await openDatabase({ file: ':memory:' }), (opened) => opened.close())
  await prepareDatabase(database)
  const parts = centralOn(database)
  failed.defer(parts.forget)
  const store = failed.adopt(await openTelemetryStore({ file: join(parts.dataDir, 'telemetry.db') }), (opened) => opened.close())
  const { privateKey } = await loadSigningKey(join(parts.dataDir, 'signing-key.pem'))
  const noc = createNoc({
    store,
    database,
    live: parts.live,
    signingKey: privateKey,
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
    onComplaint: async (arrival) => void (await parts.complaints.receive(arrival)),
    complaintNumbers: () => parts.complaints.numbers(),
    openComplaintsByNode: () => parts.complaints.openByNode(),
    auditAnchor: () => Promise.resolve({ entries: 0, anchor: '' }),
    allow,
    publicUrl: publicUrl ?? undefined,
  })
  const webRoot = join(parts.dataDir, 'web')
  mkdirSync(join(webRoot, 'assets'), { recursive: true })
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Kota</title>')
  writeFileSync(join(webRoot, 'assets', 'app-1234.js'), 'export {}')
  const { app, routes } = await withRoutesNoted(() =>
    buildApp({
      kernel: parts.kernel,
      files: parts.files,
      modules: [parts.complaints],
      noc: { routes: noc.routes, roles: ['admin', 'noc', 'executive', 'verifier'], ready: () => noc.brokerConnected() },
      live: parts.live,
      publicUrl,
      trustProxy: [],
      webRoot,
      log: false,
    }),
  )
  failed.defer(() => app.close())
  await noc.start()
  failed.defer(() => noc.stop())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const running = failed.move()
  t.after(() => running.disposeAsync())
  return { parts, app, port, origin: `http://127.0.0.1:${port}`, routes }
}

/** Fastify announces each new instance, so a hook can be there before any route: nobody has to remember a list. */
async function withRoutesNoted(build: () => Promise<FastifyInstance>): Promise<{ app: FastifyInstance; routes: RouteName[] }> {
  const routes: RouteName[] = []
  const created = channel('fastify.initialization')
  const note = (message: unknown) => {
    ;(message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push({ method: each, url })
    })
  }
  created.subscribe(note)
  try {
    const app = await build()
    return { app, routes }
  } finally {
    created.unsubscribe(note)
  }
}
