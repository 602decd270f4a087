/** ./scripts/up as a person meets it: what it prints, what then answers, what a mistake says, and what it leaves behind. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { HotspotList } from '#central/noc/api.ts'
import { portIsFree } from '#scripts/start/preflight.ts'
import { eventually } from '#test/support/eventually.ts'
import { signInByCode } from '#test/support/staff.ts'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'up')
const run = promisify(execFile)
/** On a busy machine with the screens and the film already made. */
const STARTED_WITHIN_MS = 90_000

/** The start takes four in a row. Looked for below the kernel's ephemeral range, where no other program is handed one by chance. */
async function fourPorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = randomInt(20_000, 30_000)
    const free = await Promise.all([0, 1, 2, 3].map((step) => portIsFree(first + step, '127.0.0.1')))
    if (free.every(Boolean)) return first
  }
  return assert.fail('no four free ports in a row')
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

/**
 * What this start made on the machine, told apart from other labs by what the kernel gives out once: namespaces by inode,
 * interfaces by index. Found by the hotspot's address; @returns what of it is still there.
 */
async function madeBy(visitorPage: string): Promise<() => Promise<string[]>> {
  const { hostname } = new URL(visitorPage)
  for (const edge of readdirSync(NAMESPACES).filter((name) => name.endsWith('-edge'))) {
    const { stdout } = await run('ip', ['-n', edge, 'address']).catch(() => ({ stdout: '' }))
    // Several labs may use the same LAN addresses inside; only a start's has this machine as a visitor.
    if (!stdout.includes(` ${hostname}/`) || !stdout.includes('porthost')) continue
    const number = edge.replace('-edge', '')
    const now = () => [...entries(NAMESPACES, (name) => statSync(join(NAMESPACES, name)).ino), ...entries('/sys/class/net', interfaceIndex)]
    const mine = now().filter((each) => new RegExp(`^${number}(-|m |v )`).test(each))
    return () => Promise.resolve(now().filter((each) => mine.includes(each)))
  }
  return assert.fail(`no namespace has ${hostname}`)
}

const NAMESPACES = '/run/netns'
const interfaceIndex = (name: string) => readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8').trim()

function entries(folder: string, identity: (name: string) => string | number): string[] {
  return readdirSync(folder).flatMap((name) => {
    try {
      return [`${name} ${identity(name)}`]
    } catch {
      // Another lab took it away between the two looks.
      return []
    }
  })
}

/** The process of this start that runs a program, by its data folder in the environment. */
async function processIn(state: string, program: string): Promise<number> {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [argv, env] = await Promise.all(['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')))
    if (argv!.includes(program) && env!.includes(`BROADBAND_CITY_STATE=${state}\0`)) return Number(pid)
  }
  return assert.fail(`no process runs ${program}`)
}

test('one command starts the city behind a real gate, says where to look, and takes everything away again', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root: the hotspot lives in network namespaces')
  const state = stateFor(t)
  const up = await startUp(t, state, '--port', String(await fourPorts()), '--hotspots', '3')
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
    const refused = await run(script, ['--port', String(await fourPorts())], {
      env: { ...process.env, BROADBAND_CITY_STATE: state },
    }).catch((error: unknown) => error as { stderr: string; code: number })
    assert.match(refused.stderr, /running already \(process \d+\)/)
  })

  await t.test('a part that is killed comes back by itself', async () => {
    const pid = await processIn(state, 'central/main.ts')
    process.kill(pid, 'SIGKILL')
    await eventually('central to be back', () => /central is back/.test(up.words()), 30_000)
    assert.equal((await fetch(`${central}/healthz`)).status, 200)
    assert.notEqual(await processIn(state, 'central/main.ts'), pid)
  })

  assert.equal(await up.end(), 0)
  assert.match(up.words(), /Stopped\./)
  assert.deepEqual(await made(), [])

  await t.test('the next start knows the administrator and keeps the wall’s link', async () => {
    const again = await startUp(t, state, '--port', String(await fourPorts()), '--hotspots', '3')
    assert.match(again.words(), /sign in with your username and password/)
    assert.equal(new URL(again.line(/Wall +(http:\S+)/)).hash, wall.hash)
    assert.equal(await again.end(), 0)
  })
})

test('without a firewall it says so at the start, on the page and on the map', async (t) => {
  const up = await startUp(t, stateFor(t), '--no-firewall', '--port', String(await fourPorts()), '--hotspots', '1')
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
  const taken = createServer().listen(await fourPorts(), '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as { port: number }
  assert.match(await fails('--port', String(port)), new RegExp(`Port ${port} \\(central\\).*taken.*--port`))
  assert.match(await fails('--hotspots', '0'), /--hotspots must be a whole number from 1 to 2500, not "0"/)
  assert.match(await fails('--port', 'abc'), /--port must be a whole number/)
  assert.match(await fails('--port'), /--port needs a value/)
  assert.match(await fails('--colour', 'red'), /Unknown option: --colour/)
})
