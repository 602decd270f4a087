import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { Status } from '#edge/wire/status.ts'
import { silenceMs } from '#central/noc/hotspots/state.ts'
import { heardBatch, heardStatus, neverHeard } from '#central/noc/ingest/heard.ts'
import { EPOCH, health, usage } from '#test/support/records.ts'

const NOW = 1_790_000_000_000
const status = (change: Partial<Status> = {}): Status => ({
  v: 1,
  node: 'n-1',
  connection: '00000000000000c1',
  online: true,
  at: NOW,
  ...change,
})

test('A short first record, sent as record and as status and again at a reconnect, is one sample', () => {
  const short = usage({ seconds: 7 })
  let heard = heardStatus(neverHeard('n-1'), status({ usage: short }), NOW, false)!
  heard = heardBatch(heard, EPOCH, { usage: { value: short, at: NOW + 100 } }, NOW + 200)
  heard = heardStatus(heard, status({ usage: short, connection: '00000000000000c2' }), NOW + 30_000, false)!
  assert.equal(silenceMs(heard), 185_000)
  heard = heardStatus(heard, status({ usage: usage({ seconds: 60 }), connection: '00000000000000c2' }), NOW + 60_000, false)!
  assert.equal(silenceMs(heard), 185_000)
})

test('A box that reports every ten seconds is missed after half a minute', () => {
  let heard = neverHeard('n-1')
  for (let i = 0; i < 3; i++)
    heard = heardBatch(heard, EPOCH, { usage: { value: usage({ seconds: 10 }), at: NOW + i * 10_000 } }, NOW + i * 10_000)
  assert.equal(silenceMs(heard), 35_000)
})

test('Old records of a backlog do not replace the live picture, and a clock ahead does not freeze it', () => {
  let heard = heardStatus(neverHeard('n-1'), status({ usage: usage({ online: 9 }), health: health() }), NOW, false)!
  heard = heardBatch(heard, EPOCH, { usage: { value: usage({ online: 1 }), at: NOW - 3_600_000 } }, NOW + 1_000)
  assert.match(heard.usage!, /"online":9/)
  heard = heardBatch(heard, EPOCH, { usage: { value: usage({ online: 2 }), at: NOW + 240_000 } }, NOW + 2_000)
  heard = heardStatus(heard, status({ usage: usage({ online: 3 }) }), NOW + 3_000, false)!
  assert.match(heard.usage!, /"online":3/)
})

test('The uplink’s last answer is remembered when the probe fails', () => {
  let heard = heardStatus(neverHeard('n-1'), status({ health: health({ uplinkMilliseconds: 8 }) }), NOW, false)!
  heard = heardStatus(heard, status({ health: health({ uplinkMilliseconds: null }) }), NOW + 60_000, false)!
  assert.equal(heard.uplinkMeasuredAt, NOW)
})
