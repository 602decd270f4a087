import assert from 'node:assert/strict'
import { test } from 'node:test'
import { octetsLeft, octetsUntilChange, secondsLeft, speedOf, usedUp, type Account } from '#edge/sessions/allowance.ts'
import type { Group } from '#edge/wire/policy.ts'

const group = (rules: Partial<Group> = {}): Group => ({ name: 'public', class: 'public', watchSeconds: 30, sessionSeconds: 3600, ...rules })

const account = (change: Partial<Account> = {}): Account => ({
  grantedSeconds: 3600,
  spent: { seconds: 600, octets: 5_000_000 },
  today: { seconds: 900, octets: 8_000_000 },
  idleSeconds: 0,
  ...change,
})

test('what ends first bounds a session: its grant, its group’s time, or the day’s', () => {
  assert.equal(secondsLeft(group(), account()), 3000)
  assert.equal(secondsLeft(group({ sessionSeconds: 1200 }), account()), 600)
  assert.equal(secondsLeft(group({ dailySeconds: 1000 }), account()), 100)
  assert.equal(secondsLeft(group({ dailySeconds: 800 }), account()), 0)
})

test('a longer time in the rules does not lengthen what was granted', () => {
  assert.equal(secondsLeft(group({ sessionSeconds: 86_400 }), account()), 3000)
})

test('data is bounded by the session and by the day, whichever ends first, and by nothing without a quota', () => {
  assert.equal(octetsLeft(group(), account()), Infinity)
  assert.equal(octetsLeft(group({ sessionOctets: 7_000_000 }), account()), 2_000_000)
  assert.equal(octetsLeft(group({ sessionOctets: 7_000_000, dailyOctets: 9_000_000 }), account()), 1_000_000)
})

test('the causes of an end have an order: time, the day’s time, data, idleness', () => {
  const rules = group({ dailySeconds: 900, dailyOctets: 8_000_000, idleSeconds: 60 })
  assert.equal(usedUp(rules, account({ grantedSeconds: 600, idleSeconds: 60 })), 'expired')
  assert.equal(usedUp(rules, account({ idleSeconds: 60 })), 'daily-time')
  assert.equal(usedUp({ ...rules, dailySeconds: 901 }, account({ idleSeconds: 60 })), 'quota')
  assert.equal(usedUp(group({ idleSeconds: 60 }), account({ idleSeconds: 60 })), 'idle')
  assert.equal(usedUp(group({ idleSeconds: 60 }), account({ idleSeconds: 59 })), undefined)
})

test('fair use slows down from the octet on, never speeds up, and 0 means no limit', () => {
  const own = group({ rate: { upKbps: 1000, downKbps: 0 }, fairUse: { afterOctets: 8_000_001, rate: { upKbps: 2000, downKbps: 512 } } })
  assert.deepEqual(speedOf(own, own, account().today), { rate: { upKbps: 1000, downKbps: 0 }, slowed: false })
  const today = { seconds: 0, octets: 8_000_001 }
  assert.deepEqual(speedOf(own, own, today), { rate: { upKbps: 1000, downKbps: 512 }, slowed: true })
  assert.deepEqual(speedOf(group(), group(), today), { slowed: false })
})

test('rules that a schedule lends count as slowed only where they are slower', () => {
  const own = group({ rate: { upKbps: 1000, downKbps: 2000 } })
  const today = { seconds: 0, octets: 0 }
  assert.equal(speedOf(own, group({ rate: { upKbps: 1000, downKbps: 1000 } }), today).slowed, true)
  assert.equal(speedOf(own, group({ rate: { upKbps: 5000, downKbps: 5000 } }), today).slowed, false)
  assert.equal(speedOf(own, group(), today).slowed, false)
})

test('the next change by data is the nearest of quota, the day’s quota and fair use that is still ahead', () => {
  const fairUse = { afterOctets: 8_500_000, rate: { upKbps: 1, downKbps: 1 } }
  assert.equal(octetsUntilChange(group({ fairUse }), account()), 500_000)
  assert.equal(octetsUntilChange(group({ fairUse, sessionOctets: 5_300_000 }), account()), 300_000)
  assert.equal(octetsUntilChange(group({ fairUse: { ...fairUse, afterOctets: 8_000_000 } }), account()), Infinity)
})
