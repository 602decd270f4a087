/**
 * The lab's internet (and, where a test wants one, a stand-in for the portal): a real server that answers on many
 * ports, so that a probe that is refused was refused by the gate and not by an empty room.
 *
 * node answerer.ts --says NAME [--http PORT ...] [--tcp PORT ...] [--udp PORT ...] [--push PORT ...]
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { parseArgs } from 'node:util'

const many = { type: 'string', multiple: true, default: [] as string[] } as const
const { values } = parseArgs({ options: { says: { type: 'string', default: 'internet' }, http: many, tcp: many, udp: many, push: many } })

/** The most one request for /big gets; a test asks for less or breaks off. */
const BIG_BYTES_MAX = 4 * 2 ** 30

/** A stream nobody stops ends by itself. */
const PUSH_MS_MAX = 60_000
const PUSH_EVERY_MS = 20
const PUSHED = Buffer.alloc(500, 'x')
const CHUNK = Buffer.alloc(65_536, 'x')

let uploaded = 0
let datagrams = { count: 0, octets: 0 }

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://internet.test')
  response.setHeader('connection', 'close')
  if (url.pathname === '/hello') return void response.end(`hello from the ${values.says}, ${request.socket.remoteAddress}\n`)
  if (url.pathname === '/generate_204') return void response.writeHead(204).end()
  if (url.pathname === '/received') return void response.end(JSON.stringify({ uploaded, datagrams }))
  if (url.pathname === '/big') return streamBig(response, Number(url.searchParams.get('bytes') ?? BIG_BYTES_MAX))
  if (url.pathname === '/upload') return takeUpload(request, response)
  response.writeHead(404).end(`nothing here, says the ${values.says}\n`)
}

function streamBig(response: ServerResponse, asked: number): void {
  let left = Math.min(Number.isSafeInteger(asked) && asked > 0 ? asked : 0, BIG_BYTES_MAX)
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': left })
  const more = (): void => {
    while (left > 0) {
      const piece = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
      left -= piece.length
      if (!response.write(piece)) return
    }
    response.end()
  }
  response.on('drain', more)
  more()
}

function takeUpload(request: IncomingMessage, response: ServerResponse): void {
  request.on('data', (chunk: Buffer) => (uploaded += chunk.length))
  request.on('end', () => response.end(`${uploaded}\n`))
}

/** A live stream over UDP: asked once, it keeps coming without a word from the visitor. */
function push(socket: Socket, from: RemoteInfo): void {
  const end = performance.now() + PUSH_MS_MAX
  const timer = setInterval(() => {
    if (performance.now() > end) clearInterval(timer)
    else socket.send(PUSHED, from.port, from.address)
  }, PUSH_EVERY_MS)
}

const listening: Promise<unknown>[] = []
for (const port of values.http) {
  const server = createHttpServer(answer)
  listening.push(new Promise<void>((resolve) => server.listen(Number(port), '::', resolve)))
}
for (const port of values.tcp) {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(`tcp ${port} of the ${values.says}\n`)
  })
  listening.push(new Promise<void>((resolve) => server.listen(Number(port), '::', resolve)))
}
for (const port of values.udp) {
  const socket = createSocket('udp6')
  socket.on('message', (message, from) => {
    datagrams = { count: datagrams.count + 1, octets: datagrams.octets + message.length }
    // Answers as much as it got, so that both directions carry the same.
    socket.send(message, from.port, from.address)
  })
  listening.push(new Promise<void>((resolve) => socket.bind(Number(port), '::', resolve)))
}
for (const port of values.push) {
  const socket = createSocket('udp6')
  socket.on('message', (_, from) => push(socket, from))
  listening.push(new Promise<void>((resolve) => socket.bind(Number(port), '::', resolve)))
}
await Promise.all(listening)
process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
