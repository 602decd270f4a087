/** What the captive portal costs: the real server, database, outbox and templates on loopback; the load in another process. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { loadPortal } from '#edge/content/portal.ts'
import { noFirewallGate } from '#edge/gate/absent.ts'
import { builtInPolicy } from '#edge/sessions/built-in-policy.ts'
import { openVisitorDatabase } from '#edge/sessions/database.ts'
import { systemNow } from '#edge/sessions/moment.ts'
import { createSessions } from '#edge/sessions/sessions.ts'
import { visitStore } from '#edge/sessions/store.ts'
import { loadVisitorKey } from '#edge/sessions/token.ts'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startWelcome } from '#edge/welcome/server.ts'
import { ticketStore } from '#edge/welcome/store.ts'
import { createTickets } from '#edge/welcome/tickets.ts'
import type { Load, LoadResult } from './portal-load.ts'
import type { BenchRow } from './row.ts'

const SECONDS = 4
const CONNECTIONS = 32

export async function bench(): Promise<BenchRow[]> {
  const stateDir = mkdtempSync(join(tmpdir(), 'bench-portal-'))
  const box = await startBox(stateDir)
  try {
    const host = `127.0.0.1:${box.port}`
    const page = await fetchPage(host)
    const load = { port: box.port, host, headers: {}, seconds: SECONDS, connections: CONNECTIONS }
    const gzip = { 'accept-encoding': 'gzip' }
    const welcome = await measure({ ...load, path: '/', headers: gzip }, '200')
    const redirect = await measure({ ...load, path: '/generate_204', host: 'connectivitycheck.gstatic.com' }, '302')
    const rows = [
      row('welcome page', 'bytes', 'B', page.raw, 'HTML as rendered, Bahasa Indonesia'),
      row('welcome page gzipped', 'bytes', 'B', page.gzipped, 'HTML as sent to a phone; budget 14,336'),
      ...rates('welcome page', welcome, 'gzipped; one device opening it again and again, so without the one disk write of a first visit'),
      ...rates('redirect of a probe', redirect, 'a connection per request, as phones make them'),
    ]
    if (box.clip === undefined) return rows
    const ranges = await measure({ ...load, path: box.clip, headers: { range: 'bytes=0-262143' } }, '206')
    return [...rows, ...rates('256 kB range of the clip', ranges, 'from memory, bytes counted per device')]
  } finally {
    await box.close()
    rmSync(stateDir, { recursive: true, force: true })
  }
}

const row = (benchmark: string, figure: string, unit: string, value: number, method: string): BenchRow => ({
  benchmark: `portal: ${benchmark}`,
  figure,
  unit,
  value,
  method,
})

type Measured = LoadResult & { cpuMilliseconds: number }

function rates(name: string, measured: Measured, how: string): BenchRow[] {
  const method = `${CONNECTIONS} at a time for ${SECONDS} s on loopback; ${how}`
  return [
    row(name, 'requests', '1/s', measured.requests / measured.seconds, method),
    row(name, 'server CPU', 'ms/request', measured.cpuMilliseconds / measured.requests, method),
    row(name, 'p99 latency', 'ms', measured.p99Milliseconds, method),
  ]
}

async function measure(load: Load, expectedStatus: string): Promise<Measured> {
  const generator = fork(join(import.meta.dirname, 'portal-load.ts'))
  const before = process.cpuUsage()
  generator.send(load)
  const [result] = (await once(generator, 'message')) as [LoadResult]
  const used = process.cpuUsage(before)
  if (result.statuses[expectedStatus] !== result.requests) {
    throw new Error(`${load.path}: expected only ${expectedStatus}, got ${JSON.stringify(result.statuses)}`)
  }
  return { ...result, cpuMilliseconds: (used.user + used.system) / 1000 }
}

async function fetchPage(host: string) {
  const answer = await fetch(`http://${host}/`, { headers: { 'accept-encoding': 'identity' } })
  const raw = Buffer.from(await answer.arrayBuffer()).length
  const { request } = await import('node:http')
  // fetch unpacks what it receives; the bytes on the wire are wanted.
  const gzipped = await new Promise<Buffer>((resolve, reject) => {
    request(`http://${host}/`, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      response.toArray().then((chunks) => resolve(Buffer.concat(chunks as Buffer[])), reject)
    })
      .on('error', reject)
      .end()
  })
  if (Math.abs(gunzipSync(gzipped).length - raw) > 100) throw new Error('the page differs by its encoding')
  return { raw, gzipped: gzipped.length }
}

async function startBox(stateDir: string) {
  const log = () => {}
  const now = systemNow()
  const portal = await loadPortal(join(import.meta.dirname, '../../portal/dist'), log)
  const gate = noFirewallGate()
  const key = loadVisitorKey(stateDir)
  const db = openVisitorDatabase(stateDir, log)
  const recorder = openOutbox({ file: join(stateDir, 'outbox.db'), bytesMax: 16 * 1024 * 1024, groupSeconds: 30, log })
  const policy = { watchSeconds: 30, sessionSeconds: 3600 }
  const sessions = createSessions({
    store: visitStore(db),
    gate,
    recorder,
    policy: builtInPolicy(policy),
    pseudonym: () => '0'.repeat(16),
    now,
    key,
    clockTrusted: () => true,
    log,
  })
  await sessions.restore()
  const server = await startWelcome({
    config: {
      node: 'n0001',
      hotspot: { name: 'Alun-alun', area: 'Kartoharjo' },
      welcome: { host: '127.0.0.1', port: 0, origin: 'http://10.77.0.1', ...policy },
    },
    portal,
    sessions,
    tickets: createTickets({ store: ticketStore(db), recorder, now }),
    gate,
    key,
    now,
    clockTrusted: () => true,
    uplinkDown: () => false,
    log,
    // All of the load comes from one address.
    requestsPerMinute: 100_000_000,
  })
  return {
    port: server.port,
    clip: portal.clip?.src,
    async close() {
      await server.close()
      await sessions.stop()
      recorder.close()
      db.close()
    },
  }
}
