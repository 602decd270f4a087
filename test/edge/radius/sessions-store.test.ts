import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import type { AccountingRecord, SessionRecord } from '#edge/radius/accounting.ts'
import { reporter } from '#edge/radius/reports.ts'
import { openSessionsDatabase } from '#edge/radius/sessions-database.ts'
import { openSessionsStore, type SessionsStore } from '#edge/radius/sessions-store.ts'
import type { Recorder } from '#edge/telemetry/port.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import type { Session } from '#edge/wire/session.ts'
import { fillUp, smallDisk } from '#test/support/disks.ts'

const T0 = 1_800_000_000_000

function storeFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'radius-store-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'radius.sqlite')
}

const record = (sessionKey: string, status: SessionRecord['status'], seconds = 0): SessionRecord => ({
  status,
  nasKey: 'c\nap-1',
  nas: 'ap-1',
  acctSessionId: sessionKey,
  sessionKey,
  device: '0123456789abcdef',
  at: T0 + seconds * 1000,
  acctSessionTimeSeconds: seconds,
  inputOctets: seconds * 10,
  outputOctets: seconds * 100,
  acctTerminateCause: undefined,
  account: undefined,
  group: undefined,
  source: '10.77.0.2',
})

const submit = (store: SessionsStore, ...records: AccountingRecord[]): Promise<string[]> =>
  Promise.all(records.map((one) => new Promise<string>((done) => assert.ok(store.submit(one, done)))))

/** What a box that lost its power now would find: the files as they are, read by somebody else. */
function sessionsOnDisk(t: TestContext, file: string): number {
  const copy = storeFile(t)
  for (const suffix of ['', '-wal']) copyFileSync(file + suffix, copy + suffix)
  const reader = new Database(copy)
  const { n } = reader.prepare<[], { n: number }>('SELECT count(*) AS n FROM session').get()!
  reader.close()
  return n
}

test('a record is called durable only when it can be read from the files by somebody else', async (t) => {
  const file = storeFile(t)
  const store = openSessionsStore({ file })
  assert.equal(sessionsOnDisk(t, file), 0)
  let whenTold = -1
  store.submit(record('a', 'Start'), () => (whenTold = sessionsOnDisk(t, file)))
  assert.equal(sessionsOnDisk(t, file), 0, 'nothing is written before the turn ends')
  await submit(store, record('b', 'Start'))
  assert.equal(whenTold, 2, 'both records of the turn were committed together, before either was told')
  store.close()
})

test('every open asks for full synchronisation, that of an existing file too', (t) => {
  const file = storeFile(t)
  for (const round of ['new', 'reopened']) {
    const db = openSessionsDatabase(file)
    assert.equal(db.pragma('journal_mode', { simple: true }), 'wal', round)
    assert.equal(db.pragma('synchronous', { simple: true }), 2, round)
    db.close()
  }
})

test("a newer version's file is refused rather than misread", (t) => {
  const file = storeFile(t)
  const db = openSessionsDatabase(file)
  db.exec('CREATE TABLE of_tomorrow (word TEXT)')
  db.pragma('user_version = 99')
  db.close()
  assert.throws(() => openSessionsStore({ file }), /newer version/)
})

test('reports wait in the store until they are taken, and every one fits the wire', async (t) => {
  const store = openSessionsStore({ file: storeFile(t) })
  await submit(store, record('a', 'Start'), record('a', 'Interim-Update', 300), record('a', 'Stop', 700))
  const pending = store.pendingReports(10)
  assert.deepEqual(
    pending.map(({ body }) => [body.event, body.seconds, body.upOctets, body.downOctets]),
    [
      ['start', 0, 0, 0],
      ['update', 300, 3000, 30_000],
      ['stop', 700, 7000, 70_000],
    ],
  )
  for (const { body } of pending) assert.deepEqual(decodeBody('session', body), { ok: true, value: body })
  store.reported(pending[1]!.seq)
  assert.deepEqual(
    store.pendingReports(10).map(({ body }) => body.event),
    ['stop'],
  )
  store.close()
})

test('Accounting-On ends the sessions of its own access point and no other', async (t) => {
  const store = openSessionsStore({ file: storeFile(t) })
  await submit(store, record('a', 'Start'), record('b', 'Start'), { ...record('c', 'Start'), nasKey: 'c\nap-2', nas: 'ap-2' })
  await submit(store, { status: 'Accounting-On', nasKey: 'c\nap-1', at: T0 + 1000 })
  assert.deepEqual(
    store.sessions().map(({ acctSessionId, cause }) => [acctSessionId, cause]),
    [
      ['a', 'NAS Reboot'],
      ['b', 'NAS Reboot'],
      ['c', null],
    ],
  )
  store.close()
})

test('the sweep ends silent sessions and forgets what stopped more than thirty days ago', async (t) => {
  const store = openSessionsStore({ file: storeFile(t) })
  await submit(store, record('a', 'Interim-Update', 300), record('b', 'Stop', 300))
  assert.equal(store.sweep(T0 + 1_000_000), 'durable')
  assert.deepEqual(
    store.sessions().map(({ stoppedBy }) => stoppedBy),
    [null, 'stop'],
  )
  store.sweep(T0 + 2_000_000)
  assert.deepEqual(
    store.sessions().map(({ stoppedBy, cause }) => [stoppedBy, cause]),
    [
      ['silence', 'no interim'],
      ['stop', null],
    ],
  )
  store.sweep(T0 + 31 * 86_400_000)
  assert.deepEqual(store.sessions(), [])
  store.close()
})

test('when the disk is full, nobody is told durable and nothing is half written', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root: it mounts a disk of its own')
  const disk = smallDisk(t, 4)
  const store = openSessionsStore({ file: join(disk, 'radius.sqlite') })
  await submit(store, record('a', 'Start'))
  const ballast = join(disk, 'ballast')
  fillUp(ballast)
  const many = Array.from({ length: 400 }, (_, i) => record(`b${i}`, 'Start'))
  assert.deepEqual(new Set(await submit(store, ...many)), new Set(['failed']))
  assert.equal(store.sessions().length, 1)
  rmSync(ballast)
  assert.deepEqual(await submit(store, record('b', 'Start')), ['durable'])
  assert.equal(store.sessions().length, 2)
  store.close()
})

test('what is waiting when the store closes is committed and told', (t) => {
  const file = storeFile(t)
  const store = openSessionsStore({ file })
  const told: string[] = []
  for (let i = 0; i < 1200; i++) assert.ok(store.submit(record(`s${i}`, 'Start'), (outcome) => told.push(outcome)))
  store.close()
  assert.deepEqual([told.length, new Set(told)], [1200, new Set(['durable'])])
  const again = openSessionsStore({ file })
  assert.equal(again.sessions().length, 1200)
  again.close()
})

test('more than can wait is refused rather than kept in memory', (t) => {
  const store = openSessionsStore({ file: storeFile(t) })
  let taken = 0
  while (taken < 100_000 && store.submit(record(`s${taken}`, 'Start'), () => undefined)) taken++
  assert.equal(taken, 8192)
  store.close()
})

test('when too many reports wait, the oldest make room, counted, and every session is kept and answered for', async (t) => {
  let dropped = 0
  const store = openSessionsStore({ file: storeFile(t), reportsMax: 3, onReportsDropped: (count) => (dropped += count) })
  const outcomes = await submit(store, ...['a', 'b', 'c', 'd', 'e'].map((key) => record(key, 'Start')))
  assert.deepEqual(outcomes, Array(5).fill('durable'))
  assert.equal(store.sessions().length, 5)
  assert.deepEqual(
    store.pendingReports(10).map(({ body }) => body.id),
    ['r-c', 'r-d', 'r-e'],
  )
  assert.equal(dropped, 2)
  store.close()
})

test('a report the recorder refuses stays, and is handed over in order by the next reporter', async (t) => {
  const store = openSessionsStore({ file: storeFile(t) })
  await submit(store, record('a', 'Start'), record('a', 'Stop', 60), record('b', 'Start'))
  const taken: Session[] = []
  let failures = 0
  const failing: Recorder = {
    record: (_kind, body) => {
      if (taken.length === 1) throw new Error('disk full')
      taken.push(body as Session)
      return taken.length
    },
    eventDelivered: () => false,
  }
  const drained = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const first = reporter({ store, recorder: failing, onFailure: () => failures++ })
  first.wake()
  await drained()
  assert.deepEqual([taken.length, failures], [1, 1])
  first.close()

  const second = reporter({
    store,
    recorder: { record: (_kind, body) => taken.push(body as Session), eventDelivered: () => false },
    onFailure: () => failures++,
  })
  second.wake()
  while (store.pendingReports(1).length > 0) await drained()
  assert.equal(failures, 1)
  assert.deepEqual(
    taken.map(({ id, event }) => `${id} ${event}`),
    ['r-a start', 'r-a stop', 'r-b start'],
  )
  second.close()
  store.close()
})
