/** Sites without a box: Debian's radsecproxy takes RADIUS from an access point and brings it to us over TLS (RFC 6614). */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import type { RadsecTls } from '#central/radsec/listener.ts'
import { peerTable } from '#central/radsec/peers.ts'
import { startRadsec, type Radsec } from '#central/radsec/radsec.ts'
import { sharedSecret } from '#edge/radius/secret.ts'
import { startRadius, type Radius } from '#edge/radius/server.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import type { Session } from '#edge/wire/session.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { PASSWORD, passwordHash, radiusConfig, USER } from '#test/edge/radius/box.ts'
import { accessRequest, SECRET_TEXT, statusServer } from '#test/edge/radius/client.ts'
import { testAuthority, type Issued, type TestAuthority } from '#test/edge/radius/eap/certificates.ts'
import { eapolTest, needsEapolTest } from '#test/edge/radius/eap/eapol-test.ts'
import { freePort } from '#test/support/free-port.ts'

const authority: TestAuthority = await testAuthority()
const server: Issued = await authority.issue({ name: 'radsec.uji.example', usage: 'serverAuth' })
const site: Issued = await authority.issue({ name: 'smpn-1.uji.example' })
/** RFC 6614 §2.3. */
const RADSEC = sharedSecret('radsec')

type Central = Radsec & {
  radius: Radius
  recorded: Session[]
  file(name: string, content: string): string
  [Symbol.asyncDispose](): Promise<void>
}

async function central(revoked: readonly string[] = []): Promise<Central> {
  const folder = mkdtempSync(join(tmpdir(), 'radsec-'))
  const recorded: Session[] = []
  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const eap = {
    methods: ['ttls' as const],
    innerMethods: ['pap' as const],
    keyFile: file('eap.key', server.key),
    certificateFile: file('eap.pem', server.certificate),
  }
  const peers = peerTable([{ name: 'smpn-1.uji.example' }, { name: 'smpn-2.uji.example' }])
  const radius = await startRadius({
    config: radiusConfig({ clients: [], eap }),
    clients: peers.table,
    stateDir: folder,
    recorder: {
      record(kind, body) {
        const checked = decodeBody(kind, body)
        if (!checked.ok) throw new Error(checked.reason)
        return recorded.push(checked.value as Session)
      },
      eventDelivered: () => false,
    },
    pseudonym: (mac) => `0000${mac.replaceAll(':', '')}`,
  })
  const radsec = await startRadsec({ host: '127.0.0.1', port: 0, tls: await tlsOf(revoked), peers, radius })
  return {
    ...radsec,
    radius,
    recorded,
    file,
    async [Symbol.asyncDispose]() {
      await radsec.close()
      await radius.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const tlsOf = async (revoked: readonly string[]): Promise<RadsecTls> => ({
  certificates: server.certificate,
  key: server.key,
  authorities: authority.certificate,
  revocationLists: await authority.revocationList(revoked),
})

type Proxy = { port: number; [Symbol.asyncDispose](): Promise<void> }

async function radsecproxy(own: Central, certificate: Issued): Promise<Proxy> {
  const port = await freePort()
  const configuration = `
ListenUDP 127.0.0.1:${port}
tls default {
  CACertificateFile ${own.file('authority.pem', authority.certificate)}
  CertificateFile ${own.file('site.pem', certificate.certificate)}
  CertificateKeyFile ${own.file('site.key', certificate.key)}
}
client access-point {
  host 127.0.0.1
  type udp
  secret ${SECRET_TEXT}
}
server central {
  host 127.0.0.1:${own.port}
  type tls
  secret radsec
  statusserver on
  CertificateNameCheck off
  matchCertificateAttribute CN:/^radsec\\.uji\\.example$/
}
realm * {
  server central
  accountingServer central
}
`
  const child = spawn('/usr/sbin/radsecproxy', ['-f', '-d', '2', '-c', own.file('radsecproxy.conf', configuration)], { stdio: 'ignore' })
  return {
    port,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

function needsProxy(t: TestContext): boolean {
  const missing = spawnSync('/usr/sbin/radsecproxy', ['-v']).error ?? spawnSync('radclient', ['-v']).error
  if (missing) t.skip('radsecproxy or radclient is not installed (Debian packages radsecproxy, freeradius-utils)')
  return !missing
}

async function radclient(port: number, command: 'auth' | 'acct', attributes: string): Promise<string> {
  const child = spawn('radclient', ['-x', '-t', '2', '-r', '3', `127.0.0.1:${port}`, command, SECRET_TEXT])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdin.end(attributes)
  await once(child, 'close')
  return output
}

const login = (password: string): string => `User-Name=${USER},User-Password=${password},Message-Authenticator=0x00`

test('an access point behind radsecproxy logs people in, by PAP and EAP-TTLS, and accounts for them', async (t) => {
  if (!needsProxy(t)) return
  await using own = await central()
  await using proxy = await radsecproxy(own, site)
  await until('radsecproxy to connect', () => own.connections() === 1)
  assert.match(await radclient(proxy.port, 'auth', login(PASSWORD)), /Received Access-Accept[^]*Session-Timeout = 3600/)
  assert.match(await radclient(proxy.port, 'auth', login('salah')), /Received Access-Reject/)
  // Without a User-Name radsecproxy finds no realm, and answers by itself.
  const visit = 'User-Name=budi,Acct-Session-Id=5f3a,NAS-Identifier=ap-smpn-1,Calling-Station-Id=AABB.CCDD.EE01'
  assert.match(await radclient(proxy.port, 'acct', `Acct-Status-Type=Start,${visit}`), /Received Accounting-Response/)
  await until('the visit to be told', () => own.recorded.length === 1)
  assert.deepEqual([own.recorded[0]!.event, own.recorded[0]!.nas], ['start', 'ap-smpn-1'])
  if (needsEapolTest(t)) {
    const network = {
      eap: 'TTLS' as const,
      identity: USER,
      anonymous: 'anonymous',
      password: PASSWORD,
      phase2: 'auth=PAP',
      authority: authority.certificate,
    }
    const run = await eapolTest(proxy.port, network)
    assert.ok(run.succeeded, run.output.slice(-2000))
    assert.ok((await eapolTest(proxy.port, { ...network, password: 'salah' })).refused)
  }
  assert.deepEqual(own.faults(), {})
})

/** A peer of our own making: what radsecproxy would never send. */
async function peer(
  own: { port: number },
  certificate: Issued | undefined,
): Promise<{ socket: TLSSocket; received(): Buffer; closed(): boolean }> {
  const socket = connect({
    host: '127.0.0.1',
    port: own.port,
    ca: authority.certificate,
    checkServerIdentity: () => undefined,
    ...(certificate && { key: certificate.key, cert: certificate.certificate }),
  })
  let received = Buffer.alloc(0)
  let closed = false
  socket.on('data', (chunk: Buffer) => (received = Buffer.concat([received, chunk])))
  socket.on('error', () => undefined)
  socket.on('close', () => (closed = true))
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => undefined)
  return { socket, received: () => received, closed: () => closed }
}

test('packets are answered on their own connection, in however many pieces they come', async () => {
  await using own = await central()
  const { socket, received } = await peer(own, site)
  const both = Buffer.concat([
    statusServer(1, RADSEC),
    accessRequest({ userName: USER, password: PASSWORD, identifier: 2, secret: RADSEC }),
  ])
  for (let at = 0; at < both.length; at += 17) socket.write(both.subarray(at, at + 17))
  await until('both answers', () => received().length > 40)
  assert.deepEqual([received()[0], received()[1]], [2, 1])
  const second = received().subarray(received().readUInt16BE(2))
  assert.deepEqual([second[0], second[1]], [2, 2])
  socket.destroy()
})

test('without a certificate of ours, or with one of nobody we list, or a revoked one, no packet is read', async () => {
  await using own = await central([site.serial])
  const strangers: [string, Issued | undefined][] = [
    ['no certificate', undefined],
    ['a foreign authority', await (await testAuthority('Kota Asing')).issue({ name: 'smpn-1.uji.example' })],
    ['an expired one', await authority.issue({ name: 'smpn-2.uji.example', from: -9, to: -1 })],
    ['a revoked one', site],
    ['a name not on the list', await authority.issue({ name: 'smpn-3.uji.example' })],
    ['a wildcard', await authority.issue({ name: '*.uji.example' })],
    ['a certificate for servers', await authority.issue({ name: 'smpn-2.uji.example', usage: 'serverAuth' })],
  ]
  for (const [what, certificate] of strangers) {
    const { socket, received, closed } = await peer(own, certificate)
    if (!socket.destroyed) socket.write(statusServer(1, RADSEC))
    await until(`${what} to be shut out`, closed)
    assert.equal(received().length, 0, what)
  }
  assert.equal(own.connections(), 0)
  const { accepts, status } = own.radius.counters()
  assert.deepEqual([accepts, status], [0, 0])
})

test('a broken stream or a packet under another secret ends the connection, and the next one is served', async () => {
  await using own = await central()
  const bad: [string, Buffer][] = [
    ['a length of zero', Buffer.alloc(20)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['another secret', accessRequest({ userName: USER, password: PASSWORD, secret: sharedSecret('not-the-secret-of-radsec') })],
  ]
  for (const [what, octets] of bad) {
    const { socket, received, closed } = await peer(own, site)
    socket.write(octets)
    await until(`${what} to end the connection`, closed)
    assert.equal(received().length, 0, what)
  }
  assert.deepEqual(own.faults(), { 'broken-stream': 2, 'bad-packet': 1 })
  const { socket, received } = await peer(own, site)
  socket.write(statusServer(1, RADSEC))
  await until('an answer', () => received().length > 0)
  socket.destroy()
})

test('one peer cannot hold more than four connections', async () => {
  await using own = await central()
  const peers = await Promise.all(Array.from({ length: 6 }, () => peer(own, site)))
  await until('two to be shut', () => peers.filter(({ closed }) => closed()).length === 2)
  assert.deepEqual([own.connections(), own.faults()], [4, { 'too-many-connections': 2 }])
  for (const { socket } of peers) socket.destroy()
})

test('a newer revocation list ends the connections of before, and lets in only whom it leaves', async () => {
  await using own = await central()
  const [first, other] = [await peer(own, site), await peer(own, await authority.issue({ name: 'smpn-2.uji.example' }))]
  await until('both to be in', () => own.connections() === 2)
  assert.throws(() =>
    own.renew({ certificates: server.certificate, key: server.key, authorities: authority.certificate, revocationLists: '' }),
  )
  assert.equal(own.connections(), 2)
  own.renew(await tlsOf([site.serial]))
  await until('both to be shut', () => first.closed() && other.closed())
  const again = await peer(own, site)
  await until('the revoked one to be shut out', again.closed)
  const kept = await peer(own, await authority.issue({ name: 'smpn-2.uji.example' }))
  kept.socket.write(statusServer(1, RADSEC))
  await until('an answer', () => kept.received().length > 0)
  kept.socket.destroy()
})

test('the program serves from its file with central unreachable, and ends when told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'radsec-program-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const config = {
    node: 'radsec-1',
    stateDir: join(folder, 'state'),
    memoryDir: join(folder, 'memory'),
    host: '127.0.0.1',
    port: 0,
    certificateFile: file('server.pem', server.certificate),
    keyFile: file('server.key', server.key),
    authoritiesFile: file('authorities.pem', authority.certificate),
    peers: [{ name: 'smpn-1.uji.example', vendor: 'mikrotik' }],
    radius: { users: [{ name: USER, passwordHash }] },
    sessionSeconds: 3600,
    mqtt: {
      url: 'mqtt://127.0.0.1:9',
      token: 'x'.repeat(40),
      centralKey: generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
    telemetry: { everySeconds: 60, groupSeconds: 10, outboxBytesMax: 8 * 1024 * 1024 },
  }
  const program = join(import.meta.dirname, '../../central/radsec/main.ts')
  const child = spawn(process.execPath, [program, '--config', file('radsec.json', JSON.stringify(config))], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let [output, complaints] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  await until('the program to serve', () => output.includes('\n'), { detail: () => complaints })
  const ready = JSON.parse(output) as { ready: boolean; radsec: number }
  const { socket, received } = await peer({ port: ready.radsec }, site)
  socket.write(accessRequest({ userName: USER, password: PASSWORD, identifier: 9, secret: RADSEC }))
  await until('the answer', () => received().length > 20)
  assert.deepEqual([received()[0], received()[1]], [2, 9])
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null], complaints)
})
