import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ATTRIBUTE } from '#edge/radius/dictionary/standard.ts'
import { authorize, type AccessDecision } from '#edge/radius/authorize.ts'

const value = (decision: AccessDecision, name: keyof typeof ATTRIBUTE): Buffer | undefined => {
  const found = decision.attributes.find(({ type }) => type === ATTRIBUTE[name].type)
  return found && Buffer.from(found.value)
}

test('a right password is accepted with the session length, the interim interval, a class and a word of welcome', () => {
  const decision = authorize({ method: 'pap', user: { sessionTimeoutSeconds: 7200, group: 'tamu' }, passwordMatches: true })
  assert.equal(decision.code, 'Access-Accept')
  assert.equal(value(decision, 'Session-Timeout')?.readUInt32BE(), 7200)
  assert.equal(value(decision, 'Acct-Interim-Interval')?.readUInt32BE(), 300)
  assert.equal(value(decision, 'Class')?.toString(), 'group=tamu')
  assert.match(value(decision, 'Reply-Message')!.toString(), /^Selamat datang/)
})

test('a user without a session length still gets an end', () => {
  const decision = authorize({ method: 'pap', user: {}, passwordMatches: true })
  assert.equal(value(decision, 'Session-Timeout')?.readUInt32BE(), 43_200)
})

test('a wrong password and an unknown user are refused in the same octets', () => {
  const wrong = authorize({ method: 'pap', user: { group: 'tamu' }, passwordMatches: false })
  assert.equal(wrong.code, 'Access-Reject')
  assert.deepEqual(wrong, authorize({ method: 'pap', user: undefined, passwordMatches: false }))
})

test('nobody gets in without a user, whatever the password check said', () => {
  assert.equal(authorize({ method: 'pap', user: undefined, passwordMatches: true }).code, 'Access-Reject')
})

test('a method we do not speak is refused with a reason, and EAP ends in an EAP-Failure', () => {
  for (const method of ['chap', 'none'] as const) assert.equal(authorize({ method }).code, 'Access-Reject')
  const eap = authorize({ method: 'eap', identifier: 77 })
  assert.equal(eap.code, 'Access-Reject')
  assert.deepEqual([...value(eap, 'EAP-Message')!], [4, 77, 0, 4])
})
