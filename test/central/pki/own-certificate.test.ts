import { test } from 'node:test'
import assert from 'node:assert/strict'
import { ownCertificate } from '#central/pki/own-certificate.ts'
import { testAuthority } from '#test/support/pki.ts'

const DAY_MS = 86_400_000

test('The broker’s own certificate is renewed in time, for those who come then', async () => {
  let at = Date.now()
  const pki = await testAuthority(() => at)
  const current = ownCertificate(pki.authority, { name: 'localhost', purpose: 'broker' }, () => at)
  const first = await current()
  at += 50 * DAY_MS
  assert.equal((await current()).cert, first.cert)
  at += 12 * DAY_MS
  const second = await current()
  assert.notEqual(second.cert, first.cert)
  assert.notEqual(second.key, first.key)
  pki.remove()
})
