import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createAdminCode, hasAdmin, invite, redeemCode, ADMIN_CODE_MILLISECONDS } from '#central/platform/accounts/invitations.ts'
import { holdersOn, positionTitle, type Holder } from '#central/platform/accounts/holders.ts'
import { hashPassword, verifyPassword } from '#central/platform/accounts/passwords.ts'
import {
  ABSOLUTE_MILLISECONDS,
  IDLE_MILLISECONDS,
  sessionByToken,
  SESSIONS_PER_USER_MAX,
  listSessions,
} from '#central/platform/accounts/session-store.ts'
import { setPassword, signIn } from '#central/platform/accounts/sign-in.ts'
import { createThrottle, FAILURES_MAX, WINDOW_MILLISECONDS } from '#central/platform/accounts/throttle.ts'
import { newCode, newToken } from '#central/platform/accounts/codes.ts'
import { onBothDatabases } from '#test/support/databases.ts'
import { admin, centralOn, FRIDAY, PASSWORD, person, positionId, prepareDatabase } from '#test/support/central.ts'

const onBoth = onBothDatabases(prepareDatabase)
const userAgent = 'test'

onBoth('only the code made at the server opens the first account, once, and within its day', async (database) => {
  assert.equal(await hasAdmin(database.db, FRIDAY), false)
  const first = await createAdminCode(database, FRIDAY)
  const second = await createAdminCode(database, FRIDAY)
  assert.equal(await redeemCode(database, { typed: first.code, userAgent, at: FRIDAY }), null, 'replaced by the second')
  assert.equal(await redeemCode(database, { typed: second.code, userAgent, at: FRIDAY + ADMIN_CODE_MILLISECONDS }), null, 'expired')
  const redeemed = await redeemCode(database, { typed: ` ${second.code.toLowerCase().replaceAll('-', ' ')}`, userAgent, at: FRIDAY })
  assert.ok(redeemed)
  assert.equal(await redeemCode(database, { typed: second.code, userAgent, at: FRIDAY }), null, 'used')
  assert.equal(await hasAdmin(database.db, FRIDAY), false, 'no password yet')
  const base = { userId: redeemed.userId, byCode: true, userAgent, at: FRIDAY, password: PASSWORD }
  assert.deepEqual(await setPassword(database, base), { ok: false, reason: 'username-needed' })
  assert.ok((await setPassword(database, { ...base, username: 'kominfo.admin' })).ok)
  assert.equal(await hasAdmin(database.db, FRIDAY), true)
  assert.equal(await sessionByToken(database.db, redeemed.token, FRIDAY), undefined, 'a new token at the change of rights')
})

onBoth('a recovery code takes the administrator’s account back and ends its sessions', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const before = await admin(parts)
  const session = await signIn(database, { username: before.username, password: PASSWORD, userAgent, at: FRIDAY })
  const { code } = await createAdminCode(database, FRIDAY)
  const redeemed = await redeemCode(database, { typed: code, userAgent, at: FRIDAY })
  assert.equal(redeemed?.userId, before.userId)
  assert.equal(await sessionByToken(database.db, session!.token, FRIDAY), undefined)
})

onBoth('an invitation may be issued anew until it is used, and never takes a living account', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const position = await positionId(database, 'Camat Taman')
  const order = { positionId: position, name: 'Budi', username: 'budi', byUserId: 0, byPositionId: null, at: FRIDAY }
  const first = await invite(database, order)
  const second = await invite(database, { ...order, name: 'Budi Santoso' })
  assert.ok(first.ok && second.ok)
  assert.equal(await redeemCode(database, { typed: first.invited.code, userAgent, at: FRIDAY }), null)
  assert.deepEqual(await invite(database, { ...order, positionId: await positionId(database, 'Camat Kartoharjo') }), {
    ok: false,
    reason: 'username-taken',
  })
  const redeemed = await redeemCode(database, { typed: second.invited.code, userAgent, at: FRIDAY })
  assert.ok((await setPassword(database, { userId: redeemed!.userId, byCode: true, password: PASSWORD, userAgent, at: FRIDAY })).ok)
  assert.deepEqual(await invite(database, order), { ok: false, reason: 'username-taken' })
  assert.deepEqual(await invite(database, { ...order, positionId: 999_999, username: 'lain' }), { ok: false, reason: 'not-found' })
})

onBoth('a session ends after half an hour unused and after twelve hours in any case', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const { username } = await person(parts, 'Verifikator Aduan')
  const { token } = (await signIn(database, { username, password: PASSWORD, userAgent, at: FRIDAY }))!
  assert.equal(await sessionByToken(database.db, token, FRIDAY + IDLE_MILLISECONDS), undefined)
  let at = FRIDAY
  while (at + IDLE_MILLISECONDS / 2 < FRIDAY + ABSOLUTE_MILLISECONDS) {
    at += IDLE_MILLISECONDS / 2
    assert.ok(await sessionByToken(database.db, token, at), `${(at - FRIDAY) / 60_000} minutes`)
  }
  assert.equal(await sessionByToken(database.db, token, FRIDAY + ABSOLUTE_MILLISECONDS), undefined)
})

onBoth('looking at a stream does not keep a session alive', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const { username } = await person(parts, 'Verifikator Aduan')
  const { token } = (await signIn(database, { username, password: PASSWORD, userAgent, at: FRIDAY }))!
  assert.ok(await sessionByToken(database.db, token, FRIDAY + IDLE_MILLISECONDS - 1, true))
  assert.equal(await sessionByToken(database.db, token, FRIDAY + IDLE_MILLISECONDS), undefined)
})

onBoth('a user has a bounded number of sessions, and only their hash is stored', async (database, t) => {
  const parts = centralOn(database)
  t.after(parts.forget)
  const { username, userId } = await person(parts, 'Verifikator Aduan')
  let token = ''
  for (let n = 0; n < SESSIONS_PER_USER_MAX; n++)
    token = (await signIn(database, { username, password: PASSWORD, userAgent, at: FRIDAY + n }))!.token
  assert.equal((await listSessions(database.db, userId, FRIDAY + 100)).length, SESSIONS_PER_USER_MAX)
  const stored = JSON.stringify(await database.db.selectFrom('sessions').selectAll().execute())
  assert.ok(!stored.includes(token))
})

test('a password is remembered to its last letter, and its hash names its own cost', async () => {
  const long = `${'x'.repeat(90)}y`
  const hash = await hashPassword(long)
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.equal(await verifyPassword(long, hash), true)
  assert.equal(await verifyPassword(`${'x'.repeat(90)}z`, hash), false)
  assert.equal(await verifyPassword('e\u0301clair', await hashPassword('\u00e9clair')), true, 'composed or not')
  assert.equal(await verifyPassword(long, null), false)
  assert.notEqual(hash, await hashPassword(long))
})

test('guessing is slowed for the account and address that guess, and for nobody else', () => {
  let now = 0
  const throttle = createThrottle(() => now)
  for (let n = 0; n < FAILURES_MAX; n++) assert.equal(throttle.attempt('siti', '10.0.0.9'), 0)
  assert.equal(throttle.attempt('siti', '10.0.0.9'), WINDOW_MILLISECONDS / 1000)
  assert.equal(throttle.attempt('siti', '10.0.0.1'), 0, 'the right person elsewhere')
  assert.equal(throttle.attempt('budi', '10.0.0.9'), 0, 'another account from there')
  now += WINDOW_MILLISECONDS
  assert.equal(throttle.attempt('siti', '10.0.0.9'), 0)
})

test('one address cannot try every account in turn', () => {
  const throttle = createThrottle(() => 0)
  let tried = 0
  while (throttle.attempt(`user${tried}`, '10.0.0.9') === 0 && tried < 1_000) tried += 1
  assert.equal(tried, 60)
})

test('of several holders on a day Plh comes before Plt before the definitive one', () => {
  const hold = (id: number, userId: number, heldAs: Holder['heldAs'], fromDay: string, untilDay: string | null): Holder => ({
    id,
    positionId: 1,
    userId,
    heldAs,
    fromDay,
    untilDay,
  })
  const holders = [
    hold(1, 10, 'definitif', '2026-01-01', null),
    hold(2, 20, 'Plt', '2026-03-01', '2026-03-31'),
    hold(3, 30, 'Plh', '2026-03-10', '2026-03-12'),
  ]
  const who = (day: string) => holdersOn(holders, day).get(1)?.userId
  assert.deepEqual(['2025-12-31', '2026-02-28', '2026-03-01', '2026-03-10', '2026-03-12', '2026-03-13', '2026-04-01'].map(who), [
    undefined,
    10,
    20,
    30,
    30,
    20,
    10,
  ])
  assert.equal(positionTitle('Kepala Dinas', 'Plh'), 'Plh. Kepala Dinas')
  assert.equal(positionTitle('Kepala Dinas', 'definitif'), 'Kepala Dinas')
})

test('tokens and codes are random and readable', () => {
  const tokens = new Set(Array.from({ length: 10_000 }, newToken))
  assert.equal(tokens.size, 10_000)
  for (let n = 0; n < 200; n++) assert.match(newCode(), /^([A-HJ-NP-Z2-9]{4}-){2}[A-HJ-NP-Z2-9]{4}$/)
})
