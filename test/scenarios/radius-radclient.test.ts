/** An access point as Debian's freeradius-utils plays it: visitors let in, refused, and accounted for. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { openSessionsStore } from '#edge/radius/sessions-store.ts'
import { join } from 'node:path'
import { PASSWORD, startBox, until, USER } from '#test/edge/radius/box.ts'
import { SECRET_TEXT } from '#test/edge/radius/client.ts'

type Run = { code: number | null; output: string }

/** One request, one retransmission after a second: `silence` costs two seconds. */
function radclient(port: number, command: 'auth' | 'acct' | 'status', attributes: string, secret = SECRET_TEXT): Promise<Run> {
  const child = spawn('radclient', ['-x', '-t', '1', '-r', '2', `127.0.0.1:${port}`, command, secret])
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdin.end(attributes)
  return new Promise((done, failed) => {
    child.on('error', failed)
    child.on('close', (code) => done({ code, output }))
  })
}

function needsRadclient(t: TestContext): boolean {
  const missing = spawnSync('radclient', ['-v']).error !== undefined
  if (missing) t.skip('radclient is not installed (Debian package freeradius-utils)')
  return !missing
}

const login = (password: string, more = ''): string => `User-Name=${USER},User-Password=${password},Message-Authenticator=0x00${more}`

test('a right password gets in with its conditions, and the reply is signed first and returns Proxy-State in order', async (t) => {
  if (!needsRadclient(t)) return
  await using box = await startBox()
  const { code, output } = await radclient(box.radius.authPort, 'auth', login(PASSWORD, ',Proxy-State=0x0102,Proxy-State=0x03'))
  assert.equal(code, 0, output)
  const reply = output.slice(output.indexOf('Received Access-Accept')).split('\n').slice(1)
  assert.match(reply[0]!, /Message-Authenticator/)
  assert.match(output, /Session-Timeout = 3600/)
  assert.match(output, /Acct-Interim-Interval = 300/)
  assert.match(output, /Reply-Message = "Selamat datang/)
  assert.ok(
    reply.findIndex((line) => line.includes('Proxy-State = 0x0102')) < reply.findIndex((line) => line.includes('Proxy-State = 0x03')),
  )
  assert.equal(box.radius.counters().accepts, 1)
})

test('a wrong password and an unknown user are refused in the same words', async (t) => {
  if (!needsRadclient(t)) return
  await using box = await startBox()
  const wrong = await radclient(box.radius.authPort, 'auth', login('salah'))
  const unknown = await radclient(box.radius.authPort, 'auth', 'User-Name=siapa,User-Password=salah,Message-Authenticator=0x00')
  for (const { output } of [wrong, unknown])
    assert.match(output, /Received Access-Reject[^]*Reply-Message = "Nama pengguna atau kata sandi salah\."/)
  assert.deepEqual([box.radius.counters().rejects, box.radius.counters().discarded], [2, 0])
})

test('a new list of users counts from the next request on, remembered passwords included', async (t) => {
  if (!needsRadclient(t)) return
  await using box = await startBox()
  assert.equal((await radclient(box.radius.authPort, 'auth', login(PASSWORD))).code, 0)
  box.radius.replaceUsers([])
  assert.match((await radclient(box.radius.authPort, 'auth', login(PASSWORD))).output, /Received Access-Reject/)
})

test('a wrong secret, a missing Message-Authenticator and a stranger get silence and are counted', async (t) => {
  if (!needsRadclient(t)) return
  await using box = await startBox()
  const { authPort, acctPort } = box.radius
  const runs = await Promise.all([
    radclient(authPort, 'auth', login(PASSWORD), 'not-the-secret-of-this-box'),
    radclient(authPort, 'auth', `User-Name=${USER},User-Password=${PASSWORD}`),
    radclient(authPort, 'auth', login(PASSWORD, ',Packet-Src-IP-Address=127.0.0.9')),
    radclient(acctPort, 'acct', 'Acct-Status-Type=Start,Acct-Session-Id=1', 'not-the-secret-of-this-box'),
  ])
  for (const { code, output } of runs) {
    assert.equal(code, 1)
    assert.match(output, /No reply from server/)
    assert.ok(!output.includes('Received'), output)
  }
  const { reasons, ...totals } = box.radius.counters()
  // Each was sent twice.
  assert.deepEqual(reasons, {
    'wrong-message-authenticator': 2,
    'no-message-authenticator': 2,
    'unknown-client': 2,
    'wrong-authenticator': 2,
  })
  assert.deepEqual([totals.accepts, totals.rejects, totals.accounting, totals.discarded], [0, 0, 0, 8])
  assert.deepEqual(box.recorded, [])
})

test('a visit is one session with octets beyond 32 bits, its duration and three records', async (t) => {
  if (!needsRadclient(t)) return
  await using box = await startBox()
  const session = 'Acct-Session-Id=5f3a,NAS-Identifier=ap-alun-alun,Calling-Station-Id=AABB.CCDD.EE01'
  const records = [
    `Acct-Status-Type=Start,${session}`,
    `Acct-Status-Type=Interim-Update,${session},Acct-Session-Time=300,Acct-Input-Octets=1000,Acct-Output-Octets=4000000000`,
    `Acct-Status-Type=Stop,${session},Acct-Session-Time=720,Acct-Input-Octets=2500,Acct-Output-Octets=705032704,Acct-Output-Gigawords=1,Acct-Terminate-Cause=Session-Timeout`,
  ]
  for (const record of records) {
    const { code, output } = await radclient(box.radius.acctPort, 'acct', record)
    assert.equal(code, 0, output)
    assert.match(output, /Received Accounting-Response/)
  }
  await until('three records', () => box.recorded.length >= 3)
  const [start, update, stop] = box.recorded
  assert.equal(box.recorded.length, 3)
  assert.deepEqual([start!.event, update!.event, stop!.event], ['start', 'update', 'stop'])
  assert.equal(new Set(box.recorded.map(({ id }) => id)).size, 1)
  assert.match(start!.id, /^r-[0-9a-f]{24}$/)
  const { startedAt, id, ...told } = stop!
  assert.deepEqual(told, {
    source: 'radius',
    event: 'stop',
    device: '0000aabbccddee01',
    seconds: 720,
    upOctets: 2500,
    downOctets: 5_000_000_000,
    cause: 'Session Timeout',
    nas: 'ap-alun-alun',
  })
  assert.ok(startedAt > 1_600_000_000_000 && id === start!.id)

  await box.radius.close()
  const store = openSessionsStore({ file: join(box.stateDir, 'radius.sqlite') })
  const [kept, ...others] = store.sessions()
  store.close()
  assert.deepEqual(
    [kept!.acctSessionId, kept!.seconds, kept!.upOctets, kept!.downOctets, others.length],
    ['5f3a', 720, 2500, 5_000_000_000, 0],
  )
})

test('Status-Server is answered on both ports', async (t) => {
  if (!needsRadclient(t)) return
  await using box = await startBox()
  assert.match((await radclient(box.radius.authPort, 'status', 'Message-Authenticator=0x00')).output, /Received Access-Accept/)
  assert.match((await radclient(box.radius.acctPort, 'status', 'Message-Authenticator=0x00')).output, /Received Accounting-Response/)
  assert.equal(box.radius.counters().status, 2)
})

test('a CHAP login is refused in words, since passwords are kept as hashes', async (t) => {
  if (!needsRadclient(t)) return
  await using box = await startBox()
  const { output } = await radclient(box.radius.authPort, 'auth', `User-Name=${USER},CHAP-Password=${PASSWORD},Message-Authenticator=0x00`)
  assert.match(output, /Received Access-Reject[^]*Reply-Message = "Cara masuk ini belum didukung/)
})
