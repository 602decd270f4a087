/** Bytes that are no request, or too much or too little of one, against the real server over raw sockets. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'node:test'
import { PATIENCE, serverOptions } from '#edge/welcome/server-options.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { shown } from './box.ts'
import { HASTE, listen, raw } from './listening.ts'

const HOSTILE = join(import.meta.dirname, '..', '..', 'support', 'hostile-phone.ts')

const status = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)

test('requests that other portals fell over get an answer and no more', async (t) => {
  const { port, base, log } = await listen(t)
  const host = `Host: 127.0.0.1:${port}\r\n`
  const expected: [what: string, bytes: string, status: number | number[]][] = [
    ['no Host, HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 302],
    ['no Host, a probe', 'GET /hotspot-detect.html HTTP/1.1\r\n\r\n', 302],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 302],
    ['no User-Agent, only a Host', `GET / HTTP/1.1\r\n${host}\r\n`, 200],
    ['an empty User-Agent', `GET / HTTP/1.1\r\n${host}User-Agent:\r\n\r\n`, 200],
    ['two Hosts', `GET / HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`, [200, 400]],
    ['a whole URL', 'GET http://example.com/x?y HTTP/1.1\r\nHost: example.com\r\n\r\n', 302],
    ['a whole URL of a stranger with our Host', `GET http://example.com/ HTTP/1.1\r\n${host}\r\n`, [200, 302, 404]],
    ['a whole URL of ours', `GET http://127.0.0.1:${port}/status HTTP/1.1\r\n${host}\r\n`, [200, 404]],
    ['a path that cannot be decoded, elsewhere', 'GET /%zz HTTP/1.1\r\nHost: example.com\r\n\r\n', 302],
    ['a path that cannot be decoded, here', `GET /%zz HTTP/1.1\r\n${host}\r\n`, 400],
    ['an unknown method', `BREW / HTTP/1.1\r\n${host}\r\n`, 400],
    ['small letters', `get / HTTP/1.1\r\n${host}\r\n`, 400],
    ['TRACE', `TRACE / HTTP/1.1\r\n${host}X: secret\r\n\r\n`, [400, 404, 405]],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${host}\r\n`, [200, 204, 400, 404, 405]],
    ['PUT', `PUT / HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`, [400, 404, 405]],
    ['DELETE', `DELETE /status HTTP/1.1\r\n${host}\r\n`, [400, 404, 405]],
    [
      'an upgrade to HTTP/2',
      `GET / HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n`,
      200,
    ],
    ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a header of 20 kB', `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'headers of 9 kB together',
      `GET / HTTP/1.1\r\n${host}${Array.from({ length: 90 }, (_, i) => `X-${i}: ${'a'.repeat(95)}\r\n`).join('')}\r\n`,
      431,
    ],
    ['1,000 small headers', `GET / HTTP/1.1\r\n${host}${'X: 1\r\n'.repeat(1_000)}\r\n`, 431],
    ['150 small headers', `GET / HTTP/1.1\r\n${host}${'X: 1\r\n'.repeat(150)}\r\n`, 431],
    ['a path of 9 kB', `GET /${'a'.repeat(9_000)} HTTP/1.1\r\n${host}\r\n`, 431],
    ['NUL in a header', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`, 400],
    ['a bare CR in a header', `GET / HTTP/1.1\r\n${host}X: a\rSet-Cookie: b\r\n\r\n`, 400],
    ['a folded header', `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`, [200, 400]],
    ['a header without a name', `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`, 400],
    ['a space before the colon', `GET / HTTP/1.1\r\n${host}Content-Length : 5\r\n\r\n`, 400],
    [
      'Content-Length and Transfer-Encoding',
      `POST /aduan HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'Transfer-Encoding and Content-Length',
      `POST /aduan HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths', `POST /aduan HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, 400],
    ['a length below zero', `POST /aduan HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, 400],
    ['chunked, but not last', `POST /aduan HTTP/1.1\r\n${host}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400],
    [
      'a chunk size that is none',
      `POST /aduan HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
    [
      'a body that is announced as enormous',
      `POST /aduan HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 99999999999\r\n\r\nx`,
      413,
    ],
  ]
  for (const [what, bytes, wanted] of expected) {
    const answer = await raw(port, Buffer.from(bytes, 'latin1'))
    assert.ok([wanted].flat().includes(status(answer)), `${what}: ${answer.split('\r\n', 1)[0] || 'no answer'}`)
    assert.doesNotMatch(answer, /secret|evil\.example|set-cookie/i, what)
  }
  for (const bytes of ['', '\r\n\r\n\r\n', 'SSH-2.0-OpenSSH_9.2\r\n', Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(3_000)])
    assert.ok([0, 400].includes(status(await raw(port, bytes, 300))))
  // CONNECT asks for a tunnel: there is none, and no answer that could be taken for one.
  assert.doesNotMatch(await raw(port, `CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n`), / 2\d\d /)
  assert.equal((await fetch(`${base}/`)).status, 200)
  assert.deepEqual(log, [])
})

test('a second request smuggled into the first is answered as what it is: nothing, or another request of the same phone', async (t) => {
  const { port } = await listen(t)
  const host = `Host: 127.0.0.1:${port}\r\n`
  const smuggled = `POST /putus HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`
  for (const headers of [
    `Content-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked\r\n`,
    `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n`,
    `Transfer-Encoding:\x0bchunked\r\n`,
    `Content-Length: 0\r\n Content-Length: ${smuggled.length}\r\n`,
  ]) {
    const answer = await raw(port, Buffer.from(`POST /aduan HTTP/1.1\r\n${host}${headers}\r\n${smuggled}`, 'latin1'))
    assert.equal(status(answer), 400, headers)
    assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1, headers)
  }
})

test('an address claimed in a header is nobody: who asks is who is connected', async (t) => {
  const { port, box } = await listen(t)
  const page = async (headers: string) => {
    const answer = await raw(port, `GET /status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n${headers}\r\n`)
    return shown(answer, 'status')
  }
  const welcome = shown(await raw(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`), 'welcome')
  box.clock.pass(30)
  const form = `token=${encodeURIComponent(welcome.token)}`
  const type = 'Content-Type: application/x-www-form-urlencoded'
  await raw(port, `POST /lanjut HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${type}\r\nContent-Length: ${form.length}\r\n\r\n${form}`)
  for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Client-IP', 'True-Client-IP', 'CF-Connecting-IP', 'X-Client-IP'])
    assert.equal((await page(`${name}: 10.77.0.99\r\n`)).online, true, name)
  assert.equal((await page('Forwarded: for=10.77.0.99;proto=https;host=evil.example\r\n')).online, true)
  assert.equal((await page('X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\nX-Original-URL: /putus\r\n')).online, true)
})

test('what is slow is cut: headers that drip, a body that drips, a connection that says nothing', async (t) => {
  const { port, base } = await listen(t, { patience: HASTE })
  const host = `Host: 127.0.0.1:${port}\r\n`
  /** Sends the start, then a byte now and then, until the server ends it. */
  async function drip(start: string, more: string): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const connection = { open: true }
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => (connection.open = false))
    if (start !== '') socket.write(start)
    // Far beyond the bound, should it not hold.
    for (let i = 0; i < 200 && connection.open; i++) {
      if (more !== '') socket.write(more)
      await wait(25)
    }
    assert.equal(connection.open, false, `still open after five seconds: ${JSON.stringify(start)}`)
    return answer
  }
  const [headers, body, chunks] = await Promise.all([
    drip(`GET / HTTP/1.1\r\n${host}`, 'X: 1\r\n'),
    drip(`POST /aduan HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 20000\r\n\r\n`, 'a'),
    drip(
      `POST /aduan HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n`,
      '1\r\na\r\n',
    ),
    drip('', ''),
    drip('GET', ''),
    drip(`GET /status HTTP/1.1\r\n${host}\r\n`, ''),
  ])
  for (const answer of [headers, body, chunks]) assert.ok([0, 408].includes(status(answer)), answer)
  assert.equal((await fetch(`${base}/`)).status, 200)
})

test('as shipped no slow request lasts thirty seconds', () => {
  const options = serverOptions(PATIENCE)
  assert.ok(options.requestTimeout + options.http.connectionsCheckingInterval <= 30_000)
  assert.ok(options.http.headersTimeout + options.http.connectionsCheckingInterval <= 30_000)
  assert.ok(options.connectionTimeout <= 30_000 && options.keepAliveTimeout <= 30_000)
  assert.ok(PATIENCE.handshakeMilliseconds <= 30_000)
  assert.deepEqual([options.http.maxHeaderSize, options.trustProxy], [8_192, false])
})

test('with no file descriptor left for one more connection the box goes on, and serves again when there are', async (t) => {
  const { port, base } = await listen(t)
  const used = readdirSync('/proc/self/fd').length
  const limit = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))![1])
  const change = (soft: number) => `prlimit --pid ${process.pid} --nofile=${soft}: && echo done`
  // Both started while there still are descriptors.
  const helper = spawn('sh', ['-c', `read go; ${change(used + 8)}; read go; ${change(limit)}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => helper.stdin.end('\n\n'))
  const phone = spawn(process.execPath, [HOSTILE, 'hold', '127.0.0.1', String(port), '80'], { stdio: ['ignore', 'pipe', 'inherit'] })
  phone.stdout.pause()
  t.after(() => phone.kill())
  helper.stdin.write('\n')
  await once(helper.stdout, 'data')
  const [said] = (await once(phone.stdout.resume(), 'data')) as [Buffer]
  assert.match(said.toString(), /"ready":true/)
  helper.stdin.write('\n')
  await once(helper.stdout, 'data')
  phone.kill()
  await once(phone, 'exit')
  assert.equal((await fetch(`${base}/`)).status, 200)
})

/** A request that is nearly one, with bytes spoilt, pieces doubled or cut. */
function spoilt(random: () => number, host: string): Buffer {
  const below = (n: number) => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  const line = `${pick(['GET', 'POST', 'HEAD', 'OPTIONS', 'CONNECT', 'X', ''])} ${pick(['/', '/lanjut', '/kode', '/tiket/%00', '/%zz', '*', 'http://x/', '//', '/api/captive'])} HTTP/${pick(['1.1', '1.0', '2', ''])}`
  const headers = [
    `Host: ${pick([host, 'evil.example', '', '[::1', 'a b', '\0'])}`,
    `Content-Length: ${pick(['0', '3', '-1', 'x', '9'.repeat(30)])}`,
    `Transfer-Encoding: ${pick(['chunked', 'x', 'chunked, chunked'])}`,
    `Range: bytes=${pick(['-', '0-0', '9-1'])}`,
    `Content-Type: ${pick(['application/x-www-form-urlencoded', 'application/json', ';;;'])}`,
    `Accept-Encoding: ${'gzip;q='.repeat(below(20))}`,
  ].filter(() => random() < 0.5)
  const bytes = Buffer.from([line, ...headers, '', pick(['', 'kode=%ff&kode=1', '{}', '\0'])].join(pick(['\r\n', '\r\n', '\n'])), 'latin1')
  for (let i = below(4); i > 0 && bytes.length > 0; i--) bytes[below(bytes.length)] = below(256)
  return random() < 0.2 ? bytes.subarray(0, below(bytes.length)) : bytes
}

test('ten thousand malformed requests leave the server serving', { timeout: 120_000 }, async (t) => {
  const { port, base, log } = await listen(t)
  const seed = Math.floor(Math.random() * 1e9)
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  let left = 10_000
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume()
      // What comes back does not matter here; that the server is done with it does.
      socket.end(spoilt(random, `127.0.0.1:${port}`))
      await once(socket, 'close')
    }
  }
  await Promise.all(Array.from({ length: 20 }, one))
  assert.equal((await fetch(`${base}/`)).status, 200)
  assert.deepEqual(log, [])
})
