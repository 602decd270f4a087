import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { createRoamingBook } from '#edge/agent/roaming-book.ts'
import { roamingTags } from '#edge/agent/roaming-tags.ts'
import { openRoaming } from '#edge/agent/roaming.ts'
import type { RoamedVisit } from '#edge/sessions/port.ts'
import type { Recorder } from '#edge/telemetry/port.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import type { Visit, Visits } from '#edge/wire/visit.ts'

const key = randomBytes(32).toString('base64url')
const phone = 'a6:00:00:00:00:01'
const laptop = 'a6:00:00:00:00:02'
/** 22:00 in Madiun. */
const EVENING = Date.UTC(2026, 10, 22, 15)
const HOUR = 3_600_000

const visitOf = (code: string, changes: Partial<RoamedVisit> = {}): RoamedVisit => ({
  code,
  group: 'warga',
  secondsLeft: 7_200,
  octets: 5_000,
  today: { seconds: 600, octets: 5_000 },
  ...changes,
})

test('a visitor who walks to the next box is known there by device and by code, with the time that is left', (t) => {
  const { boxes, time, relay } = kelurahan(t, ['a', 'b', 'c'])
  const code = boxes.a.codeTag('ABCD2345')
  boxes.a.began(phone, visitOf(code))
  relay()
  time.pass(600_000)
  const known = { ...visitOf(code), secondsLeft: 6_600 }
  for (const box of [boxes.b, boxes.c]) {
    assert.deepEqual(box.byDevice(phone), known)
    assert.deepEqual(box.byCode('ABCD2345'), known)
    assert.equal(box.byDevice(laptop), undefined)
    assert.equal(box.byCode('ABCD2346'), undefined)
  }
  assert.equal(boxes.a.byDevice(phone), undefined, 'its own box does not know it from elsewhere')
  time.pass(6_600_000)
  assert.equal(boxes.b.byDevice(phone), undefined, 'its time is over')
  assert.equal(boxes.b.byCode('ABCD2345'), undefined)
})

test('no address and no code is in what travels, and tags of another day or kelurahan are others', (t) => {
  const { boxes, sent, relay } = kelurahan(t, ['a', 'b'])
  const code = boxes.a.codeTag('ABCD2345')
  boxes.a.began(phone, visitOf(code))
  boxes.a.ended(phone, visitOf(code))
  relay()
  const text = JSON.stringify(sent)
  assert.equal(sent.length, 2)
  for (const secret of [phone, phone.replaceAll(':', ''), 'ABCD2345', key]) assert.ok(!text.includes(secret))
  for (const { visit } of sent) assert.deepEqual(decodeBody('visit', visit), { ok: true, value: visit })
  const tags = roamingTags(key)
  assert.notEqual(tags.today(phone, EVENING), tags.today(phone, EVENING + 24 * HOUR))
  assert.notEqual(tags.today(phone, EVENING), roamingTags(randomBytes(32).toString('base64url')).today(phone, EVENING))
  assert.match(tags.today(phone, EVENING), /^[0-9a-f]{32}$/)
})

test('the day changes at the city’s midnight, and a session that runs over it is known until the next one', (t) => {
  const tags = roamingTags(key)
  const midnight = Date.UTC(2026, 10, 22, 17)
  assert.equal(tags.today(phone, midnight - 1), tags.today(phone, midnight - HOUR))
  assert.notEqual(tags.today(phone, midnight - 1), tags.today(phone, midnight))
  const { boxes, time, relay } = kelurahan(t, ['a', 'b'])
  boxes.a.began(phone, visitOf(boxes.a.codeTag('ABCD2345'), { secondsLeft: 20 * 3_600 }))
  relay()
  time.pass(4 * HOUR)
  assert.ok(boxes.b.byDevice(phone))
  assert.ok(boxes.b.byCode('ABCD2345'))
})

test('whatever the wall clock does, a visit lasts as long as its time', (t) => {
  const { boxes, time, relay } = kelurahan(t, ['a', 'b'])
  const code = boxes.a.codeTag('ABCD2345')
  boxes.a.began(phone, visitOf(code))
  relay()
  for (const wall of [NaN, -1, 0, 1e18, EVENING + 3_650 * 24 * HOUR, EVENING - 3_650 * 24 * HOUR]) {
    time.wall = wall
    assert.doesNotThrow(() => boxes.b.byDevice(phone))
  }
  time.wall = EVENING
  assert.equal(boxes.b.byDevice(phone)?.secondsLeft, 7_200)
})

test('the holder of a session ends it for all; a box that the visitor has left ends nothing', (t) => {
  const { boxes, relay } = kelurahan(t, ['a', 'b', 'c'])
  const code = boxes.a.codeTag('ABCD2345')
  boxes.a.began(phone, visitOf(code))
  relay()
  boxes.b.began(phone, boxes.b.byDevice(phone)!)
  relay()
  boxes.a.ended(phone, visitOf(code))
  relay()
  assert.ok(boxes.c.byDevice(phone), 'it goes on at b')
  boxes.b.ended(phone, visitOf(code))
  relay()
  assert.equal(boxes.c.byDevice(phone), undefined)
  assert.equal(boxes.a.byDevice(phone), undefined)
  assert.equal(boxes.c.byCode('ABCD2345'), undefined)
})

test('what ended here is not brought back by an older word of a neighbour', (t) => {
  const { boxes, sent, relay, hear } = kelurahan(t, ['a', 'b'])
  const code = boxes.a.codeTag('ABCD2345')
  boxes.a.began(phone, visitOf(code))
  relay()
  boxes.b.began(phone, boxes.b.byDevice(phone)!)
  boxes.b.ended(phone, visitOf(code))
  relay()
  hear('b', [{ ...sent[0]!.visit, from: 'a' }])
  assert.equal(boxes.b.byDevice(phone), undefined)
})

test('a session taken to another device ends where it was; the same device at the next box ends nothing', (t) => {
  const { boxes, begin, moved, relay } = kelurahan(t, ['a', 'b', 'c'])
  const code = boxes.a.codeTag('ABCD2345')
  begin('a', phone, visitOf(code))
  relay()
  begin('b', phone, boxes.b.byDevice(phone)!)
  relay()
  assert.deepEqual(moved, [])
  begin('c', laptop, boxes.c.byCode('ABCD2345')!)
  relay()
  assert.deepEqual(moved, ['a', 'b'])
  assert.equal(boxes.a.byDevice(phone), undefined, 'the phone has it no more')
  assert.ok(boxes.a.byDevice(laptop))
})

test('a device that runs a session over midnight is still the same device', (t) => {
  const { boxes, begin, time, moved, relay } = kelurahan(t, ['a', 'b'])
  begin('a', phone, visitOf(boxes.a.codeTag('ABCD2345'), { secondsLeft: 20 * 3_600 }))
  relay()
  time.pass(4 * HOUR)
  begin('b', phone, boxes.b.byDevice(phone)!)
  relay()
  assert.deepEqual(moved, [])
})

test('what was taken up here without central knowing is not ended by what central says meanwhile', (t) => {
  const { boxes, begin, moved, sent, relay, hear } = kelurahan(t, ['a', 'b'])
  begin('a', phone, visitOf(boxes.a.codeTag('ABCD2345')))
  relay()
  begin('b', laptop, boxes.b.byCode('ABCD2345')!)
  // The connection is back: central lists what runs, by what it knows.
  hear('b', [{ ...sent[0]!.visit, from: 'a' }])
  assert.deepEqual(moved, [])
  relay()
  assert.deepEqual(moved, ['a'])
})

test('an outbox that refuses keeps nobody out, and is told when it takes again, with the time that is left then', async (t) => {
  const { boxes, time, sent, refuse } = kelurahan(t, ['a'])
  refuse.on = true
  const code = boxes.a.codeTag('ABCD2345')
  boxes.a.began(phone, visitOf(code))
  assert.equal(sent.length, 0)
  time.pass(60_000)
  refuse.on = false
  boxes.a.began(laptop, visitOf(boxes.a.codeTag('WXYZ2345')))
  assert.deepEqual(
    sent.map(({ visit }) => visit.secondsLeft),
    [7_140, 7_200],
  )
})

test('an older message that comes late changes nothing', () => {
  const book = createRoamingBook({ node: 'a', steady: () => 0 })
  const begin = { event: 'begin' as const, tag: 't1', ...visitOf('c1'), from: 'b' }
  assert.ok(book.heard({ ...begin, octets: 2 }, 2_000))
  assert.ok(!book.heard({ ...begin, octets: 1, from: 'c' }, 1_000))
  assert.equal(book.byDevice(['t1'])?.octets, 2)
  assert.ok(!book.heard({ ...begin, from: 'a' }, 9_000), 'its own words are no news')
})

test('visits kept are bounded: those that ran out go first, then the oldest', () => {
  let now = 0
  const book = createRoamingBook({ node: 'a', steady: () => now, keptMax: 100 })
  const hear = (i: number, secondsLeft: number) =>
    book.heard({ event: 'begin', tag: `t${i}`, ...visitOf(`c${i}`), secondsLeft, from: 'b' }, i)
  for (let i = 0; i < 50; i++) hear(i, 10)
  for (let i = 50; i < 100; i++) hear(i, 1_000)
  now = 20_000
  hear(100, 1_000)
  assert.equal(book.size(), 51)
  for (let i = 101; i < 400; i++) hear(i, 1_000)
  assert.equal(book.size(), 100)
  assert.equal(book.byDevice(['t299']), undefined)
  assert.equal(book.byDevice(['t399'])?.code, 'c399')
})

/** Boxes of one kelurahan, and a central that passes on what was delivered to it. */
function kelurahan<Name extends string>(t: TestContext, names: Name[]) {
  const time = {
    steady: 0,
    wall: EVENING,
    pass(milliseconds: number) {
      time.steady += milliseconds
      time.wall += milliseconds
    },
  }
  const sent: { box: Name; visit: Visit; delivered: boolean }[] = []
  /** What runs at each box, and the boxes that were told to end theirs. */
  const running: { box: Name; mac: string; code: string }[] = []
  const moved: Name[] = []
  const refuse = { on: false }
  const open = (box: Name) => {
    const recorder = {
      record(_kind: string, visit: Visit) {
        if (refuse.on) throw new Error('the outbox is full')
        return sent.push({ box, visit, delivered: false })
      },
      eventDelivered: (seq: number) => sent[seq - 1]!.delivered,
    } as unknown as Recorder
    const roaming = openRoaming({ key, node: box, recorder, now: () => time.wall, steady: () => time.steady, log: () => {} })
    roaming.onMoved((code, isOf) => {
      if (running.some((each) => each.box === box && each.code === code && !isOf(each.mac))) moved.push(box)
    })
    t.after(() => roaming.close())
    return roaming
  }
  const boxes = Object.fromEntries(names.map((name) => [name, open(name)])) as Record<Name, ReturnType<typeof open>>
  let said = 0
  let clock = 0
  const hear = (box: Name, visits: Visits['visits']) => boxes[box].heard({ v: 1, sentAt: ++clock, visits })
  return {
    boxes,
    time,
    sent,
    moved,
    refuse,
    hear,
    begin(box: Name, mac: string, visit: RoamedVisit) {
      running.push({ box, mac, code: visit.code })
      boxes[box].began(mac, visit)
    },
    relay() {
      for (const entry of sent.slice(said)) {
        entry.delivered = true
        for (const name of names) if (name !== entry.box) hear(name, [{ ...entry.visit, from: entry.box }])
      }
      said = sent.length
    },
  }
}
