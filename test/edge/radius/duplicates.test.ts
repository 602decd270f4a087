import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duplicateCache } from '#edge/radius/duplicates.ts'
import { rateLimiter } from '#edge/radius/rate.ts'

test('a request is new once, in progress until answered, and answered from then on', () => {
  const cache = duplicateCache()
  const first = cache.see('a', 'auth-1', 0)
  assert.ok(first.kind === 'new')
  assert.equal(cache.see('a', 'auth-1', 1).kind, 'in-progress')
  const reply = Buffer.from('reply')
  first.entry.reply = reply
  const again = cache.see('a', 'auth-1', 2)
  assert.ok(again.kind === 'answered' && again.reply === reply)
})

test('the same Identifier with another authenticator is a new request and replaces the old one', () => {
  const cache = duplicateCache()
  const first = cache.see('a', 'auth-1', 0)
  assert.ok(first.kind === 'new')
  assert.equal(cache.see('a', 'auth-2', 1).kind, 'new')
  // An answer that comes late for the old one must not become the new one's.
  first.entry.reply = Buffer.from('old')
  assert.equal(cache.see('a', 'auth-2', 2).kind, 'in-progress')
})

test('an entry is forgotten after its time', () => {
  const cache = duplicateCache({ ttlMs: 100 })
  cache.see('a', 'auth', 0)
  assert.equal(cache.see('a', 'auth', 99).kind, 'in-progress')
  assert.equal(cache.see('a', 'auth', 100).kind, 'new')
})

test('a request taken back is new again, and taking back an old one leaves its successor', () => {
  const cache = duplicateCache()
  const first = cache.see('a', 'auth-1', 0)
  assert.ok(first.kind === 'new')
  cache.forget(first.entry)
  assert.equal(cache.see('a', 'auth-1', 1).kind, 'new')
  cache.forget(first.entry)
  assert.equal(cache.see('a', 'auth-1', 2).kind, 'in-progress')
})

test('the cache never holds more than its bound, and lets the oldest go first', () => {
  const cache = duplicateCache({ entriesMax: 10 })
  for (let i = 0; i < 1000; i++) cache.see(`key-${i}`, 'auth', i)
  assert.equal(cache.size(), 10)
  assert.equal(cache.see('key-999', 'auth', 1000).kind, 'in-progress')
  assert.equal(cache.see('key-980', 'auth', 1000).kind, 'new')
})

test('a source may burst, then gets its rate, and others are not touched', () => {
  const limiter = rateLimiter({ perSecond: 10, burst: 5, sourcesMax: 100 })
  const admitted = (source: string, now: number, tries: number): number =>
    Array.from({ length: tries }, () => limiter.admit(source, now)).filter(Boolean).length
  assert.equal(admitted('a', 0, 50), 5)
  assert.equal(admitted('b', 0, 50), 5)
  assert.equal(admitted('a', 300, 50), 3)
  assert.equal(admitted('a', 60_000, 50), 5)
})

test('buckets are bounded, and a source that keeps talking keeps its empty bucket', () => {
  const limiter = rateLimiter({ perSecond: 0.001, burst: 1, sourcesMax: 3 })
  assert.ok(limiter.admit('chatty', 0))
  for (let i = 1; i < 100; i++) {
    const now = i * 1001
    assert.ok(!limiter.admit('chatty', now), `round ${i}`)
    limiter.admit(`passing-${i}`, now)
    assert.ok(limiter.size() <= 3)
  }
})
