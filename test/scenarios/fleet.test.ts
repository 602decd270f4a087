/** A fleet against a central of its own, with everything going wrong; and books that somebody tampered with afterwards. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Sqlite from 'better-sqlite3'
import { planOf } from '#scripts/fleet-engine/plan.ts'
import { fleetPlaces } from '#scripts/fleet-engine/store.ts'
import { eventually } from '#test/support/eventually.ts'
import { kill } from '#test/support/telemetry/processes.ts'
import { postgresMissing, startPostgres } from '#test/support/postgres.ts'

const FLEET = join(import.meta.dirname, '..', '..', 'scripts', 'fleet-engine', 'main.ts')
/** Its hundred boxes have every kind of trouble. */
const SEED = 20
const MINUTES = 0.25

async function fleet(t: TestContext, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [FLEET, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => kill(child))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, said }
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('a hundred boxes, a killed central, dead lines, power cuts, swapped cards and wrong clocks: nothing lost, nothing twice', async (t) => {
  const misfortunes = fleetPlaces(100).flatMap(({ node }) => planOf(SEED, node, 'rough', MINUTES * 60_000))
  for (const wanted of ['line cut', 'line deaf', 'power off', 'card restored', 'card swapped'])
    assert.ok(
      misfortunes.some(({ what, ...each }) => what !== 'clock' && `${what} ${'state' in each ? each.state : ''}` === wanted),
      wanted,
    )
  assert.ok(misfortunes.some((each) => each.what === 'clock' && each.name === '1970'))

  const data = folderFor(t)
  const short = ['--minutes', String(MINUTES), '--every', '2', '--group', '1', '--complaints', '20', '--hasty']
  const run = await fleet(t, [
    '--boxes',
    '100',
    '--processes',
    '2',
    ...short,
    '--weather',
    'rough',
    '--kills',
    '1',
    '--seed',
    String(SEED),
    '--data',
    data,
  ])
  assert.equal(run.code, 0, run.said)
  assert.match(run.said, /fleet: ok · seed 20 · commit \S+/)
  assert.match(run.said, /lost 0, duplicated 0/)
  const [, accepted, stored] = /accepted ([\d,]+) = stored ([\d,]+) /.exec(run.said) ?? assert.fail(run.said)
  const number = (words: string) => Number(words.replaceAll(',', ''))
  assert.ok(number(accepted!) > 2_000 && number(stored!) <= number(accepted!), run.said)

  const telemetry = join(data, 'central', 'telemetry.db')
  const tamper = (sql: string) => {
    const db = new Sqlite(telemetry)
    const { changes } = db.prepare(sql).run()
    db.close()
    assert.equal(changes, 1, sql)
  }
  const verify = () => fleet(t, ['verify', '--data', data])
  const some = "SELECT stream, seq FROM raw WHERE kind = 'health' ORDER BY stream, seq LIMIT 1"

  await t.test('its books can be compared again', async () => {
    const { code, said } = await verify()
    assert.equal(code, 0, said)
  })
  await t.test('a record under another name is found stored twice', async () => {
    const copied = 'at, placed_at, mono, clock, flag, received_at, body'
    tamper(
      `INSERT INTO raw (stream, seq, kind, ${copied}) SELECT stream, 1000000, kind, ${copied} FROM raw WHERE (stream, seq) = (${some})`,
    )
    const { code, said } = await verify()
    assert.equal(code, 1, said)
    assert.match(said, /✗ 1 records are stored twice/)
    tamper('DELETE FROM raw WHERE seq = 1000000')
  })
  await t.test('a record in other words is found altered', async () => {
    tamper(`UPDATE raw SET body = replace(body, '"gate":"enforcing"', '"gate":"failed"') WHERE (stream, seq) = (${some})`)
    const { code, said } = await verify()
    assert.equal(code, 1, said)
    assert.match(said, /✗ 1 records are stored in other words/)
  })
  await t.test('a record that is gone is found lost, by name', async () => {
    tamper(`DELETE FROM raw WHERE (stream, seq) = (${some})`)
    const { code, said } = await verify()
    assert.equal(code, 1, said)
    assert.match(said, /✗ 1 records are lost/)
    assert.match(said, /fleet-\d{5}: health t \d+ of [0-9a-f]{16} is lost/)
  })
})

test('a fleet that is killed goes on where it was, and what was on its cards arrives', async (t) => {
  const data = folderFor(t)
  const args = ['--boxes', '20', '--processes', '2', '--every', '1', '--group', '2', '--weather', 'calm', '--hasty', '--data', data]
  const child = spawn(process.execPath, [FLEET, ...args, '--minutes', '5'], { stdio: ['ignore', 'ignore', 'inherit'] })
  t.after(() => kill(child))
  const ledgers = () => readdirSync(data).filter((name) => name.startsWith('ledger-'))
  const facts = () => ledgers().reduce((sum, name) => sum + readFileSync(join(data, name), 'utf8').length, 0)
  await eventually('records in both ledgers', () => ledgers().length === 2 && facts() > 20_000, 60_000)
  await kill(child)
  await eventually('central, which goes with it, to be gone', () => !running(data))
  const { code, said } = await fleet(t, [...args, '--minutes', '0.1'])
  assert.equal(code, 0, said)
  assert.match(said, /lost 0, duplicated 0/)
})

/** Whether any process still works in this folder. */
function running(folder: string): boolean {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
    } catch {
      return false
    }
  })
}

const noPostgres = postgresMissing()
test('the books of a central on PostgreSQL are compared the same way', { skip: noPostgres ?? false }, async (t) => {
  const server = await startPostgres()
  t.after(() => server.stop())
  const data = folderFor(t)
  const args = [
    '--boxes',
    '20',
    '--every',
    '2',
    '--group',
    '1',
    '--weather',
    'rough',
    '--kills',
    '1',
    '--complaints',
    '60',
    '--hasty',
    '--minutes',
    '0.15',
  ]
  const run = await fleet(t, [...args, '--data', data], { DATABASE_URL: server.url })
  assert.equal(run.code, 0, run.said)
  assert.match(run.said, /lost 0, duplicated 0/)
})

test('a wrong command line is one clear line', async (t) => {
  const { code, said } = await fleet(t, ['--boxes', 'many'])
  assert.equal(code, 2)
  assert.equal(said, '--boxes must be a number from 1 to 20000, not "many".\n')
  const nobody = await fleet(t, ['verify', '--data', folderFor(t)])
  assert.equal(nobody.code, 1)
  assert.match(nobody.said, /^✗ No fleet has run in \S+\. Give its folder with --data\.\n$/)
})
