/** WPA-Enterprise at a hotspot's own RADIUS: Debian's eapol_test as the device and the access point, against the whole front. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { EdgeConfig } from '#edge/config.ts'
import { ntPasswordHash } from '#edge/radius/mschap/response.ts'
import type { RadiusUser } from '#edge/wire/radius-accounts.ts'
import { PASSWORD, passwordHash, radiusConfig, startBox, USER, type Box } from '#test/edge/radius/box.ts'
import { testAuthority, type Issued, type TestAuthority } from '#test/edge/radius/eap/certificates.ts'
import { eapolTest, needsEapolTest, type EapolRun, type Network } from '#test/edge/radius/eap/eapol-test.ts'

type EapConfig = NonNullable<EdgeConfig['radius']['eap']>

const authority: TestAuthority = await testAuthority()
const server: Issued = await authority.issue({ name: 'radius.uji.example', usage: 'serverAuth' })
const hashed: RadiusUser = { name: USER, passwordHash, ntHash: ntPasswordHash(Buffer.from(PASSWORD)).toString('hex') }
const inClear: RadiusUser = { name: USER, passwordHash, password: PASSWORD }

type SiteOptions = {
  methods?: EapConfig['methods']
  innerMethods?: EapConfig['innerMethods']
  user?: RadiusUser
  revoked?: string[]
  chain?: { own: Issued; above: string }
}

type Site = Box & { port: number }

async function site({
  methods = ['ttls', 'tls', 'peap'],
  innerMethods = ['pap', 'mschapv2', 'chap', 'gtc'],
  user = hashed,
  revoked,
  chain,
}: SiteOptions = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'eap-site-'))
  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const eap: EapConfig = {
    methods,
    innerMethods,
    keyFile: file('server.key', (chain?.own ?? server).key),
    certificateFile: file('server.pem', chain ? chain.own.certificate + chain.above : server.certificate),
    clientAuthoritiesFile: file('authorities.pem', authority.certificate),
    ...(revoked && { revocationListsFile: file('revoked.pem', await authority.revocationList(revoked)) }),
  }
  const box = await startBox({
    config: radiusConfig({ users: [], recoverableSecrets: true, eap }),
    accounts: { version: () => 1, users: () => [user], take: () => 'known', onUsers: () => undefined, saveAgain: () => undefined },
  })
  rmSync(folder, { recursive: true })
  return { ...box, port: box.radius.authPort, [Symbol.asyncDispose]: () => box[Symbol.asyncDispose]() }
}

const person = (more: Partial<Network>): Network => ({
  eap: 'TTLS',
  identity: USER,
  anonymous: 'anonymous@uji.example',
  password: PASSWORD,
  authority: authority.certificate,
  ...more,
})
const holder = (client: Issued, more: Partial<Network> = {}): Network => ({
  eap: 'TLS',
  identity: USER,
  authority: authority.certificate,
  client,
  ...more,
})

function letIn(run: EapolRun): void {
  assert.ok(run.succeeded, run.output.slice(-3000))
}
/** By an EAP-Failure in an Access-Reject, within the time of a conversation: no device is left waiting. */
function turnedAway(run: EapolRun): void {
  assert.ok(run.refused, run.output.slice(-3000))
}

const both = async (t: TestContext, port: number, name: string, network: Network, check: (run: EapolRun) => void): Promise<void> => {
  for (const tls of ['1.2', '1.3'] as const)
    await t.test(`${name}, TLS ${tls}`, async () => check(await eapolTest(port, { ...network, tls })))
}

test('every method that a site allows lets the right secret in, with the same keys at both ends, and turns a wrong one away', async (t) => {
  if (!needsEapolTest(t)) return
  await using open = await site({ user: inClear })
  const methods: [string, Partial<Network>][] = [
    ['EAP-TTLS with PAP', { phase2: 'auth=PAP' }],
    ['EAP-TTLS with CHAP', { phase2: 'auth=CHAP' }],
    ['EAP-TTLS with MSCHAPv2', { phase2: 'auth=MSCHAPV2' }],
    ['EAP-TTLS with EAP-GTC', { phase2: 'autheap=GTC' }],
    ['EAP-TTLS with EAP-MSCHAPv2', { phase2: 'autheap=MSCHAPV2' }],
    ['PEAPv0 with MSCHAPv2', { eap: 'PEAP', phase2: 'auth=MSCHAPV2' }],
  ]
  for (const [name, network] of methods) {
    await both(t, open.port, name, person(network), letIn)
    await both(t, open.port, `${name}, wrong password`, person({ ...network, password: 'salah' }), turnedAway)
    await both(t, open.port, `${name}, unknown user`, person({ ...network, identity: 'siapa' }), turnedAway)
  }
  const { accepts, rejects } = open.radius.counters()
  assert.deepEqual([accepts, rejects], [12, 24])
  assert.deepEqual(open.radius.eapCounters()?.rejects, { 'wrong-credentials': 24 })
})

test('from a stored NT hash, MSCHAPv2 works and CHAP cannot', async (t) => {
  if (!needsEapolTest(t)) return
  await using closed = await site({ user: hashed })
  letIn(await eapolTest(closed.port, person({ phase2: 'auth=MSCHAPV2' })))
  letIn(await eapolTest(closed.port, person({ eap: 'PEAP', phase2: 'auth=MSCHAPV2' })))
  turnedAway(await eapolTest(closed.port, person({ phase2: 'auth=CHAP' })))
})

test('EAP-TLS lets a certificate of ours in; expired, revoked and foreign ones and a server’s are told why and turned away', async (t) => {
  if (!needsEapolTest(t)) return
  const lost = await authority.issue({ name: USER })
  await using own = await site({ revoked: [lost.serial] })
  await both(t, own.port, 'valid', holder(await authority.issue({ name: USER, email: [] })), letIn)
  const bad: [string, Issued, RegExp][] = [
    ['expired', await authority.issue({ name: USER, from: -9, to: -1 }), /certificate expired/],
    ['revoked', lost, /certificate revoked/],
    ['of a foreign authority', await (await testAuthority('Kota Asing')).issue({ name: USER }), /unknown CA/],
    ['for servers', await authority.issue({ name: USER, usage: 'serverAuth' }), /unsupported certificate/],
    ['of somebody not on the list', await authority.issue({ name: 'siapa' }), /access denied/],
  ]
  for (const [name, client, alert] of bad)
    await both(t, own.port, name, holder(client), (run) => {
      turnedAway(run)
      assert.match(run.output, alert)
    })
})

test('long chains travel in pieces both ways', async (t) => {
  if (!needsEapolTest(t)) return
  const lower = await authority.below('Dinas Kominfo')
  const own = await lower.issue({ name: 'radius.uji.example', usage: 'serverAuth', rsa: true })
  const client = await lower.issue({ name: USER, rsa: true })
  await using long = await site({ chain: { own, above: lower.certificate } })
  await both(t, long.port, 'EAP-TLS', holder({ ...client, certificate: client.certificate + lower.certificate }, { fragment: 300 }), letIn)
  await both(t, long.port, 'EAP-TTLS', person({ phase2: 'auth=PAP', fragment: 60 }), letIn)
})

test('a device that does not trust our certificate sends no password, and the log says which side refused', async (t) => {
  if (!needsEapolTest(t)) return
  await using known = await site()
  const network = person({ phase2: 'auth=PAP', authority: (await testAuthority('Kota Asing')).certificate })
  await both(t, known.port, 'another authority', network, (run) => assert.ok(!run.succeeded))
  assert.deepEqual(known.radius.eapCounters()?.rejects, { 'server-certificate-refused': 2 })
})

test('a site that allows EAP-TTLS with PAP only turns everything else away', async (t) => {
  if (!needsEapolTest(t)) return
  await using strict = await site({ methods: ['ttls'], innerMethods: ['pap'], user: inClear })
  letIn(await eapolTest(strict.port, person({ phase2: 'auth=PAP' })))
  for (const network of [
    person({ eap: 'PEAP', phase2: 'auth=MSCHAPV2' }),
    person({ eap: 'PWD' }),
    person({ phase2: 'auth=MSCHAPV2' }),
    person({ phase2: 'autheap=GTC' }),
    person({ phase2: 'autheap=MD5' }),
    holder(await authority.issue({ name: USER })),
  ])
    turnedAway(await eapolTest(strict.port, network))
})

test('a device that comes back with its TLS session goes through the whole login again', async (t) => {
  if (!needsEapolTest(t)) return
  await using again = await site()
  for (const tls of ['1.2', '1.3'] as const) {
    const run = await eapolTest(again.port, person({ phase2: 'auth=PAP', tls }), { args: ['-r', '3'] })
    letIn(run)
    assert.ok(!/session_resumption_ok|previous session.*resumed|Session resumed/i.test(run.output))
  }
  assert.deepEqual([again.radius.eapCounters()?.handshakes, again.radius.counters().accepts], [8, 8])
})
