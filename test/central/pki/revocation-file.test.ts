import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { revocationFile } from '#central/pki/revocation-file.ts'
import { testAuthority } from '#test/support/pki.ts'

const DAY_MS = 86_400_000

test('The list is written for what is new and once a day, is good for two months, and a disk that said no is asked again', async () => {
  const pki = await testAuthority()
  try {
    let at = Date.now()
    const file = join(pki.folder, 'shared', 'revoked.pem')
    const write = revocationFile({ file, authority: pki.authority, now: () => at })
    const none: [] = []
    await assert.rejects(write(none), { code: 'ENOENT' })
    mkdirSync(join(pki.folder, 'shared'))
    const written = async (list: Parameters<typeof write>[0]) => {
      await write(list)
      return readFileSync(file, 'utf8')
    }
    const first = await written(none)
    assert.equal(statSync(file).mode & 0o777, 0o644)
    at += 1_000
    assert.equal(await written(none), first, 'nothing new')
    const one = [{ serial: '5fbd0d199bbbfb483bb049a67631cdce', at }]
    const second = await written(one)
    assert.notEqual(second, first)
    const text = execFileSync('openssl', ['crl', '-in', file, '-noout', '-text', '-nextupdate'], { encoding: 'utf8' })
    assert.match(text, /5FBD0D199BBBFB483BB049A67631CDCE/)
    const until = Date.parse(/nextUpdate=(.*)/.exec(text)![1]!)
    assert.ok(Math.abs(until - at - 60 * DAY_MS) < 2_000)
    at += DAY_MS + 1
    const third = await written(one)
    assert.notEqual(third, second, 'its day is over')
    at -= 3 * DAY_MS
    assert.notEqual(await written(one), third, 'the clock was put back')
  } finally {
    pki.remove()
  }
})
