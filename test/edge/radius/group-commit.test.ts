import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupCommit, type Committed } from '#edge/radius/group-commit.ts'

/** A disk that syncs when it is told to. */
function slowDisk({ refuses = false } = {}) {
  const written: string[][] = []
  const syncs: ((isDurable: boolean) => void)[] = []
  let waitedFor = 0
  const told: [string, Committed][] = []
  const commits = groupCommit<string>({
    write(records) {
      if (refuses) return false
      written.push([...records])
      return true
    },
    sync: (done) => void syncs.push(done),
    syncNow: () => ++waitedFor > 0,
  })
  const submit = (record: string): boolean => commits.submit(record, (outcome) => told.push([record, outcome]))
  return { written, syncs, told, commits, submit, waitedFor: () => waitedFor }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('nobody is told before the disk has said so', async () => {
  const { submit, written, syncs, told } = slowDisk()
  submit('a')
  submit('b')
  await turn()
  assert.deepEqual([written, told], [[['a', 'b']], []])
  syncs[0]!(true)
  assert.deepEqual(told, [
    ['a', 'durable'],
    ['b', 'durable'],
  ])
})

test('what comes while the disk is busy waits together for the next time', async () => {
  const { submit, written, syncs, told } = slowDisk()
  submit('a')
  await turn()
  for (const record of ['b', 'c', 'd']) {
    submit(record)
    await turn()
  }
  assert.deepEqual(written, [['a']])
  syncs[0]!(true)
  await turn()
  assert.deepEqual([written, told], [[['a'], ['b', 'c', 'd']], [['a', 'durable']]])
  syncs[1]!(true)
  assert.equal(told.length, 4)
})

test('a sync that fails fails its own records only, and a write that fails is told at once', async () => {
  const { submit, syncs, told } = slowDisk()
  submit('a')
  await turn()
  submit('b')
  syncs[0]!(false)
  await turn()
  syncs[1]!(true)
  assert.deepEqual(told, [
    ['a', 'failed'],
    ['b', 'durable'],
  ])
  const full = slowDisk({ refuses: true })
  full.submit('x')
  await turn()
  assert.deepEqual([full.told, full.syncs.length], [[['x', 'failed']], 0])
})

test('at the end what is under way and what waits is made durable and told once, whatever the disk says later', async () => {
  const { submit, syncs, told, commits, waitedFor } = slowDisk()
  submit('a')
  await turn()
  submit('b')
  commits.close()
  assert.deepEqual(
    [told, waitedFor()],
    [
      [
        ['a', 'durable'],
        ['b', 'durable'],
      ],
      2,
    ],
  )
  syncs[0]!(true)
  await turn()
  assert.equal(told.length, 2)
})

test('one transaction holds 512 records at most, and more than 8,192 are refused', async () => {
  const { submit, written, syncs } = slowDisk()
  let taken = 0
  while (submit(`r${taken}`)) taken++
  assert.equal(taken, 8192)
  await turn()
  assert.equal(written[0]!.length, 512)
  syncs[0]!(true)
  await turn()
  assert.equal(written[1]![0], 'r512')
})
