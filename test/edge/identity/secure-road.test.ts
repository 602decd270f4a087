import { test } from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { secureRoad, type SecureRoadOptions } from '#edge/identity/secure-road.ts'
import { newKey } from '#edge/identity/request.ts'
import { identityOf, testAuthority, type TestAuthority } from '#test/support/pki.ts'

const DAY_MS = 86_400_000
type Shown = { key: string; cert: string }
type Bench = {
  pki: TestAuthority
  files: { ca: string; certificate: string; key: string }
  write(file: string, text: string): void
  /** What the box says when it meets a server that shows this; 'open' when it has nothing to say. */
  meets(shown: Shown, change?: Partial<SecureRoadOptions>): Promise<string>
  serverOf(name: string, change?: { days?: number; purpose?: 'broker' | 'box' }): Promise<Shown>
}

async function withBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'identity-'))
  const pki = await testAuthority()
  const files = { ca: join(folder, 'ca.pem'), certificate: join(folder, 'box.pem'), key: join(folder, 'box.key') }
  const box = await identityOf(pki.authority, 'n-1')
  writeFileSync(files.ca, box.ca)
  writeFileSync(files.certificate, box.cert)
  writeFileSync(files.key, box.key)
  try {
    await body({
      pki,
      files,
      write: (file, text) => writeFileSync(file, text),
      async meets(shown, change = {}) {
        const server = createServer({ ...shown, ca: pki.authority.pem, requestCert: true, rejectUnauthorized: false }, (socket) => {
          socket.on('error', () => undefined)
          socket.resume()
        })
        return said(server, { files, ...change })
      },
      async serverOf(name, change = {}) {
        const { key, cert } = await identityOf(pki.authority, name, { purpose: 'broker', ...change })
        return { key, cert }
      },
    })
  } finally {
    pki.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function said(server: Server, change: Partial<SecureRoadOptions> & Pick<SecureRoadOptions, 'files'>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const road = secureRoad({
    url: `mqtts://127.0.0.1:${port}`,
    node: 'n-1',
    clockTrusted: () => true,
    now: Date.now,
    timeoutSeconds: 5,
    ...change,
  })
  try {
    const socket = await road.open()
    const closed = once(socket, 'close')
    socket.destroy()
    await closed
    return 'open'
  } catch (error) {
    return (error as Error).message
  } finally {
    server.close()
  }
}

test('A box and its city’s broker find each other', () =>
  withBench(async ({ serverOf, meets }) => {
    assert.equal(await meets(await serverOf('127.0.0.1')), 'open')
    assert.match(await meets(await serverOf('kota.example')), /certificate is for DNS:kota\.example, and not for 127\.0\.0\.1/)
  }))

test('Whoever answers in central’s place is seen through, whatever else is wrong with the certificate', () =>
  withBench(async ({ serverOf, meets, files, write, pki }) => {
    const elsewhere = await testAuthority()
    const foreign = await identityOf(elsewhere.authority, '127.0.0.1', { purpose: 'broker' })
    assert.match(await meets(foreign), /is not central: its certificate is not of the authority in/)
    // OpenSSL tells the last of several faults; the first one must count all the same.
    const foreignAndOver = await identityOf(elsewhere.authority, '127.0.0.1', { purpose: 'broker', days: -0.5 })
    assert.match(await meets(foreignAndOver), /is not of the authority in/)
    assert.match(await meets(foreignAndOver, { clockTrusted: () => false }), /is not of the authority in/)
    // Another box of the same city.
    const box = await identityOf(pki.authority, 'n-2')
    assert.match(await meets(box), /its certificate is no server's/)
    // An authority that takes over from another one: both are believed.
    write(files.ca, `${elsewhere.authority.pem}\n${pki.authority.pem}`)
    assert.equal(await meets(foreign), 'open')
    assert.equal(await meets(await serverOf('127.0.0.1')), 'open')
    elsewhere.remove()
  }))

test('A wrong clock is named, and a box whose clock was never set comes in all the same', () =>
  withBench(async ({ serverOf, meets }) => {
    const good = await serverOf('127.0.0.1')
    const in1970 = { now: () => 0 }
    assert.match(
      await meets(good, in1970),
      /good from 20\d\d-\d\d-\d\d to .*, and this box's clock says 1970-01-01: one of the two is wrong/,
    )
    assert.equal(await meets(good, { ...in1970, clockTrusted: () => false }), 'open')
    const over = await serverOf('127.0.0.1', { days: -0.5 })
    assert.match(await meets(over), /one of the two is wrong/)
    assert.equal(await meets(good, { now: () => Date.now() + 200 * DAY_MS }).then((text) => /one of the two/.test(text)), true)
  }))

test('Every file that is missing, unreadable or another’s is named with what is wrong, and nothing of a key is said', () =>
  withBench(async ({ serverOf, meets, files, write, pki }) => {
    const server = await serverOf('127.0.0.1')
    const { key, cert } = await identityOf(pki.authority, 'n-1')
    const good = { ca: pki.authority.pem, certificate: cert, key }
    const says = async (change: Partial<typeof good>) => {
      for (const [name, text] of Object.entries({ ...good, ...change })) write(files[name as keyof typeof files], text)
      const text = await meets(server)
      for (const line of key.split('\n').slice(1, -2)) assert.ok(!text.includes(line), 'a key in a message')
      return text
    }
    assert.equal(await says({}), 'open')
    assert.match(await says({ key: newKey() }), /the key .*box\.key does not belong to the certificate .*box\.pem/)
    assert.match(await says({ key: key.slice(0, 80) }), /the key .*box\.key is no private key in PEM/)
    assert.match(await says({ key: '' }), /is no private key/)
    assert.match(await says({ certificate: '' }), /the certificate .*box\.pem holds no certificate in PEM/)
    assert.match(
      await says({ certificate: cert.replace(/[A-Za-z]{20}/, 'A'.repeat(20)) }),
      /the certificate .*box\.pem is damaged|does not belong|not of the authority/,
    )
    assert.match(await says({ ca: 'nothing' }), /the authority .*ca\.pem holds no certificate/)
    const other = await identityOf(pki.authority, 'n-2')
    assert.match(await says({ certificate: other.cert, key: other.key }), /is n-2's, and this box is n-1/)
    const elsewhere = await testAuthority()
    const foreign = await identityOf(elsewhere.authority, 'n-1')
    assert.match(await says({ certificate: foreign.cert, key: foreign.key }), /is not of the authority in/)
    // A box's certificate is no authority, though it is in the file.
    assert.match(await says({ ca: cert }), /is not of the authority in/)
    elsewhere.remove()
    await says({})
    rmSync(files.key)
    assert.match(await meets(server), /the key .*box\.key cannot be read \(it is not there\)/)
    assert.match(await meets(server, { files: { ...files, ca: '/' } }), /the authority \/ cannot be read \(EISDIR\)/)
  }))

test('What is no TLS, answers nothing, or is not there is told apart', () =>
  withBench(async ({ files }) => {
    const speaking = createTcpServer((socket) => void socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    assert.match(await said(speaking, { files }), /does not speak TLS/)
    const closing = createTcpServer((socket) => void socket.destroy())
    assert.match(await said(closing, { files }), /handshake|ECONNRESET|disconnected/)
    const silent = createTcpServer((socket) => void socket.on('error', () => undefined))
    assert.match(await said(silent, { files, timeoutSeconds: 0.2 }), /no answer in time/)
    const nobody = createTcpServer()
    assert.match(await said(nobody, { files, url: 'mqtts://127.0.0.1:1' }), /nothing listens at 127\.0\.0\.1:1/)
  }))

test('A refusal is explained by what the box can see of its own certificate', () =>
  withBench(async ({ files, write, pki, serverOf }) => {
    const over = await identityOf(pki.authority, 'n-1', { days: -0.5 })
    const { key, cert } = await serverOf('127.0.0.1')
    const server = createServer({ key, cert }, (socket) => void socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const options = { url: `mqtts://127.0.0.1:${port}`, node: 'n-1', files, now: Date.now, timeoutSeconds: 5 }
    const refused = async (code: string | number, clockTrusted = true) => {
      const road = secureRoad({ ...options, clockTrusted: () => clockTrusted })
      const socket = await road.open()
      socket.destroy()
      return road.explain(Object.assign(new Error('Connection refused: Not authorized'), { code }))
    }
    assert.match(
      await refused(5),
      /central does not let this box in: this box's certificate was revoked, or the hotspot is not registered there/,
    )
    assert.match(await refused('ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REVOKED'), /this box's certificate was revoked$/)
    assert.match(await refused('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), /not of central's authority/)
    assert.match(await refused('ECONNRESET'), /Not authorized/)
    write(files.certificate, over.cert)
    write(files.key, over.key)
    assert.match(await refused(5), /this box's certificate ended on 20\d\d-\d\d-\d\d$/)
    assert.match(await refused(5, false), /ended on .*, by a clock that was never set/)
    server.close()
  }))
