import assert from 'node:assert/strict'
import { test } from 'node:test'
import { md4 } from '#edge/radius/mschap/md4.ts'
import { authenticatorResponse, challengeHash, isNtResponse, ntPasswordHash, ntResponse } from '#edge/radius/mschap/response.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

test('MD4 gives the digests of RFC 1320 §A.5', () => {
  const published: [string, string][] = [
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
    ['12345678901234567890123456789012345678901234567890123456789012345678901234567890', 'e33b4ddc9c38f2199c3e7b164fcc0536'],
  ]
  for (const [message, digest] of published) assert.equal(md4(Buffer.from(message)).toString('hex'), digest)
})

/** RFC 2759 §9.2. */
const exchange = {
  authenticatorChallenge: hex('5B 5D 7C 7D 7B 3F 2F 3E 3C 2C 60 21 32 26 26 28'),
  peerChallenge: hex('21 40 23 24 25 5E 26 2A 28 29 5F 2B 3A 33 7C 7E'),
  userName: Buffer.from('User'),
}
const response = hex('82 30 9E CD 8D 70 8B 5E A0 8F AA 39 81 CD 83 54 42 33 11 4A 3D 85 D6 DF')
const hash = ntPasswordHash(Buffer.from('clientPass'))

test('a response and our answer to it are those of RFC 2759 §9.2, step by step', () => {
  assert.deepEqual(hash, hex('44 EB BA 8D 53 12 B8 D6 11 47 44 11 F5 69 89 AE'))
  assert.deepEqual(challengeHash(exchange), hex('D0 2E 43 86 BC E9 12 26'))
  assert.deepEqual(ntResponse(hash, exchange), response)
  assert.deepEqual(md4(hash), hex('41 C0 0C 58 4B D2 D9 1C 40 17 A2 A1 2F A5 9F 3F'))
  assert.equal(authenticatorResponse(hash, response, exchange), 'S=407A5589115FD0D6209F510FE9C04566932CDA56')
})

test('a response holds for its own password, challenge and length only', () => {
  assert.ok(isNtResponse(response, hash, exchange))
  assert.ok(!isNtResponse(response, ntPasswordHash(Buffer.from('clientPas')), exchange))
  assert.ok(!isNtResponse(response, hash, { ...exchange, authenticatorChallenge: Buffer.alloc(16) }))
  assert.ok(!isNtResponse(response.subarray(0, 23), hash, exchange))
  for (let i = 0; i < response.length; i++) {
    const flipped = Buffer.from(response)
    flipped[i] = flipped[i]! ^ 1
    assert.ok(!isNtResponse(flipped, hash, exchange), `octet ${i}`)
  }
})

test('a Windows domain before the user name takes no part', () => {
  assert.ok(isNtResponse(response, hash, { ...exchange, userName: Buffer.from('KANTOR\\User') }))
  assert.ok(!isNtResponse(response, hash, { ...exchange, userName: Buffer.from('user') }))
})

test('a password beyond ASCII is hashed as UTF-16, surrogate pairs included', () => {
  assert.deepEqual(ntPasswordHash(Buffer.from('sandi-ꦗꦮ-😀')), md4(Buffer.from('sandi-ꦗꦮ-😀', 'utf16le')))
})
