import { test } from 'node:test'
import assert from 'node:assert/strict'
import { judge, silenceMs, type HotspotFacts } from '#central/noc/hotspots/state.ts'
import { troublesOf, withNotices } from '#central/noc/hotspots/troubles.ts'
import type { NoticeKind } from '#edge/wire/notice.ts'
import { health } from '#test/support/records.ts'

const NOW = 1_790_000_000_000
const facts = (change: Partial<HotspotFacts> = {}): HotspotFacts => ({
  heardAt: NOW - 10_000,
  connected: true,
  usageSeconds: 60,
  previousUsageSeconds: 60,
  health: health(),
  uplinkMeasuredAt: NOW - 10_000,
  skewMs: 20,
  troubles: [],
  ...change,
})

test('A hotspot that was never heard is new, not offline', () => {
  assert.deepEqual(judge(facts({ heardAt: null, connected: false }), NOW), { state: 'new', reason: null })
})

test('A hotspot heard within three intervals is online, and offline a moment later', () => {
  const limit = silenceMs({ usageSeconds: 60, previousUsageSeconds: 60 })
  assert.ok(limit >= 180_000 && limit < 240_000)
  assert.deepEqual(judge(facts({ heardAt: NOW - limit }), NOW), { state: 'online', reason: null })
  assert.deepEqual(judge(facts({ heardAt: NOW - limit - 1 }), NOW), { state: 'offline', reason: 'silent' })
})

test('The interval is the box’s own, but a short first record does not make it seem silent', () => {
  assert.equal(silenceMs({ usageSeconds: 10, previousUsageSeconds: 10 }), 35_000)
  assert.equal(silenceMs({ usageSeconds: 7, previousUsageSeconds: null }), 185_000)
  assert.equal(silenceMs({ usageSeconds: 7, previousUsageSeconds: 60 }), 185_000)
})

test('The last will of the present connection is believed at once', () => {
  assert.deepEqual(judge(facts({ connected: false }), NOW), { state: 'offline', reason: 'last-will' })
})

test('Each problem has its word', () => {
  const reasonOf = (change: Partial<HotspotFacts>) => judge(facts(change), NOW).reason
  assert.equal(reasonOf({ health: health({ gate: 'failed' }) }), 'gate-failed')
  assert.equal(reasonOf({ health: health({ gate: 'no-firewall' }) }), 'no-firewall')
  assert.equal(reasonOf({ health: health({ diskUsed: 0.95 }) }), 'disk')
  assert.equal(reasonOf({ health: health({ outboxAgeSeconds: 7_200 }) }), 'outbox-age')
  assert.equal(reasonOf({ health: health({ uplinkMilliseconds: null }) }), 'uplink')
  assert.equal(reasonOf({ skewMs: -130_000 }), 'clock')
  assert.equal(reasonOf({ health: health({ storage: false }) }), 'storage')
  assert.equal(reasonOf({ health: health({ dnsMilliseconds: null }) }), 'dns')
  for (const trouble of ['gate-failed', 'storage', 'uplink', 'dns', 'certificate'] as const)
    assert.equal(reasonOf({ troubles: [trouble] }), trouble)
  assert.equal(reasonOf({ troubles: ['uplink', 'dns'] }), 'uplink', 'what is behind the other is not named')
  assert.equal(reasonOf({}), null)
})

test('A box that does not measure something is not blamed for it', () => {
  const unmeasured = health({ uplinkMilliseconds: null, diskUsed: null, cpu: null, memoryUsed: null })
  assert.deepEqual(judge(facts({ health: unmeasured, uplinkMeasuredAt: null }), NOW), { state: 'online', reason: null })
  assert.deepEqual(judge(facts({ health: null, skewMs: null }), NOW), { state: 'online', reason: null })
})

test('Of two words that undo each other the later one holds, whatever order they come in', () => {
  const told = (...words: [NoticeKind, number][]) =>
    words.reduce<string | null>((before, [kind, at]) => withNotices(before, [{ kind, at }]), null)
  assert.deepEqual(troublesOf(told(['gate-failed', 1])), ['gate-failed'])
  assert.deepEqual(troublesOf(told(['gate-failed', 1], ['gate-back', 2])), [])
  assert.deepEqual(troublesOf(told(['gate-back', 2], ['gate-failed', 1])), [], 'an old word from a backlog undoes nothing')
  assert.deepEqual(troublesOf(told(['storage-failed', 1], ['uplink-down', 2], ['certificate-refused', 3], ['dns-down', 4])), [
    'storage',
    'uplink',
    'dns',
    'certificate',
  ])
  assert.equal(told(['table-rewritten', 5], ['address-spoofed', 6]), null, 'what happens and is over is not a condition')
})

test('A box that starts anew is not held to what was wrong before', () => {
  const failed = withNotices(null, [{ kind: 'gate-failed', at: 1 }])
  assert.deepEqual(troublesOf(withNotices(failed, [{ kind: 'start', at: 2 }])), [])
  assert.deepEqual(
    troublesOf(
      withNotices(failed, [
        { kind: 'start', at: 2 },
        { kind: 'gate-failed', at: 3 },
      ]),
    ),
    ['gate-failed'],
  )
})
