import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuthority, type Authority } from '#central/pki/authority.ts'
import { certificateRequest, newKey } from '#edge/identity/request.ts'

const DAY_MS = 86_400_000
const AT = Date.UTC(2026, 10, 22)

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pki-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const boxKey = createPrivateKey(newKey())
const request = certificateRequest(boxKey, 'says-who')

async function issued(authority: Authority, order: Partial<Parameters<Authority['issue']>[0]> = {}) {
  const made = await authority.issue({ request, name: 'n-1', purpose: 'box', ...order })
  assert.ok(made.ok, made.ok ? '' : made.reason)
  return made.certificate
}

/** What OpenSSL says, exit code and words together. */
function openssl(words: string, ...files: string[]): string {
  try {
    return execFileSync('openssl', [...words.split(' '), ...files], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `${stdout}${stderr}`
  }
}

test('The authority is made once, its key is for its owner alone, and two first starts agree on it', () =>
  withFolder(async (folder) => {
    const [first, second] = await Promise.all([openAuthority(folder), openAuthority(folder)])
    assert.equal(first.pem, second.pem)
    assert.equal((await openAuthority(folder)).pem, first.pem)
    assert.deepEqual(readdirSync(folder).sort(), ['authority-key.pem', 'authority.pem'])
    for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
    assert.equal(first.certificate.ca, true)
  }))

test('An authority whose files come from two backups, or whose clock is lost, is not used', () =>
  withFolder(async (folder) => {
    await assert.rejects(
      openAuthority(folder, () => 0),
      /clock says 1970/,
    )
    await openAuthority(folder)
    writeFileSync(join(folder, 'authority-key.pem'), newKey())
    await assert.rejects(openAuthority(folder), /does not belong to/)
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    writeFileSync(join(folder, 'authority-key.pem'), rsa)
    await assert.rejects(openAuthority(folder), /holds no P-256 key/)
  }))

test('Central sets the name, the purpose and the time, whatever the request says', () =>
  withFolder(async (folder) => {
    const authority = await openAuthority(folder, () => AT)
    const made = await issued(authority)
    const certificate = new X509Certificate(made.pem)
    assert.equal(certificate.subject, 'OU=box\nCN=n-1')
    assert.equal(certificate.serialNumber.toLowerCase(), made.serial)
    assert.equal(certificate.ca, false)
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'])
    assert.equal(certificate.subjectAltName, undefined)
    assert.equal(Date.parse(certificate.validTo) - AT, 397 * DAY_MS)
    assert.equal(AT - Date.parse(certificate.validFrom), DAY_MS)
    assert.ok(certificate.verify(authority.certificate.publicKey))
    assert.ok(certificate.publicKey.equals(createPublicKey(boxKey)))
  }))

test('A request’s own extensions, a CA among them, are not taken over', () =>
  withFolder(async (folder) => {
    const authority = await openAuthority(folder)
    const keyFile = join(folder, 'k.pem')
    writeFileSync(keyFile, newKey())
    const greedy = openssl(
      'req -new -subj /OU=service/CN=central -addext basicConstraints=critical,CA:TRUE -addext subjectAltName=DNS:kota.example -key',
      keyFile,
    )
    const certificate = new X509Certificate((await issued(authority, { request: greedy })).pem)
    assert.equal(certificate.subject, 'OU=box\nCN=n-1')
    assert.equal(certificate.ca, false)
    assert.equal(certificate.subjectAltName, undefined)
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'])
  }))

test('Requests without the key’s proof, with another kind of key, or no requests at all get nothing', () =>
  withFolder(async (folder) => {
    const authority = await openAuthority(folder)
    const reason = async (pem: string) => {
      const answer = await authority.issue({ request: pem, name: 'n-1', purpose: 'box' })
      return answer.ok ? 'issued' : answer.reason
    }
    const der = Buffer.from(request.replaceAll(/-----[^-]+-----/g, ''), 'base64')
    const pemOf = (bytes: Uint8Array) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
    // Somebody else's public key under one's own signature.
    const spki = createPublicKey(boxKey).export({ type: 'spki', format: 'der' })
    let refused = 0
    const other = createPublicKey(createPrivateKey(newKey())).export({ type: 'spki', format: 'der' })
    const stolen = Buffer.from(der)
    other.copy(stolen, der.indexOf(spki))
    assert.equal(await reason(pemOf(stolen)), 'no-possession')
    // One flipped bit at every octet: never a certificate for another key than the one that signed.
    for (let at = 0; at < der.length; at += 1) {
      const flipped = Buffer.from(der)
      flipped[at] = flipped[at]! ^ 1
      const answer = await authority.issue({ request: pemOf(flipped), name: 'n-1', purpose: 'box' })
      if (answer.ok) assert.ok(new X509Certificate(answer.certificate.pem).publicKey.equals(createPublicKey(boxKey)), `bit at ${at}`)
      else refused += 1
    }
    assert.ok(refused > der.length * 0.9)
    for (let length = 0; length < der.length; length += 7) assert.equal(await reason(pemOf(der.subarray(0, length))), 'unreadable-request')
    const keyFile = join(folder, 'k.pem')
    const unfit = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
      generateKeyPairSync('ed25519'),
    ]
    for (const { privateKey } of unfit) {
      writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
      assert.equal(await reason(openssl('req -new -subj /CN=n-1 -key', keyFile)), 'unfit-key', privateKey.asymmetricKeyType)
    }
    assert.equal(await reason(''), 'unreadable-request')
    assert.equal(await reason('x'.repeat(100_000)), 'unreadable-request')
    assert.equal(await reason(authority.pem), 'unreadable-request')
  }))

test('Nobody gets a name that means something else at the broker', () =>
  withFolder(async (folder) => {
    const authority = await openAuthority(folder)
    for (const name of ['central', 'central-web', 'N-1', 'n', '', 'n-1\nCN=n-2', 'n 1', '#', '+', '$SYS', 'a'.repeat(33), 'n-1\0', 'ñ-1'])
      assert.deepEqual(await authority.issue({ request, name, purpose: 'box' }), { ok: false, reason: 'bad-name' }, JSON.stringify(name))
    for (const name of ['n-1', 'centralx', 'central_'])
      assert.deepEqual(await authority.issue({ request, name, purpose: 'service' }), { ok: false, reason: 'bad-name' }, name)
    assert.equal((await issued(authority, { name: 'centralx' })).name, 'centralx')
    assert.equal((await issued(authority, { name: 'central-web', purpose: 'service' })).name, 'central-web')
  }))

test('Serials are never the same twice', () =>
  withFolder(async (folder) => {
    const authority = await openAuthority(folder)
    const serials = new Set<string>()
    for (let made = 0; made < 40; made += 1) serials.add((await issued(authority)).serial)
    assert.equal(serials.size, 40)
    for (const serial of serials) assert.match(serial, /^[4-7][0-9a-f]{31}$/)
  }))

test('OpenSSL accepts what the authority makes, for its purpose only, and its revocation list', () =>
  withFolder(async (folder) => {
    const authority = await openAuthority(folder)
    const put = (name: string, pem: string) => {
      writeFileSync(join(folder, name), pem)
      return join(folder, name)
    }
    const ca = put('ca.pem', authority.pem)
    const box = await issued(authority)
    const kept = await issued(authority)
    const boxFile = put('box.pem', box.pem)
    const server = put(
      'server.pem',
      (await issued(authority, { name: 'broker.kota.example', purpose: 'broker', hosts: ['127.0.0.1'] })).pem,
    )
    const verify = (words: string, file: string) => openssl(`verify -x509_strict -CAfile ${ca} ${words}`, file)
    assert.match(verify('-purpose sslclient', boxFile), /OK/)
    assert.match(verify('-purpose sslserver', boxFile), /unsuitable certificate purpose/)
    assert.match(verify('-purpose sslserver -verify_hostname broker.kota.example', server), /OK/)
    assert.match(verify('-purpose sslserver -verify_ip 127.0.0.1', server), /OK/)
    assert.match(verify('-purpose sslserver -verify_hostname other.example', server), /hostname mismatch/)
    assert.match(verify('-purpose sslclient', server), /unsuitable certificate purpose/)

    const list = put('crl.pem', await authority.revocationList([{ serial: box.serial, at: Date.now() - 5_000 }], Date.now() + DAY_MS))
    assert.match(verify(`-crl_check -CRLfile ${list}`, boxFile), /certificate revoked/)
    assert.match(verify(`-crl_check -CRLfile ${list}`, put('kept.pem', kept.pem)), /OK/)
    const empty = put('empty.pem', await authority.revocationList([], Date.now() + DAY_MS))
    assert.match(verify(`-crl_check -CRLfile ${empty}`, boxFile), /OK/)
  }))
