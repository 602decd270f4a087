import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { dnsmasqFiles } from '#edge/agent/dnsmasq-files.ts'
import { CAPTIVE_API_FILE, GARDEN_FILE } from '#edge/config.ts'

test('dnsmasq’s files are there when there is something to say, and are left alone while nothing changes', (t) => {
  const { folder, files } = openFolder(t)
  const garden = join(folder, GARDEN_FILE)
  assert.equal(files.garden(['madiunkota.go.id']), true)
  assert.match(readFileSync(garden, 'utf8'), /^server=\/madiunkota\.go\.id\/1\.1\.1\.1$/m)
  assert.equal(statSync(garden).mode & 0o777, 0o644, 'dnsmasq’s own user reads it')
  const before = statSync(garden).ino
  assert.equal(files.garden(['madiunkota.go.id']), false)
  assert.equal(statSync(garden).ino, before)
  files.garden([])
  assert.doesNotMatch(readFileSync(garden, 'utf8'), /madiun/)
})

test('phones are sent to the captive portal API only while there is one', (t) => {
  const { folder, files } = openFolder(t)
  const file = join(folder, CAPTIVE_API_FILE)
  files.captiveApi(undefined)
  assert.ok(!existsSync(file))
  files.captiveApi('https://n0123.wifi.example/captive')
  assert.match(readFileSync(file, 'utf8'), /114,https:\/\/n0123\.wifi\.example\/captive/)
  files.captiveApi(undefined)
  assert.ok(!existsSync(file))
})

test('what cannot be written, or should not be, is a line in the log and never an exception', (t) => {
  const { folder, files, said } = openFolder(t)
  files.captiveApi('http://10.77.0.1/captive')
  assert.ok(!existsSync(join(folder, CAPTIVE_API_FILE)))
  assert.equal(said.length, 1)
  dnsmasqFiles({ leaseFile: '/x', folder: '/dev/null', upstream: [], address: '127.0.0.1', port: 53 }, (line) => said.push(line)).garden([])
  assert.equal(said.length, 2)
  dnsmasqFiles(undefined, () => assert.fail('where dnsmasq is not ours there is nothing to write')).garden(['a.id'])
})

function openFolder(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'dnsmasq-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const said: string[] = []
  const dnsmasq = { leaseFile: '/x', folder, upstream: ['1.1.1.1'], address: '127.0.0.1', port: 53 }
  return { folder, said, files: dnsmasqFiles(dnsmasq, (line) => said.push(line)) }
}
