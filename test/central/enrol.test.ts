import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Enrolled } from '#central/enrol.ts'
import { openTelemetryStore } from '#central/noc/ingest/telemetry-store.ts'
import { certificateRequest, newKey } from '#edge/identity/request.ts'
import { hotspotOf } from '#test/support/ingest-bench.ts'

const program = join(import.meta.dirname, '..', '..', 'central', 'enrol.ts')

async function withData(
  body: (enrol: (argv: string[], input?: unknown) => Promise<Enrolled>, data: string) => Promise<void>,
): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'enrol-'))
  try {
    await body(async (argv, input) => {
      const work = promisify(execFile)(process.execPath, [program, '--data', data, ...argv])
      work.child.stdin?.end(input === undefined ? '' : JSON.stringify(input))
      return JSON.parse((await work).stdout) as Enrolled
    }, data)
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

const withRequest = (node: string, key = newKey()) => ({ ...hotspotOf(node), request: certificateRequest(createPrivateKey(key), 'box') })
const saying = (text: RegExp) => (error: unknown) => text.test((error as { stderr: string }).stderr)

test('Hotspots with a certificate request get a certificate in their own name, and no token', () =>
  withData(async (enrol, data) => {
    const { tokens } = await enrol(['--hotspots'], [hotspotOf('n-1')])
    assert.deepEqual(Object.keys(tokens), ['n-1'])
    const made = await enrol(['--certificates'], [withRequest('n-1'), withRequest('n-2')])
    assert.deepEqual(made.tokens, {})
    assert.deepEqual(Object.keys(made.certificates), ['n-1', 'n-2'])
    assert.equal(new X509Certificate(made.certificates['n-2']!).subject, 'OU=box\nCN=n-2')
    assert.ok(new X509Certificate(made.certificates['n-2']!).verify(new X509Certificate(made.authority).publicKey))
    assert.deepEqual(Object.keys(made.roamingKeys), ['n-1', 'n-2'])
    const store = await openTelemetryStore({ file: join(data, 'telemetry.db') })
    assert.equal(await store.tokenHash('n-1'), null, 'the token it had has ended')
    await store.close()
  }))

test('Of hotspots of which one cannot be certified none is, and the line says which and why', () =>
  withData(async (enrol, data) => {
    const other = withRequest('n-2')
    await assert.rejects(
      enrol(['--certificates'], [withRequest('n-1'), { ...other, request: other.request.slice(0, 200) }]),
      saying(/"n-2" gets no certificate: its request is no/),
    )
    await assert.rejects(enrol(['--certificates'], [withRequest('n-1'), hotspotOf('n-2')]), saying(/"n-2" has no "request"/))
    await assert.rejects(
      enrol(['--certificates'], [withRequest('n-1'), withRequest('central')]),
      saying(/"central" cannot be registered: bad-name/),
    )
    await assert.rejects(enrol(['--certificates', '--hotspots'], []), saying(/Either --hotspots or --certificates/))
    const store = await openTelemetryStore({ file: join(data, 'telemetry.db') })
    assert.deepEqual(await store.hotspots(), [])
    assert.deepEqual(await store.currentCertificates(0), [])
    await store.close()
  }))

test('A hotspot is shut out from the command line, and the list shows it', () =>
  withData(async (enrol) => {
    await enrol(['--certificates'], [withRequest('n-1'), withRequest('n-2')])
    await enrol(['--certificates'], [withRequest('n-1')])
    const { revoked, list } = await enrol(['--revoke', 'n-1', '--list'])
    assert.deepEqual(revoked, { 'n-1': 2 })
    assert.deepEqual(
      list?.map(({ node, revokedAt }) => [node, revokedAt !== null]),
      [
        ['n-1', true],
        ['n-1', true],
        ['n-2', false],
      ],
    )
    await assert.rejects(enrol(['--revoke', 'n-9']), saying(/no hotspot "n-9"/))
    const again = await enrol(['--certificates', '--list'], [withRequest('n-1')])
    assert.equal(again.list?.filter(({ node, revokedAt }) => node === 'n-1' && revokedAt === null).length, 1)
  }))

test('A lost authority is not replaced by one that no box believes', () =>
  withData(async (enrol, data) => {
    await enrol(['--certificates'], [withRequest('n-1')])
    rmSync(join(data, 'pki'), { recursive: true })
    await assert.rejects(enrol(['--list']), saying(/has lost the authority that issued them: restore it/))
    assert.equal(existsSync(join(data, 'pki')), false)
  }))

test('A broker elsewhere gets a certificate for the names it is known by', () =>
  withData(async (enrol) => {
    const { broker, authority } = await enrol(['--broker', 'mqtt.kota.example, 10.0.0.1'])
    const certificate = new X509Certificate(broker!.certificate)
    assert.equal(certificate.subjectAltName, 'DNS:mqtt.kota.example, IP Address:10.0.0.1')
    assert.ok(certificate.checkPrivateKey(createPrivateKey(broker!.key)))
    assert.ok(certificate.verify(new X509Certificate(authority).publicKey))
    await assert.rejects(enrol(['--broker', 'no name']), saying(/a name in it is none/))
  }))
