/** What a box is shipped: two files that run without this tree. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BOX_FOLDER, freshProgram, NATIVE, ROOT } from '#provisioning/package/programs.ts'
import { boxCommand } from '#provisioning/render/box-command.ts'

const run = promisify(execFile)

test('the programs of a box run with nothing beside them but the native modules', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'box-programs-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of NATIVE) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  for (const name of ['edge', 'gate'] as const) {
    cpSync(freshProgram(name).file, join(folder, `${name}.mjs`))
    const [command = '', ...argv] = boxCommand(process.execPath, { name, file: join(folder, `${name}.mjs`) }, '--help')
    const { stdout } = await run(command, argv, { cwd: folder })
    assert.match(stdout, /^Usage: /, name)
  }
})

test('the programs are plain ASCII, so that their text takes one octet per character of memory, and keep the names people wrote', () => {
  for (const name of ['edge', 'gate'] as const) {
    const text = readFileSync(freshProgram(name).file, 'utf8')
    assert.doesNotMatch(text, /[^\0-\x7f]/, name) // oxlint-disable-line no-control-regex -- ASCII is meant
    assert.match(text, name === 'edge' ? /function readEdgeConfig\(/ : /function createKeeper\(/)
  }
})

test('a program is made anew when what it was made of is not what is there', () => {
  const { file } = freshProgram('gate')
  const sourcesFile = join(BOX_FOLDER, 'sources.json')
  const sources = JSON.parse(readFileSync(sourcesFile, 'utf8')) as { files: string[]; sum: string }
  assert.ok(sources.files.includes('edge/gate/daemon.ts') && sources.files.includes('package-lock.json'))
  assert.ok(!sources.files.some((name) => name.includes('node_modules')))
  const made = statSync(file).mtimeMs
  freshProgram('gate')
  assert.equal(statSync(file).mtimeMs, made, 'nothing changed, nothing is made')

  writeFileSync(sourcesFile, JSON.stringify({ ...sources, sum: 'of other sources' }))
  freshProgram('gate')
  assert.ok(statSync(file).mtimeMs > made)
})
