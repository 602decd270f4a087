import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mosquittoAcl, mosquittoPassword } from '#provisioning/render/broker-acl.ts'
import { hashedByMosquitto, mosquittoMissing } from '#test/support/mosquitto.ts'

test('A box may write on its own topics and read its own, by pattern', () => {
  const lines = mosquittoAcl('central').split('\n')
  assert.deepEqual(
    lines.filter((line) => line.startsWith('pattern write')),
    ['t', 'e', 's', 'hello', 'r'].map((leaf) => `pattern write bc/v1/+/%u/${leaf}`),
  )
  assert.deepEqual(
    lines.filter((line) => line.startsWith('pattern read')),
    ['ack', 'd', 'a', 'm', 'x', 'v', 'c'].map((leaf) => `pattern read bc/v1/+/%u/${leaf}`),
  )
  assert.ok(!lines.slice(0, lines.indexOf('user central')).some((line) => line.startsWith('topic')), 'nothing is open to everyone')
})

test('A password line is the one Mosquitto makes itself', { skip: mosquittoMissing() ?? false }, () => {
  const theirs = hashedByMosquitto('n-1', 'a-token')
  const salt = Buffer.from(theirs.split('$')[3]!, 'base64')
  assert.equal(mosquittoPassword('n-1', 'a-token', salt), theirs)
})

test('A name that would break the password file is refused', () => {
  assert.throws(() => mosquittoPassword('n-1:x\nroot', 'a-token', new Uint8Array(12)), /cannot be a user/)
})
