import { test } from 'node:test'
import assert from 'node:assert/strict'
import { heardHello, neverHeard } from '#central/noc/ingest/heard.ts'
import { RIVAL_MS, withHello } from '#central/noc/ingest/rivals.ts'
import { judge } from '#central/noc/hotspots/state.ts'
import type { Hello } from '#edge/wire/hello.ts'
import { EPOCH, OTHER_EPOCH } from '#test/support/records.ts'

const NOW = Date.UTC(2026, 8, 22, 2, 0, 0)
const A = '00000000000000aa'
const B = '00000000000000bb'

const helloOf = (change: Partial<Hello> = {}): Hello => ({
  v: 1,
  node: 'n-1',
  epoch: EPOCH,
  lanes: { t: { lo: 1, hi: 0 }, e: { lo: 1, hi: 0 } },
  at: NOW,
  version: '1',
  ...change,
})
const heardAll = (hellos: Partial<Hello>[]) =>
  hellos.reduce((heard, hello, i) => heardHello(heard, helloOf(hello), NOW + i * 1_000), neverHeard('n-1'))

const facts = {
  heardAt: NOW,
  connected: true,
  usageSeconds: 60,
  previousUsageSeconds: 60,
  health: null,
  uplinkMeasuredAt: null,
  skewMs: 0,
  troubles: [],
}

void test('A box that reconnects, restarts or restarts without end is one box', () => {
  assert.equal(heardAll([{ run: A }, { run: A }, { run: A }]).rivalAt, null)
  assert.equal(heardAll([{ run: A }, { run: B }, { run: B }]).rivalAt, null)
  const crashing = Array.from({ length: 60 }, (_, i) => ({ run: i.toString(16).padStart(16, '0') }))
  assert.equal(heardAll(crashing).rivalAt, null)
})

void test('Who comes back after another one spoke is a second box, also when the card was copied with its outbox', () => {
  const heard = heardAll([{ run: A }, { run: B }, { run: A }])
  assert.equal(heard.rivalAt, NOW + 2_000)
  assert.equal(heardAll([{ run: A }, { run: B }, { run: A }, { run: A }]).rivalAt, NOW + 2_000, 'the moment of the proof stays')
})

void test('Boxes that do not name their run are told apart by their outboxes', () => {
  assert.equal(heardAll([{}, { epoch: OTHER_EPOCH }, {}]).rivalAt, NOW + 2_000)
  assert.equal(heardAll([{}, { epoch: OTHER_EPOCH }, { epoch: OTHER_EPOCH }]).rivalAt, null, 'a new outbox is no new box')
})

void test('A day later an earlier life proves nothing, and what is remembered stays small', () => {
  const first = withHello(null, A, NOW)
  const second = withHello(first.lives, B, NOW + 1)
  assert.equal(withHello(second.lives, A, NOW + 86_400_001).rival, false)
  let lives: string | null = null
  for (let i = 0; i < 1_000; i++) ({ lives } = withHello(lives, i.toString(16).padStart(16, '0'), NOW))
  assert.ok(lives!.length < 1_000)
})

void test('The alarm stands for half an hour after the last proof, before every other trouble', () => {
  const judged = (rivalAt: number, now: number) => judge({ ...facts, heardAt: now, skewMs: 500_000, rivalAt }, now).reason
  assert.equal(judged(NOW, NOW + RIVAL_MS - 1), 'rival')
  assert.equal(judged(NOW, NOW + RIVAL_MS), 'clock')
})
