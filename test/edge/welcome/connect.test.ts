import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goOnline, MAC } from '../sessions/box.ts'
import { ask, bringOnline, CLIP_BYTES, HOST, ORIGIN, OTHER_ADDRESS, shown, welcomeBox } from './box.ts'

test('the welcome page carries news, clip, token and the seconds left', async (t) => {
  const box = await welcomeBox(t)
  const answer = await ask(box, 'GET', '/')
  const page = shown(answer.body, 'welcome')
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.deepEqual([page.secondsLeft, page.sessionMinutes, page.clip?.id, page.news[0]?.title], [30, 60, 'kabar', 'Kabar'])
  assert.equal(page.early, undefined)
  assert.equal(page.hotspot.name, 'Alun-alun')
})

test('every answer carries the security headers and none carries HSTS', async (t) => {
  const box = await welcomeBox(t)
  for (const url of ['/', '/nowhere', '/assets/island.js', '/api/captive', '/generate_204']) {
    const { headers } = await ask(box, 'GET', url)
    assert.match(String(headers['content-security-policy']), /default-src 'self'.*style-src 'self' 'sha256-abc'.*frame-ancestors 'none'/)
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe-inline/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['strict-transport-security'], undefined)
  }
})

test('pressed too early the visitor is sent back to the page with the seconds left', async (t) => {
  const box = await welcomeBox(t)
  const { token } = shown((await ask(box, 'GET', '/')).body, 'welcome')
  box.clock.pass(10)
  const answer = await ask(box, 'POST', '/lanjut', { form: { token } })
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/?awal=1'])
  const again = shown((await ask(box, 'GET', '/?awal=1')).body, 'welcome')
  assert.deepEqual([again.early, again.secondsLeft, again.token === token], [true, 20, true])
  assert.equal(box.gate.open.size, 0)
})

test('after 30 seconds the button leads by a full navigation to the connected page', async (t) => {
  const box = await welcomeBox(t)
  assert.equal((await ask(box, 'GET', '/terhubung')).headers.location, '/')
  await bringOnline(box)
  assert.deepEqual([...box.gate.open.keys()], [MAC])
  assert.equal(shown((await ask(box, 'GET', '/terhubung')).body, 'connected').secondsLeft, 3600)
  assert.deepEqual([(await ask(box, 'GET', '/')).statusCode, (await ask(box, 'GET', '/')).headers.location], [303, '/status'])
  assert.equal((await ask(box, 'GET', '/lanjut')).statusCode, 303)
})

test('the status page shows time left and counters, and disconnecting shuts the gate', async (t) => {
  const box = await welcomeBox(t)
  await bringOnline(box)
  box.gate.octets.set(1, { upOctets: 10, downOctets: 20 })
  await box.sessions().poll()
  box.clock.pass(60)
  const page = shown((await ask(box, 'GET', '/status')).body, 'status')
  assert.deepEqual([page.online, page.secondsLeft, page.upOctets, page.downOctets, page.countersAge], [true, 3540, 10, 20, 60])
  const left = await ask(box, 'POST', '/putus', { form: {}, headers: { origin: ORIGIN } })
  assert.deepEqual([left.statusCode, left.headers.location], [303, '/status'])
  assert.equal(box.gate.open.size, 0)
  assert.equal(shown((await ask(box, 'GET', '/status')).body, 'status').online, false)
})

test('another site’s form cannot disconnect a visitor', async (t) => {
  const box = await welcomeBox(t)
  await bringOnline(box)
  for (const origin of ['http://evil.example', 'null', 'http://10.77.0.1.evil.example']) {
    const answer = await ask(box, 'POST', '/putus', { form: {}, headers: { origin } })
    assert.equal(answer.statusCode, 400)
  }
  assert.equal(box.gate.open.size, 1)
})

test('a gate that cannot open says so on a page of its own and calls nobody online', async (t) => {
  const box = await welcomeBox(t)
  const { token } = shown((await ask(box, 'GET', '/')).body, 'welcome')
  box.clock.pass(30)
  box.gate.refuse.add('admit')
  const answer = await ask(box, 'POST', '/lanjut', { form: { token } })
  assert.equal(answer.statusCode, 503)
  assert.equal(shown(answer.body, 'problem').kind, 'gate-closed')
  assert.equal(shown((await ask(box, 'GET', '/status')).body, 'status').online, false)
})

test('with the upstream down the page says so and the gate stays shut', async (t) => {
  const box = await welcomeBox(t)
  box.state.uplinkDown = true
  const page = shown((await ask(box, 'GET', '/')).body, 'welcome')
  assert.equal(page.uplinkDown, true)
  box.clock.pass(30)
  assert.equal((await ask(box, 'POST', '/lanjut', { form: { token: page.token } })).headers.location, '/')
  assert.equal(box.gate.open.size, 0)
})

test('forged addresses in headers change nothing: the socket’s own address is the visitor', async (t) => {
  const box = await welcomeBox(t)
  await bringOnline(box)
  for (const name of ['x-forwarded-for', 'client-ip', 'x-real-ip', 'forwarded', 'true-client-ip', 'x-client-ip']) {
    const value = name === 'forwarded' ? 'for=10.77.0.20' : '10.77.0.20'
    const status = shown((await ask(box, 'GET', '/status', { from: OTHER_ADDRESS, headers: { [name]: value } })).body, 'status')
    assert.equal(status.online, false, name)
    const out = await ask(box, 'POST', '/putus', { form: {}, from: OTHER_ADDRESS, headers: { [name]: value } })
    assert.equal(out.statusCode, 303)
  }
  assert.equal(box.gate.open.size, 1)
})

test('the same phone by IPv4 and by mapped IPv6 is one visitor; an unknown address is told so', async (t) => {
  const box = await welcomeBox(t)
  await bringOnline(box)
  assert.equal(shown((await ask(box, 'GET', '/status', { from: '::ffff:10.77.0.20' })).body, 'status').online, true)
  const stranger = await ask(box, 'GET', '/', { from: '10.77.0.99' })
  assert.deepEqual([stranger.statusCode, shown(stranger.body, 'problem').kind], [403, 'unknown-device'])
})

test('with the gate down strangers still get pages, and without a firewall it is said on each', async (t) => {
  const box = await welcomeBox(t)
  box.gate.become('failed')
  assert.equal((await ask(box, 'GET', '/', { from: '10.77.0.99' })).statusCode, 200)
  box.gate.become('no-firewall')
  const page = shown((await ask(box, 'GET', '/', { from: '10.77.0.99' })).body, 'welcome')
  assert.equal(page.noFirewall, true)
})

test('the language chosen by hand goes along and is remembered; else the phone’s; else Indonesian', async (t) => {
  const box = await welcomeBox(t)
  const language = async (url: string, headers: Record<string, string> = {}) =>
    shown((await ask(box, 'GET', url, { headers, from: OTHER_ADDRESS })).body, 'status').language
  assert.equal(await language('/status'), 'id')
  assert.equal(await language('/status', { 'accept-language': 'de-DE, en;q=0.8, id;q=0.3' }), 'en')
  assert.equal(await language('/status?b=xx', { 'accept-language': 'jv' }), 'jv')
  assert.equal(await language('/status?b=en', { 'accept-language': 'jv' }), 'en')
  assert.equal(await language('/status', { 'accept-language': 'jv' }), 'en')
  const go = await ask(box, 'POST', '/lanjut', { form: { token: 'x', b: 'jv' } })
  assert.equal(go.headers.location, '/?b=jv')
})

test('the clip is served whole, in ranges, conditionally, and beyond its end refused', async (t) => {
  const box = await welcomeBox(t)
  const get = (headers: Record<string, string> = {}) => ask(box, 'GET', '/content/clip.mp4', { headers })
  const whole = await get()
  assert.deepEqual([whole.statusCode, whole.headers['accept-ranges'], whole.rawPayload.equals(CLIP_BYTES)], [200, 'bytes', true])
  const part = await get({ range: 'bytes=100-199' })
  assert.deepEqual([part.statusCode, part.headers['content-range'], part.headers['content-length']], [206, 'bytes 100-199/300000', '100'])
  assert.ok(part.rawPayload.equals(CLIP_BYTES.subarray(100, 200)))
  assert.ok((await get({ range: 'bytes=-50' })).rawPayload.equals(CLIP_BYTES.subarray(-50)))
  assert.ok((await get({ range: 'bytes=299990-' })).rawPayload.equals(CLIP_BYTES.subarray(-10)))
  assert.equal((await get({ range: 'bytes=299990-999999' })).headers['content-length'], '10')
  const beyond = await get({ range: 'bytes=300000-' })
  assert.deepEqual([beyond.statusCode, beyond.headers['content-range']], [416, 'bytes */300000'])
  for (const range of ['bytes=5-2', 'bytes=a-b', 'bytes=-', 'items=1-2', 'bytes=0-1,5-6', 'bytes=99999999999999999999-']) {
    assert.equal((await get({ range })).statusCode, 200, range)
  }
  const etag = String(whole.headers.etag)
  assert.equal((await get({ 'if-none-match': etag })).statusCode, 304)
  assert.equal((await get({ range: 'bytes=0-9', 'if-range': '"other"' })).statusCode, 200)
  const head = await ask(box, 'HEAD', '/content/clip.mp4')
  assert.deepEqual([head.statusCode, head.headers['content-length'], head.body], [200, '300000', ''])
})

test('bytes of the clip are counted for the device that was sent them', async (t) => {
  const box = await welcomeBox(t)
  const mine = shown((await ask(box, 'GET', '/')).body, 'welcome')
  const theirs = shown((await ask(box, 'GET', '/', { from: OTHER_ADDRESS })).body, 'welcome')
  await ask(box, 'GET', '/content/clip.mp4', { headers: { range: 'bytes=0-149999' } })
  await ask(box, 'GET', '/content/clip.mp4', { headers: { range: 'bytes=150000-299999' } })
  await ask(box, 'GET', '/content/clip.mp4', { from: OTHER_ADDRESS, headers: { range: 'bytes=0-149999' } })
  box.clock.pass(30)
  await ask(box, 'POST', '/lanjut', { form: { token: mine.token } })
  await ask(box, 'POST', '/lanjut', { from: OTHER_ADDRESS, form: { token: theirs.token } })
  assert.deepEqual(box.sessions().minutePlays(), [{ clip: 'kabar', started: 2, watched: 1, fallback: 1 }])
})

test('pages and scripts are gzipped for those who take it', async (t) => {
  const { gunzipSync } = await import('node:zlib')
  const box = await welcomeBox(t)
  const page = await ask(box, 'GET', '/', { headers: { 'accept-encoding': 'gzip, deflate' } })
  assert.equal(page.headers['content-encoding'], 'gzip')
  assert.match(gunzipSync(page.rawPayload).toString(), /welcome/)
  const script = await ask(box, 'GET', '/assets/island.js', { headers: { 'accept-encoding': 'gzip' } })
  assert.match(gunzipSync(script.rawPayload).toString(), /^export/)
  assert.equal((await ask(box, 'GET', '/', { headers: { 'accept-encoding': 'gzip;q=0' } })).headers['content-encoding'], undefined)
})

test('over plain HTTP there is no captive API, online or not', async (t) => {
  const box = await welcomeBox(t)
  assert.equal((await ask(box, 'GET', '/api/captive')).statusCode, 404)
  await goOnline(box)
  assert.equal((await ask(box, 'GET', '/api/captive', { headers: { accept: 'application/captive+json' } })).statusCode, 404)
})

test('what is not there is a page in the visitor’s language that does not repeat what was asked', async (t) => {
  const box = await welcomeBox(t)
  for (const url of ['/nowhere', '/assets/../../etc/passwd', '/content/%2e%2e%2frender.js', '//evil.example/x', '/%00', '/%zz']) {
    const answer = await ask(box, 'GET', url, { headers: { 'accept-language': 'en' } })
    assert.ok([400, 404].includes(answer.statusCode), `${url} ${answer.statusCode}`)
    const page = shown(answer.body, 'problem')
    assert.deepEqual([page.language, page.path], ['en', '/'])
  }
})

test('an app gone wild is told to slow down', async (t) => {
  const box = await welcomeBox(t, { requestsPerMinute: 20 })
  let answer = await ask(box, 'GET', '/')
  for (let i = 0; i < 20; i++) answer = await ask(box, 'GET', '/')
  assert.deepEqual([answer.statusCode, shown(answer.body, 'problem').kind], [429, 'too-many'])
  assert.equal((await ask(box, 'GET', '/', { from: OTHER_ADDRESS })).statusCode, 200)
  // The way to the portal is never refused.
  assert.equal((await ask(box, 'GET', '/', { headers: { host: 'example.com' } })).statusCode, 302)
})

test('what goes wrong inside stays inside', async (t) => {
  const box = await welcomeBox(t)
  const { token } = shown((await ask(box, 'GET', '/')).body, 'welcome')
  box.clock.pass(30)
  box.sessions().proceed = () => Promise.reject(new Error('secret detail'))
  const answer = await ask(box, 'POST', '/lanjut', { form: { token } })
  assert.deepEqual([answer.statusCode, shown(answer.body, 'problem').kind], [500, 'internal'])
  assert.doesNotMatch(answer.body, /secret detail/)
  assert.ok(box.log.some((line) => line.includes('secret detail')))
  assert.equal(HOST, '10.77.0.1')
})
