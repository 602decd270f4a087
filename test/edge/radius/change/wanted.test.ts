import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AcctSession } from '#edge/radius/accounting.ts'
import { changesWanted, limitsOf, type PolicyFacts } from '#edge/radius/change/wanted.ts'
import type { Group } from '#edge/wire/policy.ts'

const GROUP: Group = { name: 'tamu', class: 'voucher', watchSeconds: 0, sessionSeconds: 3_600, sessionOctets: 1_000_000_000 }
const session = (more: Partial<AcctSession> = {}): AcctSession => ({
  sessionKey: 'abc',
  generation: 0,
  nasKey: 'ap\nap-1',
  nas: 'ap-1',
  acctSessionId: '1',
  device: '0123456789abcdef',
  startedAt: 0,
  heardAt: 0,
  seconds: 0,
  upOctets: 0,
  downOctets: 0,
  interims: 0,
  stoppedAt: null,
  cause: null,
  stoppedBy: null,
  updateReportedAt: 0,
  account: 'feedfeedfeedfeed',
  group: 'tamu',
  source: '10.77.0.2',
  ...more,
})
const quiet: PolicyFacts = {
  isBlocked: () => false,
  isClosed: () => false,
  group: () => GROUP,
  isRemoved: () => false,
  hasNewLimits: () => false,
}
const wanted = (one: AcctSession, facts: Partial<PolicyFacts>) =>
  changesWanted([one], { ...quiet, ...facts }).map(({ kind, reason }) => `${kind} ${reason}`)

test('a session that the policy has nothing against goes on', () => {
  assert.deepEqual(wanted(session(), {}), [])
})

test('a blocked device, a removed account, a closed group and a used-up quota end it', () => {
  assert.deepEqual(wanted(session(), { isBlocked: (device) => device === '0123456789abcdef' }), ['disconnect blocked'])
  assert.deepEqual(wanted(session(), { isRemoved: (account) => account === 'feedfeedfeedfeed' }), ['disconnect removed'])
  assert.deepEqual(wanted(session(), { isClosed: (group) => group === 'tamu' }), ['disconnect closed'])
  assert.deepEqual(wanted(session({ upOctets: 400_000_000, downOctets: 600_000_000 }), {}), ['disconnect quota'])
  assert.deepEqual(wanted(session({ upOctets: 400_000_000, downOctets: 599_999_999 }), {}), [])
})

test('new limits of its group change it, and an end goes before them', () => {
  assert.deepEqual(wanted(session(), { hasNewLimits: () => true }), ['coa limits'])
  assert.deepEqual(wanted(session(), { hasNewLimits: () => true, isBlocked: () => true }), ['disconnect blocked'])
})

test('a session of which neither account nor group is known can only be blocked', () => {
  const unknown = session({ account: null, group: null, downOctets: 5_000_000_000 })
  assert.deepEqual(wanted(unknown, { isRemoved: () => true, isClosed: () => true, hasNewLimits: () => true }), [])
  assert.deepEqual(wanted(unknown, { isBlocked: () => true }), ['disconnect blocked'])
})

test('limits are told anew when rate, idleness or quota differ, not when a note or a film does', () => {
  assert.equal(limitsOf({ ...GROUP, watchSeconds: 30 }), limitsOf(GROUP))
  assert.notEqual(limitsOf({ ...GROUP, idleSeconds: 600 }), limitsOf(GROUP))
  assert.notEqual(limitsOf({ ...GROUP, rate: { upKbps: 1, downKbps: 0 } }), limitsOf(GROUP))
})
