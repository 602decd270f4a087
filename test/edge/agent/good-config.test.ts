import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { chooseConfig, keepGoodConfig } from '#edge/agent/good-config.ts'
import type { EdgeConfig } from '#edge/config.ts'
import { renderEdgeConfig } from '#provisioning/render/edge-config.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'

const centralKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string
const TOKEN = 'rahasia-kotak-ini-saja-0123456789abcdef'

const config: EdgeConfig = renderEdgeConfig({
  node: 'klegen-01',
  name: 'Poskamling RT 05',
  area: 'Kelurahan Klegen',
  stateDir: '/var/lib/broadband-city',
  portalDir: '/usr/share/broadband-city/portal',
  portal: { host: '::', port: 8080, origin: 'http://10.77.0.1' },
  gate: { socket: '/run/broadband-city/gate.sock', lan: 'br-lan', wan: 'wan0' },
  radius: { host: '0.0.0.0', authPort: 1812, acctPort: 1813, clients: [], users: [] },
  mqtt: { url: 'mqtts://central.test:8883', token: TOKEN, centralKey },
})

test('the box runs by provisioning’s file, and keeps it once it serves', (t) => {
  const { file, good, log } = openFolder(t)
  writeFileSync(file, JSON.stringify(config))
  assert.deepEqual(chooseConfig(file, log), { config })
  keepGoodConfig(file, config, log)
  assert.deepEqual(JSON.parse(readFileSync(good, 'utf8')), config)
  assert.equal(statSync(good).mode & 0o777, 0o600)
  const before = statSync(good).ino
  keepGoodConfig(file, config, log)
  assert.equal(statSync(good).ino, before, 'written only when it changed')
})

for (const [what, text] of [
  ['missing', undefined],
  ['empty', ''],
  ['cut off', JSON.stringify(config).slice(0, 400)],
  ['of another shape', JSON.stringify({ ...config, node: 'KLEGEN' })],
  ['without a firewall mode', JSON.stringify({ ...config, gate: { ...config.gate, mode: 'open' } })],
  ['with a key that is none', JSON.stringify({ ...config, mqtt: { ...config.mqtt, centralKey: 'x' } })],
  [
    'with an access point that is nowhere',
    JSON.stringify({ ...config, radius: { ...config.radius, clients: [{ name: 'ap', address: '10.77.0.0/99', secret: 'x'.repeat(16) }] } }),
  ],
] as const) {
  test(`a configuration that is ${what} gives way to the last good one, and says why without a secret`, (t) => {
    const { file, log, said } = openFolder(t)
    keepGoodConfig(file, config, log)
    if (text !== undefined) writeFileSync(file, text)
    const chosen = chooseConfig(file, log)
    assert.deepEqual(chosen.config, config)
    assert.ok(chosen.refused)
    assert.equal(said.length, 1)
    assert.ok(!said.join().includes(TOKEN.slice(0, 8)))
    assert.ok(!chosen.refused.includes('\n'))
  })
}

test('with both wrong there is one clear line, and no box', (t) => {
  const { file, good, log } = openFolder(t)
  writeFileSync(file, '{')
  assert.throws(
    () => chooseConfig(file, log),
    /^Error: Cannot read the configuration .*edge\.json: it is not JSON.*; and there is no last good one: .*$/,
  )
  writeFileSync(good, '[]')
  assert.throws(() => chooseConfig(file, log), /edge\.json\.good is wrong at "\/"/)
})

test('1,000 damages: either the file is still right, or the last good one is in force, and never without a firewall', (t) => {
  const { file, log } = openFolder(t)
  keepGoodConfig(file, config, log)
  const whole = Buffer.from(JSON.stringify(config))
  const random = seededRandom(17)
  let fellBack = 0
  for (let i = 0; i < 1_000; i++) {
    const bytes = Buffer.from(whole)
    const at = Math.floor(random() * bytes.length)
    if (i % 3 === 0) bytes.fill(0, at)
    else if (i % 3 === 1) bytes[at]! ^= 1 << Math.floor(random() * 8)
    writeFileSync(file, i % 3 === 2 ? bytes.subarray(0, at) : bytes)
    const chosen = chooseConfig(file, () => {})
    assert.equal(chosen.config.gate.mode, 'nftables')
    if (chosen.refused === undefined) continue
    fellBack++
    assert.deepEqual(chosen.config, config)
    assert.ok(!chosen.refused.includes(TOKEN.slice(0, 8)), `seeded damage ${i} shows a secret: ${chosen.refused}`)
  }
  assert.ok(fellBack > 700)
})

test('a folder that takes nothing is a line in the log and no more', () => {
  const said: string[] = []
  keepGoodConfig('/dev/null/edge.json', config, (line) => said.push(line))
  assert.equal(said.length, 1)
  assert.ok(!existsSync('/dev/null/edge.json.good'))
})

function openFolder(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'config-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const said: string[] = []
  const file = join(folder, 'edge.json')
  return { file, good: `${file}.good`, said, log: (line: string) => void said.push(line) }
}
