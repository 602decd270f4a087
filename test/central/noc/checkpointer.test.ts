import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCommitWork } from '#central/noc/ingest/commit-work.ts'
import type { RawRow } from '#central/noc/ingest/store-port.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { eventually } from '#test/support/eventually.ts'
import { EPOCH } from '#test/support/records.ts'
import { column } from '#test/support/telemetry-stores.ts'

const rowsFrom = (first: number, count: number): RawRow[] =>
  Array.from({ length: count }, (_, i) => ({
    node: 'n-1',
    epoch: EPOCH,
    lane: 't',
    seq: first + i,
    kind: 'usage',
    at: 1_790_000_000_000 + i,
    placedAt: 1_790_000_000_000 + i,
    mono: i,
    clock: 'ntp',
    flag: null,
    receivedAt: 1_790_000_000_000 + i,
    body: '{"seconds":60}',
  }))

function freshFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'checkpointer-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'telemetry.db')
}

async function commitInto(file: string, sizes: readonly number[], between?: () => Promise<void>): Promise<void> {
  const store = await openTelemetryStore({ file })
  try {
    let mark = 0
    for (const size of sizes) {
      const moves = [{ node: 'n-1', epoch: EPOCH, lane: 't' as const, from: mark, to: mark + size }]
      const outcome = await store.commit({ ...createCommitWork(0, 'test').rows(), moves, records: rowsFrom(mark + 1, size) })
      assert.equal(outcome, 'committed')
      mark += size
    }
    await between?.()
  } finally {
    await store.close()
  }
}

test('of a commit all rows are there, in whole statements of forty and what is left over', async (t) => {
  const file = freshFile(t)
  const sizes = [1, 39, 40, 41, 80, 83]
  await commitInto(file, sizes)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  assert.deepEqual(
    await column({ file }, 'SELECT seq FROM raw ORDER BY seq'),
    Array.from({ length: total }, (_, i) => i + 1),
  )
})

test('a long drain moves into the file while it goes on, beside the thread that commits', async (t) => {
  const file = freshFile(t)
  await commitInto(
    file,
    Array.from({ length: 8 }, () => 2_500),
    async () => {
      assert.ok(statSync(`${file}-wal`).size < 8_000 * 4_096, 'the log is too short for the store itself to move it')
      await eventually('the first ten thousand rows in the file', () => statSync(file).size > 500_000)
    },
  )
  assert.deepEqual(await column({ file }, 'SELECT COUNT(*) FROM raw'), [20_000])
})
