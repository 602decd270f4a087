/**
 * The crowd's side of the measurements, in a process of its own on the phone: node visitors.ts PORTAL INTERNET WATCH_MS.
 * Reads one job per line, `{"do":"onboard","addresses":["10.77.4.1"],"inFlight":8}`, and answers each with one line.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { PORTALS, type Ask } from './portals.ts'

export type Job = { do: 'probe' | 'splash' | 'accept' | 'onboard'; addresses: string[]; inFlight: number }
/** `online`: milliseconds from the request that lets online to the first packet from the internet, one per success. */
export type Done = { milliseconds: number; online: number[]; errors: string[] }

/** A phone tells its person that the page does not load, after about this. */
const PATIENCE_MS = 30_000
const PACKET_EVERY_MS = 2
const INTERNET_UDP = 443

const [portalName = '', internet = '', watch = '0'] = process.argv.slice(2)
const portal = PORTALS[portalName as keyof typeof PORTALS]
const redirectedTo = new Map<string, string>()
const pages = new Map<string, string>()

type Answered = { status: number; location: string; page: string }

/** A connection for each request, as phones make them. openNDS dies of a request without User-Agent, and of one that writes it in small letters. */
function ask(from: string, { origin, path, body }: Ask): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = {
      'User-Agent': 'Mozilla/5.0 (Linux; Android 13)',
      Accept: 'text/html',
      'Accept-Encoding': 'gzip',
      Connection: 'close',
      ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) }),
    }
    const asked = request(
      origin + path,
      { agent: false, localAddress: from, method: body === undefined ? 'GET' : 'POST', headers, timeout: PATIENCE_MS },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const body = Buffer.concat(chunks)
          const page = (answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8')
          resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '', page })
        })
        answer.on('error', reject)
      },
    )
    asked.on('timeout', () => asked.destroy(new Error(`no answer to ${path.slice(0, 20)} within ${PATIENCE_MS / 1000} s`)))
    asked.on('error', reject)
    asked.end(body)
  })
}

async function probe(from: string): Promise<void> {
  const { status, location } = await ask(from, { origin: `http://${internet}`, path: '/generate_204' })
  if (status < 300 || status > 399) throw new Error(`a probe was answered with ${status}`)
  redirectedTo.set(from, location)
}

async function splash(from: string): Promise<void> {
  const { status, page } = await ask(from, portal.splash(known(redirectedTo, from)))
  if (status !== 200) throw new Error(`the welcome page came with ${status}`)
  pages.set(from, page)
}

/** @returns milliseconds until the internet answers a packet, counted from the request that lets online. */
async function accept(from: string): Promise<number> {
  const get = async (wanted: Ask): Promise<string> => (await ask(from, wanted)).page
  const last = await portal.accept(known(pages, from), known(redirectedTo, from), get)
  const knocking = new AbortController()
  const answered = firstPacket(from, knocking.signal)
  const began = performance.now()
  const posted = ask(from, last).then(({ status }) => {
    if (status >= 400) throw new Error(`the way online was answered with ${status}`)
  })
  posted.catch(() => knocking.abort())
  const at = await answered
  await posted
  return at - began
}

/** Small packets until one is answered. */
async function firstPacket(from: string, given: AbortSignal): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  socket.bind(0, from)
  await once(socket, 'listening')
  const knock = setInterval(() => socket.send('?', INTERNET_UDP, internet, () => {}), PACKET_EVERY_MS)
  try {
    await once(socket, 'message', { signal: AbortSignal.any([given, AbortSignal.timeout(PATIENCE_MS)]) })
    return performance.now()
  } catch {
    throw new Error('let online, and nothing came from the internet')
  } finally {
    clearInterval(knock)
    socket.close()
  }
}

async function onboard(from: string): Promise<number> {
  await probe(from)
  await splash(from)
  await sleep(Number(watch))
  return accept(from)
}

function known(map: Map<string, string>, from: string): string {
  const value = map.get(from)
  if (value === undefined) throw new Error('an earlier step failed')
  return value
}

const STEPS = { probe, splash, accept, onboard }

async function work({ do: step, addresses, inFlight }: Job): Promise<Done> {
  const online: number[] = []
  const errors: string[] = []
  const waiting = [...addresses]
  const began = performance.now()
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let from = waiting.shift(); from !== undefined; from = waiting.shift()) {
        try {
          const took = await STEPS[step](from)
          if (took !== undefined) online.push(took)
        } catch (cause) {
          errors.push(cause instanceof Error ? cause.message : String(cause))
        }
      }
    }),
  )
  return { milliseconds: performance.now() - began, online, errors }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await work(JSON.parse(line) as Job))}\n`)
}
