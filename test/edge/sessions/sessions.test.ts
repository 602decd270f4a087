import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goOnline, MAC, OTHER_MAC, POLICY, visitorBox } from './box.ts'

test('a visitor who waited is let through the gate, and central will hear of it', async (t) => {
  const box = visitorBox(t)
  assert.deepEqual(await goOnline(box), { ok: true })
  assert.deepEqual([...box.gate.open.values()], [{ mac: MAC, clientId: 1, seconds: POLICY.sessionSeconds }])
  const [start, ...more] = box.told()
  assert.equal(start?.event, 'start')
  assert.equal(start?.device, 'aabbcc0000010000')
  assert.equal(more.length, 0)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'online')
})

test('a press before the time is refused with the seconds left, and the gate is not asked', async (t) => {
  const box = visitorBox(t)
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'waiting')
  assert.equal(visit.secondsLeft, 30)
  box.clock.pass(10)
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: false, reason: 'too-early', secondsLeft: 20 })
  assert.equal(box.gate.open.size, 0)
})

test('a token serves once: after the stay it is worth nothing', async (t) => {
  const box = visitorBox(t)
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'waiting')
  box.clock.pass(30)
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: true })
  await box.sessions().end(MAC, 'logout')
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: false, reason: 'stale' })
  // Not even with a new wait of the same device running.
  box.sessions().visit({ mac: MAC })
  box.clock.pass(30)
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: false, reason: 'stale' })
  assert.equal(box.gate.open.size, 0)
})

test('another device’s token is worth nothing', async (t) => {
  const box = visitorBox(t)
  const mine = box.sessions().visit({ mac: MAC })
  const theirs = box.sessions().visit({ mac: OTHER_MAC })
  assert.ok(mine.is === 'waiting' && theirs.is === 'waiting')
  box.clock.pass(30)
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, theirs.token), { ok: false, reason: 'stale' })
  for (const forged of ['', '.', 'x'.repeat(4000), `${mine.token}x`, mine.token.slice(0, -1), mine.token.toUpperCase()]) {
    assert.deepEqual(await box.sessions().proceed({ mac: MAC }, forged), { ok: false, reason: 'stale' })
  }
  assert.equal(box.gate.open.size, 0)
})

test('two hasty presses make one stay', async (t) => {
  const box = visitorBox(t)
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'waiting')
  box.clock.pass(30)
  const both = await Promise.all([box.sessions().proceed({ mac: MAC }, visit.token), box.sessions().proceed({ mac: MAC }, visit.token)])
  assert.deepEqual(both, [{ ok: true }, { ok: true }])
  assert.equal(box.told().length, 1)
  assert.deepEqual(box.sessions().minutePlays(), [{ clip: 'none', started: 1, watched: 0, fallback: 1 }])
})

test('a sheet opened again after 9 minutes goes on with the same token; after 11 the wait begins anew', async (t) => {
  const box = visitorBox(t)
  const first = box.sessions().visit({ mac: MAC })
  box.clock.pass(9 * 60)
  const again = box.sessions().visit({ mac: MAC })
  assert.ok(first.is === 'waiting' && again.is === 'waiting')
  assert.equal(again.token, first.token)
  assert.equal(again.secondsLeft, 0)
  box.clock.pass(9 * 60)
  const stillHere = box.sessions().visit({ mac: MAC })
  assert.ok(stillHere.is === 'waiting')
  assert.equal(stillHere.token, first.token)
  box.clock.pass(11 * 60)
  const anew = box.sessions().visit({ mac: MAC })
  assert.ok(anew.is === 'waiting')
  assert.notEqual(anew.token, first.token)
  assert.equal(anew.secondsLeft, 30)
})

test('a gate that fails lets nobody be called online, and the same press works when it is back', async (t) => {
  const box = visitorBox(t)
  await box.sessions().restore()
  const visit = box.sessions().visit({ mac: MAC })
  assert.ok(visit.is === 'waiting')
  box.clock.pass(30)
  box.gate.become('failed')
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: false, reason: 'gate-failed' })
  box.gate.become('enforcing')
  box.gate.refuse.add('admit')
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: false, reason: 'gate-failed' })
  assert.equal(box.sessions().look(MAC).online, false)
  assert.equal(box.sessions().count(), 0)
  assert.deepEqual(box.told(), [])
  box.gate.refuse.clear()
  assert.deepEqual(await box.sessions().proceed({ mac: MAC }, visit.token), { ok: true })
  assert.equal(box.told().length, 1)
})

test('the stay ends by time with a stop record that carries its octets', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  box.gate.octets.set(1, { upOctets: 1000, downOctets: 50_000 })
  await box.sessions().poll()
  box.clock.pass(POLICY.sessionSeconds)
  await box.sessions().poll()
  const [, stop] = box.told()
  assert.deepEqual(
    [stop?.event, stop?.seconds, stop?.upOctets, stop?.downOctets, stop?.cause],
    ['stop', POLICY.sessionSeconds, 1000, 50_000, 'expired'],
  )
  assert.equal(box.gate.open.size, 0)
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'waiting')
})

test('octets are counted once across restarts of the box and of the gate', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  box.gate.octets.set(1, { upOctets: 100, downOctets: 1000 })
  await box.sessions().poll()
  await box.restart()
  box.gate.octets.set(1, { upOctets: 150, downOctets: 1500 })
  await box.sessions().poll()
  // The gate made its element anew.
  box.gate.octets.set(1, { upOctets: 20, downOctets: 40 })
  await box.sessions().poll()
  await box.sessions().poll()
  const { upOctets, downOctets } = box.sessions().look(MAC)
  assert.deepEqual({ upOctets, downOctets }, { upOctets: 170, downOctets: 1540 })
})

test('a minute’s usage is what happened since the last call', async (t) => {
  const box = visitorBox(t)
  box.sessions().minuteUsage()
  await goOnline(box)
  box.sessions().visit({ mac: OTHER_MAC })
  box.sessions().pageServed()
  box.gate.octets.set(1, { upOctets: 7, downOctets: 70 })
  await box.sessions().poll()
  box.clock.pass(30)
  assert.deepEqual(box.sessions().minuteUsage(), {
    seconds: 60,
    online: 1,
    waiting: 1,
    portalPages: 1,
    upOctets: 7,
    downOctets: 70,
    admitted: 1,
  })
  box.clock.pass(60)
  assert.deepEqual(box.sessions().minuteUsage(), {
    seconds: 60,
    online: 1,
    waiting: 1,
    portalPages: 0,
    upOctets: 0,
    downOctets: 0,
    admitted: 0,
  })
})

test('proof of play tells a sent clip from a wait without one', async (t) => {
  const box = visitorBox(t)
  const file = { path: '/content/clip.mp4', size: 1000 }
  const watching = box.sessions().visit({ mac: MAC }, 'kabar')
  const reading = box.sessions().visit({ mac: OTHER_MAC }, 'kabar')
  assert.ok(watching.is === 'waiting' && reading.is === 'waiting')
  box.sessions().clipSent(MAC, file, 0, 950)
  box.sessions().clipSent(OTHER_MAC, file, 0, 300)
  box.sessions().clipSent(OTHER_MAC, file, 0, 300)
  box.clock.pass(30)
  await box.sessions().proceed({ mac: MAC }, watching.token)
  await box.sessions().proceed({ mac: OTHER_MAC }, reading.token)
  assert.deepEqual(box.sessions().minutePlays(), [{ clip: 'kabar', started: 2, watched: 1, fallback: 1 }])
  assert.deepEqual(box.sessions().minutePlays(), [])
})

test('after a restart the box brings the gate back in line with the time that is left', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  await goOnline(box, OTHER_MAC)
  box.clock.pass(600)
  box.gate.open.clear()
  box.gate.open.set('aa:aa:aa:aa:aa:aa', { mac: 'aa:aa:aa:aa:aa:aa', clientId: 9, seconds: 1 })
  await box.restart()
  assert.deepEqual(
    [...box.gate.open.values()].map(({ mac, seconds }) => [mac, seconds]),
    [
      [MAC, 2970],
      [OTHER_MAC, 3000],
    ],
  )
  assert.equal(box.told().length, 2)
})

test('a power cut with a clock that wakes in 1970 neither ends a stay nor lets it run on without end', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  box.clock.pass(600)
  await box.sessions().poll()
  await box.restart()
  box.clock.reboot(0)
  await box.restart()
  assert.equal(box.sessions().look(MAC).secondsLeft, 3000)
  // The clock is put right later.
  box.clock.jump(Date.UTC(2026, 10, 22, 9) / 1000)
  box.clock.pass(3000)
  await box.sessions().poll()
  assert.equal(box.sessions().look(MAC).online, false)
})

test('a stay that ran out while the box was off is ended at the next start', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  box.clock.pass(POLICY.sessionSeconds + 60)
  await box.restart()
  assert.equal(box.sessions().count(), 0)
  assert.equal(box.gate.open.size, 0)
  assert.deepEqual(
    box.told().map(({ event, cause }) => [event, cause]),
    [
      ['start', undefined],
      ['stop', 'expired'],
    ],
  )
})

test('a gate that was emptied from outside is filled again at the next look', async (t) => {
  const box = visitorBox(t)
  await box.sessions().restore()
  await goOnline(box)
  box.gate.octets.set(1, { upOctets: 1, downOctets: 1 })
  await box.sessions().poll()
  box.gate.open.clear()
  box.gate.octets.clear()
  await box.sessions().poll()
  assert.deepEqual([...box.gate.open.keys()], [MAC])
})

test('a device that disconnects is out at once and told as a logout', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  box.clock.pass(100)
  box.gate.octets.set(1, { upOctets: 5, downOctets: 6 })
  assert.equal(await box.sessions().end(MAC, 'logout'), true)
  assert.equal(await box.sessions().end(MAC, 'logout'), false)
  assert.equal(box.gate.open.size, 0)
  const stop = box.told().at(-1)
  assert.deepEqual([stop?.event, stop?.cause, stop?.seconds, stop?.upOctets], ['stop', 'logout', 100, 5])
})

test('a full outbox does not shut the hotspot; what could not be told is told later', async (t) => {
  const box = visitorBox(t)
  const record = box.outbox.record
  box.outbox.record = () => {
    throw new Error('full')
  }
  assert.deepEqual(await goOnline(box), { ok: true })
  await box.sessions().end(MAC, 'logout')
  assert.deepEqual(await goOnline(box), { ok: true })
  assert.deepEqual(box.told(), [])
  await box.restart()
  box.outbox.record = record
  await box.sessions().poll()
  assert.deepEqual(
    box.told().map((session) => session.event),
    ['start', 'start', 'stop'],
  )
  assert.equal(new Set(box.told().map((session) => session.id)).size, 2)
})

test('a damaged visitors.db is set aside and the box comes up', async (t) => {
  const box = visitorBox(t)
  await goOnline(box)
  const { writeFileSync, readdirSync } = await import('node:fs')
  box.db().close()
  for (const suffix of ['-wal', '-shm']) writeFileSync(`${box.stateDir}/visitors.db${suffix}`, '')
  writeFileSync(`${box.stateDir}/visitors.db`, Buffer.alloc(8192, 7))
  await box.restart()
  assert.equal(box.sessions().visit({ mac: MAC }).is, 'waiting')
  assert.ok(readdirSync(box.stateDir).some((name) => name.startsWith('visitors.db.damaged-')))
})

test('a database written by a newer version is refused, not rewritten', async (t) => {
  const box = visitorBox(t)
  box.db().exec('CREATE TABLE of_tomorrow (word TEXT); PRAGMA user_version = 99')
  await assert.rejects(box.restart(), (error: Error) => /newer version/.test(String(error.cause)))
  box.db().close()
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(`${box.stateDir}/visitors.db`)
  db.exec('DROP TABLE of_tomorrow')
  db.close()
  await box.restart()
})
