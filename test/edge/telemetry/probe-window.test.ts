import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeWindow } from '#edge/telemetry/probe-window.ts'

test('loss and latency are those of the last sixty seconds', () => {
  const looks = probeWindow()
  assert.deepEqual(looks.summary(0), { sent: 0, answered: 0, p50Milliseconds: null, p95Milliseconds: null })
  looks.add(900, 0)
  for (let i = 1; i <= 6; i++) looks.add(10 * i, i * 10_000)
  assert.deepEqual(looks.summary(60_000), { sent: 6, answered: 6, p50Milliseconds: 30, p95Milliseconds: 60 })
  assert.deepEqual(looks.summary(115_000), { sent: 1, answered: 1, p50Milliseconds: 60, p95Milliseconds: 60 })
  assert.deepEqual(looks.summary(500_000), { sent: 0, answered: 0, p50Milliseconds: null, p95Milliseconds: null })
})

test('no answer is lost, and so is one that came only after the kernel had asked again', () => {
  const looks = probeWindow()
  looks.add(null, 1)
  looks.add(1_018.4, 2)
  looks.add(18.4, 3)
  assert.deepEqual(looks.summary(4), { sent: 3, answered: 1, p50Milliseconds: 18.4, p95Milliseconds: 18.4 })
})

test('however often it is asked to remember, it stays within what a record may say', () => {
  const looks = probeWindow()
  for (let i = 0; i < 5_000; i++) looks.add(5, i)
  assert.equal(looks.summary(5_000).sent, 1_000)
})
