/**
 * The road from a box to central's disk, with everything on it killed again and again under traffic.
 * The rule of the books: what the outbox accepted is in a ledger of its own, forced to disk after each acceptance.
 * At the end central has each entry exactly once.
 */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { freePort, kill, startMosquitto, startProgram } from '#test/support/telemetry/processes.ts'
import type { Accepted, BoxSetup, CentralSetup } from '#test/support/telemetry/setup.ts'

const node = 'klegen-01'
const token = 'a-token-of-this-test-only-0123456789abcdef'
const hotspot = {
  node,
  token,
  name: 'Poskamling RT 05',
  kelurahan: '35.77.01.1003',
  rt: 'RT 05 RW 02',
  lat: -7.629,
  lon: 111.537,
  simulated: false,
}

type Part = 'broker' | 'central' | 'box'
type Story = { kills: number; seed: number; broker: 'mosquitto' | 'embedded' }

for (const story of [
  { broker: 'mosquitto', kills: 14, seed: 20_261 },
  { broker: 'embedded', kills: 10, seed: 577 },
] satisfies Story[]) {
  test(
    `${story.kills} kills on the road over ${story.broker} (seed ${story.seed}): nothing lost, nothing doubled`,
    { timeout: 120_000 },
    async (t) => {
      const road = await openRoad(t, story.broker)
      const random = seededRandom(story.seed)
      const parts: Part[] = story.broker === 'mosquitto' ? ['broker', 'central', 'box'] : ['central', 'central', 'box']
      const killed = { broker: 0, central: 0, box: 0 }
      for (let i = 0; i < story.kills; i++) {
        await setTimeout(300 + random() * 900)
        const part = parts[i % parts.length]!
        killed[part] += 1
        await road.kill(part)
        await setTimeout(random() * 800)
        await road.start(part)
      }
      const { epoch, t: telemetryHi, e: eventsHi } = await road.endTraffic()
      await road.arrived(epoch, { t: telemetryHi, e: eventsHi })
      await road.kill('central')

      const accepted = road.ledger()
      const stored = road.stored()
      t.diagnostic(`seed ${story.seed}: kills ${JSON.stringify(killed)}, accepted ${JSON.stringify(countsOf(accepted))}`)
      assert.ok(accepted.usage.length > 300, 'there was traffic')
      assert.deepEqual(stored.epochs, [epoch], 'the outbox lived through every kill')
      for (const kind of ['usage', 'session', 'complaint'] as const) {
        const times = Map.groupBy(stored[kind] as unknown[], (id) => id)
        assert.deepEqual(
          accepted[kind].filter((id) => !times.has(id)),
          [],
          `${kind}: accepted, but not at central`,
        )
        assert.deepEqual(
          [...times].filter(([, all]) => all.length > 1),
          [],
          `${kind}: stored twice`,
        )
      }
      assert.equal(stored.quarantined, 0)
      assert.equal(
        stored.usageRolledUp,
        stored.usage.reduce((sum, octets) => sum + octets, 0),
        'what charts add up equals the records',
      )
    },
  )
}

async function openRoad(t: TestContext, kind: Story['broker']) {
  const folder = mkdtempSync(join(tmpdir(), 'road-'))
  const port = await freePort()
  const central: CentralSetup = {
    file: join(folder, 'central.db'),
    complaintsFile: join(folder, 'complaints.db'),
    broker: kind === 'embedded' ? { kind, host: '127.0.0.1', port } : { kind: 'url', url: `mqtt://127.0.0.1:${port}` },
    hotspots: [hotspot],
  }
  const box: BoxSetup = {
    node,
    token,
    url: `mqtt://127.0.0.1:${port}`,
    outboxFile: join(folder, 'outbox.db'),
    ledgerFile: join(folder, 'ledger'),
    life: 0,
  }
  const running: Partial<Record<Part, ChildProcess>> = {}
  let boxLines: AsyncIterator<string> | undefined
  t.after(async () => {
    for (const child of Object.values(running)) await kill(child)
    rmSync(folder, { recursive: true, force: true })
  })

  const start = async (part: Part) => {
    if (part === 'broker') running.broker = await startMosquitto(folder, port)
    else if (part === 'central') running.central = (await startProgram('central-process', central, true)).process
    else {
      box.life += 1
      const started = await startProgram('box-process', box, false)
      running.box = started.process
      boxLines = started.lines
    }
  }
  if (kind === 'mosquitto') await start('broker')
  await start('central')
  await start('box')

  return {
    start,
    kill: (part: Part) => kill(running[part]!),
    async endTraffic() {
      running.box!.stdin!.write('stop\n')
      const said = await boxLines!.next()
      return JSON.parse(String(said.value)) as { epoch: string; t: number; e: number }
    },
    async arrived(epoch: string, wanted: { t: number; e: number }) {
      const until = performance.now() + 30_000
      for (;;) {
        const marks = marksOf(central.file, epoch)
        if (marks.t === wanted.t && marks.e === wanted.e) return
        if (performance.now() > until) assert.fail(`central has ${JSON.stringify(marks)} of ${JSON.stringify(wanted)} after 30 s`)
        await setTimeout(100)
      }
    },
    ledger: () => readLedger(box.ledgerFile),
    stored: () => readStored(central),
  }
}

function marksOf(file: string, epoch: string): { t: number; e: number } {
  const db = new Database(file, { readonly: true })
  try {
    const rows = db.prepare('SELECT lane, mark FROM stream WHERE node = ? AND epoch = ?').all(node, epoch) as {
      lane: 't' | 'e'
      mark: number
    }[]
    return { t: 0, e: 0, ...Object.fromEntries(rows.map(({ lane, mark }) => [lane, mark])) }
  } finally {
    db.close()
  }
}

function readLedger(file: string) {
  const books = { usage: [] as number[], session: [] as string[], complaint: [] as string[] }
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const accepted = JSON.parse(line) as Accepted
    if ('usage' in accepted) books.usage.push(accepted.usage)
    else if ('session' in accepted) books.session.push(accepted.session)
    else books.complaint.push(accepted.complaint)
  }
  return books
}

function readStored(central: CentralSetup) {
  const db = new Database(central.file, { readonly: true })
  const complaints = new Database(central.complaintsFile, { readonly: true })
  try {
    const bodies = (kind: string) =>
      (db.prepare('SELECT body FROM raw WHERE kind = ?').pluck().all(kind) as string[]).map((body) => JSON.parse(body) as never)
    return {
      epochs: db.prepare('SELECT DISTINCT epoch FROM stream WHERE mark > 0').pluck().all(),
      usage: bodies('usage').map(({ downOctets }: { downOctets: number }) => downOctets),
      session: bodies('session').map(({ id }: { id: string }) => id),
      complaint: complaints.prepare('SELECT code FROM complaint').pluck().all() as string[],
      quarantined: db.prepare('SELECT count(*) FROM quarantine').pluck().get(),
      usageRolledUp: db.prepare('SELECT sum(down_octets) FROM node_day WHERE node = ?').pluck().get(node),
    }
  } finally {
    db.close()
    complaints.close()
  }
}

const countsOf = (books: ReturnType<typeof readLedger>) =>
  Object.fromEntries(Object.entries(books).map(([kind, ids]) => [kind, ids.length]))
