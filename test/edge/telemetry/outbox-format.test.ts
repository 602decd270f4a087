import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { crc32 } from 'node:zlib'
import Database from 'better-sqlite3'
import { openStore } from '#edge/telemetry/store.ts'

const EPOCH = '00112233445566ff'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'outbox-format-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** As the version before wrote it: both lanes in one table. */
function oldOutbox(file: string, rows: { t: number; e: number }): void {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.exec(`
  CREATE TABLE record (
    lane TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, mono INTEGER NOT NULL,
    clock TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, sum INTEGER NOT NULL,
    PRIMARY KEY (lane, seq)
  ) WITHOUT ROWID;
  CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `)
  const insert = db.prepare('INSERT INTO record VALUES (?, ?, 5, 6, ?, ?, ?, ?)')
  db.transaction(() => {
    for (const [lane, count] of Object.entries(rows))
      for (let seq = 1; seq <= count; seq++) {
        const [kind, body] = lane === 't' ? ['usage', `{"n":${seq}}`] : ['complaint', `{"code":"${seq}"}`]
        insert.run(lane, seq, 'ntp', kind, body, crc32(`${lane}|${seq}|5|6|ntp|${kind}|${body}`))
      }
    const note = db.prepare('INSERT INTO note VALUES (?, ?)')
    for (const [name, value] of Object.entries({ epoch: EPOCH, marks: { t: 7, e: 2 } })) {
      const json = JSON.stringify(value)
      note.run(name, `${crc32(`${name}|${json}`)}:${json}`)
    }
    db.pragma('user_version = 2')
  })()
  db.close()
}

function assertWhole(file: string, rows: { t: number; e: number }): void {
  const store = openStore(file)
  try {
    const { epoch, marks } = store.readNotes()
    assert.deepEqual({ epoch, marks }, { epoch: EPOCH, marks: { t: 7, e: 2 } })
    for (const lane of ['t', 'e'] as const) {
      assert.deepEqual(store.range(lane), { lo: 1, hi: rows[lane] })
      const read = store.after(lane, 0, 10_000)
      assert.deepEqual(
        read.map(({ record }) => record.seq),
        Array.from({ length: rows[lane] }, (_, i) => i + 1),
      )
      assert.ok(read.every(({ intact }) => intact))
    }
  } finally {
    store.close()
  }
}

test('an outbox of the version before is taken over with every record, number and mark, and opened again as it is', (t) => {
  const file = join(folder(t), 'outbox.db')
  const rows = { t: 1_203, e: 61 }
  oldOutbox(file, rows)
  assertWhole(file, rows)
  assertWhole(file, rows)
})

test('a move into the new tables that was cut off goes on where it was', (t) => {
  const file = join(folder(t), 'outbox.db')
  const rows = { t: 1_203, e: 61 }
  oldOutbox(file, rows)
  const db = new Database(file)
  db.exec(`
  CREATE TABLE telemetry (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, mono INTEGER NOT NULL,
    clock TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, sum INTEGER NOT NULL
  );
  INSERT INTO telemetry SELECT seq, at, mono, clock, kind, body, sum FROM record WHERE lane = 't' AND seq <= 500;
  DELETE FROM record WHERE lane = 't' AND seq <= 500;`)
  db.close()
  assertWhole(file, rows)
})

test('whoever looks into the file by hand finds both lanes under the name they always had', (t) => {
  const file = join(folder(t), 'outbox.db')
  oldOutbox(file, { t: 3, e: 2 })
  openStore(file).close()
  const db = new Database(file, { readonly: true })
  try {
    assert.deepEqual(db.prepare('SELECT lane, seq FROM record ORDER BY lane, seq').raw().all(), [
      ['e', 1],
      ['e', 2],
      ['t', 1],
      ['t', 2],
      ['t', 3],
    ])
  } finally {
    db.close()
  }
})
