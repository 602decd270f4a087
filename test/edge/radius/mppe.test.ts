import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { hideKey, keysOfMsChapV2, mppeAttributes, unhideKey } from '#edge/radius/mppe.ts'
import { readVendorList } from '#edge/radius/vendor.ts'
import { sharedSecret } from '#edge/radius/secret.ts'
import { SECRET } from './client.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

/** RFC 2759 §9.2, which RFC 3079 §3.5.3 goes on with: password clientPass. */
const ntHash = hex('44 EB BA 8D 53 12 B8 D6 11 47 44 11 F5 69 89 AE')
const response = hex('82 30 9E CD 8D 70 8B 5E A0 8F AA 39 81 CD 83 54 42 33 11 4A 3D 85 D6 DF')

test("RFC 3079's example session keys are what the server derives", () => {
  const { send } = keysOfMsChapV2(ntHash, response)
  assert.deepEqual(send, hex('8B 7C DC 14 9B 99 3A 1B A1 18 CB 15 3F 56 DC CB'))
})

test('a key travels hidden, comes back under the same secret, and does not under another', () => {
  const authenticator = randomBytes(16)
  for (const length of [1, 15, 16, 31, 32, 64]) {
    const key = randomBytes(length)
    const hidden = hideKey(key, Buffer.from([0x80, 1]), authenticator, SECRET)
    assert.equal((hidden.length - 2) % 16, 0)
    assert.deepEqual(unhideKey(hidden, authenticator, SECRET), key)
    assert.notDeepEqual(unhideKey(hidden, authenticator, sharedSecret('another-secret-of-16')), key)
  }
  assert.equal(unhideKey(Buffer.alloc(17), authenticator, SECRET), undefined)
})

test('both keys of an accept have a salt of their own with its first bit set', () => {
  const keys = { send: randomBytes(32), recv: randomBytes(32) }
  const authenticator = randomBytes(16)
  const [send, recv] = mppeAttributes(keys, authenticator, SECRET).map(({ value }) => readVendorList(value as Buffer)!.attributes[0]!)
  assert.deepEqual([send!.type, recv!.type], [16, 17])
  assert.notDeepEqual(send!.value.subarray(0, 2), recv!.value.subarray(0, 2))
  for (const { value } of [send!, recv!]) assert.ok(value[0]! & 0x80)
  assert.deepEqual(unhideKey(send!.value, authenticator, SECRET), keys.send)
  assert.deepEqual(unhideKey(recv!.value, authenticator, SECRET), keys.recv)
})
