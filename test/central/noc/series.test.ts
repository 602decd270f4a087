import { test } from 'node:test'
import assert from 'node:assert/strict'
import { hourSeries, minuteSeries } from '#central/noc/hotspots/series.ts'
import { health, usage } from '#test/support/records.ts'

const T = Date.UTC(2026, 8, 22, 2, 0, 0)
const MINUTE = 60_000

test('A record that jitters around the minute makes neither a hole nor a peak', () => {
  const samples = [58_000, 121_500, 179_000, 241_000, 299_500].map((at) => ({ at: T + at, value: usage({ online: 3, downOctets: 6_000 }) }))
  const inner = minuteSeries(T, T + 5 * MINUTE, samples, []).slice(1, 4)
  assert.deepEqual(
    inner.map(({ online }) => online),
    [3, 3, 3],
  )
  assert.ok(inner.every(({ downOctets }) => Math.abs(downOctets! - 6_000) < 400))
})

test('A minute nobody reported is null in every line, and one with health only has no visitors', () => {
  const [first, second] = minuteSeries(T, T + 2 * MINUTE, [], [{ at: T + MINUTE + 5, value: health({ cpu: null, uplinkMilliseconds: 9 }) }])
  assert.deepEqual(first, { t: T, online: null, downOctets: null, upOctets: null, cpu: null, memoryUsed: null, uplinkMilliseconds: null })
  assert.deepEqual(second, {
    t: T + MINUTE,
    online: null,
    downOctets: null,
    upOctets: null,
    cpu: null,
    memoryUsed: 0.5,
    uplinkMilliseconds: 9,
  })
})

test('An hour’s mean is by time covered, and an hour without a sample is a gap', () => {
  const none = { cpuSum: 0, cpuN: 0, memorySum: 0, memoryN: 0, uplinkSum: 0, uplinkN: 0 }
  const half = {
    node: 'n-1',
    t: T,
    onlineMs: 4 * 1_800_000,
    coveredMs: 1_800_000,
    downOctets: 10,
    upOctets: 1,
    admitted: 2,
    ...none,
    cpuSum: 1,
    cpuN: 4,
  }
  const [first, second] = hourSeries(T, T + 7_200_000, [half])
  assert.deepEqual([first!.online, first!.downOctets, first!.cpu, first!.memoryUsed], [4, 10, 0.25, null])
  assert.deepEqual([second!.online, second!.downOctets], [null, null])
})
