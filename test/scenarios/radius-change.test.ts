/** Sessions that must end or change at their access point: asked, retried, confirmed, and not to be forged. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { writeClass } from '#edge/radius/account-class.ts'
import { integerAttribute, octetsAttribute, readInteger, readText } from '#edge/radius/attributes.ts'
import { hasValidAccountingAuthenticator, writeResponseAuthenticator } from '#edge/radius/authenticator.ts'
import { MIKROTIK } from '#edge/radius/dictionary/mikrotik.ts'
import { checkMessageAuthenticator, UNSIGNED_MESSAGE_AUTHENTICATOR, writeMessageAuthenticator } from '#edge/radius/message-authenticator.ts'
import { authenticatorOf, CODE, decodePacket, encodePacket, HEADER_OCTETS, type Packet } from '#edge/radius/packet.ts'
import { sharedSecret } from '#edge/radius/secret.ts'
import { readVendorOctets } from '#edge/radius/vendor.ts'
import type { AccessPolicy } from '#edge/wire/policy.ts'
import { radiusConfig, startBox, until, type Box } from '#test/edge/radius/box.ts'
import { accessPoint, accountingRequest, SECRET, SECRET_TEXT } from '#test/edge/radius/client.ts'
import { freePort } from '#test/support/free-port.ts'

const YEAR = 365 * 86_400_000
const policyWith = (more: Partial<AccessPolicy> = {}): AccessPolicy => ({
  publicGroup: 'umum',
  groups: [
    { name: 'umum', class: 'public', watchSeconds: 30, sessionSeconds: 3_600 },
    { name: 'staf', class: 'staff', watchSeconds: 0, sessionSeconds: 3_600, rate: { upKbps: 1_000, downKbps: 2_000 } },
  ],
  schedules: [],
  members: [],
  bypass: [],
  block: [],
  vouchers: [],
  garden: [],
  ...more,
})

/** The side of the access point that takes changes. */
type Taker = {
  port: number
  requests: { packet: Packet; from: RemoteInfo }[]
  answer(request: { packet: Packet; from: RemoteInfo }, code: number, secret?: typeof SECRET, cause?: number): void
  [Symbol.asyncDispose](): Promise<void>
}

async function taker(): Promise<Taker> {
  const socket: Socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const requests: Taker['requests'] = []
  socket.on('message', (octets, from) => {
    const decoded = decodePacket(octets)
    assert.ok(decoded.ok)
    requests.push({ packet: decoded.packet, from })
  })
  return {
    port: socket.address().port,
    requests,
    answer({ packet, from }, code, secret = SECRET, cause) {
      const octets = encodePacket({
        code,
        identifier: packet.identifier,
        authenticator: authenticatorOf(packet),
        attributes: [UNSIGNED_MESSAGE_AUTHENTICATOR, ...(cause === undefined ? [] : [integerAttribute('Error-Cause', cause)])],
      })!
      writeMessageAuthenticator(octets, HEADER_OCTETS, secret)
      writeResponseAuthenticator(octets, secret)
      socket.send(octets, from.port, from.address)
    },
    [Symbol.asyncDispose]: () => new Promise((closed) => socket.close(closed)),
  }
}

const DEVICE = '0000aabbcc000001'
const config = (changePort: number) =>
  radiusConfig({ clients: [{ name: 'ap', address: '127.0.0.1', secret: SECRET_TEXT, vendor: 'mikrotik', changePort }] })
const staff = [octetsAttribute('Class', writeClass({ account: 'feedfeedfeedfeed', group: 'staf' }))]

async function online(box: Box, ap: Awaited<ReturnType<typeof accessPoint>>, status = 1, identifier = 1, seconds = 0): Promise<void> {
  ap.replies.length = 0
  await ap.send(
    box.radius.acctPort,
    accountingRequest({ status, sessionId: '5f', identifier, seconds, mac: 'AA-BB-CC-00-00-01', attributes: staff }),
  )
  await ap.received(1)
}
const stateOf = (box: Box): string | undefined => box.radius.changes()[0]?.state

test('a device that is blocked is disconnected at its access point, and that counts when its Stop has come', async () => {
  await using nas = await taker()
  let policy = policyWith()
  await using box = await startBox({ config: config(nas.port), policy: () => policy })
  await using ap = await accessPoint()
  await online(box, ap)
  policy = policyWith({ block: [{ device: DEVICE, until: Date.now() + YEAR }] })
  await until('a request', () => nas.requests.length === 1)
  const { packet } = nas.requests[0]!
  assert.equal(packet.code, CODE['Disconnect-Request'])
  assert.ok(hasValidAccountingAuthenticator(packet, SECRET))
  assert.equal(checkMessageAuthenticator(packet, SECRET, 'zeros'), 'valid')
  assert.equal(packet.octets[HEADER_OCTETS], 80, 'Message-Authenticator first')
  assert.deepEqual([readText(packet, 'Acct-Session-Id'), readText(packet, 'NAS-Identifier')], ['5f', 'ap-1'])
  assert.ok(Math.abs(readInteger(packet, 'Event-Timestamp')! - Date.now() / 1000) < 60)
  nas.answer(nas.requests[0]!, CODE['Disconnect-ACK'])
  await until('acknowledged', () => stateOf(box) === 'acknowledged')
  await online(box, ap, 2, 2, 60)
  await until('confirmed', () => stateOf(box) === 'confirmed')
  assert.deepEqual([box.radius.changes()[0]!.reason, nas.requests.length], ['blocked', 1])
})

test('an access point that says ACK and lets the device go on is asked again', async () => {
  await using nas = await taker()
  await using box = await startBox({ config: config(nas.port), policy: policyWith })
  await using ap = await accessPoint()
  await online(box, ap)
  await until('a record', () => box.recorded.length === 1)
  assert.ok(box.radius.disconnect(box.recorded[0]!.id))
  await until('a request', () => nas.requests.length === 1)
  nas.answer(nas.requests[0]!, CODE['Disconnect-ACK'])
  await until('acknowledged', () => stateOf(box) === 'acknowledged')
  await online(box, ap, 3, 2, 300)
  await until('another request', () => nas.requests.length === 2)
  assert.notDeepEqual(authenticatorOf(nas.requests[0]!.packet), authenticatorOf(nas.requests[1]!.packet))
})

test('without an answer it is asked again, and after a restart too', async () => {
  await using nas = await taker()
  const box = await startBox({ config: config(nas.port), policy: policyWith })
  await using ap = await accessPoint()
  await online(box, ap)
  await until('a record', () => box.recorded.length === 1)
  box.radius.disconnect(box.recorded[0]!.id)
  await until('asked twice', () => nas.requests.length === 2)
  await box.radius.close()
  await using again = await startBox({ config: config(nas.port), policy: policyWith, stateDir: box.stateDir })
  await until('asked again', () => nas.requests.length === 3)
  assert.equal(readText(nas.requests[2]!.packet, 'Acct-Session-Id'), '5f')
  nas.answer(nas.requests[2]!, CODE['Disconnect-NAK'], SECRET, 503)
  await until('settled', () => stateOf(again) === 'confirmed')
})

test('new limits of a group reach its running sessions in the words of the access point', async () => {
  await using nas = await taker()
  let policy = policyWith()
  await using box = await startBox({ config: config(nas.port), policy: () => policy })
  await using ap = await accessPoint()
  await online(box, ap)
  const [umum, staf] = policy.groups
  policy = policyWith({ groups: [umum!, { ...staf!, rate: { upKbps: 500, downKbps: 700 } }] })
  await until('a request', () => nas.requests.length === 1)
  const { packet } = nas.requests[0]!
  assert.equal(packet.code, CODE['CoA-Request'])
  assert.equal(readVendorOctets(packet, MIKROTIK, 'Mikrotik-Rate-Limit')?.toString(), '500k/700k')
  nas.answer(nas.requests[0]!, CODE['CoA-ACK'])
  await until('acknowledged', () => stateOf(box) === 'acknowledged')
  await online(box, ap, 3, 2, 300)
  await until('confirmed', () => stateOf(box) === 'confirmed')
})

test('answers with another secret, of another kind, to another identifier or from elsewhere change nothing', async () => {
  await using nas = await taker()
  await using stranger = await taker()
  await using box = await startBox({ config: config(nas.port), policy: policyWith })
  await using ap = await accessPoint()
  await online(box, ap)
  await until('a record', () => box.recorded.length === 1)
  box.radius.disconnect(box.recorded[0]!.id)
  await until('a request', () => nas.requests.length === 1)
  const request = nas.requests[0]!
  nas.answer(request, CODE['Disconnect-ACK'], sharedSecret('a-secret-that-somebody-guessed'))
  nas.answer(request, CODE['CoA-ACK'])
  nas.answer({ ...request, packet: { ...request.packet, identifier: (request.packet.identifier + 1) & 255 } }, CODE['Disconnect-ACK'])
  stranger.answer(request, CODE['Disconnect-ACK'])
  await until('four forgeries counted', () => box.radius.counters().reasons['change-forged'] === 4)
  assert.equal(stateOf(box), 'asking')
})

test('requests to end or change sessions that somebody sends to the box itself get silence and change nothing', async () => {
  await using box = await startBox({ policy: policyWith })
  await using ap = await accessPoint()
  await online(box, ap)
  ap.replies.length = 0
  for (const [i, code] of [CODE['Disconnect-Request'], CODE['CoA-Request'], CODE['Disconnect-ACK'], CODE['CoA-ACK']].entries())
    for (const port of [box.radius.authPort, box.radius.acctPort]) {
      const octets = accountingRequest({ status: 2, sessionId: '5f', identifier: i })
      octets[0] = code
      await ap.send(port, octets)
    }
  await until('eight counted', () => box.radius.counters().reasons['unexpected-code'] === 8)
  assert.deepEqual([ap.replies.length, box.recorded.map(({ event }) => event)], [0, ['start']])
})

/** FreeRADIUS as the one who takes changes: it checks authenticators by itself and answers ACK. */
async function freeradius(t: TestContext): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'radius-coa-'))
  const port = await freePort()
  mkdirSync(join(folder, 'run'))
  writeFileSync(
    join(folder, 'radiusd.conf'),
    `prefix = ${folder}
localstatedir = ${folder}
logdir = ${folder}
libdir = /usr/lib/freeradius
pidfile = ${folder}/run/pid
log {
  destination = files
  file = ${folder}/log
}
client box {
  ipaddr = 127.0.0.1
  secret = ${SECRET_TEXT}
}
modules {
  always ok {
    rcode = ok
  }
}
server coa {
  listen {
    type = coa
    ipaddr = 127.0.0.1
    port = ${port}
  }
  recv-coa {
    ok
  }
  send-coa {
    ok
  }
}
`,
    { mode: 0o600 },
  )
  const child = spawn('/usr/sbin/freeradius', ['-f', '-d', folder, '-n', 'radiusd'], { stdio: 'ignore' })
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
    rmSync(folder, { recursive: true, force: true })
  })
  return port
}

test('FreeRADIUS finds our requests rightly signed, and we its answers', async (t) => {
  if (!existsSync('/usr/sbin/freeradius')) return t.skip('FreeRADIUS is not installed (Debian package freeradius)')
  const port = await freeradius(t)
  await using box = await startBox({ config: config(port), policy: policyWith })
  await using ap = await accessPoint()
  await online(box, ap)
  await until('a record', () => box.recorded.length === 1)
  box.radius.disconnect(box.recorded[0]!.id)
  await until('acknowledged by FreeRADIUS', () => stateOf(box) === 'acknowledged')
})
