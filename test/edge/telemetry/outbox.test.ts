import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openOutbox, OutboxFull, type Outbox, type OutboxOptions } from '#edge/telemetry/outbox.ts'
import { openStore } from '#edge/telemetry/store.ts'
import type { Gap } from '#edge/wire/gap.ts'
import { complaint, session, usage } from './bodies.ts'

const MiB = 1024 * 1024

function freshFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'outbox.db')
}

function open(t: TestContext, file: string, options: Partial<OutboxOptions> = {}) {
  const outbox = openOutbox({ file, bytesMax: 8 * MiB, groupSeconds: 60, ...options })
  let isOpen = true
  const close = () => {
    if (isOpen) outbox.close()
    isOpen = false
  }
  t.after(close)
  return { ...outbox, close }
}

const ackOf = (epoch: string, t: number, e: number) => ({ epoch, t, e })
/** Everything goes out to central: only then can central have it. */
const send = (outbox: Outbox) => {
  for (const lane of ['t', 'e'] as const) outbox.pending(lane, 0, 10_000)
}

test('an event is on disk when record returns, telemetry with its group', (t) => {
  const outbox = open(t, freshFile(t))
  assert.equal(outbox.record('usage', usage()), 1)
  assert.deepEqual(outbox.pending('t', 0, 10), [], 'telemetry is seen only once committed')
  assert.equal(outbox.counters().records, 1, 'but it counts as waiting')
  outbox.flush()
  assert.equal(outbox.pending('t', 0, 10).length, 1)

  assert.equal(outbox.record('usage', usage()), 2)
  assert.equal(outbox.record('complaint', complaint('AAAA-BBBB')), 1)
  assert.equal(outbox.pending('e', 0, 10)[0]?.kind, 'complaint')
  assert.equal(outbox.pending('t', 0, 10).length, 2, 'the waiting group is committed with the event')
})

test('a record travels as the text it rests as, and reads the same', (t) => {
  const outbox = open(t, freshFile(t), { now: () => 1_790_000_000_000, monotonic: () => 7, clockTrust: () => 'hint' })
  outbox.record('usage', usage(3))
  outbox.record('complaint', { ...complaint('AAAA-BBBB'), text: '"},{"seq":1,\u2028 \\ \ud83d\udca1 \u0000' })
  for (const lane of ['t', 'e'] as const) {
    const texts = outbox.pendingTexts(lane, 0, 10)
    assert.equal(texts.length, 1)
    assert.deepEqual(
      texts.map(({ json }) => JSON.parse(json) as unknown),
      outbox.pending(lane, 0, 10),
    )
    assert.equal(texts[0]!.seq, 1)
  }
})

test('a group is committed by its time without anyone asking', async (t) => {
  const outbox = open(t, freshFile(t), { groupSeconds: 0.05 })
  const committed = Promise.withResolvers<void>()
  outbox.onCommitted(() => committed.resolve())
  outbox.record('usage', usage())
  const keepAlive = setTimeout(() => committed.reject(new Error('no commit')), 5_000)
  await committed.promise
  clearTimeout(keepAlive)
  assert.equal(outbox.pending('t', 0, 10).length, 1)
})

test('numbers and epoch go on after a reopening, and every opening is synchronous=FULL', (t) => {
  const file = freshFile(t)
  const first = open(t, file)
  const epoch = first.epoch()
  assert.match(epoch, /^[0-9a-f]{16}$/)
  first.record('complaint', complaint('AAAA-BBBB'))
  first.record('usage', usage())
  first.close()

  const store = openStore(file)
  assert.equal(store.synchronous(), 2, '2 is FULL')
  store.close()

  const second = open(t, file)
  assert.equal(second.epoch(), epoch)
  assert.equal(second.record('session', session('p-1')), 2)
  assert.equal(second.record('usage', usage()), 2)
})

test('a killed process has lost no event it was told about', { timeout: 60_000 }, async (t) => {
  const file = freshFile(t)
  for (const linesWanted of [20, 200, 90]) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'append-until-killed.ts'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let told = ''
    for await (const chunk of child.stdout) {
      told += String(chunk)
      if (told.split('\n').length > linesWanted) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.equal(child.signalCode, 'SIGKILL')

    const seqs = told.split('\n').slice(0, -1).map(Number)
    assert.ok(seqs.length >= linesWanted)
    const outbox = open(t, file)
    const kept = new Set<number>()
    for (let after = 0; ;) {
      const records = outbox.pending('e', after, 500)
      if (records.length === 0) break
      for (const record of records) kept.add(record.seq)
      after = records.at(-1)!.seq
    }
    assert.deepEqual(
      seqs.filter((seq) => !kept.has(seq)),
      [],
    )
    assert.equal(outbox.counters().damaged, 0)
    outbox.close()
  }
})

test('central’s mark may go backwards, and what was acked is sent again', (t) => {
  const outbox = open(t, freshFile(t))
  for (let i = 0; i < 10; i++) outbox.record('session', session(`p-${i}`))
  send(outbox)
  outbox.acked(ackOf(outbox.epoch(), 0, 8))
  assert.equal(outbox.counters().records, 2)
  assert.ok(outbox.eventDelivered(8))
  assert.ok(!outbox.eventDelivered(9))

  outbox.acked(ackOf(outbox.epoch(), 0, 3))
  assert.equal(outbox.counters().records, 7)
  assert.ok(!outbox.eventDelivered(4))
  assert.deepEqual(
    outbox.pending('e', 3, 10).map(({ seq }) => seq),
    [4, 5, 6, 7, 8, 9, 10],
  )
})

test('acks of another epoch change nothing', (t) => {
  const outbox = open(t, freshFile(t))
  outbox.record('session', session('p-1'))
  outbox.acked(ackOf('0123456789abcdef', 0, 1))
  assert.ok(!outbox.eventDelivered(1))
})

test('acked records go in whole segments and a tail of them stays', (t) => {
  const outbox = open(t, freshFile(t), { ackedTailRecords: 100 })
  for (let i = 0; i < 1_500; i++) outbox.record('usage', usage())
  outbox.flush()
  send(outbox)
  outbox.acked(ackOf(outbox.epoch(), 1_050, 0))
  outbox.flush()
  assert.deepEqual(outbox.bounds('t'), { lo: 1, hi: 1_500 }, '950 removable records are not a segment yet')
  outbox.acked(ackOf(outbox.epoch(), 1_500, 0))
  outbox.record('usage', usage())
  outbox.flush()
  assert.deepEqual(outbox.bounds('t'), { lo: 1_401, hi: 1_501 })
})

test('an emptied outbox still counts on', (t) => {
  const file = freshFile(t)
  const first = open(t, file, { ackedTailRecords: 0 })
  for (let i = 0; i < 1_200; i++) first.record('usage', usage())
  first.flush()
  send(first)
  first.acked(ackOf(first.epoch(), 1_200, 0))
  first.close()
  const second = open(t, file, { ackedTailRecords: 0 })
  assert.deepEqual(second.bounds('t'), { lo: 1_201, hi: 1_200 }, 'nothing is left')
  second.close()
  const third = open(t, file)
  assert.equal(third.record('usage', usage()), 1_201)
})

test('a full outbox gives up the oldest telemetry, counts exactly what, and keeps every complaint', (t) => {
  const file = freshFile(t)
  let outbox = open(t, file, { bytesMax: MiB })
  const complaints = 400
  let samples = 0
  for (let i = 0; i < complaints; i++) {
    for (let j = 0; j < 40; j++, samples++) outbox.record('usage', usage())
    outbox.record('complaint', complaint(`AAAA-${String(i).padStart(4, '2').replaceAll('0', 'Z').replaceAll('1', 'Y')}`))
    if (i === complaints / 2) {
      outbox.close()
      outbox = open(t, file, { bytesMax: MiB })
    }
  }
  outbox.flush()
  const dropped = outbox.counters().dropped
  assert.ok(dropped > 0, 'the cap was reached')

  const kept = everything(outbox, 't')
  const stillThere = kept.filter(({ kind }) => kind === 'usage').length
  assert.equal(stillThere + dropped, samples)
  outbox.record('usage', usage())
  outbox.flush()
  const gaps = everything(outbox, 't').filter(({ kind }) => kind === 'gap')
  const reported = gaps.reduce((sum, { body }) => sum + (body as Gap).records, 0)
  assert.equal(reported, outbox.counters().dropped, 'the gap records say exactly what was given up')
  assert.equal(everything(outbox, 'e').length, complaints)
})

test('acked records make room before any telemetry is given up', (t) => {
  const outbox = open(t, freshFile(t), { bytesMax: MiB })
  for (let i = 0; i < 30_000; i++) {
    outbox.record('usage', usage())
    if (i % 100 !== 99) continue
    outbox.flush()
    send(outbox)
    outbox.acked(ackOf(outbox.epoch(), outbox.bounds('t').hi, 0))
  }
  assert.equal(outbox.counters().dropped, 0)
  assert.ok(outbox.bounds('t').lo > 1)
})

test('with nothing but events left, sessions are refused and complaints still taken', (t) => {
  const outbox = open(t, freshFile(t), { bytesMax: MiB })
  assert.throws(() => {
    for (let i = 0; i < 20_000; i++) outbox.record('session', session(`p-${i}`))
  }, OutboxFull)
  const before = outbox.bounds('e').hi
  assert.equal(outbox.record('complaint', complaint('AAAA-BBBB')), before + 1)
})

test('a file that is no database is set aside, loudly, and a new epoch begins', (t) => {
  const file = freshFile(t)
  writeFileSync(file, 'this is not a database, but it is long enough to look at '.repeat(100))
  const said: string[] = []
  const outbox = open(t, file, { log: (message) => said.push(message) })
  assert.equal(outbox.counters().damaged, 1)
  assert.match(said.join('\n'), /OUTBOX DAMAGED/)
  assert.equal(outbox.record('complaint', complaint('AAAA-BBBB')), 1)
  assert.ok(readdirSync(join(file, '..')).some((name) => name.includes('.damaged-')))
})

test('a damaged page costs the unsent records of that file, not its readable complaints nor the start', (t) => {
  const file = freshFile(t)
  const first = open(t, file)
  const epoch = first.epoch()
  first.record('complaint', complaint('AAAA-BBBB'))
  for (let i = 0; i < 2_000; i++) first.record('usage', usage())
  first.close()

  const bytes = readFileSync(file)
  // A page in the middle of the telemetry, away from the first pages that hold the complaint.
  bytes.fill(0xa5, bytes.length - 8 * 4096, bytes.length - 7 * 4096)
  writeFileSync(file, bytes)
  const outbox = open(t, file)
  assert.equal(outbox.counters().damaged, 1)
  assert.notEqual(outbox.epoch(), epoch)
  assert.deepEqual(
    everything(outbox, 'e').map(({ body }) => (body as { code: string }).code),
    ['AAAA-BBBB'],
  )
})

test('a flipped bit inside a record travels as one record lost, not as a fact', (t) => {
  const file = freshFile(t)
  const first = open(t, file)
  first.record('session', session('p-before'))
  first.record('session', session('p-flipped'))
  first.close()
  const bytes = readFileSync(file)
  bytes[bytes.indexOf('p-flipped')]! ^= 1
  writeFileSync(file, bytes)

  const outbox = open(t, file)
  const records = outbox.pending('e', 0, 10)
  assert.deepEqual(
    records.map(({ seq, kind }) => [seq, kind]),
    [
      [1, 'session'],
      [2, 'gap'],
    ],
  )
  assert.deepEqual(records[1]?.body, { kind: 'damaged', records: 1, fromSeq: 2, toSeq: 2 })
})

test('an older copy of the file, put back, does not give new facts old numbers', (t) => {
  const file = freshFile(t)
  const first = open(t, file)
  for (let i = 0; i < 5; i++) first.record('session', session(`p-${i}`))
  send(first)
  first.acked(ackOf(first.epoch(), 0, 3))
  first.close()
  const copy = readFileSync(file)
  const second = open(t, file)
  second.record('session', session('p-5'))
  const before = second.epoch()
  second.close()
  writeFileSync(file, copy)

  const restored = open(t, file)
  // Numbered like one that central has from the card this copy was made of, and like one it will never get.
  for (const id of ['p-new-1', 'p-new-2']) restored.record('session', session(id))
  restored.acked(ackOf(before, 0, 6))
  assert.notEqual(restored.epoch(), before)
  assert.deepEqual(
    everything(restored, 'e').map(({ body }) => (body as { id: string }).id),
    ['p-new-1', 'p-new-2'],
    'what the copy has in common with central is not sent twice, what is new is sent',
  )
})

test('a body too big for any schema is refused before it reaches the disk', (t) => {
  const outbox = open(t, freshFile(t))
  assert.throws(() => outbox.record('complaint', { ...complaint('AAAA-BBBB'), text: 'x'.repeat(20_000) }), RangeError)
  assert.equal(outbox.bounds('e').hi, 0)
})

test('the age of the oldest record follows the wall clock, or the kernel’s when there is none', (t) => {
  let at = 1_700_000_000_000
  let mono = 50_000
  const file = freshFile(t)
  const trusted = open(t, file, { now: () => at, monotonic: () => mono, clockTrust: () => 'ntp' })
  trusted.record('session', session('p-1'))
  at += 90_000
  assert.equal(trusted.counters().oldestAgeSeconds, 90)
  trusted.close()

  at = 1_000
  const untrusted = open(t, freshFile(t), { now: () => at, monotonic: () => mono, clockTrust: () => 'none' })
  untrusted.record('session', session('p-1'))
  at = 1_700_000_000_000
  mono += 7_000
  assert.equal(untrusted.counters().oldestAgeSeconds, 7)
})

function everything(outbox: ReturnType<typeof openOutbox>, lane: 't' | 'e') {
  const records = []
  for (let after = 0; ;) {
    const page = outbox.pending(lane, after, 500)
    if (page.length === 0) return records
    records.push(...page)
    after = page.at(-1)!.seq
  }
}
