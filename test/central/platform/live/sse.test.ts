import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { createLive } from '#central/platform/live/live.ts'
import { BACKLOG_BYTES_MAX, endStreams, sse, type SseOptions } from '#central/platform/live/sse.ts'

type Event = { type: string; n?: number; filler?: string }

async function site(t: TestContext, options: SseOptions = {}) {
  const live = createLive<Event>()
  let subscribed = 0
  const app: FastifyInstance = Fastify()
  app.get('/live', (_request, reply) =>
    sse(
      reply,
      (send) => {
        subscribed += 1
        const end = live.subscribe(send)
        return () => {
          subscribed -= 1
          end()
        }
      },
      options,
    ),
  )
  app.addHook('preClose', async () => endStreams(app.server))
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    socket.write('GET /live HTTP/1.1\r\nHost: kota.test\r\n\r\n')
    return socket
  }
  return { app, live, open, subscribed: () => subscribed }
}

/** Everything received until `wanted`, within five seconds. */
async function until(socket: Socket, wanted: string): Promise<string> {
  let text = ''
  for await (const [chunk] of on(socket)) {
    text += chunk.toString('utf8')
    if (text.includes(wanted)) return text
  }
  throw new Error(`no "${wanted}" in ${text}`)
}
async function* on(socket: Socket): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(socket, 'data', { signal: AbortSignal.timeout(5_000) })) as [Buffer]
}
async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('not within five seconds')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('events carry their type and a rising id, and the stream says when to come back', async (t) => {
  const { live, open, subscribed } = await site(t)
  const socket = await open()
  await eventually(() => subscribed() === 1)
  live.publish({ type: 'first', n: 1 })
  live.publish({ type: 'second', n: 2 })
  const text = await until(socket, '"n":2}\n\n')
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(text, /retry: 3000\n\n/)
  assert.match(text, /id: 1\nevent: first\ndata: \{"type":"first","n":1\}\n\n/)
  assert.match(text, /id: 2\nevent: second\n/)
})

test('a client that goes away leaves no listener behind', async (t) => {
  const { open, subscribed } = await site(t)
  const socket = await open()
  await eventually(() => subscribed() === 1)
  socket.destroy()
  await eventually(() => subscribed() === 0)
})

test('a silent stream beats, and ends when its right ends or cannot be known', async (t) => {
  let answers: (boolean | Error)[] = [true, true, false]
  const alive = () => {
    const answer = answers.shift() ?? false
    if (answer instanceof Error) throw answer
    return answer
  }
  const { open, subscribed } = await site(t, { heartbeatMilliseconds: 10, alive })
  const socket = await open()
  await until(socket, ': \n\n')
  await eventually(() => subscribed() === 0)
  answers = [new Error('the database is away')]
  await open()
  await eventually(() => answers.length === 0 && subscribed() === 0)
})

test('there is a most of streams, and the next is told to wait', async (t) => {
  const { app, open, subscribed } = await site(t, { streamsMax: 2 })
  const first = await open()
  await open()
  await eventually(() => subscribed() === 2)
  const refused = await app.inject('/live')
  assert.deepEqual([refused.statusCode, refused.headers['retry-after'], refused.json<{ code: string }>().code], [503, '10', 'busy'])
  first.destroy()
  await eventually(() => subscribed() === 1)
  await until(await open(), 'retry:')
})

test('a client that does not read is cut instead of filling the memory', async (t) => {
  const { live, open, subscribed } = await site(t)
  const socket = await open()
  await eventually(() => subscribed() === 1)
  socket.pause()
  const filler = 'x'.repeat(64 * 1024)
  let published = 0
  while (subscribed() === 1 && published < 2_000) {
    live.publish({ type: 'flood', filler })
    published += 1
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(subscribed(), 0)
  assert.ok(published * filler.length >= BACKLOG_BYTES_MAX)
})

test('a listener that throws does not keep the others from hearing', () => {
  const problems: unknown[] = []
  const live = createLive<Event>((error) => problems.push(error))
  const heard: string[] = []
  live.subscribe(() => {
    throw new Error('planted')
  })
  const end = live.subscribe((event) => heard.push(event.type))
  live.publish({ type: 'one' })
  end()
  live.publish({ type: 'two' })
  assert.deepEqual(heard, ['one'])
  assert.equal(problems.length, 2)
})
