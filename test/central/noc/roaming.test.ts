import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VisitMove } from '#central/noc/ingest/store-port.ts'
import { newsOf } from '#central/noc/roaming/relay.ts'
import { decodePacket, encodePacket } from '#edge/wire/envelope.ts'
import { openSigned } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { VISITS_MAX, type Visit, type Visits } from '#edge/wire/visit.ts'
import { eventually } from '#test/support/eventually.ts'
import { hotspotOf, NOW, openIngest } from '#test/support/ingest-bench.ts'
import { openNoc, type NocBench } from '#test/support/noc-bench.ts'
import { connectRaw, type RawClient } from '#test/support/raw-mqtt.ts'
import { batch, EPOCH, record } from '#test/support/records.ts'
import { onBothStores, rawBodies, tablesWith } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const KLEGEN = hotspotOf('n-1').kelurahan
const hex = (n: number) => n.toString(16).padStart(32, '0')

const visit = (n: number, change: Partial<Visit> = {}): Visit => ({
  event: 'begin',
  tag: hex(n),
  code: hex(1_000 + n),
  group: 'publik',
  secondsLeft: 1_800,
  octets: 5,
  today: { seconds: 60, octets: 9 },
  ...change,
})
const over = (n: number) => visit(n, { event: 'end', secondsLeft: 0 })

type Box = RawClient & { node: string; say(...visits: Visit[]): Promise<void>; hello(): Promise<void>; heard(): Visits['visits'] }

/** A box that says what it is told to and listens on its own leaf for visits; what it hears is opened as a real box would. */
async function boxOf(bench: NocBench, node: string, token = bench.tokens.get(node)!): Promise<Box> {
  const raw = await connectRaw(bench.port, { clientId: node, username: node, password: token })
  await raw.client.subscribeAsync(nodeTopic(node, 'v'), { qos: 1 })
  let seq = 0
  return {
    ...raw,
    node,
    async say(...visits) {
      const records = visits.map((body) => record(++seq, 'visit', body, Date.now()))
      await raw.client.publishAsync(nodeTopic(node, 'e'), encodePacket(batch(node, 'e', records)), { qos: 1 })
    },
    async hello() {
      const lanes = { t: { lo: 1, hi: 0 }, e: { lo: 1, hi: seq } }
      const hello = { v: 1, node, epoch: EPOCH, lanes, at: Date.now(), version: '1' }
      await raw.client.publishAsync(nodeTopic(node, 'hello'), encodePacket(hello), { qos: 1 })
    },
    heard: () =>
      raw.received.flatMap(({ topic, payload }) => {
        const packet = decodePacket(payload)
        assert.ok(packet.ok)
        const opened = openSigned(topic, packet.value, bench.publicKey)
        assert.ok(opened.ok, 'signed for this very box')
        const { visits } = opened.value as Visits
        assert.ok(visits.length <= VISITS_MAX)
        return visits
      }),
  }
}

testStores('A visit is told to the other boxes of the kelurahan, and to nobody else', async (store) => {
  const bench = await openNoc(store)
  try {
    const far = { ...hotspotOf('n-far'), kelurahan: '35.77.03.1009' }
    const tokens = await bench.noc.registry.seed([
      far,
      { ...hotspotOf('n-sim'), simulated: true },
      { ...hotspotOf('n-sim2'), simulated: true },
    ])
    const [one, two] = [await boxOf(bench, 'n-1'), await boxOf(bench, 'n-2')]
    const others = [await boxOf(bench, 'n-far', tokens.get('n-far')), await boxOf(bench, 'n-sim', tokens.get('n-sim'))]
    const sim2 = await boxOf(bench, 'n-sim2', tokens.get('n-sim2'))
    await one.say(visit(1), visit(2))
    await eventually('both at the neighbour', () => two.heard().length === 2)
    const [first] = two.heard()
    assert.deepEqual({ ...first, secondsLeft: 0 }, { ...visit(1), secondsLeft: 0, from: 'n-1' })
    assert.ok(first!.secondsLeft <= 1_800 && first!.secondsLeft > 1_790)
    // Gathered at the same time, a simulated box's visit goes to the simulated ones only.
    await others[1]!.say(visit(9))
    await eventually('the simulated neighbour', () => sim2.heard().length === 1)
    await bench.noc.settle()
    assert.deepEqual(one.heard(), [])
    assert.deepEqual(
      others.map((box) => box.heard()),
      [[], []],
    )
    assert.equal(two.heard().length, 2)
  } finally {
    await bench.noc.stop()
  }
})

testStores('A box that says hello hears of all that still run elsewhere, after a restart of central too', async (store) => {
  const bench = await openNoc(store)
  const one = await boxOf(bench, 'n-1')
  await one.say(visit(1), visit(2), visit(3), over(2), visit(4, { secondsLeft: 0 }))
  await eventually('the list', async () => (await store.activeVisits(KLEGEN, false, Date.now())).length === 2)
  await one.end()
  await bench.noc.stop()

  const again = await openNoc(store)
  try {
    await again.noc.registry.renewToken('n-2')
    const two = await boxOf(again, 'n-2', (await again.noc.registry.renewToken('n-2'))!)
    await two.hello()
    await eventually('what runs', () => two.heard().length === 2)
    assert.deepEqual(
      two
        .heard()
        .map(({ code }) => code)
        .sort(),
      [visit(1).code, visit(3).code],
    )
    const back = await boxOf(again, 'n-1', (await again.noc.registry.renewToken('n-1'))!)
    await back.hello()
    await again.noc.settle()
    assert.deepEqual(back.heard(), [], 'its own it knows')
  } finally {
    await again.noc.stop()
  }
})

testStores('A visitor who moved is where they are now: the box they left hears of it, and its end ends nothing', async (store) => {
  const bench = await openNoc(store)
  try {
    const [one, two] = [await boxOf(bench, 'n-1'), await boxOf(bench, 'n-2')]
    await one.say(visit(1))
    await eventually('the beginning', () => two.heard().length === 1)
    await two.say(visit(1, { tag: hex(77), secondsLeft: 1_700 }))
    await eventually('the move', () => one.heard().length === 1)
    assert.deepEqual([one.heard()[0]!.tag, one.heard()[0]!.from, one.heard()[0]!.event], [hex(77), 'n-2', 'begin'])
    await one.say(over(1))
    await bench.noc.settle()
    assert.equal((await store.activeVisits(KLEGEN, false, Date.now()))[0]!.node, 'n-2')
    await two.say(over(1))
    await eventually('the end', () => one.heard().some(({ event }) => event === 'end'))
    assert.deepEqual(await store.activeVisits(KLEGEN, false, Date.now()), [])
    assert.ok(!two.heard().some(({ event }) => event === 'end'), 'nobody ended it for the box where it went on')
  } finally {
    await bench.noc.stop()
  }
})

testStores('More visits than one message holds come in several', async (store) => {
  const bench = await openNoc(store)
  try {
    const one = await boxOf(bench, 'n-1')
    const count = VISITS_MAX + 20
    for (let i = 0; i < count; i += 100) await one.say(...Array.from({ length: Math.min(100, count - i) }, (_, k) => visit(i + k)))
    await eventually('all on disk', async () => (await store.activeVisits(KLEGEN, false, Date.now())).length === count)
    const two = await boxOf(bench, 'n-2')
    await two.hello()
    await eventually('all of them', () => new Set(two.heard().map(({ code }) => code)).size === count)
    assert.ok(two.received.length >= 2)
  } finally {
    await bench.noc.stop()
  }
})

testStores('Tags rest nowhere but in the list of running sessions, and are forgotten when a session is over', async (store, _t, place) => {
  const bench = await openIngest(store)
  const bad = { ...visit(3), tag: hex(3), group: 'NOT A GROUP' }
  await bench.send(batch('n-1', 'e', [record(1, 'visit', visit(1), NOW), record(2, 'visit', visit(2), NOW), record(3, 'visit', bad, NOW)]))
  assert.deepEqual(
    await rawBodies(place),
    [1, 2].map(() => JSON.stringify({ event: 'begin', group: 'publik' })),
  )
  const [refused] = await store.quarantine('n-1', 1)
  assert.equal(refused!.excerpt, '')
  assert.deepEqual(await tablesWith(place, hex(3)), [])
  assert.deepEqual(await tablesWith(place, hex(1)), ['visit'])
  await bench.send(batch('n-1', 'e', [record(4, 'visit', over(1), NOW)]))
  assert.deepEqual(await tablesWith(place, hex(1)), [], 'gone with its end')
  while ((await store.prune(NOW + 1_800_001)) > 0);
  assert.deepEqual(await tablesWith(place, hex(2)), [], 'gone when its time is over')
})

testStores('A clock that runs ahead lengthens no session, and an old word does not undo a newer one', async (store) => {
  const bench = await openIngest(store)
  await bench.send(batch('n-1', 'e', [record(1, 'visit', visit(1, { secondsLeft: 100 }), NOW + 200_000)]))
  assert.equal((await store.activeVisits(KLEGEN, false, NOW))[0]!.endsAt, NOW + 100_000)
  await bench.send(batch('n-2', 'e', [record(1, 'visit', visit(1), NOW - 60_000)]))
  assert.equal((await store.activeVisits(KLEGEN, false, NOW))[0]!.node, 'n-1')
})

test('What is told of a session is that it runs, or that it is over, never both', () => {
  const at = NOW
  const move = (body: Visit): VisitMove => ({ node: 'n-1', kelurahan: KLEGEN, simulated: false, at, endsAt: at, visit: body })
  const moves = new Map([
    ['a', move(over(1))],
    ['b', move(visit(2))],
  ])
  assert.deepEqual(newsOf(moves, [], at), [{ ...over(1), from: 'n-1' }], 'what began and ended in between is not news')
  const runs = {
    node: 'n-2',
    code: visit(1).code,
    tag: hex(5),
    group: 'publik',
    octets: 1,
    todaySeconds: 2,
    todayOctets: 3,
    endsAt: at + 9_999,
  }
  const told = newsOf(moves, [runs], at)
  assert.deepEqual([told.length, told[0]!.event, told[0]!.from, told[0]!.secondsLeft], [1, 'begin', 'n-2', 9])
})
