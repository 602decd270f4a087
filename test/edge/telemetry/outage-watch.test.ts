import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { dnsProbe } from '#edge/telemetry/dns-probe.ts'
import { watchOutages } from '#edge/telemetry/outage-watch.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'

test('one lost probe is weather, two in a row are an outage, and the first answer ends it', async (t) => {
  const answers: (number | null)[] = [5, null, 6, null, null, null, 7]
  let looks = 0
  const changes: { isDown: boolean; look: number }[] = []
  const watch = await watchOutages(
    () => Promise.resolve(answers[Math.min(looks++, answers.length - 1)]!),
    (isDown) => changes.push({ isDown, look: looks }),
    1,
  )
  t.after(() => watch.close())
  await eventually('all answers', () => looks > answers.length)
  assert.deepEqual(changes, [
    { isDown: true, look: 5 },
    { isDown: false, look: 7 },
  ])
  assert.equal(watch.isDown(), false)
  assert.equal(watch.milliseconds(), 7)
})

test('a probe that hangs is not asked again meanwhile', async (t) => {
  let asked = 0
  let release = (): void => undefined
  const watch = await watchOutages(
    () => (asked++ === 0 ? Promise.resolve(1) : new Promise((resolve) => (release = () => resolve(null)))),
    () => {},
    1,
  )
  t.after(() => watch.close())
  await eventually('a second look', () => asked === 2)
  let ticks = 0
  const ticking = setInterval(() => ticks++, 1)
  await eventually('as many chances to ask', () => ticks >= 10)
  clearInterval(ticking)
  assert.equal(asked, 2)
  release()
  await eventually('a third look', () => asked === 3)
})

test('names resolve while the box’s dnsmasq hears from upstream, and no cache hides that it does not any more', async (t) => {
  const upstream = await startUpstream(t)
  const port = await startDnsmasq(t, upstream.port)
  const probe = dnsProbe({ address: '127.0.0.1', port, probeName: 'kota.test' }, 500)
  assert.ok((await probe())! >= 0)
  upstream.answer = 'a'
  assert.ok((await probe())! >= 0)
  upstream.answer = 'servfail'
  assert.equal(await probe(), null)
  upstream.answer = 'nothing'
  assert.equal(await probe(), null)
  upstream.answer = 'nxdomain'
  assert.ok((await probe())! >= 0, 'a name that does not exist is an answer')
  assert.ok(upstream.names.size >= 4, 'another name each time')
  for (const name of upstream.names) assert.match(name, /^uji-\d{1,3}\.kota\.test$/)
})

test('no resolver at all is no answer, never an exception', async () => {
  const port = await freePort()
  assert.equal(await dnsProbe({ address: '127.0.0.1', port, probeName: 'kota.test' }, 300)(), null)
  assert.equal(await dnsProbe({ address: 'not an address', port, probeName: 'kota.test' }, 300)(), null)
})

/** A name server that says what it is told to, to any question. */
async function startUpstream(t: TestContext) {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => void socket.close())
  const upstream = {
    port: socket.address().port,
    answer: 'nxdomain' as 'nxdomain' | 'a' | 'servfail' | 'nothing',
    names: new Set<string>(),
  }
  socket.on('message', (query, from) => {
    upstream.names.add(nameIn(query).toLowerCase())
    if (upstream.answer === 'nothing') return
    const reply = Buffer.from(query.subarray(0, endOfQuestion(query)))
    const code = { nxdomain: 3, a: 0, servfail: 2 }[upstream.answer]
    reply.writeUInt16BE(0x8180 | code, 2)
    reply.writeUInt16BE(upstream.answer === 'a' ? 1 : 0, 6)
    reply.fill(0, 8, 12)
    const address = upstream.answer === 'a' ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 203, 0, 113, 7]) : Buffer.alloc(0)
    socket.send(Buffer.concat([reply, address]), from.port, from.address)
  })
  return upstream
}

function nameIn(query: Buffer): string {
  const labels: string[] = []
  for (let at = 12; query[at] !== 0 && at < query.length; at += query[at]! + 1)
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
  return labels.join('.')
}

/** The name's zero byte, then type and class (RFC 1035 §4.1.2). */
const endOfQuestion = (query: Buffer): number => query.indexOf(0, 12) + 5

async function startDnsmasq(t: TestContext, upstreamPort: number): Promise<number> {
  const port = await freePort()
  const argv = ['--keep-in-foreground', '--conf-file=/dev/null', '--user=root', '--pid-file', '--no-resolv', '--no-hosts', '--no-poll']
  const own = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', `--server=127.0.0.1#${upstreamPort}`]
  const dnsmasq = spawn('/usr/sbin/dnsmasq', [...argv, ...own], { stdio: 'ignore' })
  t.after(async () => {
    dnsmasq.kill()
    await once(dnsmasq, 'exit')
  })
  const probe = dnsProbe({ address: '127.0.0.1', port, probeName: 'kota.test' }, 300)
  await eventually('dnsmasq answers', async () => (await probe()) !== null)
  return port
}
