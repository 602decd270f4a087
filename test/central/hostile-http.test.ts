/** Central's real HTTP server against what no browser would send. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { FAILURES_MAX } from '#central/platform/accounts/throttle.ts'
import { admin, arrival, opdId, PASSWORD, person } from '#test/support/central.ts'
import { wholeCentral, type WholeCentral } from '#test/support/whole-central.ts'

const CUT_MILLISECONDS = 30_000
/** A stream looks whether its session lives every 15 seconds. */
const STREAM_ENDS_MILLISECONDS = 17_000

type Sent = { status: number; head: string; body: string }

/** Writes bytes as they are and reads until the server closes, or until a whole answer of known length is there. */
async function raw(central: WholeCentral, bytes: string | Buffer): Promise<Sent> {
  const socket = connect(central.port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    // A server that has said no stops reading; what is still being written then fails.
    socket.on('error', () => undefined)
    socket.write(bytes)
    let text = ''
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      const length = /content-length: (\d+)/i.exec(text.slice(0, end))?.[1]
      if (end >= 0 && length !== undefined && text.length >= end + 4 + Number(length)) break
    }
    const end = text.indexOf('\r\n\r\n')
    return { status: Number(text.slice(9, 12)), head: text.slice(0, end).toLowerCase(), body: text.slice(end + 4) }
  } finally {
    socket.destroy()
  }
}

const lines = (...head: string[]) => `${head.join('\r\n')}\r\n\r\n`

async function signIn(central: WholeCentral, username: string): Promise<string> {
  const response = await post(central, '/api/sign-in', { username, password: PASSWORD })
  assert.equal(response.status, 200)
  return response.headers.get('set-cookie')!.split(';')[0]!
}
function post(central: WholeCentral, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(central.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: central.origin, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

async function desk(t: TestContext, publicUrl: string | null = null) {
  const central = await wholeCentral(t, publicUrl)
  const { caseId } = await central.parts.complaints.receive(arrival())
  const verifier = await person(central.parts, 'Verifikator Aduan')
  return { central, caseId, verifier, cookie: await signIn(central, verifier.username), act: `/api/complaints/${caseId}/act` }
}
const alive = async ({ origin }: WholeCentral) => assert.equal((await fetch(`${origin}/healthz`)).status, 200)

test('a body above one mebibyte is 413, whether it says so or not', async (t) => {
  const { central, cookie, act } = await desk(t)
  const said = await post(central, act, { action: 'arsipkan', version: 1, reason: 'x'.repeat(1_100_000) }, { cookie })
  assert.deepEqual([said.status, await codeOf(said)], [413, 'too-large'])
  const chunk = 'x'.repeat(0x10000)
  const chunked = await raw(
    central,
    lines(
      `POST ${act} HTTP/1.1`,
      'Host: kota.test',
      `Cookie: ${cookie}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      'Connection: close',
    ) + `10000\r\n${chunk}\r\n`.repeat(20),
  )
  assert.equal(chunked.status, 413)
  await alive(central)
})

test('JSON nested half a million deep, or with a prototype in it, is 400 and costs nothing', async (t) => {
  const { central, caseId, cookie, act } = await desk(t)
  const deep = 500_000
  const tower = `${'['.repeat(deep)}${']'.repeat(deep)}`
  for (const body of [
    tower,
    `{"action":"arsipkan","version":1,"reason":${tower}}`,
    '{"action":"arsipkan","version":1,"reason":"salah","__proto__":{"role":"admin"}}',
    '{"action":"arsipkan","version":1,"reason":"salah","constructor":{"prototype":{"role":"admin"}}}',
    `{"action":"arsipkan","version":1,"reason":"salah"${',"a":1'.repeat(50_000)}}`,
  ]) {
    const began = performance.now()
    const response = await post(central, act, body, { cookie })
    assert.equal(response.status, 400, body.slice(0, 80))
    assert.ok(performance.now() - began < 1_000, 'no single request takes a second')
  }
  assert.equal(({} as { role?: string }).role, undefined)
  const page = await fetch(`${central.origin}/api/complaints/${caseId}`, { headers: { cookie } })
  assert.equal(((await page.json()) as { row: { version: number } }).row.version, 1)
})

test('a parameter said twice is 400, a plain text body 415, a foreign origin 403', async (t) => {
  const { central, cookie, act } = await desk(t)
  for (const query of ['state=masuk&state=selesai', 'page=1&page=2', 'q=a&q=b', 'q[]=a', '__proto__=1']) {
    assert.equal((await fetch(`${central.origin}/api/complaints?${query}`, { headers: { cookie } })).status, 400, query)
  }
  const body = JSON.stringify({ action: 'arsipkan', version: 1, reason: 'palsu' })
  assert.equal((await post(central, act, body, { cookie, 'content-type': 'text/plain' })).status, 415)
  for (const origin of ['https://jahat.example', 'null', `${central.origin}0`]) {
    const response = await post(central, act, body, { cookie, origin })
    assert.deepEqual([response.status, await codeOf(response)], [403, 'foreign-origin'], origin)
  }
})

test('a stale version is 409 with the page as it is now', async (t) => {
  const { central, cookie, act } = await desk(t)
  const order = { action: 'teruskan', version: 1, opdId: await opdId(central.parts.database, 'Dishub') }
  assert.equal((await post(central, act, order, { cookie })).status, 200)
  const stale = await post(central, act, order, { cookie })
  assert.equal(stale.status, 409)
  const { code, now } = (await stale.json()) as { code: string; now: { row: { state: string; version: number }; history: unknown[] } }
  assert.deepEqual([code, now.row.state, now.row.version, now.history.length], ['stale', 'diteruskan', 2, 2])
})

test('requests that two readers could read differently are refused, and their connection ends', async (t) => {
  const central = await wholeCentral(t)
  const head = ['POST /api/sign-in HTTP/1.1', 'Host: kota.test', 'Content-Type: application/json']
  const smuggled = lines('GET /api/me HTTP/1.1', 'Host: kota.test')
  for (const [what, bytes] of Object.entries({
    'length and chunks': lines(...head, 'Content-Length: 4', 'Transfer-Encoding: chunked') + `0\r\n\r\n${smuggled}`,
    'chunks and length': lines(...head, 'Transfer-Encoding: chunked', 'Content-Length: 4') + `0\r\n\r\n${smuggled}`,
    'two lengths': lines(...head, 'Content-Length: 2', 'Content-Length: 40') + '{}',
    'a length that is none': lines(...head, 'Content-Length: +2') + '{}',
    'a coding nobody knows': lines(...head, 'Transfer-Encoding: xchunked') + '{}',
    'a bare line feed': `POST /api/sign-in HTTP/1.1\nHost: kota.test\nContent-Length: 2\n\n{}`,
    'a space before the colon': lines('GET /healthz HTTP/1.1', 'Host : kota.test'),
    'no host': lines('GET /healthz HTTP/1.1'),
    'a null in a name': lines('GET /healthz HTTP/1.1', 'Host: kota.test', 'X\0Y: 1'),
    'not HTTP': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  })) {
    const answer = await raw(central, bytes)
    assert.equal(answer.status, 400, `${what}: ${answer.head}`)
    assert.match(answer.head, /connection: close/, what)
    assert.equal(answer.body.match(/HTTP\/1\.1/g), null, `${what}: one answer, not two`)
  }
  await alive(central)
})

test('headers above sixteen kibibytes are 431', async (t) => {
  const central = await wholeCentral(t)
  for (const header of [`X-Long: ${'a'.repeat(16_400)}`, Array.from({ length: 900 }, (_, n) => `X-${n}: ${'a'.repeat(20)}`).join('\r\n')]) {
    assert.equal((await raw(central, lines('GET /healthz HTTP/1.1', 'Host: kota.test', header))).status, 431)
  }
})

test('whoever sends a head or a body drop by drop is cut off within thirty seconds', { timeout: 2 * CUT_MILLISECONDS }, async (t) => {
  const central = await wholeCentral(t)
  const head = ['POST /api/sign-in HTTP/1.1', 'Host: kota.test', 'Content-Type: application/json']
  const drip = async (what: string, start: string, drop: string) => {
    const began = performance.now()
    const socket = connect(central.port, '127.0.0.1').on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(start)
    const dripping = setInterval(() => socket.write(drop), 1_000)
    const deadline = setTimeout(() => socket.destroy(), CUT_MILLISECONDS + 1_000)
    socket.resume()
    await once(socket, 'close')
    clearInterval(dripping)
    clearTimeout(deadline)
    const took = performance.now() - began
    assert.ok(took < CUT_MILLISECONDS, `${what}: after ${Math.round(took)} ms`)
  }
  await Promise.all([
    drip('a head', 'GET /healthz HTTP/1.1\r\nHost: kota.test\r\n', 'X-A: b\r\n'),
    drip('a body', lines(...head, 'Content-Length: 1000'), ' '),
    drip('chunks', lines(...head, 'Transfer-Encoding: chunked'), '1\r\n \r\n'),
    drip('silence', 'P', ''),
  ])
  await alive(central)
})

test('an address claimed in a header is not believed: guessing is counted all the same', async (t) => {
  const { central, verifier } = await desk(t)
  const statuses: number[] = []
  for (let n = 0; n <= FAILURES_MAX; n++) {
    const forged = { 'x-forwarded-for': `10.0.0.${n}`, 'x-real-ip': `10.0.0.${n}`, forwarded: `for=10.0.0.${n}` }
    const response = await post(central, '/api/sign-in', { username: verifier.username, password: `tebakan-ke-${n}` }, forged)
    statuses.push(response.status)
  }
  assert.deepEqual(statuses, [...Array.from({ length: FAILURES_MAX }, () => 401), 429])
})

test('every kind of answer carries its protection and none says what serves it', async (t) => {
  const { central, cookie, act } = await desk(t)
  const json = { 'Content-Type': 'application/json' }
  const request = (method: string, path: string, headers: Record<string, string> = {}, body = '') =>
    lines(
      `${method} ${path} HTTP/1.1`,
      'Host: kota.test',
      'Connection: close',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body ? [`Content-Length: ${body.length}`] : []),
    ) + body
  const asked: [status: number, bytes: string][] = [
    [200, request('GET', '/')],
    [200, request('GET', '/aduan/12?state=masuk')],
    [200, request('GET', '/assets/app-1234.js')],
    [200, request('HEAD', '/assets/app-1234.js')],
    [200, request('GET', '/healthz')],
    [200, request('GET', '/api/me', { Cookie: cookie })],
    [200, request('HEAD', '/api/live', { Cookie: cookie })],
    [204, request('POST', '/api/sign-out')],
    [401, request('GET', '/api/me')],
    [403, request('POST', act, { ...json, Cookie: cookie, Origin: 'https://jahat.example' }, '{}')],
    [403, request('GET', '/api/positions', { Cookie: cookie })],
    [400, request('POST', act, { ...json, Cookie: cookie }, '{"action":')],
    [404, request('GET', '/api/tidak-ada')],
    [404, request('GET', '/assets/tidak-ada.js')],
    [404, request('GET', '/api/complaints/999999', { Cookie: cookie })],
    [404, request('OPTIONS', '/api/me')],
    [404, request('PUT', '/api/complaints/1', { Cookie: cookie })],
    [413, request('POST', act, { ...json, Cookie: cookie, 'Content-Length': '2000000' })],
    [415, request('POST', act, { 'Content-Type': 'text/plain', Cookie: cookie }, 'halo')],
    [400, request('GET', '/%zz')],
    [400, 'GET / HTTP/1.1\r\nHost : x\r\n\r\n'],
    [431, request('GET', '/', { 'X-Long': 'a'.repeat(17_000) })],
  ]
  for (const [status, bytes] of asked) {
    const answer = await raw(central, bytes)
    const what = `${bytes.split('\r\n')[0]} → ${answer.head}`
    assert.equal(answer.status, status, what)
    const csp = /content-security-policy: (.*)/.exec(answer.head)?.[1] ?? ''
    for (const directive of ['default-src', "frame-ancestors 'none'"]) assert.ok(csp.includes(directive), what)
    assert.doesNotMatch(csp, /unsafe|\*/, what)
    assert.match(answer.head, /x-content-type-options: nosniff/, what)
    assert.match(answer.head, /referrer-policy: no-referrer/, what)
    assert.doesNotMatch(answer.head, /\n(server|x-powered-by|access-control-allow-origin):/, what)
    assert.doesNotMatch(answer.body, /\n\s+at |node_modules|fastify/i, what)
  }
  const traced = await raw(central, request('TRACE', '/', { Cookie: cookie }))
  assert.ok([400, 404, 405].includes(traced.status), String(traced.status))
  assert.ok(!traced.body.includes(cookie), 'nothing sent is sent back')
})

test('cookies are for this site alone, and for HTTPS alone where the site is HTTPS', async (t) => {
  for (const [publicUrl, session, wall] of [
    [
      null,
      /^sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
      /^wall=[\w-]+; Path=\/api\/wall; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    ],
    [
      'https://kota.test',
      /^__Host-sid=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      /^wall=[\w-]+; Path=\/api\/wall; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/,
    ],
  ] as const) {
    const central = await wholeCentral(t, publicUrl)
    const chief = await admin(central.parts)
    const entered = await post(central, '/api/sign-in', { username: chief.username, password: PASSWORD })
    const cookie = entered.headers.get('set-cookie')!
    assert.match(cookie, session)
    const made = await post(central, '/api/noc/walls', { name: 'Ruang rapat' }, { cookie: cookie.split(';')[0]! })
    const { link } = (await made.json()) as { link: string }
    const opened = await post(central, '/api/wall/open', { token: link.split('#')[1] })
    assert.equal(opened.status, 204)
    assert.match(opened.headers.get('set-cookie')!, wall)
    assert.equal(entered.headers.has('strict-transport-security'), publicUrl !== null)
  }
})

test('a live stream ends within fifteen seconds of signing out, and of the account’s end', { timeout: 60_000 }, async (t) => {
  const { central, cookie, verifier } = await desk(t)
  const boss = await signIn(central, (await admin(central.parts)).username)
  const second = await signIn(central, verifier.username)
  const other = await person(central.parts, 'Camat Taman')
  const disabled = await signIn(central, other.username)
  const open = async (who: string) => {
    const response = await fetch(`${central.origin}/api/live`, { headers: { cookie: who } })
    assert.equal(response.status, 200)
    let ended = false
    const text = response.text().then((all) => {
      ended = true
      return all
    })
    return { text, ended: () => ended }
  }
  const [signedOut, stays, ends] = [await open(cookie), await open(second), await open(disabled)]
  assert.equal((await post(central, '/api/sign-out', {}, { cookie })).status, 204)
  assert.equal((await post(central, `/api/users/${other.userId}/disable`, {}, { cookie: boss })).status, 204)
  const late = AbortSignal.timeout(STREAM_ENDS_MILLISECONDS)
  const tooLate = once(late, 'abort').then(() => assert.fail('still open'))
  await Promise.race([Promise.all([signedOut.text, ends.text]), tooLate])
  assert.equal(stays.ended(), false, 'another session of the same person goes on')
})
