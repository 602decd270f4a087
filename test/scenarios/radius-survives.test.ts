/** What an access point was answered for outlives the process that answered. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSessionsStore } from '#edge/radius/sessions-store.ts'
import { forkBox, startBox, until } from '#test/edge/radius/box.ts'
import { accessPoint, accountingRequest } from '#test/edge/radius/client.ts'

test('killed right after its answers, the box has every record it answered for and tells it after the restart', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'radius-kill-'))
  await using box = await forkBox(stateDir, 'refuses')
  const { acctPort } = box.started
  await using ap = await accessPoint()
  // Two hundred at once, so that the kill falls among commits and not between them.
  for (let i = 0; i < 200; i++)
    await ap.send(acctPort, accountingRequest({ status: 2, sessionId: `s${i}`, identifier: i, seconds: 60 + i, input: i, output: 10 * i }))
  await ap.received(40)
  await box.kill()
  const answered = ap.replies.map((reply) => reply[1]!)

  const store = openSessionsStore({ file: join(stateDir, 'radius.sqlite') })
  const kept = new Map(store.sessions().map((session) => [session.acctSessionId, session]))
  store.close()
  assert.ok(answered.length >= 40)
  for (const i of answered) {
    const session = kept.get(`s${i}`)
    assert.deepEqual([session?.seconds, session?.upOctets, session?.downOctets, session?.stoppedBy], [60 + i, i, 10 * i, 'stop'], `s${i}`)
  }

  // Its recorder never took a report; the next one gets them all, the stop of every session answered for among them.
  await using again = await startBox({ stateDir })
  await until('all reports', () => again.recorded.length >= 2 * kept.size)
  assert.equal(again.recorded.length, 2 * kept.size)
  const stopped = again.recorded.filter(({ event }) => event === 'stop').map(({ upOctets }) => upOctets)
  for (const i of answered) assert.ok(stopped.includes(i), `s${i}`)
})

test('a session goes on where it was when the box restarts in its middle', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'radius-restart-'))
  await using ap = await accessPoint()
  const sends = [
    { status: 1, sessionId: 'a', identifier: 1 },
    { status: 3, sessionId: 'a', identifier: 2, seconds: 300, input: 1000, output: 2000 },
    { status: 2, sessionId: 'a', identifier: 3, seconds: 500, input: 900, output: 2500, cause: 1 },
  ]
  const told: unknown[] = []
  for (const [i, fields] of sends.entries()) {
    // Not disposed of between the rounds: that would remove the state folder.
    const box = await startBox({ stateDir })
    await ap.send(box.radius.acctPort, accountingRequest(fields))
    await ap.received(i + 1)
    await until('a record', () => box.recorded.length === 1)
    told.push(...box.recorded.map(({ event, seconds, upOctets, downOctets, cause }) => [event, seconds, upOctets, downOctets, cause]))
    await box.radius.close()
  }
  assert.deepEqual(told, [
    ['start', 0, 0, 0, undefined],
    ['update', 300, 1000, 2000, undefined],
    ['stop', 500, 1000, 2500, 'User Request'],
  ])
  rmSync(stateDir, { recursive: true })
})
