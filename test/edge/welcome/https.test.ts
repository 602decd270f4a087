import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect, getCACertificates, setDefaultCACertificates, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { Patience } from '#edge/welcome/server-options.ts'
import type { NoticeKind } from '#edge/wire/notice.ts'
import { shown } from './box.ts'
import { certificateMaker, type Issued } from './certificates.ts'
import { HASTE, listen, raw } from './listening.ts'

const NAME = 'n0123.wifi.example'
const DAY_SECONDS = 86_400

/** A box with HTTPS set up and an authority that this machine knows; certificates come by `install`. */
async function secured(t: TestContext, { port = 0, patience }: { port?: number; patience?: Patience } = {}) {
  const issue = certificateMaker(t)
  const root = issue({ cn: 'Akar Uji', authority: true, days: 3_650 })
  const known = getCACertificates('default')
  setDefaultCACertificates([...known, root.certificate])
  t.after(() => setDefaultCACertificates(known))
  const dir = mkdtempSync(join(tmpdir(), 'https-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const certificateFile = join(dir, 'live', 'chain.pem')
  const keyFile = join(dir, 'live', 'key.pem')
  const told: [NoticeKind, string][] = []
  const announced: (string | undefined)[] = []
  const server = await listen(t, {
    tls: { host: '127.0.0.1', port, name: NAME, certificateFile, keyFile },
    notices: { tell: (kind, of) => void told.push([kind, of?.detail ?? '']) },
    onCaptiveApi: (url) => void announced.push(url),
    ...(patience && { patience }),
  })
  /** As often as a change needs to be seen and to have held still. */
  const look = async () => {
    await server.lookAtCertificate()
    await server.lookAtCertificate()
  }
  return {
    ...server,
    told,
    announced,
    look,
    forBox: (days = 90) => issue({ cn: 'kotak', by: root, names: [NAME], days }),
    issue,
    root,
    files: { certificateFile, keyFile },
    async install({ certificate, key }: Issued) {
      mkdirSync(join(dir, 'live'), { recursive: true })
      writeFileSync(certificateFile, certificate)
      writeFileSync(keyFile, key)
      await look()
    },
  }
}

type Asked = { method?: string; headers?: Record<string, string>; form?: Record<string, string>; agent?: Agent }
type Answer = { status: number; headers: IncomingHttpHeaders; body: string; serial: string }

/** As a phone asks: by name, with the certificate checked. @throws when it does not hold. */
function ask(port: number, path: string, { method = 'GET', headers = {}, form, agent }: Asked = {}): Promise<Answer> {
  const body = form ? new URLSearchParams(form).toString() : undefined
  const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      servername: NAME,
      agent: agent ?? false,
      ca: getCACertificates('default'),
      headers: { host: NAME, ...type, ...headers },
    })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      const serial = (answer.socket as TLSSocket).getPeerCertificate().serialNumber
      answer.toArray().then(
        (chunks) =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks as Buffer[]).toString(),
            serial,
          }),
        reject,
      )
    })
    asked.end(body)
  })
}

const redirectOf = async (base: string): Promise<string | null> =>
  (await fetch(`${base}/generate_204`, { redirect: 'manual' })).headers.get('location')

/** Resolves with the error's code when no TLS connection comes about. */
function handshake(port: number, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ ...options, port, host: '127.0.0.1', servername: NAME, rejectUnauthorized: false }, () => {
      resolve(socket.getProtocol() ?? '')
      socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
  })
}

test('without a certificate there is no HTTPS, no captive API and no complaint about it', async (t) => {
  const box = await secured(t)
  await box.look()
  assert.equal(box.securePort(), undefined)
  assert.equal(await redirectOf(box.base), 'http://10.77.0.1/')
  assert.equal((await fetch(`${box.base}/api/captive`)).status, 404)
  assert.deepEqual([box.announced, box.told], [[undefined], []])
})

test('an installed certificate makes the box its HTTPS name everywhere, without a restart', async (t) => {
  const box = await secured(t)
  await box.install(box.forBox())
  const port = box.securePort()!
  assert.deepEqual(box.announced, [undefined, `https://${NAME}/api/captive`])
  assert.deepEqual(
    box.told.map(([kind]) => kind),
    ['certificate-in-use'],
  )
  assert.equal(await redirectOf(box.base), `https://${NAME}/`)

  const page = await ask(port, '/')
  assert.equal(page.status, 200)
  assert.equal(page.headers['strict-transport-security'], undefined)
  assert.equal(shown(page.body, 'welcome').secondsLeft, 30)
  assert.equal((await ask(port, '/', { headers: { host: 'www.example.com' } })).headers.location, `https://${NAME}/`)
  assert.equal((await ask(port, '/generate_204')).headers.location, `https://${NAME}/`)

  const { token } = shown(page.body, 'welcome')
  box.box.clock.pass(30)
  const on = await ask(port, '/lanjut', { method: 'POST', form: { token }, headers: { origin: `https://${NAME}` } })
  assert.deepEqual([on.status, on.headers.location], [303, '/terhubung'])
  assert.equal((await ask(port, '/generate_204')).status, 204)

  const form = shown((await ask(port, '/aduan')).body, 'complaint')
  const filed = await ask(port, '/aduan', { method: 'POST', form: { formToken: form.formToken, category: 'jalan', text: 'Lubang besar' } })
  assert.match(shown((await ask(port, filed.headers.location!)).body, 'ticket').link ?? '', new RegExp(`^https://${NAME}/tiket/`))

  for (const origin of ['https://evil.example', 'null', `https://${NAME}.evil.example`, `https://${NAME}:444`])
    assert.equal((await ask(port, '/putus', { method: 'POST', form: {}, headers: { origin } })).status, 400, origin)
  assert.equal((await ask(port, '/putus', { method: 'POST', form: {}, headers: { origin: `https://${NAME}` } })).status, 303)
  // The plain address goes on serving those who typed it.
  assert.equal((await fetch(`${box.base}/status`)).status, 200)
  assert.equal((await fetch(`${box.base}/api/captive`)).status, 404)
})

test('the captive API tells each device its own state, and only over TLS', async (t) => {
  const box = await secured(t)
  await box.install(box.forBox())
  const port = box.securePort()!
  const urls = { 'user-portal-url': `https://${NAME}/`, 'venue-info-url': `https://${NAME}/status` }
  const before = await ask(port, '/api/captive', { headers: { accept: 'application/captive+json' } })
  assert.equal(before.headers['content-type'], 'application/captive+json')
  assert.equal(before.headers['cache-control'], 'private, no-store')
  assert.deepEqual(JSON.parse(before.body), { captive: true, ...urls })
  const { token } = shown((await ask(port, '/')).body, 'welcome')
  box.box.clock.pass(30)
  await ask(port, '/lanjut', { method: 'POST', form: { token } })
  box.box.clock.pass(600)
  assert.deepEqual(JSON.parse((await ask(port, '/api/captive')).body), {
    captive: false,
    ...urls,
    'seconds-remaining': 3000,
    'can-extend-session': false,
  })
})

test('a renewed certificate is swapped in while a connection goes on', async (t) => {
  const box = await secured(t)
  await box.install(box.forBox())
  const port = box.securePort()!
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const old = await ask(port, '/status', { agent })
  await box.install(box.forBox())
  assert.equal(box.securePort(), port)
  assert.equal((await ask(port, '/status', { agent })).serial, old.serial, 'the same connection')
  assert.notEqual((await ask(port, '/status')).serial, old.serial)
  assert.equal(box.told.length, 2)
})

test('a bad replacement is refused and told once, and the last good certificate goes on serving', async (t) => {
  const box = await secured(t)
  const good = box.forBox()
  await box.install(good)
  const port = box.securePort()!
  const { serial } = await ask(port, '/status')
  const foreign = box.issue({ cn: 'lain', by: box.root, names: ['lain.example'] })
  const own = box.issue({ cn: 'kotak', names: [NAME] })
  for (const bad of [foreign, own, { ...good, key: own.key }, { certificate: 'bukan', key: good.key }, { certificate: '', key: '' }]) {
    box.told.length = 0
    await box.install(bad)
    await box.look()
    assert.deepEqual(
      box.told.map(([kind]) => kind),
      ['certificate-refused'],
    )
    assert.equal((await ask(port, '/status')).serial, serial)
  }
  rmSync(box.files.certificateFile)
  rmSync(box.files.keyFile)
  await box.look()
  assert.equal((await ask(port, '/status')).serial, serial)
  assert.equal(await redirectOf(box.base), `https://${NAME}/`)
  box.told.length = 0
  await box.install(good)
  assert.deepEqual(
    box.told.map(([kind]) => kind),
    ['certificate-in-use'],
  )
  assert.equal(box.announced.length, 2, 'DHCP heard nothing of all that')
})

test('a certificate and its key that arrive one after the other are not taken for a mistake', async (t) => {
  const box = await secured(t)
  await box.install(box.forBox())
  const { serial } = await ask(box.securePort()!, '/status')
  const next = box.forBox()
  writeFileSync(box.files.certificateFile, next.certificate)
  await box.lookAtCertificate()
  writeFileSync(box.files.keyFile, next.key)
  await box.look()
  assert.notEqual((await ask(box.securePort()!, '/status')).serial, serial)
  assert.deepEqual(
    box.told.map(([kind]) => kind),
    ['certificate-in-use', 'certificate-in-use'],
  )
})

test('when the last good certificate expires HTTPS ends, and the plain address is what visitors are sent to again', async (t) => {
  const box = await secured(t)
  await box.install(box.forBox(10))
  const port = box.securePort()!
  box.box.clock.pass(9 * DAY_SECONDS)
  await box.look()
  assert.equal((await ask(port, '/status')).status, 200)
  box.box.clock.pass(2 * DAY_SECONDS)
  await box.look()
  assert.equal(box.securePort(), undefined)
  await assert.rejects(ask(port, '/status'), { code: 'ECONNREFUSED' })
  assert.equal(await redirectOf(box.base), 'http://10.77.0.1/')
  assert.deepEqual(box.announced, [undefined, `https://${NAME}/api/captive`, undefined])
  assert.deepEqual(
    box.told.map(([kind]) => kind),
    ['certificate-in-use', 'certificate-refused'],
  )
  assert.match(box.told[1]![1], /expired/)
  await box.install(box.forBox(60))
  assert.equal((await ask(box.securePort()!, '/status')).status, 200)
})

test('a clock that is set right makes a certificate good without anybody touching its files', async (t) => {
  const box = await secured(t)
  box.box.clock.jump(-40 * 365 * DAY_SECONDS)
  await box.install(box.forBox())
  assert.equal(box.securePort(), undefined)
  assert.match(box.told.at(-1)![1], /not valid before/)
  box.box.clock.jump(40 * 365 * DAY_SECONDS)
  await box.lookAtCertificate()
  assert.equal((await ask(box.securePort()!, '/status')).status, 200)
})

test('a port that is taken refuses the certificate, and the next look tries again', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  const box = await secured(t, { port: (blocker.address() as AddressInfo).port })
  await box.install(box.forBox())
  assert.equal(box.securePort(), undefined)
  assert.deepEqual([box.told.length, box.told[0]![0]], [1, 'certificate-refused'])
  assert.match(box.told[0]![1], /EADDRINUSE/)
  assert.equal(await redirectOf(box.base), 'http://10.77.0.1/')
  blocker.close()
  await once(blocker, 'close')
  await box.lookAtCertificate()
  assert.equal((await ask(box.securePort()!, '/status')).status, 200)
})

test('nothing older than TLS 1.2 is spoken', async (t) => {
  const box = await secured(t)
  await box.install(box.forBox())
  const port = box.securePort()!
  assert.equal(await handshake(port, { maxVersion: 'TLSv1.2' }), 'TLSv1.2')
  assert.equal(await handshake(port, {}), 'TLSv1.3')
  for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const)
    assert.match(await handshake(port, { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }), /ERR_SSL|ECONNRESET/)
})

test('a handshake that never comes and headers that drip are cut on the TLS port too', { timeout: 20_000 }, async (t) => {
  const box = await secured(t, { patience: HASTE })
  await box.install(box.forBox())
  const port = box.securePort()!
  /** Resolves when the server has ended it; a server that does not lets the test run into its time limit. */
  const ended = (socket: Socket) => new Promise<void>((resolve) => socket.on('error', () => {}).once('close', () => resolve()))
  await ended(connectTcp(port, '127.0.0.1'))
  const half = connectTcp(port, '127.0.0.1')
  half.write(Buffer.from('16030100c8010000c40303', 'hex'))
  await ended(half)
  const slow = connect({ port, host: '127.0.0.1', servername: NAME, rejectUnauthorized: false })
  slow.on('secureConnect', () => slow.write('GET / HTTP/1.1\r\n')).resume()
  const drip = setInterval(() => slow.writable && slow.write('X: 1\r\n'), 40)
  await ended(slow)
  clearInterval(drip)
  assert.equal((await ask(port, '/status')).status, 200)
})

test('plain HTTP and rubbish on the TLS port end cleanly, and phones go on being served', async (t) => {
  const box = await secured(t)
  await box.install(box.forBox())
  const port = box.securePort()!
  for (const bytes of [
    `GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`,
    'SSH-2.0-OpenSSH_9.2\r\n',
    Buffer.from('16030100c8010000c40303', 'hex'),
    Buffer.from('160301ffff', 'hex'),
    Buffer.alloc(5_000, 0x16),
    Buffer.alloc(5_000),
  ])
    assert.doesNotMatch(await raw(port, bytes, 300), /HTTP\/1/)
  assert.equal((await ask(port, '/status')).status, 200)
  assert.deepEqual(
    box.log.filter((line) => !line.startsWith('HTTPS: the certificate')),
    [],
  )
})
