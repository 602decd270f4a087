/** The disk that loses power: what the crash-state replayer believes of a file system, in small. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDisk, type Cut, type DiskState } from '#scripts/fault-suite/power-cut/disk.ts'
import type { Step } from '#scripts/fault-suite/power-cut/recording.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'

const created: Step = { is: 'name', folder: '/d', names: [{ path: '/d/a', file: 0 }] }
const written = (text: string, offset = 0): Step => ({ is: 'write', file: 0, offset, bytes: Buffer.from(text) })
const synced: Step = { is: 'sync', file: 0 }
const folderSynced: Step = { is: 'sync-folder', folder: '/d' }

function after(cut: Cut, steps: Step[], next?: Step, random = seededRandom(1)): Record<string, string> {
  const disk = createDisk()
  for (const step of steps) disk.take(step)
  return texts(disk.after(cut, random, next))
}
const texts = (state: DiskState) =>
  Object.fromEntries([...state].map(([path, content]) => [path, content.toString().replaceAll('\0', '.')]))

test('a name is there only once its folder was forced to disk, and content only once its file was', () => {
  assert.deepEqual(after('all-lost', [created, written('one'), synced]), {})
  assert.deepEqual(after('all-lost', [created, folderSynced, written('one')]), { '/d/a': '' })
  assert.deepEqual(after('all-lost', [created, folderSynced, written('one'), synced, written('two')]), { '/d/a': 'one' })
})

test('where sizes arrived and contents did not, new room reads as zeros and old content stays', () => {
  assert.deepEqual(after('data-lost', [created, written('one'), synced, written('XXX'), written('four', 4)]), { '/d/a': 'one.....' })
  assert.deepEqual(after('data-lost', [created, written('one'), synced, { is: 'truncate', file: 0, size: 1 }]), { '/d/a': 'o' })
})

test('a replaced file is the old one or the new one by its name, whatever the order of the two fsyncs', () => {
  const replaced: Step = {
    is: 'name',
    folder: '/d',
    names: [
      { path: '/d/a', file: 1 },
      { path: '/d/b', file: undefined },
    ],
  }
  const steps: Step[] = [created, written('old'), synced, folderSynced, { is: 'write', file: 1, offset: 0, bytes: Buffer.from('new') }]
  assert.deepEqual(after('all-lost', [...steps, { is: 'sync', file: 1 }, replaced]), { '/d/a': 'old' })
  assert.deepEqual(after('all-lost', [...steps, replaced, folderSynced]), { '/d/a': '' }, 'renamed without its own fsync it is empty')
  assert.deepEqual(after('all-lost', [...steps, { is: 'sync', file: 1 }, replaced, folderSynced]), { '/d/a': 'new' })
})

test('sectors of one write arrive each for itself, and every state is a mixture of old and new ones', () => {
  const old = 'a'.repeat(1_024)
  const seen = new Set<string>()
  for (let seed = 1; seed <= 60; seed++) {
    const state = after('torn', [created, folderSynced, written(old), synced, written('b'.repeat(1_024))], undefined, seededRandom(seed))
    const halves = [state['/d/a']!.slice(0, 512), state['/d/a']!.slice(512)].map((half) => {
      assert.match(half, /^(a{512}|b{512})$/)
      return half[0]
    })
    seen.add(halves.join(''))
  }
  assert.deepEqual([...seen].sort(), ['aa', 'ab', 'ba', 'bb'])
})

test('a program that dies leaves all it wrote, and some first part of what it was writing', () => {
  const lengths = new Set<number>()
  for (let seed = 1; seed <= 40; seed++) {
    const { '/d/a': content = '' } = after('process', [created, written('one')], written('two', 3), seededRandom(seed))
    assert.ok('onetwo'.startsWith(content) && content.length >= 3, content)
    lengths.add(content.length)
  }
  assert.ok(lengths.size > 1)
})
