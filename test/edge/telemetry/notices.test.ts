import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createNotices } from '#edge/telemetry/notices.ts'
import type { Recorder } from '#edge/telemetry/port.ts'
import type { Notice } from '#edge/wire/notice.ts'
import { decodeBody } from '#edge/wire/schemas.ts'

test('the first of a kind goes out at once, the rest of its minute as one that says how many it stands for', (t) => {
  const box = openBoard(t)
  for (let i = 0; i < 5; i++) box.notices.tell('address-spoofed', { device: `00112233aabbccd${i}` })
  assert.deepEqual(box.written, [{ kind: 'address-spoofed', device: '00112233aabbccd0', count: 1 }])
  box.pass(59_999)
  box.notices.flush()
  assert.equal(box.written.length, 1)
  box.pass(1)
  box.notices.flush()
  assert.deepEqual(box.written.slice(1), [{ kind: 'address-spoofed', device: '00112233aabbccd4', count: 4 }])
  box.pass(60_000)
  box.notices.flush()
  assert.equal(box.written.length, 2, 'nothing happened meanwhile')
})

test('kinds do not wait for each other, and of a pair the newer word is written last', (t) => {
  const box = openBoard(t)
  for (const kind of ['gate-failed', 'gate-back', 'gate-failed', 'gate-back', 'gate-failed'] as const) box.notices.tell(kind)
  box.pass(60_000)
  box.notices.flush()
  assert.deepEqual(
    box.written.map(({ kind, count }) => [kind, count]),
    [
      ['gate-failed', 1],
      ['gate-back', 1],
      ['gate-back', 1],
      ['gate-failed', 2],
    ],
  )
})

test('what the outbox refuses is kept, counted on, and written when it takes again', (t) => {
  const box = openBoard(t)
  box.refuse = true
  for (let i = 0; i < 1_000; i++) box.notices.tell('storage-failed', { detail: `try ${i}` })
  box.notices.tell('uplink-down')
  box.refuse = false
  box.notices.flush()
  assert.deepEqual(box.written, [
    { kind: 'storage-failed', detail: 'try 999', count: 1_000 },
    { kind: 'uplink-down', count: 1 },
  ])
})

test('what waits for its minute is written when the box stops', (t) => {
  const box = openBoard(t)
  box.notices.tell('uplink-down')
  box.notices.tell('uplink-down')
  box.notices.close()
  assert.deepEqual(box.written, [
    { kind: 'uplink-down', count: 1 },
    { kind: 'uplink-down', count: 1 },
  ])
})

test('whatever is told, what is written is a valid notice', (t) => {
  const box = openBoard(t)
  box.notices.tell('config-refused', { detail: 'x'.repeat(5_000) })
  box.notices.tell('gate-failed', {})
  for (const notice of box.written) assert.deepEqual(decodeBody('notice', notice), { ok: true, value: notice })
  assert.equal(box.written.length, 2)
})

function openBoard(t: TestContext) {
  let at = 0
  const written: Notice[] = []
  const recorder = {
    record(_kind: string, notice: Notice) {
      if (box.refuse) throw new Error('the disk is full')
      return written.push(structuredClone(notice))
    },
  } as unknown as Recorder
  const notices = createNotices({ recorder, steady: () => at, lookEveryMilliseconds: 3_600_000 })
  const box = {
    notices,
    written,
    refuse: false,
    pass(milliseconds: number) {
      at += milliseconds
    },
  }
  t.after(() => notices.close())
  return box
}
