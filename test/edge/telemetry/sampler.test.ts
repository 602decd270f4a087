import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Recorder } from '#edge/telemetry/port.ts'
import { startSampler, untilNextTick } from '#edge/telemetry/sampler.ts'
import type { Health } from '#edge/wire/health.ts'
import { health, usage } from './bodies.ts'

const { seconds: _seconds, ...counts } = usage()

function ledger() {
  const records: { kind: string; body: unknown }[] = []
  const recorder: Recorder = { record: (kind, body) => records.push({ kind, body }), eventDelivered: () => false }
  return { records, recorder }
}

test('a sample writes usage, plays and health, and keeps the newest for the live status', async () => {
  const { records, recorder } = ledger()
  const play = { clip: 'selamat-datang', started: 3, watched: 2, fallback: 0 }
  const sampler = startSampler({ everySeconds: 3_600, recorder, usage: () => counts, health: async () => health(), plays: () => [play] })
  await sampler.sample()
  sampler.close()
  assert.deepEqual(
    records.map(({ kind }) => kind),
    ['usage', 'play', 'health'],
  )
  assert.equal(sampler.latest().usage?.online, counts.online)
  assert.equal(sampler.latest().health?.version, health().version)
})

test('a collector that throws costs its own record only, and its seconds are covered by the next', async () => {
  const { records, recorder } = ledger()
  const said: string[] = []
  let clock = 0
  let broken = true
  const sampler = startSampler({
    everySeconds: 3_600,
    recorder,
    usage() {
      if (broken) throw new Error('the gate did not answer')
      return counts
    },
    health: async () => health(),
    log: (message) => said.push(message),
    steady: () => clock,
  })
  clock = 60_000
  await sampler.sample()
  broken = false
  clock = 120_000
  await sampler.sample()
  sampler.close()
  assert.match(said.join(), /gate did not answer/)
  assert.deepEqual(
    records.map(({ kind }) => kind),
    ['health', 'usage', 'health'],
  )
  assert.equal((records[1]!.body as { seconds: number }).seconds, 120)
})

test('a health probe that hangs does not pile up', async () => {
  const { records, recorder } = ledger()
  const slow = Promise.withResolvers<Health>()
  let asked = 0
  const sampler = startSampler({
    everySeconds: 3_600,
    recorder,
    usage: () => counts,
    health() {
      asked += 1
      return slow.promise
    },
  })
  const first = sampler.sample()
  const second = sampler.sample()
  slow.resolve(health())
  await Promise.all([first, second])
  sampler.close()
  assert.equal(asked, 1)
  assert.equal(records.filter(({ kind }) => kind === 'usage').length, 1)
})

test('ticks stay on the grid: a late one is not doubled, an early one not repeated', () => {
  assert.equal(untilNextTick(60_000, 60_000), 60_000)
  assert.equal(untilNextTick(60_350, 60_000), 59_650)
  assert.equal(untilNextTick(59_998, 60_000), 60_002, 'fired a hair early: the next point is the one after')
  assert.equal(untilNextTick(60_000 * 5 + 1_000, 60_000), 59_000, 'four missed ticks are not caught up')
})

test('a late tick makes one record that covers all the time, up to the wire’s hour', async () => {
  const { records, recorder } = ledger()
  let clock = 0
  const sampler = startSampler({ everySeconds: 3_600, recorder, usage: () => counts, health: async () => health(), steady: () => clock })
  clock = 300_000
  await sampler.sample()
  clock += 9_000_000
  await sampler.sample()
  sampler.close()
  assert.deepEqual(
    records.filter(({ kind }) => kind === 'usage').map(({ body }) => (body as { seconds: number }).seconds),
    [300, 3_600],
  )
})
