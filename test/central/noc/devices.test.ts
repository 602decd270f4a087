import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '#central/noc/hotspots/state.ts'
import type { Device } from '#edge/wire/device.ts'
import { NOW, openIngest } from '#test/support/ingest-bench.ts'
import { batch, health, OTHER_EPOCH, record } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const ap = (change: Partial<Device> = {}): Device => ({
  name: 'AP aula',
  kind: 'ap',
  reachable: true,
  seconds: 60,
  sysName: 'ap-1',
  ports: [{ name: 'ether1', up: true, inOctets: 1_000, outOctets: 4_000, errors: 2 }],
  clients: 10,
  ...change,
})
const silent = (change: Partial<Device> = {}): Device => ({
  name: 'AP aula',
  kind: 'ap',
  reachable: false,
  problem: 'no-answer',
  ...change,
})
const look = (seq: number, body: Device, ago: number) => record(seq, 'device', body, NOW - ago)

testStores('The newest look at each device is kept, since when it is so, and what it said last when it fell silent', async (store) => {
  const bench = await openIngest(store)
  const said = ap({ clients: 12 })
  await bench.send(batch('n-1', 't', [look(1, ap(), 5 * MINUTE), look(2, said, 4 * MINUTE), look(3, silent(), 3 * MINUTE)]))
  await bench.send(batch('n-1', 't', [look(4, silent(), 2 * MINUTE), look(5, ap({ name: 'Sakelar', kind: 'switch' }), MINUTE)]))
  const [aula, sakelar, ...more] = await store.devices('n-1', 0)
  assert.deepEqual(more, [])
  assert.deepEqual([aula!.name, aula!.reachable, NOW - aula!.at, NOW - aula!.since], ['AP aula', 0, 2 * MINUTE, 3 * MINUTE])
  assert.deepEqual(JSON.parse(aula!.answered!), said)
  assert.equal(NOW - aula!.answeredAt!, 4 * MINUTE)
  assert.deepEqual([sakelar!.name, sakelar!.reachable, NOW - sakelar!.since], ['Sakelar', 1, MINUTE])
  assert.deepEqual(await store.devices('n-2', 0), [])
})

testStores('A word that was long on its way does not undo a newer one, and a repeated one is counted once', async (store) => {
  const bench = await openIngest(store)
  await bench.send(batch('n-1', 't', [look(1, ap(), MINUTE)]))
  const late = batch('n-1', 't', [look(1, silent(), HOUR)], { epoch: OTHER_EPOCH })
  await bench.send(late)
  await bench.send(late)
  const [device] = await store.devices('n-1', 0)
  assert.equal(device!.reachable, 1)
  assert.deepEqual([device!.day.looks, device!.day.answered], [2, 1])
})

testStores('Hours add up looks, octets of all ports, damage and clients, and only those that were told', async (store) => {
  const bench = await openIngest(store)
  const two = ap({ ports: [...ap().ports!, { name: 'wlan1', up: true, inOctets: 500, outOctets: 700 }], clients: 4 })
  const { clients: _, ...withoutClients } = ap()
  await bench.send(
    batch('n-1', 't', [look(1, ap(), 25 * HOUR), look(2, two, 2 * HOUR), look(3, withoutClients, HOUR), look(4, silent(), 0)]),
  )
  const [device] = await store.devices('n-1', NOW - 24 * HOUR)
  const day = { looks: 3, answered: 2, inOctets: 2_500, outOctets: 8_700, errors: 4, clientsSum: 4, clientsN: 1 }
  assert.deepEqual(device!.day, day)
  assert.equal((await store.devices('n-1', 0))[0]!.day.looks, 4)
})

testStores('More than any line can carry is quarantined alone, and the sums stay what they were', async (store) => {
  const bench = await openIngest(store)
  const broken = ap({ ports: [{ name: 'ether1', up: true, inOctets: 9_007_199_254_740_991 }] })
  const { seconds: _, ...timeless } = ap()
  await bench.send(batch('n-1', 't', [look(1, broken, 2), look(2, ap(), 1), look(3, timeless, 0)]))
  const [device] = await store.devices('n-1', 0)
  assert.deepEqual([device!.day.looks, device!.day.inOctets], [1, 1_000])
  assert.deepEqual(
    (await store.quarantine('n-1', 10)).map(({ reason }) => reason),
    ['record 3: device carried more than 100 Gbit/s', 'record 1: device carried more than 100 Gbit/s'],
  )
})

testStores('A week of the largest counts fits its columns', async (store) => {
  const bench = await openIngest(store)
  const week = 604_800
  const most = Math.min(Number.MAX_SAFE_INTEGER, week * 12_500_000_000)
  const port = (i: number) => ({ name: `p${i}`, up: true, inOctets: most, outOctets: most, errors: 1_000_000_000_000 })
  const full = ap({ seconds: week, ports: Array.from({ length: 128 }, (_, i) => port(i)) })
  for (let i = 0; i < 40; i++) await bench.send(batch('n-1', 't', [look(i * 2 + 1, full, 0), look(i * 2 + 2, full, 0)]))
  assert.deepEqual(bench.problems, [])
  const [device] = await store.devices('n-1', 0)
  assert.equal(device!.day.looks, 80)
  assert.ok(device!.day.inOctets > 7e19)
})

testStores('A box that makes up names keeps a bounded number of devices, the newest, and their hours', async (store) => {
  const bench = await openIngest(store)
  const made = Array.from({ length: 100 }, (_, i) => look(i + 1, ap({ name: `AP ${i}` }), (100 - i) * 1_000))
  await bench.send(batch('n-1', 't', made))
  for (let slices = 0; slices < 20 && (await store.prune(NOW)) > 0; slices++);
  const kept = await store.devices('n-1', 0)
  assert.equal(kept.length, 32)
  assert.ok(kept.every(({ name, day }) => Number(name.slice(3)) >= 68 && day.looks === 1))
})

test('A silent device makes a hotspot degraded, unless something worse is wrong; one that watches none is not judged by it', () => {
  const facts = {
    heardAt: NOW - 10_000,
    connected: true,
    usageSeconds: 60,
    previousUsageSeconds: 60,
    uplinkMeasuredAt: NOW,
    skewMs: 0,
    troubles: [],
  }
  const verdict = (change: Parameters<typeof health>[0]) => judge({ ...facts, health: health(change) }, NOW)
  assert.deepEqual(verdict({ silentDevices: ['AP aula'] }), { state: 'degraded', reason: 'device' })
  assert.deepEqual(verdict({ silentDevices: ['AP aula'], uplinkMilliseconds: null }), { state: 'degraded', reason: 'uplink' })
  assert.deepEqual(verdict({ silentDevices: [] }), { state: 'online', reason: null })
  assert.deepEqual(verdict({}), { state: 'online', reason: null })
})
