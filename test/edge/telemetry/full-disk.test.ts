import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, fsyncSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import { isDiskFull } from '#edge/telemetry/outbox-file.ts'
import { openStore } from '#edge/telemetry/store.ts'
import type { Gap } from '#edge/wire/gap.ts'
import { card } from '#test/support/disks.ts'
import { complaint, usage } from './bodies.ts'

const MiB = 1024 * 1024
const needsRoot = process.getuid?.() === 0 ? false : 'needs root to mount a small file system'

function smallDisk(t: TestContext, mebibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'full-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  t.after(() => {
    execFileSync('umount', ['-l', folder])
    rmdirSync(folder)
  })
  return folder
}

/** Something else on the box that eats all there is, as logs do. */
function fillUp(file: string): void {
  const handle = openSync(file, 'w')
  for (const size of [MiB, 65_536, 4_096, 512]) {
    try {
      for (;;) writeSync(handle, Buffer.alloc(size, 1))
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    }
  }
  fsyncSync(handle)
  closeSync(handle)
}

const code = (i: number) =>
  `AAAA-${String(i)
    .padStart(4, '0')
    .split('')
    .map((digit) => 'ABCDEFGHJK'[Number(digit)])
    .join('')}`

test('on a disk that others have filled, complaints are still kept and the oldest telemetry pays for them', { skip: needsRoot }, (t) => {
  const folder = smallDisk(t, 12)
  const file = join(folder, 'outbox.db')
  let outbox = openOutbox({ file, bytesMax: 64 * MiB, groupSeconds: 60 })
  let samples = 0
  for (; samples < 15_000; samples++) outbox.record('usage', usage())
  outbox.flush()
  fillUp(join(folder, 'somebody-else.log'))

  const complaints = 2_000
  for (let i = 0; i < complaints; i++) {
    outbox.record('complaint', {
      ...complaint(code(i)),
      text: 'Jalan berlubang di depan pasar, sudah dua kali ada yang jatuh. '.repeat(10),
    })
    for (let j = 0; j < 2; j++, samples++) outbox.record('usage', usage())
    if (i !== 1_200) continue
    outbox.close()
    outbox = openOutbox({ file, bytesMax: 64 * MiB, groupSeconds: 60 })
  }
  assert.equal(outbox.bounds('e').hi, complaints)
  const dropped = outbox.counters().dropped
  assert.ok(dropped > 0, 'telemetry paid')

  rmSync(join(folder, 'somebody-else.log'))
  outbox.flush()
  const kinds = allTelemetry(outbox)
  assert.equal(kinds.filter(({ kind }) => kind === 'usage').length + dropped, samples, 'what is left and what was counted is all there was')
  assert.equal(
    kinds.filter(({ kind }) => kind === 'gap').reduce((sum, { body }) => sum + (body as Gap).records, 0),
    dropped,
  )
  outbox.close()
})

test('without room set aside not even a deletion works on a full disk', { skip: needsRoot }, (t) => {
  const folder = smallDisk(t, 6)
  const store = openStore(join(folder, 'plain.db'))
  const row = { lane: 't' as const, at: 0, mono: 0, clock: 'none' as const, kind: 'usage', body: JSON.stringify(usage()) }
  store.append(
    Array.from({ length: 4_000 }, (_, i) => ({ ...row, seq: i + 1 })),
    {},
  )
  store.shrinkLog()
  fillUp(join(folder, 'somebody-else.log'))
  assert.throws(() => store.remove({ t: 500 }, {}), isDiskFull)
  store.close()
})

function allTelemetry(outbox: ReturnType<typeof openOutbox>) {
  const records = []
  for (let after = 0; ;) {
    const page = outbox.pending('t', after, 500)
    if (page.length === 0) return records
    records.push(...page)
    after = page.at(-1)!.seq
  }
}

test('whether the outbox can write follows the disk while the box runs', { skip: needsRoot }, async (t) => {
  const disk = card(t, 16)
  const refusals: (string | undefined)[] = []
  const onRefusal = (refusal: string | undefined) => void refusals.push(refusal)
  const outbox = openOutbox({ file: join(disk.folder, 'outbox.db'), bytesMax: MiB, groupSeconds: 60, onRefusal })
  outbox.record('usage', usage())
  outbox.flush()
  assert.equal(outbox.isWritable(), true)
  disk.fail()
  outbox.record('usage', usage())
  assert.throws(() => outbox.flush())
  assert.equal(outbox.isWritable(), false)
  await setImmediate()
  assert.equal(refusals.length, 1, 'and somebody is told, once')
  assert.throws(() => outbox.flush())
  await setImmediate()
  assert.equal(refusals.length, 1)
  assert.throws(() => outbox.close())
})
