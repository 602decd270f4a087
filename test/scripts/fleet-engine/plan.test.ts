import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBody } from '#edge/wire/schemas.ts'
import { openDiary } from '#scripts/demo-city/diary.ts'
import { fastTime } from '#scripts/fleet-engine/city-time.ts'
import { kernelClock } from '#scripts/fleet-engine/kernel-clock.ts'
import { needsLine, planOf, WEATHERS } from '#scripts/fleet-engine/plan.ts'
import { fleetPlaces } from '#scripts/fleet-engine/store.ts'
import { OF_1970, offBy } from '#scripts/fleet-engine/wall-clock.ts'

const MINUTE = 60_000
const NODES = fleetPlaces(2_000).map(({ node }) => node)
/** What of a plan can be compared: a clock is a function. */
const told = (plan: ReturnType<typeof planOf>) => plan.map((each) => (each.what === 'clock' ? { at: each.at, what: each.name } : each))

test('the same seed, box and length give the same misfortunes, another seed gives others', () => {
  const plans = (seed: number) => NODES.slice(0, 200).map((node) => told(planOf(seed, node, 'rough', 5 * MINUTE)))
  assert.deepEqual(plans(7), plans(7))
  assert.notDeepEqual(plans(7), plans(8))
})

test('a calm run has none, a rough one has all kinds, and all are over before the end', () => {
  assert.ok(NODES.every((node) => planOf(1, node, 'calm', MINUTE).length === 0))
  const kinds = new Set<string>()
  for (const weather of WEATHERS)
    for (const node of NODES)
      for (const each of planOf(1, node, weather, MINUTE)) {
        assert.ok(each.at >= 0 && each.at < 0.9 * MINUTE, `${each.what} at ${each.at}`)
        kinds.add(each.what === 'clock' ? each.name : `${each.what} ${each.state}`)
      }
  for (const kind of ['1970', 'skew', 'leap', 'line cut', 'line deaf', 'power off', 'card image', 'card restored', 'card swapped'])
    assert.ok(kinds.has(kind), kind)
})

test('a line that is cut is mended, a box that lost its power gets it back, and a card changes hands without power only', () => {
  for (const node of NODES) {
    const plan = planOf(3, node, 'rough', MINUTE)
    let [line, power] = ['open', 'on']
    for (const each of plan) {
      if (each.what === 'line') line = each.state
      if (each.what === 'power') power = each.state
      if (each.what === 'card') assert.equal(power, each.state === 'image' ? 'on' : 'off', node)
    }
    assert.deepEqual([line, power], ['open', 'on'], node)
    assert.equal(
      needsLine(plan),
      plan.some(({ what }) => what === 'line' || what === 'power'),
    )
  }
})

test('a value of a box’s kernel clock never comes twice, whatever the boot and however fast it is asked', () => {
  const seen = new Set<number>()
  for (let boot = 0; boot < 300; boot++) {
    let elapsed = 0
    const clock = kernelClock(boot, () => elapsed)
    for (let n = 0; n < 50; n++) {
      if (n % 5 === 0) elapsed += 3
      const value = clock()
      assert.ok(Number.isSafeInteger(value) && value >= 0)
      assert.ok(!seen.has(value))
      seen.add(value)
    }
  }
  const [before, after] = [kernelClock(1, () => 5_000)(), kernelClock(2, () => 10)()]
  assert.ok(after < before, 'after a reboot the clock is lower, as on a real box')
})

test('a fast city meets the present at the end of its run and never runs ahead of it', () => {
  let real = 1_000_000
  const time = fastTime(1_600_000, 10, () => real)
  assert.equal(time.now(), 1_600_000 - 6_000_000)
  assert.equal(time.until(time.now() + 10_000), 1_000)
  real = 1_599_999
  assert.equal(time.now(), 1_599_990)
  real = 1_700_000
  assert.equal(time.now(), 1_700_000)
  assert.equal(time.until(1_700_500), 500)
})

test('a clock of 1970 counts from zero, one that is wrong stays as wrong', () => {
  assert.equal(OF_1970.read(1_790_000_000_000, 20_000), 20_000)
  assert.equal(offBy(-5_000).read(1_790_000_000_000, 0), 1_789_999_995_000)
})

test('what a box of a fleet says fits the wire at any rate and rhythm', () => {
  const self = { bootedAt: 0, outbox: { records: 0, oldestAgeSeconds: 0, dropped: 0, damaged: 0 } }
  for (const [everySeconds, recordsPerMinute] of [
    [60, 20],
    [1, 30],
    [7, 3],
    [3_600, 12],
  ] as const) {
    for (const place of fleetPlaces(12)) {
      const diary = openDiary({ place, everySeconds, version: '0.1.0', recordsPerMinute })
      let end = Date.UTC(2026, 8, 21, 3)
      for (let look = 0; look < 20; look++) {
        end = diary.nextAt(end)
        for (const { kind, body } of diary.at(end, self)) {
          const decoded = decodeBody(kind, body)
          assert.ok(decoded.ok, decoded.ok ? '' : decoded.reason)
        }
      }
    }
  }
})
