/** ./scripts/up as a person meets it: what it prints, what then answers, what a mistake says, and what it leaves behind. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { HotspotList } from '#central/noc/api.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { signInByCode } from '#test/support/staff.ts'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'up')
const run = promisify(execFile)
/** On a busy machine with the screens and the film already made. */
const STARTED_WITHIN_MS = 90_000

async function threePorts(): Promise<number> {
  // The start takes three in a row; the kernel's ephemeral range is avoided by asking until they fit.
  for (;;) {
    const port = await freePort()
    if (port < 64_000) return port
  }
}

type Up = { words(): string; end(): Promise<number | null>; line(pattern: RegExp): string }

async function startUp(t: TestContext, state: string, ...argv: string[]): Promise<Up> {
  const child = spawn(script, argv, { env: { ...process.env, BROADBAND_CITY_STATE: state }, stdio: ['ignore', 'pipe', 'pipe'] })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (words += chunk.toString()))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const end = async () => {
    child.kill('SIGINT')
    return (await exited)[0]
  }
  t.after(() => (child.exitCode === null && child.signalCode === null ? end() : undefined))
  await eventually('the start to finish', () => words.includes('Ctrl-C stops everything') || child.exitCode !== null, STARTED_WITHIN_MS)
  assert.equal(child.exitCode, null, words)
  return { words: () => words, end, line: (pattern) => pattern.exec(words)?.[1] ?? assert.fail(`${pattern} is not in:\n${words}`) }
}

function stateFor(t: TestContext): string {
  const state = mkdtempSync(join(tmpdir(), 'broadband-city-up-'))
  t.after(() => rmSync(state, { recursive: true, force: true }))
  return state
}

/** What this start made on the machine: namespaces and interfaces that carry its lab's number, found by the hotspot's address. */
async function madeBy(visitorPage: string): Promise<() => Promise<string[]>> {
  const { hostname } = new URL(visitorPage)
  const namespaces = async () => (await run('ip', ['netns', 'list'])).stdout.split('\n').flatMap((line) => line.split(' ', 1)[0] || [])
  for (const name of (await namespaces()).filter((each) => each.endsWith('-edge'))) {
    const { stdout } = await run('ip', ['-n', name, '-4', 'address']).catch(() => ({ stdout: '' }))
    if (!stdout.includes(` ${hostname}/`)) continue
    const number = name.replace('-edge', '')
    const interfaces = [`${number}m`, `${number}v`]
    return async () => [
      ...(await namespaces()).filter((each) => each.startsWith(`${number}-`)),
      ...readdirSync('/sys/class/net').filter((each) => interfaces.includes(each)),
      ...(existsSync('/etc/netns') ? readdirSync('/etc/netns').filter((each) => each.startsWith(`${number}-`)) : []),
    ]
  }
  return assert.fail(`no namespace has ${hostname}`)
}

test('one command starts the city behind a real gate, says where to look, and takes everything away again', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root: the hotspot lives in network namespaces')
  const state = stateFor(t)
  const up = await startUp(t, state, '--port', String(await threePorts()), '--hotspots', '3')
  const central = up.line(/Central +(http:\S+)\//)
  const visitor = up.line(/Visitor's page +(http:\S+)/)

  const page = await (await fetch(visitor, { headers: { 'accept-language': 'id' } })).text()
  assert.match(page, /Lanjut ke internet/)
  assert.doesNotMatch(page, /tanpa firewall/i)
  const admin = await signInByCode(central, up.line(/Admin code +(\S+)/), { username: 'pengelola', name: 'Pengelola' })
  const made = await madeBy(visitor)
  assert.ok((await made()).length >= 4)
  // The simulated ones have mishaps now and then; the real one has none here.
  await eventually(
    'the real hotspot to be online on the map, and every other one heard',
    async () => {
      const { rows } = await admin.get<HotspotList>('/api/noc/hotspots')
      const real = rows.filter((row) => !row.simulated)
      return rows.length === 4 && rows.every((row) => row.state !== 'new') && real.length === 1 && real[0]?.state === 'online'
    },
    30_000,
  )
  const wall = new URL(up.line(/Wall +(http:\S+)/))
  const opened = await fetch(`${central}/api/wall/open`, {
    method: 'POST',
    headers: { origin: central, 'content-type': 'application/json' },
    body: JSON.stringify({ token: wall.hash.slice(1) }),
  })
  assert.equal(opened.status, 204)

  await t.test('a second start while it runs is refused in one line', async () => {
    const refused = await run(script, ['--port', String(await threePorts())], {
      env: { ...process.env, BROADBAND_CITY_STATE: state },
    }).catch((error: unknown) => error as { stderr: string; code: number })
    assert.match(refused.stderr, /running already \(process \d+\)/)
  })

  assert.equal(await up.end(), 0)
  assert.match(up.words(), /Stopped\./)
  assert.deepEqual(await made(), [])

  await t.test('the next start knows the administrator and keeps the wall’s link', async () => {
    const again = await startUp(t, state, '--port', String(await threePorts()), '--hotspots', '3')
    assert.match(again.words(), /sign in with your username and password/)
    assert.equal(new URL(again.line(/Wall +(http:\S+)/)).hash, wall.hash)
    assert.equal(await again.end(), 0)
  })
})

test('without a firewall it says so at the start, on the page and on the map', async (t) => {
  const up = await startUp(t, stateFor(t), '--no-firewall', '--port', String(await threePorts()), '--hotspots', '1')
  assert.match(up.words(), /NO FIREWALL/)
  const page = await (await fetch(up.line(/Visitor's page +(http:\S+)/), { headers: { 'accept-language': 'id' } })).text()
  assert.match(page, /tanpa firewall/i)
  const admin = await signInByCode(up.line(/Central +(http:\S+)\//), up.line(/Admin code +(\S+)/), {
    username: 'pengelola',
    name: 'Pengelola',
  })
  await eventually(
    'the hotspot to be shown as degraded',
    async () => {
      const { rows } = await admin.get<HotspotList>('/api/noc/hotspots')
      return rows.some((row) => row.node === 'balai-kota' && row.state === 'degraded' && row.reason === 'no-firewall')
    },
    30_000,
  )
  assert.equal(await up.end(), 0)
})

test('a mistake on the command line or a taken port is one clear line that says what to do', async (t) => {
  const state = stateFor(t)
  const fails = async (...argv: string[]) => {
    const failed = await run(script, argv, { env: { ...process.env, BROADBAND_CITY_STATE: state } }).then(
      () => assert.fail('it started'),
      (error: unknown) => error as { stderr: string; code: number },
    )
    assert.equal(failed.code, 1)
    assert.doesNotMatch(failed.stderr, /\n\s+at /, 'no stack')
    return failed.stderr
  }
  const taken = createServer().listen(await threePorts(), '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as { port: number }
  assert.match(await fails('--port', String(port)), new RegExp(`Port ${port} \\(central\\).*taken.*--port`))
  assert.match(await fails('--hotspots', '0'), /--hotspots must be a whole number from 1 to 2500, not "0"/)
  assert.match(await fails('--port', 'abc'), /--port must be a whole number/)
  assert.match(await fails('--port'), /--port needs a value/)
  assert.match(await fails('--colour', 'red'), /Unknown option: --colour/)
})
