import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CertificateHolder, EapRejection } from '#edge/radius/eap/port.ts'
import { testAuthority, type Issued } from './certificates.ts'
import { accounts, authority, engineOf } from './site.ts'
import { logIn, TYPE, type Login } from './supplicant.ts'

const VERSIONS = ['1.2', '1.3'] as const

async function certified(client: Issued | undefined, more: Parameters<typeof engineOf>[0] = {}, own = accounts()) {
  const logins: Login[] = []
  for (const tls of VERSIONS) {
    const engine = engineOf({ methods: ['tls'], ...more }, own)
    logins.push(await logIn(engine, { method: 'tls', tls, ...(client && { client }) }))
    engine.close()
  }
  return logins
}

/** The rejection in both versions of TLS, and the alert that the device heard before it. */
async function refused(reason: EapRejection, alert: RegExp, client: Issued | undefined, more: Parameters<typeof engineOf>[0] = {}) {
  for (const { last, device } of await certified(client, more)) {
    assert.deepEqual([last.kind, last.kind === 'reject' && last.reason, last.kind === 'reject' && last.eap[0]], ['reject', reason, 4])
    assert.match(device.fault() ?? 'no alert', alert)
  }
}

test('a certificate of our authority lets its holder in by the name in it, whatever was said outside', async () => {
  const seen: CertificateHolder[] = []
  const asking = accounts({ knowsCertificate: (holder) => seen.push(holder) > 0 })
  const client = await authority.issue({ name: 'HP Budi', email: ['budi@uji.example'], unit: 'person' })
  for (const { last, device } of await certified(client, {}, asking)) {
    assert.equal(last.kind, 'accept')
    if (last.kind !== 'accept') return
    assert.deepEqual([last.proven.identity.toString(), last.proven.certificateSerial], ['budi@uji.example', client.serial])
    const [label, context] =
      last.proven.tlsVersion === 'TLSv1.2'
        ? (['client EAP encryption', undefined!] as const)
        : (['EXPORTER_EAP_TLS_Key_Material', Buffer.of(TYPE.tls)] as const)
    assert.deepEqual(last.msk, device.socket().exportKeyingMaterial(128, label, context).subarray(0, 64))
  }
  assert.deepEqual(seen[0], { identity: Buffer.from('budi@uji.example'), serial: client.serial, purpose: 'person' })
})

test('without names in SubjectAltName the one CN counts; two mail addresses leave open who it is', async () => {
  for (const { last } of await certified(await authority.issue({ name: 'budi' })))
    assert.equal(last.kind === 'accept' && last.proven.identity.toString(), 'budi')
  await refused(
    'certificate-without-name',
    /BAD_CERTIFICATE/,
    await authority.issue({ name: 'budi', email: ['a@uji.example', 'b@uji.example'] }),
  )
  const quoted = await authority.issue({ name: 'x', email: ['a@uji.example, email:b@uji.example'] })
  for (const { last } of await certified(quoted))
    assert.equal(last.kind === 'accept' ? last.proven.identity.toString() : '', 'a@uji.example, email:b@uji.example')
})

test('expired and not yet valid certificates are refused with the alert for that', async () => {
  await refused('certificate-expired', /CERTIFICATE_EXPIRED/, await authority.issue({ name: 'budi', from: -9, to: -1 }))
  await refused('certificate-expired', /CERTIFICATE_EXPIRED/, await authority.issue({ name: 'budi', from: 1, to: 9 }))
})

test('a foreign certificate is refused, also when its authority has the name of ours', async () => {
  const stranger = await testAuthority('Kota Asing')
  await refused('certificate-untrusted', /UNKNOWN_CA/, await stranger.issue({ name: 'budi' }))
  // Here OpenSSL itself ends the handshake, without an alert.
  const namesake = await testAuthority()
  for (const { last } of await certified(await namesake.issue({ name: 'budi' })))
    assert.equal(last.kind === 'reject' && last.reason, 'certificate-untrusted')
})

test('no certificate at all is refused by TLS itself', async () => {
  await refused('certificate-missing', /HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED/, undefined)
})

test('a certificate for servers, for nothing in particular, or of a box on a wall lets nobody in', async () => {
  for (const usage of ['serverAuth', 'none'] as const)
    await refused('certificate-not-for-clients', /UNSUPPORTED_CERTIFICATE/, await authority.issue({ name: 'budi', usage }))
  for (const unit of ['box', 'service', 'broker'])
    await refused('certificate-not-for-clients', /UNSUPPORTED_CERTIFICATE/, await authority.issue({ name: 'budi', unit }))
})

test('revocation: who is on the list is refused, and so is everybody once the list is past its date', async () => {
  const [lost, kept] = [await authority.issue({ name: 'budi' }), await authority.issue({ name: 'siti' })]
  const revocationLists = await authority.revocationList([lost.serial])
  await refused('certificate-revoked', /CERTIFICATE_REVOKED/, lost, { revocationLists })
  for (const { last } of await certified(kept, { revocationLists })) assert.equal(last.kind, 'accept')
  await refused('revocation-list-unusable', /CERTIFICATE_UNKNOWN/, kept, { revocationLists: await authority.revocationList([], -1) })
  const foreign = await (await testAuthority('Kota Asing')).revocationList([])
  await refused('revocation-list-unusable', /CERTIFICATE_UNKNOWN/, kept, { revocationLists: foreign })
  // Two lists in one file, ours the second.
  await refused('certificate-revoked', /CERTIFICATE_REVOKED/, lost, { revocationLists: foreign + revocationLists })
})

test('an expired certificate that is revoked as well is refused, whichever is found first', async () => {
  const old = await authority.issue({ name: 'budi', from: -9, to: -1 })
  for (const { last } of await certified(old, { revocationLists: await authority.revocationList([old.serial]) }))
    assert.equal(last.kind, 'reject')
})

test('an authority below ours may certify, with a chain that takes several pieces each way', async () => {
  const lower = await authority.below('Dinas Kominfo')
  const issued = await lower.issue({ name: 'budi', rsa: true })
  const client = { ...issued, certificate: issued.certificate + lower.certificate }
  const own = await lower.issue({ name: 'radius.uji.example', usage: 'serverAuth', rsa: true })
  const settings = { serverKey: own.key, serverCertificates: own.certificate + lower.certificate }
  for (const { last, exchanges } of await certified(client, settings)) {
    assert.equal(last.kind, 'accept')
    const more = (eap: Buffer): boolean => (eap[5]! & 0x40) !== 0
    assert.ok(
      exchanges.some(({ answer }) => answer.kind === 'challenge' && more(answer.eap)),
      'pieces down',
    )
    assert.ok(
      exchanges.some(({ request }) => request.eap.length > 6 && more(request.eap)),
      'pieces up',
    )
  }
  // The authority below alone is not one that we trust.
  await refused('certificate-untrusted', /UNKNOWN_CA/, issued)
})

test('a holder that the accounts do not know is refused, certificate or not', async () => {
  for (const { last, device } of await certified(
    await authority.issue({ name: 'budi' }),
    {},
    accounts({ knowsCertificate: () => false }),
  )) {
    assert.equal(last.kind === 'reject' && last.reason, 'certificate-holder-unknown')
    assert.match(device.fault() ?? '', /ACCESS_DENIED/)
    assert.deepEqual(last.kind === 'reject' && last.tried, { method: 'tls', inner: undefined, identity: Buffer.from('budi') })
  }
})

test('a session offered again is not resumed: each login shows its certificate anew', async () => {
  const client = await authority.issue({ name: 'budi' })
  for (const tls of VERSIONS) {
    const engine = engineOf({ methods: ['tls'] })
    const first = await logIn(engine, { method: 'tls', tls, client })
    const session = first.device.sessions.at(-1)
    assert.ok(session && first.last.kind === 'accept')
    const again = await logIn(engine, { method: 'tls', tls, session })
    assert.equal(again.last.kind === 'reject' && again.last.reason, 'certificate-missing')
    engine.close()
  }
})
