/**
 * Central as four processes over a real Mosquitto and a real PostgreSQL: two ingest workers that each own half of the topic
 * space, one for people, one for the clock's work.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { startUplink } from '#edge/telemetry/uplink.ts'
import { shardOf } from '#edge/wire/topics.ts'
import { CITY_AREA, type TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { hotspotOf } from '#test/support/ingest-bench.ts'
import { mosquittoMissing, startMosquitto } from '#test/support/mosquitto.ts'
import { postgresMissing, startPostgres } from '#test/support/postgres.ts'
import { complaint, health, usage } from '#test/support/records.ts'
import { invited, signInByCode, type Staff } from '#test/support/staff.ts'
import type { HotspotList } from '#central/noc/api.ts'
import type { IngestView } from '#central/noc/road/api.ts'

const ROOT = join(import.meta.dirname, '../..')
const PASSWORD = 'p'.repeat(43)
/** Six boxes, three of each half. */
const NODES = ['low', 'high'].flatMap((half) => {
  const inHalf = Array.from({ length: 60 }, (_, i) => `n-${i}`).filter(
    (node) => Number.parseInt(shardOf(node), 16) < 8 === (half === 'low'),
  )
  return inHalf.slice(0, 3)
})
const isLow = (node: string) => Number.parseInt(shardOf(node), 16) < 8
const CENTRALS = ['central-web', 'central-jobs', 'central-low', 'central-high', 'central-spare']

type Process = { child: ChildProcess; ready: Promise<{ http: number | null }>; problems: () => string }

function startCentral(t: TestContext, user: string, args: string[], env: Record<string, string>): Process {
  const child = spawn(process.execPath, [join(ROOT, 'central/main.ts'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', MQTT_USERNAME: user, MQTT_PASSWORD: PASSWORD, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let problems = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problems = (problems + text).slice(-8_000)))
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${user} ended:\n${problems}`)))
  ended.catch(() => undefined)
  const ready = Promise.race([line, ended]).then(([text]) => JSON.parse(text) as { http: number | null })
  ready.catch(() => undefined)
  t.after(() => child.kill('SIGKILL'))
  return { child, ready, problems: () => problems }
}

async function adminCode(args: string[], env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, 'central/setup.ts'), ...args, '--json'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  await once(child, 'close')
  return (JSON.parse(out) as { adminCode: string }).adminCode
}

/** A box with a real outbox and a real uplink; what it was given is counted beside it. */
function openBox(node: string, port: number, folder: string) {
  const outbox = openOutbox({ file: join(folder, `${node}.db`), bytesMax: 16 * 1024 * 1024, groupSeconds: 1, clockTrust: () => 'ntp' })
  const uplink = startUplink({
    node,
    mqtt: { url: `mqtt://127.0.0.1:${port}`, token: PASSWORD, centralKey: ANY_KEY },
    version: 'test',
    outbox,
    liveStatus: () => ({ usage: usage(), health: health() }),
    onKept: () => undefined,
    times: { ackTimeoutSeconds: 0.5, statusSeconds: 1 },
    backoff: { firstMilliseconds: 20, maxMilliseconds: 200 },
  })
  let records = 0
  let octets = 0
  return {
    node,
    say(count: number): void {
      for (let i = 0; i < count; i++) {
        outbox.record('usage', usage({ downOctets: 1_000 + records, admitted: 1 }))
        octets += 1_000 + records
        records += 1
      }
      outbox.flush()
    },
    complain: (code: string) => outbox.record('complaint', complaint(code)),
    drained: () => uplink.centralMark()?.t === outbox.bounds('t').hi && uplink.centralMark()?.e === outbox.bounds('e').hi,
    mark: () => uplink.centralMark()?.t ?? 0,
    said: () => ({ records, octets }),
    async close() {
      await uplink.close()
      outbox.close()
    },
  }
}
type Box = ReturnType<typeof openBox>

const ANY_KEY = `-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n`

async function assertStoredOnce(store: TelemetryStore, boxes: readonly Box[]): Promise<void> {
  const until = Date.now() + 3_600_000
  for (const { node, said } of boxes) {
    const hours = await store.nodeHours(node, 0, until)
    const sum = (of: (hour: (typeof hours)[number]) => number) => hours.reduce((total, hour) => total + of(hour), 0)
    assert.deepEqual([sum((hour) => hour.admitted), sum((hour) => hour.downOctets)], [said().records, said().octets], node)
    assert.equal((await store.road(node)).dropped, 0)
  }
  const city = await store.citySteps(0, until, 60_000)
  const all = boxes.reduce((total, { said }) => total + said().octets, 0)
  assert.equal(
    city.reduce((total, step) => total + step.downOctets, 0),
    all,
    CITY_AREA,
  )
}

/** What the screens of the staff app hear. */
async function listen(origin: string, admin: Staff, t: TestContext): Promise<string[]> {
  const heard: string[] = []
  const stop = new AbortController()
  t.after(() => stop.abort())
  const response = await fetch(`${origin}/api/live`, { headers: { cookie: admin.cookie() }, signal: stop.signal })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const read = async (): Promise<void> => {
    for (let part = await reader.read(); !part.done; part = await reader.read())
      for (const [, type] of part.value.matchAll(/^event: (.+)$/gm)) heard.push(type!)
  }
  read().catch(() => undefined)
  return heard
}

const missing = mosquittoMissing() ?? postgresMissing()

test(
  'Four processes are one central: each box has one writer, the death of one worker loses nothing and stops nobody else',
  {
    skip: missing ?? false,
    timeout: 120_000,
  },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'ingest-workers-'))
    const database = await startPostgres()
    const broker = await startMosquitto(CENTRALS, new Map([...CENTRALS, ...NODES].map((name) => [name, PASSWORD])))
    const data = join(folder, 'data')
    const env = { DATABASE_URL: database.url, MQTT_URL: `mqtt://127.0.0.1:${broker.port}` }
    const code = await adminCode(['--data', data], env)
    const store = await openTelemetryStore({ url: database.url })
    for (const node of NODES) await store.addHotspot(hotspotOf(node), 'x', 0)
    const start = (user: string, ...args: string[]) => startCentral(t, user, ['--data', data, ...args], env)
    const worker = (user: string, shards: string) => start(user, '--roles', 'ingest', '--shards', shards)

    const web = start('central-web', '--roles', 'web', '--port', String(await freePort('127.0.0.1')))
    const jobs = start('central-jobs', '--roles', 'jobs')
    let low = worker('central-low', '0-7')
    const high = worker('central-high', '8-f')
    const boxes = NODES.map((node) => openBox(node, broker.port, folder))
    try {
      const [{ http }] = await Promise.all([web.ready, jobs.ready, low.ready, high.ready])
      const origin = `http://127.0.0.1:${http}`
      const admin = await signInByCode(origin, code, { username: 'pengelola', name: 'Pengelola' })
      const verifier = await invited(origin, admin, { role: 'verifier', opd: 'Kominfo' }, 'verifikator', 'Verifikator')
      const heard = await listen(origin, verifier, t)

      for (const box of boxes) box.say(50)
      await eventually('everything stored', () => boxes.every((box) => box.drained()), 30_000)
      await assertStoredOnce(store, boxes)

      // People see at once what another process took in.
      await eventually(
        'all boxes on the screen',
        async () => (await admin.get<HotspotList>('/api/noc/hotspots')).counts.online === NODES.length,
      )
      await eventually('the screens told of boxes', () => heard.includes('hotspot'))
      boxes[0]!.complain('ABCD-EFGH')
      await eventually('the complaint stored', () => boxes[0]!.drained())
      await eventually('the complaint told by the process that did not take it in', () => heard.includes('case'))
      assert.equal((await verifier.get<{ rows: unknown[] }>('/api/complaints')).rows.length, 1)

      // Each worker wrote its own half and nothing of the other's.
      const counted = new Map<string, number>()
      for (const row of await store.ingestMinutes(0, Date.now() + 60_000))
        counted.set(row.worker, (counted.get(row.worker) ?? 0) + row.records)
      assert.deepEqual(Object.fromEntries(counted), { 'ingest-0-7': 151, 'ingest-8-f': 150 })
      const view = await admin.get<IngestView>('/api/noc/ingest')
      assert.deepEqual(
        view.workers.map(({ worker, shards }) => [worker, shards]),
        [
          ['ingest-0-7', '0-7'],
          ['ingest-8-f', '8-f'],
        ],
      )

      // Another worker of shards that are taken waits for them.
      const spare = worker('central-spare', '6-9')
      await eventually('the spare waits', () => /Shards 6-9 are another worker's/.test(spare.problems()))
      spare.child.kill('SIGTERM')
      await once(spare.child, 'exit')

      // One worker dies under traffic. The other half goes on while it is away.
      for (const box of boxes) box.say(200)
      const died = once(low.child, 'exit')
      low.child.kill('SIGKILL')
      await died
      for (const box of boxes) box.say(100)
      await eventually('the other half stored', () => boxes.filter(({ node }) => !isLow(node)).every((box) => box.drained()), 30_000)
      const waiting = boxes.filter(({ node }) => isLow(node))
      assert.ok(
        waiting.every((box) => !box.drained()),
        'nobody else takes the dead worker’s shards',
      )
      low = worker('central-low', '0-7')
      await low.ready
      await eventually('everything stored after all', () => boxes.every((box) => box.drained()), 30_000)
      await assertStoredOnce(store, boxes)
      // One that waits takes over by itself when the worker it waits for dies.
      const standby = worker('central-spare', '0-7')
      await eventually('the standby waits', () => /Shards 0-7 are another worker's/.test(standby.problems()))
      low.child.kill('SIGKILL')
      for (const box of boxes) box.say(20)
      await standby.ready
      await eventually('everything stored by the standby', () => boxes.every((box) => box.drained()), 30_000)
      await assertStoredOnce(store, boxes)
      low = standby
      assert.deepEqual(
        [web, jobs, high].map(({ child }) => [child.exitCode, child.signalCode]),
        Array.from({ length: 3 }, () => [null, null]),
      )
      for (const { child } of [web, jobs, low, high]) child.kill('SIGTERM')
      const isOver = ({ child }: Process) => child.exitCode !== null || child.signalCode !== null
      await eventually('all of them ended', () => [web, jobs, low, high].every(isOver))
    } finally {
      await Promise.all(boxes.map((box) => box.close()))
      for (const { child } of [web, jobs, low, high]) child.kill('SIGKILL')
      await store.close()
      await broker.stop()
      await database.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
