import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { chronyIsSynchronised, openBoxClock } from '#edge/telemetry/clock.ts'
import { hostHealth } from '#edge/telemetry/host.ts'
import { openPseudonyms } from '#edge/telemetry/pseudonym.ts'
import { parseTarget, tcpConnectMilliseconds } from '#edge/telemetry/uplink-probe.ts'
import { decodeBody } from '#edge/wire/schemas.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'host-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const sources = (stateDir: string) => ({
  stateDir,
  version: '0.1.0',
  gate: () => 'enforcing' as const,
  outbox: () => ({ records: 4, oldestAgeSeconds: 61, dropped: 0 }),
  radius: () => ({ accepts: 1, rejects: 2, accounting: 3, discarded: 4 }),
})

test('health of this machine fits the wire, with figures where they can be measured', async (t) => {
  const health = await hostHealth(sources(folder(t)))()
  const decoded = decodeBody('health', health)
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason)
  assert.ok(health.memoryUsed !== null && health.memoryUsed > 0 && health.memoryUsed < 1)
  assert.ok(health.diskUsed !== null && health.diskUsed >= 0 && health.diskUsed <= 1)
  assert.ok(health.uptimeSeconds > 0)
  assert.equal(health.outboxAgeSeconds, 61)
  assert.equal(health.uplinkMilliseconds, null, 'nothing is probed')
})

test('what cannot be measured is null and takes nothing else with it', async (t) => {
  const broken = { ...sources(join(folder(t), 'gone')), uplink: () => Promise.reject(new Error('no route')) }
  const health = await hostHealth(broken)()
  assert.equal(health.diskUsed, null)
  assert.equal(health.uplinkMilliseconds, null)
  assert.notEqual(health.memoryUsed, null)
})

test('the uplink probe measures an answer and gives up on silence', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const milliseconds = await tcpConnectMilliseconds(`127.0.0.1:${port}`)
  assert.ok(milliseconds !== null && milliseconds < 5_000)
  server.close()
  await once(server, 'close')
  assert.equal(await tcpConnectMilliseconds(`127.0.0.1:${port}`), null, 'refused')
  assert.equal(await tcpConnectMilliseconds('not a target'), null)
  t.diagnostic(`${milliseconds} ms on loopback`)
})

test('probe targets are host and port, IPv6 in brackets', () => {
  assert.deepEqual(parseTarget('[2001:db8::1]:443'), { host: '2001:db8::1', port: 443 })
  assert.deepEqual(parseTarget('dns.example:53'), { host: 'dns.example', port: 53 })
  for (const wrong of ['dns.example', 'a:0', 'a:70000', '2001:db8::1:443', ':53', 'a b:53'])
    assert.equal(parseTarget(wrong), undefined, wrong)
})

test('a device keeps one pseudonym across starts, and it is not the address', (t) => {
  const keyFile = join(folder(t), 'pseudonym.key')
  const first = openPseudonyms(keyFile)('aa:bb:cc:dd:ee:ff')
  assert.match(first, /^[0-9a-f]{16}$/)
  assert.ok(!first.includes('aabbcc'))
  assert.equal(openPseudonyms(keyFile)('AA:BB:CC:DD:EE:FF'), first)
  assert.notEqual(openPseudonyms(keyFile)('aa:bb:cc:dd:ee:fe'), first)
  assert.equal(statSync(keyFile).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(keyFile, '..')), ['pseudonym.key'])
})

test('two boxes give the same device different names', (t) => {
  const [one, two] = [openPseudonyms(join(folder(t), 'key')), openPseudonyms(join(folder(t), 'key'))]
  assert.notEqual(one('aa:bb:cc:dd:ee:ff'), two('aa:bb:cc:dd:ee:ff'))
})

test('a damaged key is set aside and said, and the box goes on with a new one that stays', (t) => {
  const keyFile = join(folder(t), 'pseudonym.key')
  writeFileSync(keyFile, 'short')
  const said: string[] = []
  const options = { onNewNames: (why: string) => void said.push(why), now: () => 1_790_000_000_000 }
  const name = openPseudonyms(keyFile, options)('aa:bb:cc:dd:ee:ff')
  assert.equal(openPseudonyms(keyFile, options)('aa:bb:cc:dd:ee:ff'), name)
  assert.deepEqual(said, ['pseudonym.key had 5 bytes instead of 32; it was set aside as pseudonym.key.damaged-1790000000000'])
  assert.equal(readFileSync(`${keyFile}.damaged-1790000000000`, 'utf8'), 'short')
  assert.equal(statSync(keyFile).size, 32)
})

test('a key that cannot be read stops the start: a device must not get a second name', (t) => {
  const keyFile = join(folder(t), 'pseudonym.key')
  mkdirSync(keyFile)
  assert.throws(() => openPseudonyms(keyFile), /EISDIR/)
})

test('what is not a MAC address gets no pseudonym', (t) => {
  const name = openPseudonyms(join(folder(t), 'key'))
  for (const wrong of ['', 'aabbccddeeff', '10.0.0.1', 'aa:bb:cc:dd:ee:ff\n']) assert.throws(() => name(wrong), TypeError)
})

test('a box without NTP counts on from central’s word, and says how far it trusts itself', async () => {
  let steady = 1_000
  const clock = await openBoxClock({ isSynchronised: async () => false, wall: () => 5_000 + steady, steady: () => steady })
  assert.deepEqual([clock.trust(), clock.now()], ['none', 6_000])
  clock.hint(1_790_000_000_000)
  steady += 30_000
  assert.deepEqual([clock.trust(), clock.now()], ['hint', 1_790_000_030_000])
  clock.close()
})

test('a synchronised box keeps its own time, and a hint close to it changes nothing', async () => {
  const wall = 1_790_000_000_000
  const synchronised = await openBoxClock({ isSynchronised: async () => true, wall: () => wall })
  synchronised.hint(1)
  assert.deepEqual([synchronised.trust(), synchronised.now()], ['ntp', wall])
  synchronised.close()
  const close = await openBoxClock({ isSynchronised: async () => false, wall: () => wall, steady: () => 0 })
  close.hint(wall - 4_000)
  assert.deepEqual([close.trust(), close.now()], ['hint', wall])
  close.close()
})

test('chrony’s answer is believed only when it has a source', () => {
  const fields = (stratum: number, leap: string) =>
    `A29FC87B,162.159.200.123,${stratum},1790000000.1,0.0001,0.0,0.0,1.0,0.0,0.1,0.01,0.001,64.2,${leap}\n`
  assert.ok(chronyIsSynchronised(fields(3, 'Normal')))
  assert.ok(!chronyIsSynchronised(fields(0, 'Not synchronised')))
  assert.ok(!chronyIsSynchronised('506 Cannot talk to daemon'))
})
