import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NoticeKind } from '#edge/wire/notice.ts'
import { goOnline, MAC, OTHER_MAC, policyWith, visitorBox, type VisitorBox } from './box.ts'

function boxWithNotices(t: Parameters<typeof visitorBox>[0]) {
  const told: NoticeKind[] = []
  return { told, box: visitorBox(t, { notices: { tell: (kind) => void told.push(kind) } }) }
}

/** SQLite's own full disk: the file may not grow, and what is free in it is used up. */
function fill(box: VisitorBox): () => void {
  box.db().pragma('query_only = ON')
  return () => void box.db().pragma('query_only = OFF')
}

test('with a disk that takes nothing visitors get online, and what they did is written when it is back', async (t) => {
  const { told, box } = boxWithNotices(t)
  await box.sessions().restore()
  const mend = fill(box)
  assert.deepEqual(await goOnline(box), { ok: true })
  assert.deepEqual(await goOnline(box, OTHER_MAC), { ok: true })
  box.gate.octets.set(1, { upOctets: 1, downOctets: 9 })
  await box.sessions().poll()
  await box.sessions().end(OTHER_MAC, 'logout')
  await box.sessions().poll()
  assert.deepEqual(told, ['storage-failed'])
  mend()
  await box.sessions().poll()
  await box.sessions().poll()
  assert.deepEqual(told, ['storage-failed', 'storage-back'])
  await box.restart()
  assert.deepEqual([box.sessions().count(), box.sessions().look(MAC).downOctets], [1, 9])
  assert.deepEqual(
    box.told().map(({ event }) => event),
    ['start', 'start', 'stop'],
  )
})

test('a look at which nothing moved writes nothing: a memory card wears out', async (t) => {
  const { box } = boxWithNotices(t)
  await box.sessions().restore()
  await goOnline(box)
  await box.sessions().poll()
  const written = () => box.db().prepare('SELECT total_changes()').pluck().get()
  const before = written()
  box.clock.pass(15)
  await box.sessions().poll()
  assert.equal(written(), before)
})

test('a token serves once even while its use cannot be written down', async (t) => {
  const { box } = boxWithNotices(t)
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'waiting')
  box.clock.pass(30)
  const mend = fill(box)
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: true })
  await box.sessions().end(MAC, 'logout')
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: false, reason: 'stale' })
  mend()
  await box.sessions().poll()
  await box.restart()
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: false, reason: 'stale' })
})

test('codes, quotas and policies go on from memory', async (t) => {
  const { box } = boxWithNotices(t)
  await box.sessions().restore()
  fill(box)
  await goOnline(box)
  assert.deepEqual(await box.sessions().enterCode({ mac: OTHER_MAC }, box.sessions().look(MAC).resumeCode!), { ok: true, by: 'resume' })
  await box.sessions().usePolicy(policyWith({ sessionOctets: 1_000_000 }))
  box.gate.octets.set(2, { upOctets: 0, downOctets: 1_000_000 })
  await box.sessions().poll()
  assert.deepEqual(
    box.told().map(({ event, cause }) => [event, cause]),
    [
      ['start', undefined],
      ['start', undefined],
      ['stop', 'moved'],
      ['stop', 'quota'],
    ],
  )
})

test('a database that cannot even be read lets the box come up', async (t) => {
  const { box } = boxWithNotices(t)
  box.db().exec('ALTER TABLE daily_use RENAME TO gone')
  // The statements are made already: each of them fails from here on.
  await box.sessions().restore()
  assert.deepEqual(await goOnline(box), { ok: true })
  assert.ok(box.log.some((line) => line.includes('cannot read')))
})

test('a power cut that wakes in 1970 forgets at most a minute of what was used', async (t) => {
  const { box } = boxWithNotices(t)
  await box.sessions().restore()
  await goOnline(box)
  for (let passed = 0; passed < 1800; passed += 15) {
    box.clock.pass(15)
    await box.sessions().poll()
  }
  box.clock.reboot(0)
  await box.restart()
  const { secondsLeft } = box.sessions().look(MAC)
  assert.ok(secondsLeft >= 1800 && secondsLeft <= 1860, `${secondsLeft} s left`)
})

test('a session begun in 1970 keeps its time when the clock is put right and the power fails after it', async (t) => {
  const { box } = boxWithNotices(t)
  box.clock.reboot(0)
  await box.restart()
  await goOnline(box)
  box.clock.jump(Date.UTC(2026, 10, 22) / 1000)
  box.clock.pass(15)
  await box.sessions().poll()
  box.clock.reboot()
  await box.restart()
  assert.equal(box.sessions().look(MAC).secondsLeft, 3585)
})
