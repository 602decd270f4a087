import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Enrolled } from '#central/enrol.ts'
import { kelurahanKey, loadRoamingKey } from '#central/noc/roaming-key.ts'
import { hotspotOf } from '#test/support/ingest-bench.ts'

const run = promisify(execFile)
const ENROL = join(import.meta.dirname, '../../../central/enrol.ts')

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'roaming-key-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('The city’s roaming key is made once, readable by its owner only, and every kelurahan has its own from it', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'keys', 'roaming-key')
    const [one, other] = await Promise.all([loadRoamingKey(file), loadRoamingKey(file)])
    assert.ok(one.equals(other))
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const klegen = kelurahanKey(one, '35.77.01.1003')
    assert.match(klegen, /^[A-Za-z0-9_-]{43}$/)
    assert.equal(klegen, kelurahanKey(other, '35.77.01.1003'))
    assert.notEqual(klegen, kelurahanKey(one, '35.77.01.1004'))
    // A fixed vector: another version must not give boxes other keys for the same city.
    assert.equal(kelurahanKey(Buffer.alloc(32, 7), '35.77.01.1003'), 'Ld9FAxb9dfeEOVcLHJN2Cyz7hgewneWMpTb39DbXMo8')
  }))

test('A damaged roaming key is not replaced behind anyone’s back', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'roaming-key'), 'short')
    await assert.rejects(loadRoamingKey(join(folder, 'roaming-key')))
  }))

test('Enrolment prints the key of every real hotspot, new or not, and none of a simulated one', () =>
  inFolder(async (folder) => {
    const enrol = async (hotspots: object[], ...more: string[]): Promise<Enrolled> => {
      const work = run(process.execPath, [ENROL, '--data', folder, ...more])
      work.child.stdin?.end(JSON.stringify(hotspots))
      return JSON.parse((await work).stdout) as Enrolled
    }
    const first = await enrol([hotspotOf('n-1'), { ...hotspotOf('n-2'), simulated: true }], '--hotspots')
    assert.deepEqual(Object.keys(first.roamingKeys), ['n-1'])
    const far = { ...hotspotOf('n-3'), kelurahan: '35.77.03.1009' }
    const second = await enrol([{ ...hotspotOf('n-4') }, far], '--hotspots')
    assert.deepEqual(Object.keys(second.roamingKeys), ['n-1', 'n-3', 'n-4'])
    assert.equal(second.roamingKeys['n-4'], first.roamingKeys['n-1'])
    assert.notEqual(second.roamingKeys['n-3'], first.roamingKeys['n-1'])
    assert.deepEqual((await enrol([], '--wall', 'Lobi')).roamingKeys, {})
  }))
