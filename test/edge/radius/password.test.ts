import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePasswordHash, parsePasswordHash, passwordMatches, passwordVerifier, type Credentials } from '#edge/radius/password.ts'
import { userTable } from '#edge/radius/users.ts'

/** Far too cheap for real use; these tests are about the rules around scrypt. */
const CHEAP = { N: 1024, r: 8, p: 1 }

async function credentials(name: string, password: string): Promise<Credentials> {
  const passwordHash = await makePasswordHash(password, CHEAP)
  return { name, passwordHash, parsed: parsePasswordHash(passwordHash)! }
}

test('a hash made here is read back, matches its password and no other, and differs each time', async () => {
  const text = await makePasswordHash('rahasia sekali')
  assert.match(text, /^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/)
  const parsed = parsePasswordHash(text)!
  assert.ok(await passwordMatches(parsed, Buffer.from('rahasia sekali')))
  for (const wrong of ['', 'rahasia sekal', 'rahasia sekali ', 'Rahasia sekali'])
    assert.ok(!(await passwordMatches(parsed, Buffer.from(wrong))), wrong)
  assert.notEqual(await makePasswordHash('rahasia sekali', CHEAP), await makePasswordHash('rahasia sekali', CHEAP))
})

test('a hash that is broken, or would take the whole box to check, is refused', async () => {
  const good = await makePasswordHash('x', CHEAP)
  const [, , , , salt, hash] = good.split('$')
  assert.ok(parsePasswordHash(good))
  for (const text of ['', 'x', `bcrypt${good.slice(6)}`, `scrypt$1000$8$1$${salt}$${hash}`, `scrypt$1$8$1$${salt}$${hash}`])
    assert.equal(parsePasswordHash(text), undefined, text)
  for (const cost of ['1048576$8$1', '16384$64$1', '16384$8$99', '16384$0$1'])
    assert.equal(parsePasswordHash(`scrypt$${cost}$${salt}$${hash}`), undefined, cost)
})

test('what was verified is remembered, for that password and that hash only', async () => {
  const verifier = passwordVerifier()
  const user = await credentials('budi', 'rahasia')
  assert.ok(!verifier.remembers(user, Buffer.from('rahasia')))
  assert.equal(await verifier.verify(user, Buffer.from('rahasia')), 'match')
  assert.ok(verifier.remembers(user, Buffer.from('rahasia')))
  assert.ok(!verifier.remembers(user, Buffer.from('salah')))
  // The administrator has set a new password, even if it is the same word.
  assert.ok(!verifier.remembers(await credentials('budi', 'rahasia'), Buffer.from('rahasia')))
})

test('a wrong password is not remembered as right', async () => {
  const verifier = passwordVerifier()
  const user = await credentials('budi', 'rahasia')
  assert.equal(await verifier.verify(user, Buffer.from('salah')), 'mismatch')
  assert.ok(!verifier.remembers(user, Buffer.from('salah')) && !verifier.remembers(user, Buffer.from('rahasia')))
})

test('a stranger is a mismatch, by way of the same work', async () => {
  const verifier = passwordVerifier({ concurrentMax: 1, waitingMax: 0 })
  const stranger = verifier.verify(undefined, Buffer.from('apa saja'), CHEAP)
  // Work is going on: the only place is taken until it is done.
  assert.equal(await verifier.verify(undefined, Buffer.from('apa saja'), CHEAP), 'busy')
  assert.equal(await stranger, 'mismatch')
})

test('beyond the places for working and waiting the answer is busy, and every place is free again afterwards', async () => {
  const verifier = passwordVerifier({ concurrentMax: 2, waitingMax: 3 })
  const user = await credentials('budi', 'rahasia')
  for (let round = 0; round < 3; round++) {
    const verdicts = await Promise.all(Array.from({ length: 9 }, () => verifier.verify(user, Buffer.from('salah'))))
    assert.deepEqual(verdicts, [...Array(5).fill('mismatch'), ...Array(4).fill('busy')], `round ${round}`)
  }
  const verdicts = await Promise.all(Array.from({ length: 5 }, () => verifier.verify(user, Buffer.from('rahasia'))))
  assert.deepEqual(verdicts, Array(5).fill('match'))
})

test('users are found by the exact octets of their name', async () => {
  const passwordHash = await makePasswordHash('x', CHEAP)
  const users = userTable([{ name: 'Sri Wahyuni é', passwordHash }])
  assert.equal(users.find(Buffer.from('Sri Wahyuni é'))?.name, 'Sri Wahyuni é')
  assert.equal(users.find(Buffer.from('sri wahyuni é')), undefined)
  assert.equal(users.find(Buffer.from('Sri Wahyuni \u{fffd}')), undefined)
  assert.equal(users.find(Buffer.concat([Buffer.from('Sri Wahyuni '), Buffer.from([0xff])])), undefined)
  assert.deepEqual([users.cost.N, users.cost.p], [1024, 1])
})

test('a user listed twice or with an unreadable hash is refused by name, without the hash', async () => {
  const passwordHash = await makePasswordHash('x', CHEAP)
  assert.throws(
    () =>
      userTable([
        { name: 'budi', passwordHash },
        { name: 'budi', passwordHash },
      ]),
    /"budi" is listed twice/,
  )
  assert.throws(
    () => userTable([{ name: 'budi', passwordHash: 'plain-text-password-here' }]),
    (error: Error) => error.message.includes('budi') && !error.message.includes('plain-text'),
  )
})
