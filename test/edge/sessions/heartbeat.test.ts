import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { AccessPolicy } from '#edge/wire/policy.ts'
import { goOnline, MAC, policyWith, testClock, visitorBox } from './box.ts'
import { memoryGate } from './memory-gate.ts'

/** A box that beats by itself; `until` lets time go by on every clock in steps of half a second, and says after how long it was so. */
async function beatingBox(t: TestContext, policy: AccessPolicy) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const clock = testClock()
  const gate = memoryGate('enforcing', clock.now)
  const box = visitorBox(t, { clock, gate, policy })
  await box.sessions().restore()
  await goOnline(box)
  await box.sessions().poll()
  const until = async (probe: () => boolean, each: () => void = () => undefined): Promise<number> => {
    for (let half = 1; half <= 120; half++) {
      clock.pass(0.5)
      each()
      t.mock.timers.tick(500)
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
      if (probe()) return half / 2
    }
    throw new Error('not within a minute')
  }
  return { ...box, until }
}

test('in quiet times the box looks every fifteen seconds', async (t) => {
  const box = await beatingBox(t, policyWith({}))
  const before = box.gate.asked.counters
  assert.equal(await box.until(() => box.gate.asked.counters > before), 15)
})

test('a visitor who at this speed reaches the quota sooner is looked at sooner', async (t) => {
  const box = await beatingBox(t, policyWith({ sessionOctets: 50_000_000 }))
  const counter = { upOctets: 0, downOctets: 0 }
  box.gate.octets.set(1, counter)
  // 2 MB a second: 25 seconds to the quota, seen after the first 15.
  const seconds = await box.until(
    () => box.sessions().count() === 0,
    () => void (counter.downOctets += 1_000_000),
  )
  assert.ok(seconds >= 25 && seconds <= 26.5, `ended after ${seconds} s`)
  assert.equal(box.told().at(-1)?.cause, 'quota')
})

test('the box wakes when a schedule begins', async (t) => {
  // 15:00 and half a minute of waiting: closing is 30 seconds ahead.
  const shut = { id: 's', groups: ['public'], days: [7], from: '15:01', to: '16:00', endsOn: '2026-12-31' }
  const box = await beatingBox(t, policyWith({}, { schedules: [{ ...shut, effect: { close: true } }] }))
  const seconds = await box.until(() => box.sessions().count() === 0)
  assert.ok(seconds >= 30 && seconds <= 31.5, `ended after ${seconds} s`)
  assert.equal(box.sessions().look(MAC).endedBecause, 'closed')
})

test('the box wakes when lent rules begin, between two looks', async (t) => {
  const slow = { ...policyWith({}).groups[0]!, name: 'ujian', rate: { upKbps: 100, downKbps: 100 } }
  const exam = { id: 's', groups: ['public'], days: [7], from: '15:01', to: '16:00', endsOn: '2026-12-31' }
  const groups = [policyWith({}).groups[0]!, slow]
  const box = await beatingBox(t, policyWith({}, { groups, schedules: [{ ...exam, effect: { use: 'ujian' } }] }))
  box.clock.pass(9)
  await box.sessions().poll()
  const seconds = await box.until(() => box.gate.limits.get(1)?.upKbps === 100)
  assert.ok(seconds >= 21 && seconds <= 22.5, `slowed after ${seconds} s`)
})

test('a session ends within a second and a half of its time', async (t) => {
  const box = await beatingBox(t, policyWith({ sessionSeconds: 60, watchSeconds: 30 }))
  box.clock.pass(20)
  const seconds = await box.until(() => box.sessions().count() === 0)
  assert.ok(seconds >= 40 && seconds <= 41.5, `ended after ${seconds} s`)
})
