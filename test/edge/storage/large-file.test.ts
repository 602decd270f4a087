import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openDatabase } from '#edge/storage/database.ts'
import { ROOT } from '#provisioning/package/programs.ts'

const run = promisify(execFile)
const ROWS = 30_000
const ROW_OCTETS = 900

/** SQLite itself takes a little; 16 MB of the file is what it would keep of its own accord. */
const GROWN_MAX = 8_000_000

const migrations = ['CREATE TABLE said (at INTEGER PRIMARY KEY, what BLOB NOT NULL)']

const OPEN = `
import { openDatabase } from '#edge/storage/database.ts'
const options = { migrations: ${JSON.stringify(migrations)}, log: console.error }
openDatabase({ ...options, file: ':memory:' }).close()
const before = process.memoryUsage.rss()
const db = openDatabase({ ...options, file: process.argv[1] })
console.log(process.memoryUsage.rss() - before, db.prepare('SELECT count(*) FROM said').pluck().get())
`

test('a box that comes up with a large database looks through it and does not keep it in memory', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'large-file-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'said.db')
  const db = openDatabase({ file, migrations, log: assert.fail })
  const insert = db.prepare('INSERT INTO said (what) VALUES (randomblob(?))')
  db.transaction(() => {
    for (let row = 0; row < ROWS; row += 1) insert.run(ROW_OCTETS)
  })()
  db.close()
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', OPEN, file], { cwd: ROOT })
  const [grown = 0, rows] = stdout.trim().split(' ').map(Number)
  assert.equal(rows, ROWS)
  assert.ok(grown < GROWN_MAX, `${grown} octets more in memory`)
})
