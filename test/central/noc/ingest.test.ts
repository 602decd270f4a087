import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { CITY_AREA, type TelemetryStore } from '#central/noc/ingest/store-port.ts'
import { cityDayOf } from '#central/noc/ingest/clock.ts'
import { TICKET_ALPHABET } from '#edge/wire/complaint.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { eventually } from '#test/support/eventually.ts'
import { NOW, openIngest } from '#test/support/ingest-bench.ts'
import { batch, complaint, EPOCH, health, OTHER_EPOCH, packetOf, record, session, usage, usageRecords } from '#test/support/records.ts'
import { onBothStores, rawBodies } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const DAY = 86_400_000

/** Raw, hours, day and city minutes must say the same. */
async function assertRollupsEqualRaw(store: TelemetryStore, node: string): Promise<number> {
  const raw = (await store.samples(node, 'usage', 0, NOW + DAY)).map(({ body }) => JSON.parse(body) as Usage)
  const hours = await store.nodeHours(node, 0, NOW + DAY)
  const steps = await store.citySteps(0, NOW + DAY, 3_600_000)
  const total = (list: readonly object[], of: (row: never) => number) => list.reduce((sum: number, row) => sum + of(row as never), 0)
  const down = total(raw, (row: Usage) => row.downOctets)
  const onlineMs = total(raw, (row: Usage) => row.online * row.seconds * 1_000)
  assert.equal(
    total(hours, (row: { downOctets: number }) => row.downOctets),
    down,
  )
  assert.equal(
    total(hours, (row: { upOctets: number }) => row.upOctets),
    total(raw, (row: Usage) => row.upOctets),
  )
  assert.equal(
    total(hours, (row: { onlineMs: number }) => row.onlineMs),
    onlineMs,
  )
  assert.equal(
    total(hours, (row: { admitted: number }) => row.admitted),
    total(raw, (row: Usage) => row.admitted),
  )
  assert.equal(
    total(steps, (row: { downOctets: number }) => row.downOctets),
    down,
  )
  assert.equal(
    total(steps, (row: { onlineMs: number }) => row.onlineMs),
    onlineMs,
  )
  return raw.length
}

testStores('A box that says hello begins with one batch, and is let go faster once one of its batches is committed', async (store) => {
  const bench = await openIngest(store)
  const hello = { v: 1, node: 'n-1', epoch: EPOCH, lanes: { t: { lo: 1, hi: 20 }, e: { lo: 1, hi: 0 } }, at: NOW, version: '0' }
  const greet = () => bench.ingest.onPacket({ topic: nodeTopic('n-1', 'hello'), payload: encodePacket(hello), retained: false })
  greet()
  await bench.ingest.settle()
  assert.equal(bench.lastAck('n-1')!.window, 1)
  await bench.send(batch('n-1', 't', usageRecords(1, 20, NOW)))
  assert.equal(bench.lastAck('n-1')!.window, 8)
  greet()
  await bench.ingest.settle()
  assert.deepEqual([bench.lastAck('n-1')!.t, bench.lastAck('n-1')!.window], [20, 1])
})

testStores('Records are committed once, acked after, and their rollups equal the raw sums', async (store) => {
  const bench = await openIngest(store)
  const first = batch('n-1', 't', usageRecords(1, 100, NOW - 60_000))
  const second = batch('n-1', 't', usageRecords(101, 20, NOW))
  await bench.send(first, second)
  assert.deepEqual(bench.lastAck('n-1'), { v: 1, epoch: EPOCH, t: 120, e: 0, at: NOW, window: 8, node: 'n-1' })
  await bench.send(second, first, second)
  assert.equal(bench.lastAck('n-1')!.t, 120)
  assert.equal(await assertRollupsEqualRaw(store, 'n-1'), 120)
  assert.deepEqual(await store.road('n-1'), { dropped: 0, quarantined: 0, records: 120, repeated: 140 })
  const today = await store.cityDay(cityDayOf(NOW))
  assert.equal(today.admitted, 120)
})

testStores('A box that sends the same rubbish without end is counted, written down once, and disturbs nobody', async (store) => {
  const bench = await openIngest(store)
  const rubbish = encodePacket({ ...batch('n-1', 't', usageRecords(1, 1, NOW)), v: 2 })
  for (let i = 0; i < 200; i++) bench.ingest.onPacket({ topic: nodeTopic('n-1', 't'), payload: rubbish, retained: false })
  await bench.send(batch('n-2', 't', usageRecords(1, 3, NOW)))
  assert.equal(bench.lastAck('n-2')!.t, 3)
  assert.deepEqual(
    (await store.quarantine('n-1', 10)).map((row) => row.reason),
    ['wire version 2 is not 1'],
  )
  assert.equal((await store.road('n-1')).quarantined, 200)
})

testStores('Numbers that are none, negative or absurd, and a version before ours, are refused with a reason each', async (store) => {
  const bench = await openIngest(store)
  const made = batch('n-1', 't', usageRecords(1, 1, NOW))
  const text = JSON.stringify(made)
  const packets = [text.replace('"online":3', '"online":NaN'), text.replace('"seq":1', '"seq":1e999'), text.replace('"v":1', '"v":0')]
  for (const packet of packets) bench.ingest.onPacket({ topic: nodeTopic('n-1', 't'), payload: Buffer.from(packet), retained: false })
  await bench.ingest.settle()
  const bodies = [
    usage({ online: -1 }),
    usage({ downOctets: -5 }),
    usage({ online: 1e9 }),
    usage({ seconds: 0 }),
    { ...usage(), online: null },
  ]
  await bench.send(
    batch('n-1', 't', [...bodies.map((body, i) => record(i + 1, 'usage', body, NOW)), record(bodies.length + 1, 'usage', usage(), NOW)]),
  )
  const reasons = (await store.quarantine('n-1', 20)).map((row) => row.reason)
  for (const wanted of [
    /not JSON/,
    /^batch .*seq/,
    /^wire version 0/,
    /^record 1: /,
    /^record 2: /,
    /^record 3: /,
    /^record 4: /,
    /^record 5: /,
  ])
    assert.ok(
      reasons.some((reason) => wanted.test(reason)),
      `${String(wanted)} among ${reasons.join(' | ')}`,
    )
  assert.deepEqual(await store.road('n-1'), { dropped: 0, quarantined: 8, records: 1, repeated: 0 })
  assert.equal(bench.lastAck('n-1')!.t, bodies.length + 1, 'and the box goes on')
})

testStores('Reordered batches wait for what is missing, and the ack names the present mark', async (store) => {
  const bench = await openIngest(store)
  const parts = [usageRecords(1, 10, NOW - 1_200_000), usageRecords(11, 10, NOW - 600_000), usageRecords(21, 10, NOW)]
  const [a, b, c] = parts.map((records) => batch('n-1', 't', records))
  await bench.send(c!, b!)
  assert.equal(bench.lastAck('n-1')!.t, 0)
  assert.equal((await store.road('n-1')).records, 0)
  await bench.send(b!, a!, c!)
  assert.equal(bench.lastAck('n-1')!.t, 10)
  await bench.send(b!, c!)
  assert.equal(bench.lastAck('n-1')!.t, 30)
  assert.equal(await assertRollupsEqualRaw(store, 'n-1'), 30)
})

testStores('A jump to the oldest record the box still has is taken, and what is gone is counted', async (store) => {
  const bench = await openIngest(store)
  await bench.send(batch('n-1', 't', usageRecords(1, 5, NOW)))
  await bench.send(batch('n-1', 't', usageRecords(50, 5, NOW), { lo: 49 }))
  assert.equal(bench.lastAck('n-1')!.t, 5)
  await bench.send(batch('n-1', 't', usageRecords(50, 5, NOW), { lo: 50 }))
  assert.equal(bench.lastAck('n-1')!.t, 54)
  assert.deepEqual(await store.road('n-1'), { dropped: 44, quarantined: 0, records: 10, repeated: 0 })
})

testStores('Two generations of one outbox do not share seqs', async (store) => {
  const bench = await openIngest(store)
  await bench.send(batch('n-1', 't', usageRecords(1, 5, NOW)))
  await bench.send(batch('n-1', 't', usageRecords(1, 3, NOW), { epoch: OTHER_EPOCH }))
  assert.deepEqual(await store.marks('n-1', EPOCH), { t: 5, e: 0 })
  assert.deepEqual(await store.marks('n-1', OTHER_EPOCH), { t: 3, e: 0 })
  assert.equal(await assertRollupsEqualRaw(store, 'n-1'), 8)
  await bench.send(batch('n-1', 't', usageRecords(6, 1, NOW)))
  assert.equal(bench.lastAck('n-1')!.epoch, EPOCH)
  assert.equal(bench.lastAck('n-1')!.t, 6)
})

testStores('A box cannot open outboxes without end', async (store) => {
  const bench = await openIngest(store)
  const epochs = Array.from({ length: 20 }, (_, i) => (i + 1).toString(16).padStart(16, '0'))
  for (const epoch of epochs) await bench.send(batch('n-1', 't', usageRecords(1, 1, NOW), { epoch }))
  assert.equal(await store.epochsSince('n-1', 0), 16)
  const [newest] = await store.quarantine('n-1', 1)
  assert.match(newest!.reason, /too many new outboxes/)
})

testStores('An invalid body is quarantined alone and the mark goes on', async (store) => {
  const bench = await openIngest(store)
  const records = [
    record(1, 'usage', usage(), NOW),
    record(2, 'usage', { ...usage(), online: -1 }, NOW),
    record(3, 'weather', { sunny: true }, NOW),
    record(4, 'usage', usage({ downOctets: 9_000_000_000_000_000 }), NOW),
    record(5, 'complaint', complaint('ABCD-EFGH'), NOW),
    record(6, 'health', health(), NOW),
    record(7, 'gap', { kind: 'usage', records: 1, fromSeq: 1e300, toSeq: 1e300 }, NOW),
  ]
  await bench.send(batch('n-1', 't', records))
  assert.equal(bench.lastAck('n-1')!.t, 7)
  assert.deepEqual(await store.road('n-1'), { dropped: 0, quarantined: 4, records: 3, repeated: 0 })
  assert.equal(await assertRollupsEqualRaw(store, 'n-1'), 1)
  const rows = await store.quarantine('n-1', 10)
  assert.deepEqual(
    rows.map((row) => row.reason.split(':')[0]),
    ['record 5', 'record 4', 'record 3', 'record 2'],
  )
  assert.match(rows[0]!.reason, /complaint does not belong on lane t/)
  assert.equal(rows[0]!.excerpt, '', 'a citizen’s words are not for this list')
  assert.equal(bench.complaints.length, 0)
})

testStores('What cannot be read, has another version or claims another box is quarantined with its reason', async (store) => {
  const bench = await openIngest(store)
  const made = batch('n-1', 't', usageRecords(1, 1, NOW))
  const topic = nodeTopic('n-1', 't')
  const cases: [payload: Uint8Array, topic: string, reason: RegExp][] = [
    [Buffer.from('{"v":1'), topic, /unreadable packet/],
    [Buffer.alloc(0), topic, /empty packet/],
    [Buffer.alloc(300_000, 32), topic, /over 262144/],
    [encodePacket({ ...made, v: 2 }), topic, /wire version 2 is not 1/],
    [encodePacket({ ...made, records: [] }), topic, /batch/],
    [encodePacket({ ...made, records: [made.records[0], made.records[0]] }), topic, /rise by one/],
    [encodePacket(made), nodeTopic('n-2', 't'), /a batch of n-1 on the topic of n-2/],
    [encodePacket(made), nodeTopic('n-1', 'e'), /lane t on the topic of lane e/],
    [encodePacket(made), 'bc/v1/0/../t', /not a topic of a box/],
    [encodePacket(made), nodeTopic('n-1', 'ack'), /may not publish on ack/],
    [encodePacket({ v: 3 }), nodeTopic('n-1', 's'), /wire version 3/],
    [encodePacket({ v: 1, node: 'n-1' }), nodeTopic('n-1', 'hello'), /hello/],
    [encodePacket({ ...made, node: 'x-1' }), nodeTopic('x-1', 't'), /not a registered hotspot/],
  ]
  for (const [payload, topic] of cases) bench.ingest.onPacket({ topic, payload, retained: false })
  bench.ingest.onPacket({ ...packetOf(made), retained: true })
  await bench.ingest.settle()
  const rows = (await store.quarantine(undefined, 50)).toReversed()
  assert.equal(rows.length, cases.length + 1)
  // Those that need a look at the registry come a moment later.
  for (const [, , reason] of cases)
    assert.ok(
      rows.some((row) => reason.test(row.reason)),
      String(reason),
    )
  assert.ok(rows.some((row) => /must not be retained/.test(row.reason)))
  assert.deepEqual(await store.totals(), { records: 0, quarantined: cases.length + 1 })
  assert.equal(bench.acks.length, 0)
  assert.ok(rows.every((row) => !/\p{Cc}/u.test(row.excerpt + row.reason + row.topic)))
})

testStores(
  'A complaint is handed over before its mark, once for its code, and only its code rests in the raw records',
  async (store, _t, place) => {
    const bench = await openIngest(store)
    const records = [
      record(1, 'session', session({ event: 'start', seconds: 0 }), NOW),
      record(2, 'complaint', complaint('ABCD-EFGH'), NOW - 5_000),
      record(3, 'receipt', { message: 'ticket-X' }, NOW),
    ]
    await bench.send(batch('n-1', 'e', records))
    await eventually('the ack', () => bench.lastAck('n-1')?.e === 3)
    assert.equal(bench.complaints.length, 1)
    assert.deepEqual(bench.complaints[0], {
      code: 'ABCD-EFGH',
      category: 'lampu',
      text: 'Lampu jalan di depan pasar padam',
      contact: '081234567890',
      anonymous: false,
      language: 'id',
      at: NOW - 5_000,
      hotspot: { node: 'n-1', name: 'Hotspot n-1', kelurahan: '35.77.01.1003', kelurahanName: 'Klegen', lat: -7.629, lon: 111.537 },
      telemetry: null,
    })
    await bench.send(batch('n-1', 'e', records))
    assert.equal(bench.complaints.length, 1)
    assert.deepEqual(await store.marks('n-1', EPOCH), { t: 0, e: 3 })
    const bodies = await rawBodies(place)
    assert.equal(bodies.length, 3)
    assert.ok(bodies.includes('{"code":"ABCD-EFGH","category":"lampu"}'))
    assert.ok(bodies.every((body) => !body.includes('0812') && !body.includes('Lampu')))
  },
)

testStores('While a complaint cannot be taken its mark waits, and other boxes and the other lane go on', async (store) => {
  let down = true
  const taken: string[] = []
  const bench = await openIngest(store, {
    onComplaint: (arrival) => {
      if (down) return Promise.reject(new Error('the complaint store is away'))
      taken.push(arrival.code)
      return Promise.resolve()
    },
  })
  bench.ingest.onPacket(packetOf(batch('n-1', 'e', [record(1, 'complaint', complaint('ABCD-EFGH'), NOW)])))
  await eventually('two tries', () => bench.problems.length >= 2)
  bench.ingest.onPacket(packetOf(batch('n-1', 't', usageRecords(1, 2, NOW))))
  bench.ingest.onPacket(packetOf(batch('n-2', 'e', [record(1, 'session', session(), NOW)])))
  await eventually('the others’ acks', () => bench.lastAck('n-1')?.t === 2 && bench.lastAck('n-2')?.e === 1)
  assert.deepEqual(await store.marks('n-1', EPOCH), { t: 2, e: 0 })
  down = false
  await eventually('the complaint’s ack', () => bench.lastAck('n-1')?.e === 1)
  assert.deepEqual(taken, ['ABCD-EFGH'])
  assert.ok(
    bench.problems.every((problem) => !problem.includes('Lampu')),
    'no citizen’s words in the log',
  )
})

testStores('A backlog of complaints has its telemetry looked up once, and central hears others between any two of them', async (store) => {
  let lookedUp = 0
  let turns = 0
  const turnsAt: number[] = []
  const bench = await openIngest(store, {
    telemetryAround: () => Promise.resolve({ lookup: ++lookedUp }),
    onComplaint: () => Promise.resolve(void turnsAt.push(turns)),
  })
  const turn = () => {
    turns++
    if (turnsAt.length < 60) setImmediate(turn)
  }
  turn()
  const codes = Array.from({ length: 60 }, (_, i) => `ABCD-${TICKET_ALPHABET[i >> 5]}${TICKET_ALPHABET[i & 31]}GH`)
  await bench.send(
    batch(
      'n-1',
      'e',
      codes.map((code, i) => record(i + 1, 'complaint', complaint(code), NOW)),
    ),
  )
  assert.equal(turnsAt.length, 60)
  assert.equal(new Set(turnsAt).size, 60, 'sockets had a turn after each')
  assert.equal(lookedUp, 1)
  assert.equal(bench.lastAck('n-1')?.e, 60)
})

testStores('Sessions only grow, and one that ended stays ended, in whatever order records come', async (store) => {
  const bench = await openIngest(store)
  const records = [
    record(1, 'session', session({ event: 'stop', seconds: 300, downOctets: 900, cause: 'expired' }), NOW),
    record(2, 'session', session({ event: 'update', seconds: 120, downOctets: 400 }), NOW),
    record(3, 'session', session({ id: 'p-2', event: 'start', seconds: 0, downOctets: 0 }), NOW),
  ]
  await bench.send(batch('n-1', 'e', records))
  await bench.send(batch('n-1', 'e', [record(4, 'session', session({ id: 'p-1', event: 'update', seconds: 130 }), NOW)]))
  await eventually('the ack', () => bench.lastAck('n-1')?.e === 4)
  const rows = await store.sessions('n-1', 10)
  assert.equal(rows.length, 2)
  const ended = rows.find((row) => row.id === 'p-1')!
  assert.deepEqual([ended.open, ended.seconds, ended.downOctets, ended.cause], [false, 300, 900, 'expired'])
  assert.equal(rows.find((row) => row.id === 'p-2')!.open, true)
})

testStores('Plays are counted by clip and day', async (store) => {
  const bench = await openIngest(store)
  const play = (seq: number, watched: number) => record(seq, 'play', { clip: 'layanan-1', started: 5, watched, fallback: 1 }, NOW)
  await bench.send(batch('n-1', 't', [play(1, 3), play(2, 4)]))
  const day = await store.nodeDay('n-1', cityDayOf(NOW))
  assert.deepEqual([day!.watched, day!.fallback], [7, 2])
})

testStores('A clock in the future does not write into minutes that have not happened', async (store) => {
  const bench = await openIngest(store)
  const decade = 10 * 365 * DAY
  await bench.send(
    batch('n-1', 't', [
      record(1, 'usage', usage(), NOW + decade),
      record(2, 'usage', usage(), 1_000, { clock: 'none' }),
      record(3, 'usage', usage(), NOW),
    ]),
  )
  assert.equal((await store.citySteps(NOW + 60_000, NOW + 2 * decade, 60_000)).length, 0)
  assert.equal((await store.citySteps(0, NOW - 3_600_000, 60_000)).length, 0)
  assert.equal(await assertRollupsEqualRaw(store, 'n-1'), 3)
})

testStores('After central is put back to an older copy its answer goes backwards and the box can fill it again', async (store) => {
  const bench = await openIngest(store)
  const all = usageRecords(1, 30, NOW)
  await bench.send(batch('n-1', 't', all.slice(0, 10)))
  // The restored central: the same store, as it was then, under a new ingest.
  const restored = await openIngest(store)
  restored.ingest.onPacket({
    topic: nodeTopic('n-1', 'hello'),
    payload: encodePacket({ v: 1, node: 'n-1', epoch: EPOCH, lanes: { t: { lo: 1, hi: 30 }, e: { lo: 1, hi: 0 } }, at: NOW, version: '0' }),
    retained: false,
  })
  await restored.ingest.settle()
  assert.equal(restored.lastAck('n-1')!.t, 10)
  assert.deepEqual(restored.hellos, ['n-1'])
  await restored.send(batch('n-1', 't', all.slice(25)))
  assert.equal(restored.lastAck('n-1')!.t, 10)
  await restored.send(batch('n-1', 't', all.slice(10)))
  assert.equal(restored.lastAck('n-1')!.t, 30)
  assert.equal(await assertRollupsEqualRaw(store, 'n-1'), 30)
})

testStores('An outbox that was put back to an older copy is written down once', async (store) => {
  const bench = await openIngest(store)
  await bench.send(batch('n-1', 't', usageRecords(1, 10, NOW)))
  const hello = { v: 1, node: 'n-1', epoch: EPOCH, lanes: { t: { lo: 1, hi: 4 }, e: { lo: 1, hi: 0 } }, at: NOW, version: '0' }
  for (let i = 0; i < 3; i++) bench.ingest.onPacket({ topic: nodeTopic('n-1', 'hello'), payload: encodePacket(hello), retained: false })
  await bench.ingest.settle()
  const rows = await store.quarantine('n-1', 10)
  assert.deepEqual(
    rows.map((row) => row.reason),
    ['the outbox went back: lane t ends at 4, 10 is committed'],
  )
})

testStores('Two centrals on one database cannot both count a record', async (store) => {
  const one = await openIngest(store)
  const two = await openIngest(store)
  const records = usageRecords(1, 20, NOW)
  await one.send(batch('n-1', 't', records.slice(0, 10)))
  await two.send(batch('n-1', 't', records.slice(0, 15)))
  // The first still believes that 10 is the mark.
  await one.send(batch('n-1', 't', records.slice(0, 20)))
  assert.ok(one.problems.some((problem) => /another writer/.test(problem)))
  await one.send(batch('n-1', 't', records))
  assert.equal(one.lastAck('n-1')!.t, 20)
  assert.equal(await assertRollupsEqualRaw(store, 'n-1'), 20)
})

testStores('Text that a database could choke on holds up neither its box nor the others', async (store) => {
  const bench = await openIngest(store)
  await bench.send(
    batch('n-1', 'e', [
      record(1, 'session', session({ id: 'p-\u0000x', cause: 'a\ud800b' }), NOW),
      record(2, 'session', session({ startedAt: 1e300 }), NOW),
      record(3, '\u0000\ud800', {}, NOW),
    ]),
    batch('n-2', 't', usageRecords(1, 3, NOW)),
  )
  await eventually('both acks', () => bench.lastAck('n-1')?.e === 3 && bench.lastAck('n-2')?.t === 3)
  assert.deepEqual(bench.problems, [])
})

testStores('A record the store cannot take holds up its own box only', async (store) => {
  const picky: TelemetryStore = {
    ...store,
    commit: (work) => (work.records.some((row) => row.node === 'n-bad') ? Promise.reject(new Error('disk says no')) : store.commit(work)),
  }
  const bench = await openIngest(picky)
  await bench.send(
    batch('n-bad', 't', usageRecords(1, 1, NOW)),
    batch('n-1', 't', usageRecords(1, 1, NOW)),
    batch('n-2', 't', usageRecords(1, 1, NOW)),
  )
  assert.equal(bench.lastAck('n-1')!.t, 1)
  assert.equal(bench.lastAck('n-2')!.t, 1)
  assert.equal(bench.lastAck('n-bad'), undefined, 'no ack without a commit')
})

testStores('Live status is the newest word of the present connection; a late will of an older one is ignored', async (store) => {
  const bench = await openIngest(store)
  const status = (connection: string, online: boolean, more: object = {}) =>
    bench.ingest.onPacket({
      topic: nodeTopic('n-1', 's'),
      payload: encodePacket({ v: 1, node: 'n-1', connection, online, at: NOW - 200_000, ...more }),
      retained: false,
    })
  status('00000000000000c1', true, { usage: usage({ online: 9 }), health: health() })
  status('00000000000000c2', true)
  status('00000000000000c1', false)
  await bench.ingest.settle()
  const [heard] = await store.heard()
  assert.equal(heard!.connected, true)
  assert.equal(heard!.connection, '00000000000000c2')
  assert.equal(heard!.skewMs, -200_000)
  assert.equal((JSON.parse(heard!.usage!) as Usage).online, 9)
  status('00000000000000c2', false)
  await bench.ingest.settle()
  assert.equal((await store.heard())[0]!.connected, false)
})

testStores('What the broker remembers of a box does not make it alive', async (store) => {
  const bench = await openIngest(store)
  bench.ingest.onPacket({
    topic: nodeTopic('n-1', 's'),
    payload: encodePacket({ v: 1, node: 'n-1', connection: '00000000000000c1', online: true, at: NOW - DAY }),
    retained: true,
  })
  await bench.ingest.settle()
  assert.equal((await store.heard())[0]!.heardAt, NOW - DAY)
})

testStores('City and kelurahan minutes are the sum of their boxes', async (store) => {
  const bench = await openIngest(store)
  await bench.send(
    batch('n-1', 't', usageRecords(1, 10, NOW, { online: 2, downOctets: 100 })),
    batch('n-2', 't', usageRecords(1, 10, NOW + 13_000, { online: 5, downOctets: 11 })),
  )
  const steps = await store.citySteps(NOW - 8 * 60_000, NOW - 2 * 60_000, 60_000)
  assert.equal(steps.length, 6)
  assert.ok(
    steps.every((step) => step.onlineMs === 7 * 60_000),
    CITY_AREA,
  )
})

void test('While another process holds the database nothing is acked, and afterwards the same batch is taken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-locked-'))
  const file = join(folder, 'telemetry.db')
  const store = await openTelemetryStore({ file })
  const other = new Sqlite(file)
  try {
    const bench = await openIngest(store)
    const made = batch('n-1', 't', usageRecords(1, 5, NOW))
    other.exec('BEGIN IMMEDIATE')
    await bench.send(made)
    assert.equal(bench.acks.length, 0)
    assert.ok(bench.problems.length > 0)
    other.exec('ROLLBACK')
    await bench.send(made)
    assert.equal(bench.lastAck('n-1')!.t, 5)
    assert.equal(await assertRollupsEqualRaw(store, 'n-1'), 5)
  } finally {
    other.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
