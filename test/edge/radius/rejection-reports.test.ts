/** What the NOC hears of refusals: alike ones as one, a bound on a minute, and nothing lost to a disk that takes nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejectionReports } from '#edge/radius/rejection-reports.ts'
import type { KeptRejection } from '#edge/radius/rejections.ts'
import type { Notice } from '#edge/wire/notice.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import { readRejection } from '#edge/wire/radius-rejection.ts'

const ACCOUNT = '00000000000000a1'

function bench() {
  const log: KeptRejection[] = []
  const told: Notice[] = []
  const state = { now: 0, full: false }
  const recorder = {
    record(_kind: string, body: unknown) {
      if (state.full) throw new Error('the disk is full')
      const decoded = decodeBody('notice', body)
      assert.ok(decoded.ok)
      told.push(decoded.value)
      return told.length
    },
  }
  const reports = rejectionReports({ rejections: () => log.toReversed(), recorder, steady: () => state.now })
  const refuse = (client: string, of: Partial<KeptRejection> = {}) =>
    log.push({ seq: (log.at(-1)?.seq ?? 0) + 1, at: 0, client, reason: 'wrong-credentials', account: ACCOUNT, ...of })
  return { log, told, state, reports, refuse, [Symbol.dispose]: () => reports.close() }
}

test('alike refusals are one notice with a count, and none is told twice', () => {
  using at = bench()
  for (let i = 0; i < 3; i++) at.refuse('ap balai')
  at.refuse('ap balai', { reason: 'expired', device: '0123456789abcdef' })
  at.reports.look()
  at.reports.look()
  assert.deepEqual(
    at.told.map(({ kind, count, device, detail }) => [kind, count, device, readRejection(detail!)]),
    [
      ['radius-rejected', 3, undefined, { reason: 'wrong-credentials', account: ACCOUNT, client: 'ap balai' }],
      ['radius-rejected', 1, '0123456789abcdef', { reason: 'expired', account: ACCOUNT, client: 'ap balai' }],
    ],
  )
})

test('guessing without end is a few notices a minute, and the rest is counted with what the log itself dropped', () => {
  using at = bench()
  for (let i = 0; i < 100; i++) at.refuse('ap', { account: String(i).padStart(16, '0') })
  at.log.splice(0, 40)
  at.reports.look()
  at.reports.look()
  assert.equal(at.told.filter(({ detail }) => readRejection(detail!)?.reason !== 'more').length, 12)
  at.state.now = 61_000
  at.reports.look()
  const sum = at.told.reduce((all, { count }) => all + count, 0)
  assert.equal(sum, 100)
  assert.ok(at.told.length <= 14)
})

test('what could not be written down is told when it can', () => {
  using at = bench()
  at.state.full = true
  at.refuse('ap')
  at.reports.look()
  assert.equal(at.told.length, 0)
  at.state.full = false
  at.reports.look()
  assert.equal(at.told.length, 1)
})

test('what is not a refusal of ours is not read as one', () => {
  for (const detail of [null, '', 'wrong-credentials', 'wrong-credentials zz ap', 'DROP - ap'])
    assert.equal(readRejection(detail), undefined)
})
