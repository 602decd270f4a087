/** The simulated city against the real central: history first, then only what is missing. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { mishapAt } from '#scripts/demo-city/mishaps.ts'
import { generatePlaces } from '#scripts/demo-city/places.ts'
import { kill, startProgram } from '#test/support/telemetry/processes.ts'
import type { CentralSetup } from '#test/support/telemetry/setup.ts'

const FLEET = join(import.meta.dirname, '../../scripts/demo-city/fleet.ts')
const HOURS = 3
const HOTSPOTS = 6

test('a first start fills the past, a second one sends only what is missing', { timeout: 90_000 }, async (t) => {
  const { central, fleet, folder } = await openCity(t)
  const first = await fleet()
  assert.ok(first.ready['firstStart'])
  await first.stop()
  const before = readCity(central)
  const state = JSON.parse(readFileSync(join(folder, 'fleet-state.json'), 'utf8')) as { generation: string }

  const second = await fleet()
  assert.ok(!second.ready['firstStart'])
  await second.stop()
  const after = readCity(central)

  assert.equal(before.quarantined + after.quarantined, 0)
  assert.equal(before.hotspots, HOTSPOTS)
  const minimum = HOTSPOTS * (HOURS * 60 - 2) * 2
  assert.ok(before.usageAndHealth >= minimum, `${before.usageAndHealth} of ${minimum} records`)
  assert.equal(before.complaints, 7, 'the queue is not empty at the first look')
  assert.equal(before.lost, 0)
  assert.deepEqual(after.epochs, before.epochs, 'the hotspots are the same boxes after a restart')
  // Two starts within a minute or so: a few intervals, not three hours again.
  assert.ok(after.accepted - before.accepted < HOTSPOTS * 40, `${after.accepted - before.accepted} records in the second start`)
  assert.equal(after.lost, 0)
  assert.equal((JSON.parse(readFileSync(join(folder, 'fleet-state.json'), 'utf8')) as { generation: string }).generation, state.generation)
})

test('a wrong command line is one clear line', async () => {
  for (const [args, line] of [
    [[], /^--mqtt URL is needed/],
    [['--mqtt', 'mqtt://127.0.0.1:1'], /^--nodes FILE is needed/],
    [['--mqtt', 'mqtt://127.0.0.1:1', '--nodes', '/nonexistent.json'], /^Cannot read \/nonexistent.json/],
    [['--mqtt', 'mqtt://127.0.0.1:1', '--nodes', 'x', '--every', 'often'], /^--every must be a number/],
  ] as [string[], RegExp][]) {
    const child = spawn(process.execPath, [FLEET, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    const chunks: Buffer[] = await child.stderr.toArray()
    const said = Buffer.concat(chunks).toString()
    if (child.exitCode === null) await once(child, 'exit')
    assert.equal(child.exitCode, 1)
    assert.match(said, line)
    assert.equal(said.trim().split('\n').length, 1, said)
  }
})

async function openCity(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'demo-city-'))
  // A line that happens to be dead today would rightly stay silent.
  const alive = ({ node }: { node: string }) => [0, 1, 2, 3].every((minutes) => mishapAt(node, Date.now() + minutes * 60_000) !== 'outage')
  const places = generatePlaces(HOTSPOTS * 5)
    .filter(alive)
    .slice(0, HOTSPOTS)
  const nodes = places.map((place) => ({ ...place, token: `a-token-of-this-test-only-0123456789-${place.node}` }))
  const nodesFile = join(folder, 'nodes.json')
  writeFileSync(nodesFile, JSON.stringify(nodes))
  const central: CentralSetup = {
    file: join(folder, 'central.db'),
    complaintsFile: join(folder, 'complaints.db'),
    broker: { kind: 'embedded', host: '127.0.0.1', port: 0 },
    hotspots: nodes.map(({ profile: _, ...hotspot }) => ({ ...hotspot, simulated: true })),
  }
  const running = await startProgram('central-process', central, true)
  const url = `mqtt://127.0.0.1:${running.firstLine.split(' ')[1]}`
  t.after(async () => {
    await kill(running.process)
    rmSync(folder, { recursive: true, force: true })
  })

  const fleet = async () => {
    const child = spawn(process.execPath, [FLEET, '--mqtt', url, '--nodes', nodesFile, '--backfill-hours', String(HOURS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => kill(child))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => JSON.parse(String((await lines.next()).value)) as Record<string, unknown>
    const ready = await next()
    assert.ok(ready['ready'])
    assert.ok((await next())['filled'])
    const stop = async () => {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
      assert.equal(child.exitCode, 0)
    }
    return { ready, stop }
  }
  return { central, fleet, folder }
}

function readCity(central: CentralSetup) {
  const db = new Database(central.file, { readonly: true })
  const complaints = new Database(central.complaintsFile, { readonly: true })
  const count = (sql: string) => db.prepare(sql).pluck().get() as number
  try {
    return {
      hotspots: count('SELECT count(DISTINCT node) FROM stream WHERE mark > 0'),
      usageAndHealth: count("SELECT count(*) FROM raw WHERE kind IN ('usage', 'health')"),
      accepted: count('SELECT count(*) FROM raw'),
      quarantined: count('SELECT count(*) FROM quarantine'),
      lost: count('SELECT count(*) FROM gap'),
      epochs: db.prepare('SELECT DISTINCT node, epoch FROM stream ORDER BY node').all(),
      complaints: complaints.prepare('SELECT count(*) FROM complaint').pluck().get() as number,
    }
  } finally {
    db.close()
    complaints.close()
  }
}
