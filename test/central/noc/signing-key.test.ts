import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSigned, signFor } from '#edge/wire/signed.ts'
import { loadSigningKey } from '#central/noc/signing-key.ts'

test('The signing key is made once, readable by its owner only, and the same ever after', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signing-key-'))
  try {
    const file = join(folder, 'keys', 'signing-key.pem')
    const keys = await Promise.all([loadSigningKey(file), loadSigningKey(file)])
    const again = await loadSigningKey(file)
    assert.deepEqual(new Set([...keys, again].map((key) => key.publicPem)).size, 1)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(join(folder, 'keys')), ['signing-key.pem'])
    const opened = openSigned('a/topic', signFor('a/topic', { hello: 1 }, keys[0]!.privateKey), again.publicKey)
    assert.deepEqual(opened, { ok: true, value: { hello: 1 } })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('A damaged key is not replaced behind anyone’s back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signing-key-'))
  try {
    const file = join(folder, 'signing-key.pem')
    writeFileSync(file, 'not a key')
    await assert.rejects(loadSigningKey(file))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
