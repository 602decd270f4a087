import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PROBES } from '#edge/welcome/probes.ts'
import { ask, bringOnline, ORIGIN, OTHER_ADDRESS, welcomeBox } from './box.ts'

/** As the operating systems' own documents and sources have them; written out, not taken from the table under test. */
const ASKED: [asker: string, host: string, path: string, status: number, body: string | RegExp][] = [
  ['iPhone', 'captive.apple.com', '/hotspot-detect.html', 200, /<BODY>Success<\/BODY>/],
  ['iPhone, older', 'www.appleiphonecell.com', '/library/test/success.html', 200, /<BODY>Success<\/BODY>/],
  ['macOS', 'captive.apple.com', '/', 200, /Success/],
  ['Android', 'connectivitycheck.gstatic.com', '/generate_204', 204, ''],
  ['Android', 'www.google.com', '/gen_204', 204, ''],
  ['Android', 'play.googleapis.com', '/generate_204', 204, ''],
  ['Samsung', 'd2uzsrnmmf6tds.cloudfront.net', '/generate_204', 204, ''],
  ['Xiaomi', 'connect.rom.miui.com', '/generate_204', 204, ''],
  ['Oppo', 'conn1.oppomobile.com', '/generate_204', 204, ''],
  ['Realme', 'conn2.oppomobile.com', '/generate_204', 204, ''],
  ['Vivo', 'wifi.vivo.com.cn', '/generate_204', 204, ''],
  ['Huawei', 'connectivitycheck.platform.hicloud.com', '/generate_204', 204, ''],
  ['ChromeOS', 'clients3.google.com', '/generate_204', 204, ''],
  ['Windows', 'www.msftconnecttest.com', '/connecttest.txt', 200, 'Microsoft Connect Test'],
  ['Windows 8', 'www.msftncsi.com', '/ncsi.txt', 200, 'Microsoft NCSI'],
  ['Firefox', 'detectportal.firefox.com', '/canonical.html', 200, /http-equiv="refresh"/],
  ['Firefox', 'detectportal.firefox.com', '/success.txt', 200, 'success\n'],
  ['Ubuntu', 'connectivity-check.ubuntu.com', '/', 204, ''],
  ['Debian', 'network-test.debian.org', '/nm', 200, 'NetworkManager is online\n'],
  ['GNOME', 'nmcheck.gnome.org', '/check_network_status.txt', 200, 'NetworkManager is online\n'],
]

test('before login every probe is shown the way to the welcome page, never a fake answer', async (t) => {
  const box = await welcomeBox(t)
  // Somebody else being online changes nothing.
  await bringOnline(box, OTHER_ADDRESS)
  for (const [asker, host, path] of ASKED) {
    const answer = await ask(box, 'GET', path, { headers: { host } })
    assert.equal(answer.statusCode, 302, asker)
    assert.equal(answer.headers.location, `${ORIGIN}/`, asker)
    assert.equal(answer.headers['cache-control'], 'no-store', asker)
    assert.equal(answer.headers.connection, 'close', asker)
  }
})

test('after login each probe that still reaches the box gets the answer its system expects', async (t) => {
  const box = await welcomeBox(t)
  await bringOnline(box)
  for (const [asker, host, path, status, body] of ASKED) {
    const answer = await ask(box, 'GET', `${path}?x=1`, { headers: { host } })
    assert.equal(answer.statusCode, status, asker)
    if (typeof body === 'string') assert.equal(answer.body, body, asker)
    else assert.match(answer.body, body, asker)
    assert.equal(answer.headers['cache-control'], 'no-store', asker)
  }
  const gnome = await ask(box, 'GET', '/check_network_status.txt', { headers: { host: 'nmcheck.gnome.org' } })
  assert.equal(gnome.headers['x-networkmanager-status'], 'online')
})

test('with the upstream down no probe is told that all is well, not even that of a visitor past the gate', async (t) => {
  const box = await welcomeBox(t)
  await bringOnline(box)
  box.state.uplinkDown = true
  for (const [asker, host, path] of ASKED) {
    const answer = await ask(box, 'GET', path, { headers: { host } })
    assert.equal(answer.statusCode, 302, asker)
    assert.equal(answer.headers.location, `${ORIGIN}/`, asker)
  }
})

test('every probe of the table is asked about here', () => {
  const asked = new Set(ASKED.map(([, host, path]) => `${host}${path}`))
  for (const { asker, hosts, paths } of PROBES) {
    assert.ok(
      hosts.some((host) => paths.some((path) => asked.has(`${host}${path}`))),
      asker,
    )
  }
})

test('any other host is sent to the welcome page, whatever the method, port, or form of the request', async (t) => {
  const box = await welcomeBox(t)
  const hosts = ['example.com', 'example.com:8080', '203.0.113.5', '[2001:db8::1]', 'EXAMPLE.COM.', '10.77.0.1.evil.example', '']
  for (const host of hosts) {
    const answer = await ask(box, 'GET', '/status?next=http://evil.example', { headers: { host } })
    assert.deepEqual([answer.statusCode, answer.headers.location], [302, `${ORIGIN}/`], host)
  }
  const post = await ask(box, 'POST', '/anything', { headers: { host: 'example.com' }, form: { a: 'b' } })
  assert.equal(post.statusCode, 302)
})

test('a probe path asked of the box itself is a probe too', async (t) => {
  const box = await welcomeBox(t)
  assert.equal((await ask(box, 'GET', '/generate_204')).statusCode, 302)
  await bringOnline(box)
  assert.equal((await ask(box, 'GET', '/generate_204')).statusCode, 204)
})
