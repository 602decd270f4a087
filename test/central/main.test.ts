/** Central as a process: set up, started, asked, stopped. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '#central/config.ts'
import { postgresMissing, startPostgres } from '#test/support/postgres.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** A cold start on a busy machine, several times over. */
const WAIT_MILLISECONDS = 60_000

function run(t: TestContext, script: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(ROOT, script), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
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
    return JSON.parse(output.out.split('\n')[0]!) as { ready: true; http: number; mqtt: number }
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

test('help is told and nothing starts; a wrong flag is one line', async (t) => {
  const help = run(t, 'central/main.ts', ['--help'])
  assert.equal(await help.ended, 0)
  assert.match(help.output.out, /--public-url/)
  const wrong = run(t, 'central/main.ts', ['--ports', '1'])
  assert.equal(await wrong.ended, 1)
  assert.match(wrong.output.err, /^central: .*--ports.*\n$/)
})

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
  assert.doesNotMatch(JSON.stringify(read.config), /rahasia|mqtts/)
  assert.throws(() => Object.assign(read.config, { port: 1 }))
  for (const [argv, env] of [
    [['--port', '65536'], {}],
    [['--port', '80a'], {}],
    [['--public-url', 'ftp://x'], {}],
    [['--public-url', 'https://x/sub'], {}],
    [[], { DATABASE_URL: 'mysql://x' }],
    [['extra'], {}],
  ] as [string[], Record<string, string>][]) {
    assert.equal(readConfig(argv, env).ok, false, JSON.stringify([argv, env]))
  }
})
