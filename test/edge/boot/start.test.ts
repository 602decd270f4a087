import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClosing } from '#edge/boot/closing.ts'
import { gateNotices } from '#edge/boot/gate-notices.ts'
import { noteRun } from '#edge/boot/start-reason.ts'
import type { GateState } from '#edge/gate/port.ts'
import { eventually } from '#test/support/eventually.ts'

test('a start says why it happened, as far as the last run tells', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'run-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'last-run.json')
  const run = (boot: string, version = '1') => noteRun(file, { boot, version })
  assert.equal(run('a').reason, 'first start, or nothing is known of the last one')
  const second = run('a')
  assert.equal(second.reason, 'restarted after the program died')
  second.stopped()
  assert.equal(run('a').reason, 'restarted')
  const fourth = run('b')
  assert.equal(fourth.reason, 'the box lost power or was reset')
  fourth.stopped()
  assert.equal(run('c', '2').reason, 'the box was shut down and started again; version 1 before, 2 now')
  for (const damage of ['', '{', '[]', '{"boot":1}']) {
    writeFileSync(file, damage)
    assert.equal(run('c').reason, 'first start, or nothing is known of the last one')
    assert.ok(readFileSync(file, 'utf8').length > 10)
  }
})

test('a gate that is away is told once it stays away past the start, and its return only then', async () => {
  let state: GateState = 'failed'
  const told: string[] = []
  const watch = gateNotices({ tell: (kind) => void told.push(kind) }, () => state, 50)
  const become = (next: GateState) => {
    state = next
    watch.changed()
  }
  become('enforcing')
  become('failed')
  assert.deepEqual(told, [], 'it is still starting')
  await eventually('the start to be over', () => told.length === 1)
  become('enforcing')
  become('enforcing')
  become('failed')
  become('enforcing')
  watch.close()
  become('failed')
  assert.deepEqual(told, ['gate-failed', 'gate-back', 'gate-failed', 'gate-back'], 'a box that stops leaves its gate in order')
})

test('a gate that comes up with the box is nothing to tell', async () => {
  const told: string[] = []
  const watch = gateNotices({ tell: (kind) => void told.push(kind) }, () => 'enforcing', 1)
  const later = gateNotices({ tell: () => void told.push('the other') }, () => 'failed', 2)
  await eventually('the other', () => told.length === 1)
  watch.changed()
  assert.deepEqual(told, ['the other'])
  watch.close()
  later.close()
})

test('what was opened closes in reverse, and one that fails keeps no other from closing', async () => {
  const order: string[] = []
  const said: string[] = []
  const closing = createClosing((line) => said.push(line))
  closing.later(() => void order.push('first'))
  closing.later(() => Promise.reject(new Error('stuck')))
  closing.later(() => {
    throw new Error('broken')
  })
  closing.later(async () => void order.push('last'))
  await closing.all()
  assert.deepEqual(order, ['last', 'first'])
  assert.equal(said.length, 2)
})
