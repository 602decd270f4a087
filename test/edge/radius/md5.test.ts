import assert from 'node:assert/strict'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { hmacMd5Into, hmacMd5Key, md5Into } from '#edge/radius/md5.ts'

test('MD5 agrees with OpenSSL for every length up to 600 octets and at the size of the largest packet', () => {
  const out = Buffer.alloc(16)
  for (const length of [...Array(600).keys(), 4095, 4096]) {
    const octets = randomBytes(length)
    md5Into(octets, length, out, 0)
    assert.deepEqual(out, createHash('md5').update(octets).digest(), `length ${length}`)
  }
})

test('HMAC-MD5 agrees with OpenSSL for keys shorter, as long as and longer than a block', () => {
  const out = Buffer.alloc(16)
  for (const keyLength of [0, 1, 16, 63, 64, 65, 200]) {
    const key = randomBytes(keyLength)
    const prepared = hmacMd5Key(key)
    for (const length of [0, 1, 47, 48, 55, 56, 63, 64, 65, 119, 120, 300]) {
      const octets = randomBytes(length)
      hmacMd5Into(prepared, octets, length, out, 0)
      assert.deepEqual(out, createHmac('md5', key).update(octets).digest(), `key ${keyLength}, length ${length}`)
    }
  }
})

test('a digest may be written into the octets it was taken of', () => {
  const octets = randomBytes(100)
  const expected = createHash('md5').update(octets).digest()
  md5Into(octets, octets.length, octets, 4)
  assert.deepEqual(octets.subarray(4, 20), expected)
})
