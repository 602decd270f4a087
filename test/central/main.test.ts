/** Central as a process: set up, started, asked, stopped. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTls } from 'node:tls'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Client } from 'pg'
import { readConfig } from '#central/config.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { mosquittoMissing, startMosquitto } from '#test/support/mosquitto.ts'
import { postgresMissing, startPostgres } from '#test/support/postgres.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** A cold start on a busy machine, several times over. */
const WAIT_MILLISECONDS = 60_000

function run(t: TestContext, script: string, args: string[], env: Record<string, string> = {}, user: { uid?: number; gid?: number } = {}) {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  })
  const output = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.err += text))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  })
  const ready = async () => {
    const deadline = Date.now() + WAIT_MILLISECONDS
    while (!output.out.includes('\n')) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`not ready: ${output.err}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return JSON.parse(output.out.split('\n')[0]!) as { ready: true; http: number; mqtt: number; mqtts: number | null }
  }
  return { child, output, ended, ready }
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'broadband-city-main-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function story(t: TestContext, env: Record<string, string>): Promise<void> {
  const data = folder(t)
  const prepared = run(t, 'central/setup.ts', ['--data', data, '--json'], env)
  assert.equal(await prepared.ended, 0, prepared.output.err)
  const { admin, adminCode } = JSON.parse(prepared.output.out) as { admin: string; adminCode: string }
  assert.equal(admin, 'missing')
  const central = run(t, 'central/main.ts', ['--data', data, '--port', '0', '--mqtt-port', '0'], env)
  const { http, mqtt } = await central.ready()
  assert.ok(http > 0 && mqtt > 0)
  const origin = `http://127.0.0.1:${http}`
  assert.equal((await fetch(`${origin}/healthz`)).status, 200)
  assert.equal((await fetch(`${origin}/readyz`)).status, 200)
  const post = (path: string, body: object, cookie = '') =>
    fetch(origin + path, { method: 'POST', headers: { 'content-type': 'application/json', cookie }, body: JSON.stringify(body) })
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? ''
  const byCode = await post('/api/sign-in/code', { code: adminCode })
  assert.equal(byCode.status, 200)
  const set = await post('/api/password', { username: 'admin.kota', password: 'tujuh-gunung-berlayar' }, cookieOf(byCode))
  assert.equal(set.status, 200)
  const cookie = cookieOf(set)
  const hotspots = await fetch(`${origin}/api/noc/hotspots`, { headers: { cookie } })
  assert.equal(hotspots.status, 200)
  assert.deepEqual(((await hotspots.json()) as { rows: unknown[] }).rows, [])
  assert.deepEqual(((await (await fetch(`${origin}/api/audit/verify`, { headers: { cookie } })).json()) as { ok: boolean }).ok, true)
  central.child.kill('SIGTERM')
  assert.equal(await central.ended, 0, central.output.err)
  const again = run(t, 'central/setup.ts', ['--data', data, '--json'], env)
  assert.equal(await again.ended, 0)
  assert.deepEqual(JSON.parse(again.output.out), { admin: 'present', adminCode: null, expiresAt: null })
}

test('set-up, start, the first administrator, a clean stop (SQLite)', (t) => story(t, {}))

test('set-up, start, the first administrator, a clean stop (PostgreSQL)', { skip: postgresMissing() ?? false }, async (t) => {
  const server = await startPostgres()
  try {
    await story(t, { DATABASE_URL: server.url })
  } finally {
    await server.stop()
  }
})

test('a taken port is one clear line, not a trace', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.after(() => taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  for (const flags of [
    ['--port', String(port), '--mqtt-port', '0'],
    ['--port', '0', '--mqtt-port', String(port)],
  ]) {
    const central = run(t, 'central/main.ts', ['--data', folder(t), ...flags])
    assert.equal(await central.ended, 1)
    assert.match(central.output.err, new RegExp(`^central: Port ${port} on 127\\.0\\.0\\.1 is taken by another program\\..*\\n$`))
  }
})

/** One line, by name, that says what to do; nothing of the inside and no secret. */
function oneLine(command: string, said: string, wanted: RegExp): void {
  assert.match(said, new RegExp(`^${command}: .*\\n$`), said)
  assert.match(said, wanted)
  assert.doesNotMatch(said, /node_modules|\n\s+at |geheim/)
}

test('each command tells its help, and a flag it does not know, in one line', async (t) => {
  for (const [script, flag] of [
    ['main', '--admin-code'],
    ['setup', '--json'],
    ['enrol', '--hotspots'],
  ] as const) {
    const help = run(t, `central/${script}.ts`, ['--help'])
    const wrong = run(t, `central/${script}.ts`, ['--prot', '1'])
    const stray = run(t, `central/${script}.ts`, ['mulai'])
    assert.equal(await help.ended, 0)
    if (script !== 'main') assert.ok(help.output.out.includes(flag))
    assert.match(help.output.out, /--data DIR/)
    for (const [process, word] of [
      [wrong, /--prot.*See --help/],
      [stray, /mulai.*See --help/],
    ] as const) {
      assert.equal(await process.ended, 1)
      oneLine(script === 'main' ? 'central' : script, process.output.err, word)
    }
  }
})

const COMMANDS = [
  ['central', 'central/main.ts', ['--port', '0', '--mqtt-port', '0']],
  ['setup', 'central/setup.ts', []],
  ['enrol', 'central/enrol.ts', ['--wall', 'Ruang rapat']],
] as const

test('a data folder that cannot be used is one line saying what to do', async (t) => {
  const place = folder(t)
  chmodSync(place, 0o755)
  const closed = join(place, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o555)
  const file = join(place, 'file')
  writeFileSync(file, 'x')
  const damaged = join(place, 'damaged')
  mkdirSync(damaged)
  for (const name of ['city.db', 'telemetry.db'])
    writeFileSync(join(damaged, name), 'no database at all, and longer than a header. '.repeat(9))
  // Root may write everywhere, so a user without rights tries.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  for (const [command, script, flags] of COMMANDS) {
    for (const [data, wanted, user] of [
      [closed, /(No permission for|cannot be opened for writing).*--data/, nobody],
      [join(closed, 'new'), /No permission for .*--data/, nobody],
      [file, /is in the way.*--data/, {}],
      [join(file, 'under'), /is in the way.*--data/, {}],
      [damaged, /damaged.*backup/, {}],
    ] as const) {
      const started = run(t, script, ['--data', data, ...flags], {}, user)
      assert.equal(await started.ended, 1, `${script} ${data}`)
      oneLine(command, started.output.err, wanted)
    }
  }
})

test('an address that is not this machine’s is one line', async (t) => {
  const central = run(t, 'central/main.ts', ['--data', folder(t), '--host', '203.0.113.9', '--port', '0', '--mqtt-port', '0'])
  assert.equal(await central.ended, 1)
  oneLine('central', central.output.err, /no address 203\.0\.113\.9.*--host/)
})

test('who may come in by MQTT is said at the start, and tokens for other machines are no start at all', async (t) => {
  const start = (...flags: string[]) => run(t, 'central/main.ts', ['--data', folder(t), '--port', '0', '--mqtt-port', '0', ...flags])
  const alone = start()
  assert.equal((await alone.ready()).mqtts, null)
  await eventually('its words', () => alone.output.err.includes('MQTT:'))
  assert.match(
    alone.output.err,
    /tokens over plain TCP on 127\.0\.0\.1:\d+ \(this machine only\); no box elsewhere can come in, see --mqtts-host/,
  )
  const open = start('--mqtts-host', '0.0.0.0', '--mqtts-port', '0', '--broker-names', 'mqtt.kota.example,203.0.113.7')
  const { mqtts } = await open.ready()
  assert.ok(mqtts !== null && mqtts > 0)
  await eventually('its words', () => open.output.err.includes('MQTT:'))
  assert.match(open.output.err, /boxes by certificate on 0\.0\.0\.0:\d+ as mqtt\.kota\.example, 203\.0\.113\.7/)
  // What a box is shown there.
  const socket = connectTls({ port: mqtts, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  assert.equal(socket.getPeerX509Certificate()?.subjectAltName, 'DNS:mqtt.kota.example, IP Address:203.0.113.7')
  socket.destroy()
  const careless = start('--mqtt-host', '0.0.0.0')
  assert.equal(await careless.ended, 1)
  oneLine('central', careless.output.err, /Tokens over plain TCP are for this machine only.*--mqtts-host/)
})

test('a database that is not there, unknown, or refuses us is one line', async (t) => {
  const url = (host: string) => `postgres://kota:geheim@${host}/kota`
  for (const [command, script, flags] of COMMANDS) {
    for (const [address, wanted] of [
      [url(`127.0.0.1:${await freePort()}`), /127\.0\.0\.1:\d+ does not answer.*DATABASE_URL/],
      [url('tidak-ada.invalid'), /tidak-ada\.invalid.*DATABASE_URL/],
      ['mysql://kota:geheim@127.0.0.1/kota', /DATABASE_URL must be/],
    ] as const) {
      const started = run(t, script, ['--data', folder(t), ...flags], { DATABASE_URL: address })
      assert.equal(await started.ended, 1, `${script} ${address}`)
      oneLine(command, started.output.err, wanted)
    }
  }
})

/** Both databases of an installation as a later version would leave them, and each command refuses. */
async function newer(t: TestContext, env: Record<string, string>, mark: (data: string) => Promise<void>): Promise<void> {
  const data = folder(t)
  for (const [script, flags] of [
    ['central/setup.ts', []],
    ['central/enrol.ts', ['--wall', 'Ruang rapat']],
  ] as const) {
    const prepared = run(t, script, ['--data', data, ...flags], env)
    assert.equal(await prepared.ended, 0, prepared.output.err)
  }
  await mark(data)
  for (const [command, script, flags] of COMMANDS) {
    const started = run(t, script, ['--data', data, ...flags], env)
    assert.equal(await started.ended, 1, script)
    oneLine(command, started.output.err, /newer version \(it knows (masa-depan-001|999-masa-depan)\).*backup/)
  }
}

test('a database of a newer version is left alone, and one line says so (SQLite)', (t) =>
  newer(t, {}, async (data) => {
    for (const [file, sql] of [
      ['city.db', `insert into migrations (name, ran_at) values ('masa-depan-001', 1)`],
      ['telemetry.db', `insert into telemetry_migration (name, ran_at) values ('999-masa-depan', 1)`],
    ] as const) {
      const db = new Sqlite(join(data, file))
      db.exec(sql)
      db.close()
    }
  }))

test('a database of a newer version is left alone, and one line says so (PostgreSQL)', { skip: postgresMissing() ?? false }, async (t) => {
  const server = await startPostgres()
  try {
    await newer(t, { DATABASE_URL: server.url }, async () => {
      const client = new Client({ connectionString: server.url })
      await client.connect()
      await client.query(`insert into migrations (name, ran_at) values ('masa-depan-001', 1)`)
      await client.query(`insert into telemetry.telemetry_migration (name, ran_at) values ('999-masa-depan', 1)`)
      await client.end()
    })
    const missing = run(t, 'central/setup.ts', ['--data', folder(t)], { DATABASE_URL: `${server.url}-tidak-ada` })
    assert.equal(await missing.ended, 1)
    oneLine('setup', missing.output.err, /no database of that name.*createdb/)
  } finally {
    await server.stop()
  }
})

test(
  'central serves while its broker is away, says so once, and takes it back by itself',
  { skip: mosquittoMissing() ?? false },
  async (t) => {
    const broker = await startMosquitto('central', new Map([['central', 'geheim']]))
    t.after(() => broker.stop())
    await broker.kill()
    const env = { MQTT_URL: `mqtt://127.0.0.1:${broker.port}`, MQTT_USERNAME: 'central', MQTT_PASSWORD: 'geheim' }
    const central = run(t, 'central/main.ts', ['--data', folder(t), '--port', '0'], env)
    const { http } = await central.ready()
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${http}${path}`)).status
    const said = () => central.output.err.split('\n').filter((line) => line.includes('the broker at'))
    const away = () => eventually('not ready', async () => (await status('/readyz')) === 503)
    const back = () => eventually('ready', async () => (await status('/readyz')) === 200)
    await away()
    await eventually('a line about the broker', () => said().length > 0)
    assert.equal(await status('/healthz'), 200)
    await broker.start()
    await back()
    assert.equal(said().length, 1, 'however often it was tried')
    assert.match(said()[0]!, new RegExp(`the broker at 127\\.0\\.0\\.1:${broker.port} cannot be used .*check it, MQTT_URL`))
    await broker.kill()
    await away()
    assert.equal(await status('/healthz'), 200)
    await broker.start()
    await back()
    assert.doesNotMatch(central.output.err, /geheim/)
    central.child.kill('SIGTERM')
    assert.equal(await central.ended, 0, central.output.err)
  },
)

test('flags win over the environment, secrets stay apart, and nonsense is refused', () => {
  const read = readConfig(['--port', '0', '--public-url', 'https://kota.test/'], {
    PORT: '9999',
    MQTT_URL: 'mqtts://b',
    MQTT_PASSWORD: 'rahasia',
    TRUST_PROXY: '10.0.0.2, 10.0.0.3',
  })
  assert.ok(read.ok)
  assert.deepEqual(
    [read.config.port, read.config.publicUrl, read.config.externalBroker, read.config.trustProxy],
    [0, 'https://kota.test', true, ['10.0.0.2', '10.0.0.3']],
  )
  assert.doesNotMatch(JSON.stringify(read.config), /rahasia|mqtts:/)
  assert.throws(() => Object.assign(read.config, { port: 1 }))
  for (const [argv, env] of [
    [['--port', '65536'], {}],
    [['--port', '80a'], {}],
    [['--public-url', 'ftp://x'], {}],
    [['--public-url', 'https://x/sub'], {}],
    [[], { DATABASE_URL: 'mysql://x' }],
    [[], { MQTT_URL: 'broker:1883' }],
    [['--mqtts-host', '0.0.0.0', '--mqtts-port', 'x'], {}],
    [['--mqtts-host', '0.0.0.0', '--broker-names', 'kota example'], {}],
    [[], { MQTT_URL: 'http://broker' }],
    [['extra'], {}],
  ] as [string[], Record<string, string>][]) {
    assert.equal(readConfig(argv, env).ok, false, JSON.stringify([argv, env]))
  }
})
