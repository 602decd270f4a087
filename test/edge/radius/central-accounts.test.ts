import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openCentralAccounts } from '#edge/radius/central-accounts.ts'
import { encodePacket, PACKET_BYTES_MAX } from '#edge/wire/envelope.ts'
import type { NoticeKind } from '#edge/wire/notice.ts'
import { RADIUS_USERS_PER_PART_MAX, type RadiusAccounts, type RadiusUser } from '#edge/wire/radius-accounts.ts'
import { signFor } from '#edge/wire/signed.ts'
import { passwordHash } from './box.ts'

const central = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const TOPIC = 'bc/v1/0/n0123/a'
const T0 = 1_800_000_000_000

const user = (name: string, more: Partial<RadiusUser> = {}): RadiusUser => ({ name, passwordHash, group: 'staf', ...more })
const list = (version: number, users: RadiusUser[], more: Partial<RadiusAccounts> = {}): RadiusAccounts => ({
  v: 1,
  version,
  sentAt: T0 + version,
  part: 1,
  parts: 1,
  users,
  ...more,
})
const packet = (accounts: RadiusAccounts, { topic = TOPIC, key = central.privateKey } = {}) => encodePacket(signFor(topic, accounts, key))

function openIn(t: TestContext, { recoverableSecrets = false, folder = mkdtempSync(join(tmpdir(), 'radius-accounts-')) } = {}) {
  const told: NoticeKind[] = []
  const log: string[] = []
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'radius-accounts.json')
  const accounts = openCentralAccounts({
    file,
    topic: TOPIC,
    centralKey: central.publicKey,
    recoverableSecrets,
    trustedNow: () => T0 + 60_000,
    notices: { tell: (kind) => told.push(kind) },
    log: (line) => log.push(line),
  })
  return { accounts, file, folder, told, log }
}
const names = (users: readonly RadiusUser[]): string[] => users.map(({ name }) => name)

test('a signed list comes into force and is still there after a restart without central', (t) => {
  const { accounts, folder } = openIn(t)
  let used: readonly RadiusUser[] = []
  accounts.onUsers((users) => (used = users))
  assert.equal(accounts.take(packet(list(1, [user('budi'), user('sari')]))), 'taken')
  assert.deepEqual(names(used), ['budi', 'sari'])
  const again = openIn(t, { folder })
  assert.deepEqual([again.accounts.version(), names(again.accounts.users())], [1, ['budi', 'sari']])
})

test('parts come together in any order, or not at all, and never out of two lists', (t) => {
  const { accounts, folder } = openIn(t)
  const part = (version: number, number: number, name: string) => packet(list(version, [user(name)], { part: number, parts: 3 }))
  assert.equal(accounts.take(part(1, 3, 'c')), 'waiting')
  assert.equal(accounts.take(part(1, 1, 'a')), 'waiting')
  assert.equal(accounts.take(part(2, 2, 'x')), 'waiting', 'a newer list begins; the parts of the older are worth nothing')
  assert.equal(accounts.take(part(1, 2, 'b')), 'old')
  assert.deepEqual(accounts.users(), [])
  assert.equal(accounts.take(part(2, 1, 'w')), 'waiting')
  assert.equal(accounts.take(part(2, 3, 'y')), 'taken')
  assert.deepEqual(names(accounts.users()), ['w', 'x', 'y'])
  assert.deepEqual(names(openIn(t, { folder }).accounts.users()), ['w', 'x', 'y'])
})

test('what is not central’s, not for this box, old, from the future or doubled is refused and changes nothing', (t) => {
  const { accounts, told } = openIn(t)
  assert.equal(accounts.take(packet(list(5, [user('budi')]))), 'taken')
  assert.equal(accounts.take(packet(list(5, [user('budi')]))), 'known')
  assert.equal(accounts.take(packet(list(4, [user('eve')]))), 'old')
  for (const bad of [
    packet(list(6, [user('eve')]), { key: stranger.privateKey }),
    packet(list(6, [user('eve')]), { topic: 'bc/v1/0/n0124/a' }),
    packet(list(6, [user('eve')], { sentAt: T0 + 3 * 86_400_000 })),
    packet(list(6, [user('eve'), user('eve')])),
    packet(list(6, [user('eve', { passwordHash: 'scrypt$3$1$1$not-a-hash-at-all$x' })])),
    packet(list(6, [], { part: 2, parts: 1 })),
    Buffer.from('rubbish'),
  ])
    assert.equal(accounts.take(bad), 'refused')
  assert.deepEqual([accounts.version(), names(accounts.users())], [5, ['budi']])
  assert.deepEqual(
    [told.filter((kind) => kind === 'config-refused').length, told.filter((kind) => kind === 'policy-applied').length],
    [7, 1],
  )
})

test('passwords that can be read back are refused where the site has not opted in, also at a start after it has changed its mind', (t) => {
  const secret = packet(list(1, [user('budi', { ntHash: '44ebba8d5312b8d611474411f56989ae' }), user('kios', { password: 'kode-sekali' })]))
  const careful = openIn(t)
  assert.equal(careful.accounts.take(secret), 'refused')
  assert.ok(!existsSync(careful.file))
  const opted = openIn(t, { recoverableSecrets: true })
  assert.equal(opted.accounts.take(secret), 'taken')
  const later = openIn(t, { folder: opted.folder })
  assert.deepEqual(later.accounts.users(), [])
  assert.ok(!later.log.join().includes('kode-sekali'))
})

test('a damaged file is set aside and never believed', (t) => {
  const { accounts, file, folder } = openIn(t)
  accounts.take(packet(list(1, [user('budi')])))
  const octets = readFileSync(file)
  const at = octets.indexOf('budi')
  octets[at] = octets[at]! ^ 1
  writeFileSync(file, octets)
  const again = openIn(t, { folder })
  assert.deepEqual(again.accounts.users(), [])
  assert.ok(existsSync(`${file}.damaged-1`) && again.told.includes('config-refused'))
})

test('a full part of the longest names and hashes fits in a packet', () => {
  const text = (octets: number): string => randomBytes(octets).toString('base64url')
  const users = Array.from({ length: RADIUS_USERS_PER_PART_MAX }, () =>
    user(text(47), {
      passwordHash: `scrypt$16384$8$5$${text(16)}$${text(32)}`,
      until: T0,
      sessionTimeoutSeconds: 604_800,
      ntHash: randomBytes(16).toString('hex'),
    }),
  )
  const { length } = packet(list(1, users))
  assert.ok(length < PACKET_BYTES_MAX, `${length} octets`)
})
