/** Central's HTTP side as an outsider meets it. */
import { test, after, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import type { FastifyInstance } from 'fastify'
import { FAILURES_MAX } from '#central/platform/accounts/throttle.ts'
import { createAdminCode } from '#central/platform/accounts/invitations.ts'
import type { Me } from '#central/platform/accounts/api.ts'
import { openDatabase } from '#central/platform/db/database.ts'
import { buildApp } from '#central/app.ts'
import { isForged } from '#central/platform/http/origin.ts'
import {
  admin,
  appOn,
  arrival,
  browser,
  centralOn,
  opdId,
  PASSWORD,
  person,
  prepareDatabase,
  signedInAs,
  type Parts,
} from '#test/support/central.ts'

type Site = { parts: Parts; app: FastifyInstance }
async function site(t: TestContext, publicUrl: string | null = null): Promise<Site> {
  const database = await openDatabase({ file: ':memory:' })
  await prepareDatabase(database)
  const parts = centralOn(database)
  const app = await appOn(parts, publicUrl)
  t.after(async () => {
    await app.close()
    await database.close()
    parts.forget()
  })
  return { parts, app }
}

test('from the one-time code to a password to being known', async (t) => {
  const { parts, app } = await site(t)
  const someone = browser(app)
  assert.equal((await someone.get('/api/me')).statusCode, 401)
  const { code } = await createAdminCode(parts.database, parts.clock.now)
  const first = await someone.post('/api/sign-in/code', { code })
  assert.equal(first.statusCode, 200)
  assert.equal(first.json<Me>().mustSetPassword, true)
  const early = await someone.get('/api/positions')
  assert.deepEqual([early.statusCode, early.json<{ code: string }>().code], [403, 'set-password'])
  const weak = await someone.post('/api/password', { username: 'kominfo', password: 'madiun2026' })
  assert.deepEqual([weak.statusCode, weak.json<{ code: string }>().code], [400, 'weak-password'])
  const codeCookie = someone.cookie
  const set = await someone.post('/api/password', { username: 'kepala.tik', name: 'Rini', password: PASSWORD })
  assert.equal(set.statusCode, 200)
  assert.deepEqual(
    [set.json<Me>().mustSetPassword, set.json<Me>().username, set.json<Me>().positions.map(({ role }) => role)],
    [false, 'kepala.tik', ['admin']],
  )
  assert.notEqual(someone.cookie, codeCookie, 'a new token with new rights')
  assert.equal((await someone.get('/api/positions')).statusCode, 200)
  const old = await app.inject({ url: '/api/me', headers: { cookie: codeCookie } })
  assert.equal(old.statusCode, 401)
  const again = await browser(app).post('/api/sign-in/code', { code })
  const unknown = await browser(app).post('/api/sign-in/code', { code: 'AAAA-BBBB-CCCC' })
  assert.deepEqual([again.statusCode, again.json<{ code: string }>().code], [401, 'wrong-code'])
  assert.deepEqual([unknown.statusCode, unknown.json<{ code: string }>().code], [401, 'wrong-code'])
  assert.equal((await signedInAs(app, 'KEPALA.TIK')).cookie.startsWith('sid='), true)
})

test('the cookie is HttpOnly, SameSite=Strict, and __Host- and Secure where the site is HTTPS', async (t) => {
  const plain = await site(t)
  const staff = await person(plain.parts, 'Verifikator Aduan')
  const body = { username: staff.username, password: PASSWORD }
  const overHttp = await browser(plain.app).post('/api/sign-in', body)
  assert.match(String(overHttp.headers['set-cookie']), /^sid=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  const secure = await site(t, 'https://kota.test')
  const other = await person(secure.parts, 'Verifikator Aduan')
  const overHttps = await browser(secure.app).post('/api/sign-in', { ...body, username: other.username }, { origin: 'https://kota.test' })
  assert.match(String(overHttps.headers['set-cookie']), /^__Host-sid=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
  assert.match(String(overHttps.headers['strict-transport-security']), /max-age=31536000; includeSubDomains/)
})

test('an unknown user, a wrong password and a disabled account look alike', async (t) => {
  const { parts, app } = await site(t)
  const chief = await admin(parts)
  const staff = await person(parts, 'Verifikator Aduan')
  const gone = await person(parts, 'Camat Taman')
  const boss = await signedInAs(app, chief.username)
  assert.equal((await boss.post(`/api/users/${gone.userId}/disable`)).statusCode, 204)
  const bodies = new Set<string>()
  for (const [username, password] of [
    ['tidak.ada', PASSWORD],
    [staff.username, 'salah-sekali-ini'],
    [gone.username, PASSWORD],
  ]) {
    const response = await browser(app).post('/api/sign-in', { username, password })
    assert.equal(response.statusCode, 401)
    bodies.add(response.json<{ code: string }>().code + Object.keys(response.json<object>()).join())
  }
  assert.deepEqual([...bodies], ['wrong-credentialscode,requestId'])
})

test('guessing is stopped with 429 and a time to wait, and the right person elsewhere still gets in', async (t) => {
  const { parts, app } = await site(t)
  const staff = await person(parts, 'Verifikator Aduan')
  const guesser = browser(app, '10.9.9.9')
  const statuses: number[] = []
  for (let n = 0; n <= FAILURES_MAX; n++)
    statuses.push((await guesser.post('/api/sign-in', { username: staff.username, password: `tebakan-ke-${n}` })).statusCode)
  assert.deepEqual(statuses, [...Array.from({ length: FAILURES_MAX }, () => 401), 429])
  const refused = await guesser.post('/api/sign-in', { username: staff.username, password: PASSWORD })
  assert.equal(refused.statusCode, 429, 'even the right password, from there')
  assert.ok(Number(refused.headers['retry-after']) > 0)
  const forged = await guesser.post('/api/sign-in', { username: staff.username, password: PASSWORD }, { 'x-forwarded-for': '10.0.0.7' })
  assert.equal(forged.statusCode, 429, 'an address claimed in a header is not believed')
  await signedInAs(app, staff.username, '10.0.0.7')
})

test('one sees one’s own sessions, ends them one by one, and sign-out is at once', async (t) => {
  const { parts, app } = await site(t)
  const staff = await person(parts, 'Verifikator Aduan')
  const other = await person(parts, 'Camat Taman')
  const [desk, phone, stranger] = [
    await signedInAs(app, staff.username),
    await signedInAs(app, staff.username),
    await signedInAs(app, other.username),
  ]
  const list = (await desk.get('/api/sessions')).json<{ id: string; current: boolean }[]>()
  const phoneId = (await phone.get('/api/sessions')).json<{ id: string; current: boolean }[]>().find((session) => session.current)!.id
  assert.deepEqual(list.filter(({ current }) => current).length, 1)
  assert.equal((await stranger.delete(`/api/sessions/${phoneId}`)).statusCode, 404, 'not by someone else')
  assert.equal((await phone.get('/api/me')).statusCode, 200)
  assert.equal((await desk.delete(`/api/sessions/${phoneId}`)).statusCode, 204)
  assert.equal((await phone.get('/api/me')).statusCode, 401)
  const { cookie } = desk
  assert.equal((await desk.post('/api/sign-out')).statusCode, 204)
  assert.equal((await app.inject({ url: '/api/me', headers: { cookie } })).statusCode, 401)
})

test('changing the password needs the present one and ends every other session', async (t) => {
  const { parts, app } = await site(t)
  const staff = await person(parts, 'Verifikator Aduan')
  const [desk, phone] = [await signedInAs(app, staff.username), await signedInAs(app, staff.username)]
  const fresh = 'delapan-kapal-berlabuh'
  assert.equal((await desk.post('/api/password', { password: fresh })).statusCode, 401)
  assert.equal((await desk.post('/api/password', { password: fresh, current: PASSWORD })).statusCode, 200)
  assert.equal((await phone.get('/api/me')).statusCode, 401)
  assert.equal((await desk.get('/api/me')).statusCode, 200)
})

test('ending an account ends its sessions; only an administrator may, and not their own', async (t) => {
  const { parts, app } = await site(t)
  const chief = await admin(parts)
  const staff = await person(parts, 'Verifikator Aduan')
  const [boss, desk] = [await signedInAs(app, chief.username), await signedInAs(app, staff.username)]
  assert.equal((await desk.post(`/api/users/${chief.userId}/disable`)).statusCode, 403)
  assert.equal((await boss.post(`/api/users/${chief.userId}/disable`)).statusCode, 422)
  assert.equal((await boss.delete(`/api/users/${staff.userId}/sessions`)).statusCode, 204)
  assert.equal((await desk.get('/api/me')).statusCode, 401)
})

test('a stale act is 409 with the present page; the wrong moment 422; an unknown office 400', async (t) => {
  const { parts, app } = await site(t)
  const { caseId } = await parts.complaints.receive(arrival())
  const desk = await signedInAs(app, (await person(parts, 'Verifikator Aduan')).username)
  const url = `/api/complaints/${caseId}/act`
  const opd = await opdId(parts.database, 'Dishub')
  assert.equal((await desk.post(url, { action: 'teruskan', version: 1, opdId: 999_999 })).json<{ why: string }>().why, 'unknown-opd')
  assert.equal((await desk.post(url, { action: 'teruskan', version: 1, opdId: opd })).statusCode, 200)
  const stale = await desk.post(url, { action: 'teruskan', version: 1, opdId: opd })
  assert.equal(stale.statusCode, 409)
  const body = stale.json<{ code: string; now: { row: { state: string; version: number } } }>()
  assert.deepEqual([body.code, body.now.row.state, body.now.row.version], ['stale', 'diteruskan', 2])
  assert.equal((await desk.post(url, { action: 'selesaikan', version: 2 })).statusCode, 422)
})

test('a request from another site is refused, and so is a form’s plain text', async (t) => {
  const { parts, app } = await site(t)
  const { caseId } = await parts.complaints.receive(arrival())
  const desk = await signedInAs(app, (await person(parts, 'Verifikator Aduan')).username)
  const url = `/api/complaints/${caseId}/act`
  const body = { action: 'arsipkan', version: 1, reason: 'palsu' }
  for (const headers of [
    { origin: 'https://jahat.example' },
    { origin: 'null' },
    { origin: 'http://kota.test.jahat.example' },
    { origin: 'http://kota.test:8443' },
    { origin: 'http://kota.test', 'sec-fetch-site': 'cross-site' },
    { origin: 'http://kota.test', 'sec-fetch-site': 'same-site' },
  ]) {
    const response = await desk.post(url, body, headers)
    assert.deepEqual([response.statusCode, response.json<{ code: string }>().code], [403, 'foreign-origin'], JSON.stringify(headers))
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { cookie: desk.cookie, host: 'kota.test', origin: 'http://kota.test', 'content-type': type },
      payload: JSON.stringify(body),
    })
    assert.ok([400, 415].includes(response.statusCode), `${type} → ${response.statusCode}`)
  }
  assert.equal((await desk.get(`/api/complaints/${caseId}`)).json<{ row: { version: number } }>().row.version, 1)
})

test('behind a proxy the public address is one’s own origin too', () => {
  const facts = { method: 'POST', host: '127.0.0.1:8080', origin: 'https://kota.test', secFetchSite: 'same-origin' }
  assert.equal(isForged(facts, 'kota.test'), false)
  assert.equal(isForged(facts, null), true)
  assert.equal(isForged({ ...facts, method: 'GET' }, null), false)
  assert.equal(isForged({ method: 'POST', host: 'kota.test', origin: undefined, secFetchSite: undefined }, null), false)
})

test('bodies are taken as they are or not at all', async (t) => {
  const { parts, app } = await site(t)
  const { caseId } = await parts.complaints.receive(arrival())
  const desk = await signedInAs(app, (await person(parts, 'Verifikator Aduan')).username)
  const url = `/api/complaints/${caseId}/act`
  const raw = (payload: string) =>
    app.inject({
      method: 'POST',
      url,
      payload,
      headers: { cookie: desk.cookie, host: 'kota.test', origin: 'http://kota.test', 'content-type': 'application/json' },
    })
  for (const payload of [
    '{"action":"arsipkan","version":1,"reason":"salah","__proto__":{"admin":true}}',
    '{"action":"arsipkan","version":1,"reason":"salah","constructor":{"prototype":{"admin":true}}}',
    '{"action":"arsipkan","version":1,"reason":"salah","opdId":1,"state":"selesai"}',
    '{"action":"arsipkan","version":"1","reason":"salah"}',
    '{"action":"arsipkan","version":1.5,"reason":"salah"}',
    '{"action":["arsipkan"],"version":1,"reason":"salah"}',
    '{"action":"arsipkan","version":1,"reason":"ya"}',
    '{"action":"hapus","version":1}',
    '[]',
    'null',
    '{"action":',
    '',
  ]) {
    const response = await raw(payload)
    assert.equal(response.statusCode, 400, payload)
    assert.doesNotMatch(response.body, /salah|at .*\.ts|node_modules/, 'neither the value nor the inside')
  }
  assert.equal((await raw(JSON.stringify({ action: 'arsipkan', version: 1, reason: 'x'.repeat(1_100_000) }))).statusCode, 413)
  for (const query of [
    'state=masuk&state=selesai',
    'page=0',
    'page=1e9',
    'page=abc',
    'opd=1;drop',
    'state=lain',
    'baru=1',
    'mine=true',
    `q=${'a'.repeat(81)}`,
  ]) {
    assert.equal((await desk.get(`/api/complaints?${query}`)).statusCode, 400, query)
  }
  for (const id of ['0', '-1', '1.5', 'abc', '9999999999999999999', '1%00', '../1']) {
    assert.ok([400, 404].includes((await desk.get(`/api/complaints/${id}`)).statusCode), id)
  }
  assert.equal((await desk.get('/api/complaints?page=2&state=masuk')).statusCode, 200)
  assert.equal((await desk.get(`/api/complaints/${caseId}`)).json<{ row: { state: string } }>().row.state, 'masuk')
})

test('every answer carries its protection, and what is private is not kept', async (t) => {
  const { app } = await site(t)
  for (const url of ['/api/me', '/healthz', '/tidak-ada.js', '/api/tidak-ada']) {
    const { headers } = await app.inject(url)
    const csp = String(headers['content-security-policy'])
    for (const directive of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
      assert.ok(csp.includes(directive), url)
    assert.doesNotMatch(csp, /unsafe/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
    assert.equal(headers['x-powered-by'], undefined)
    assert.equal(headers['access-control-allow-origin'], undefined)
    assert.equal(headers['strict-transport-security'], undefined, 'not over plain HTTP')
  }
  assert.equal((await app.inject('/api/me')).headers['cache-control'], 'no-store')
})

test('a fault of ours says so with a number and nothing else, and readiness tells', async (t) => {
  const { parts, app } = await site(t)
  assert.equal((await app.inject('/readyz')).statusCode, 200)
  const desk = await signedInAs(app, (await person(parts, 'Verifikator Aduan')).username)
  await parts.database.db.schema.alterTable('complaints').renameTo('hidden').execute()
  const response = await desk.get('/api/complaints')
  assert.equal(response.statusCode, 500)
  assert.deepEqual(Object.keys(response.json<object>()), ['code', 'requestId'])
  assert.doesNotMatch(response.body, /sqlite|no such table|complaints/i)
})

const jpeg = () =>
  sharp({ create: { width: 120, height: 90, channels: 3, background: '#357' } })
    .withExif({ IFD3: { GPSLatitude: '7/1 37/1 44/1' } })
    .jpeg()
    .toBuffer()
function upload(app: FastifyInstance, cookie: string, bytes: Buffer, filename = 'foto.jpg') {
  const head = `--garis\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: image/jpeg\r\n\r\n`
  return app.inject({
    method: 'POST',
    url: '/api/files',
    headers: { cookie, host: 'kota.test', origin: 'http://kota.test', 'content-type': 'multipart/form-data; boundary=garis' },
    payload: Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--garis--\r\n')]),
  })
}

test('a photo is stored without its metadata and served as nothing but an image, to those who may see it', async (t) => {
  const { parts, app } = await site(t)
  const desk = await signedInAs(app, (await person(parts, 'Verifikator Aduan')).username)
  const other = await signedInAs(app, (await person(parts, 'Camat Taman')).username)
  const stored = await upload(app, desk.cookie, await jpeg(), '../../etc/passwd.jpg')
  assert.equal(stored.statusCode, 201)
  const { sha256 } = stored.json<{ sha256: string }>()
  const served = await desk.get(`/api/files/${sha256}`)
  assert.equal(served.statusCode, 200)
  assert.equal(served.headers['content-type'], 'image/jpeg')
  assert.equal(served.headers['x-content-type-options'], 'nosniff')
  assert.match(String(served.headers['content-disposition']), /^inline; filename="[0-9a-f]{12}\.jpg"$/)
  assert.equal((await sharp(served.rawPayload).metadata()).exif, undefined)
  assert.equal((await other.get(`/api/files/${sha256}`)).body, (await other.get(`/api/files/${'0'.repeat(64)}`)).body)
  for (const path of ['..%2f..%2fcity.db', '../city.db', '%2e%2e%2fcity.db', 'A'.repeat(64), 'a'.repeat(63), `${sha256}%00`]) {
    assert.ok([400, 404].includes((await desk.get(`/api/files/${path}`)).statusCode), path)
  }
})

test('what is no photo, or too large, or not asked for, is not stored', async (t) => {
  const { parts, app } = await site(t)
  const desk = await signedInAs(app, (await person(parts, 'Verifikator Aduan')).username)
  assert.equal((await upload(app, desk.cookie, Buffer.from('<svg onload="alert(1)"/>'), 'x.svg')).statusCode, 422)
  assert.equal((await upload(app, desk.cookie, Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.from('<html>')]))).statusCode, 422)
  assert.equal((await upload(app, desk.cookie, Buffer.alloc(10 * 1024 * 1024 + 1, 0xff))).statusCode, 413)
  assert.equal((await upload(app, '', await jpeg())).statusCode, 401)
  assert.equal((await desk.post('/api/files', { file: 'x' })).statusCode, 415)
  assert.deepEqual(await parts.database.db.selectFrom('files').selectAll().execute(), [])
})

test('the live stream tells each only what they may see, and ends with the session', async (t) => {
  const { parts, app } = await site(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const desk = await person(parts, 'Verifikator Aduan')
  const outside = await person(parts, 'Camat Taman')
  const origin = `http://127.0.0.1:${port}`
  assert.equal((await fetch(`${origin}/api/live`)).status, 401)
  const open = async (username: string) => {
    const { cookie } = await signedInAs(app, username)
    const stop = new AbortController()
    after(() => stop.abort())
    const response = await fetch(`${origin}/api/live`, { headers: { cookie }, signal: stop.signal })
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'self'/)
    return reader(response)
  }
  const verifier = await open(desk.username)
  const camat = await open(outside.username)
  const { caseId } = await parts.complaints.receive(arrival())
  parts.live.publish({ type: 'city', at: 1 })
  assert.match(await verifier.until('event: case'), new RegExp(`"caseId":${caseId},"module":"complaints","state":"masuk","version":1`))
  await app.close()
  assert.doesNotMatch(await camat.end(), /event:/, 'no case of others, no network for who has no network role')
  assert.doesNotMatch(await verifier.end(), /audience|opdIds/)
})

/** A stream as text; waits at most five seconds for what must come. */
function reader(response: Response) {
  const chunks = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  const next = async () => {
    const { done, value } = await chunks.read()
    if (!done) text += decoder.decode(value, { stream: true })
    return !done
  }
  return {
    async until(wanted: string): Promise<string> {
      const deadline = AbortSignal.timeout(5_000)
      while (!text.includes(wanted)) {
        if (deadline.aborted || !(await next())) throw new Error(`no "${wanted}" in: ${text}`)
      }
      while (!text.slice(text.indexOf(wanted)).includes('\n\n') && (await next()));
      return text
    },
    async end(): Promise<string> {
      while (await next());
      return text
    },
  }
}

test('the staff app answers every address of its own, its parts only by name', async (t) => {
  const { parts } = await site(t)
  const webRoot = join(parts.dataDir, 'dist')
  mkdirSync(join(webRoot, 'assets'), { recursive: true })
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Kota</title>')
  writeFileSync(join(webRoot, 'assets', 'app-1234.js'), 'export {}')
  const app = await buildApp({
    kernel: parts.kernel,
    files: parts.files,
    modules: [],
    noc: null,
    live: parts.live,
    publicUrl: null,
    trustProxy: [],
    webRoot,
    log: false,
  })
  t.after(() => app.close())
  for (const url of ['/', '/aduan/12?state=masuk', '/wall']) {
    const page = await app.inject(url)
    assert.deepEqual(
      [page.statusCode, page.headers['content-type'], page.headers['cache-control']],
      [200, 'text/html; charset=utf-8', 'no-cache'],
      url,
    )
  }
  assert.match(String((await app.inject('/assets/app-1234.js')).headers['cache-control']), /immutable/)
  for (const url of ['/assets/lain.js', '/api/lain', '/.git/config', '/..%2f..%2fpackage.json', '/assets/..%2f..%2fcity.db']) {
    assert.ok([400, 403, 404].includes((await app.inject(url)).statusCode), url)
  }
  assert.equal((await app.inject({ method: 'POST', url: '/aduan' })).statusCode, 404)
})
