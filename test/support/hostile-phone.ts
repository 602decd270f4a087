/**
 * What a hostile phone does to the portal, run on that phone: `node hostile-phone.ts hold HOST PORT COUNT` opens
 * connections and keeps them; `… rubbish HOST PORT COUNT SEED` sends raw requests and reports what became of them.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '#scripts/demo-city/random.ts'

const [mode, host = '', port = '', count = '', seed = '1'] = process.argv.slice(2)
const ANSWER_MS = 400
const REFUSED_PAUSE_MS = 20
const REFUSED_MAX = 100

function open(): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), host)
    socket.once('connect', () => resolve(socket))
    socket.on('error', () => resolve(undefined))
  })
}

/** A request that is nearly one: a real start, then bytes nobody expects. */
function rubbish(random: () => number): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const noise = (most: number) => Buffer.from(Array.from({ length: Math.floor(random() * most) }, () => Math.floor(random() * 256)))
  const path = pick(['/', '/lanjut', '/aduan', '/tiket/AAAA-AAAA', '/%zz', '/../../etc/passwd', `/${'a'.repeat(9_000)}`, '*', 'http://x/'])
  const line = `${pick(['GET', 'POST', 'HEAD', 'PRI', 'CONNECT', 'get', 'X'.repeat(300), ''])} ${path} HTTP/${pick(['1.1', '1.0', '2.0', '9', ''])}`
  const headers = [
    `Host: ${pick([host, 'evil.example', '', '[::1', '\u0000', 'a b'])}`,
    `Content-Length: ${pick(['0', '5', '-1', '99999999999', 'x', '1\r\nContent-Length: 2'])}`,
    `Transfer-Encoding: ${pick(['chunked', 'identity, chunked', 'gzip'])}`,
    `Range: bytes=${pick(['-', '0-0,1-1', '99-1', '9'.repeat(40)])}`,
    `Content-Type: ${pick(['application/x-www-form-urlencoded', 'multipart/form-data', 'application/json', ''])}`,
    `Accept-Language: ${'q,'.repeat(Math.floor(random() * 500))}`,
    ...Array.from({ length: Math.floor(random() * 150) }, (_, i) => `X-${i}: ${i}`),
  ].filter(() => random() < 0.5)
  const text = Buffer.from([line, ...headers, '', ''].join(pick(['\r\n', '\r\n', '\n', '\r'])), 'latin1')
  return random() < 0.2 ? noise(2_000) : Buffer.concat([text, noise(300)])
}

function send(bytes: Buffer): Promise<'answered' | 'closed' | 'silent' | 'refused'> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), host)
    let heard = false
    const finish = (outcome: 'closed' | 'silent' | 'refused') => {
      socket.destroy()
      resolve(heard ? 'answered' : outcome)
    }
    socket.setTimeout(ANSWER_MS, () => finish('silent'))
    socket.on('connect', () => socket.end(bytes))
    socket.on('data', () => {
      heard = true
    })
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED' ? 'refused' : 'closed'))
    socket.on('close', () => finish('closed'))
  })
}

/**
 * The gate bounds what one phone has open, and the kernel forgets closed connections a few at a time: a burst may be refused
 * for milliseconds though the box is there. Only a refusal that lasts is one.
 */
async function sendWhenLet(bytes: Buffer): Promise<Awaited<ReturnType<typeof send>>> {
  for (let attempt = 0; attempt < REFUSED_MAX; attempt++) {
    const outcome = await send(bytes)
    if (outcome !== 'refused') return outcome
    await wait(REFUSED_PAUSE_MS)
  }
  return 'refused'
}

if (mode === 'hold') {
  const sockets = await Promise.all(Array.from({ length: Number(count) }, open))
  process.stdout.write(`${JSON.stringify({ ready: true, held: sockets.filter(Boolean).length })}\n`)
} else {
  const random = seededRandom(Number(seed))
  const outcomes: Record<string, number> = {}
  /** Below the connections one phone may have, so that it is the box that is tried and not the gate's limit. */
  const one = async (): Promise<void> => {
    for (let i = 0; i < Number(count) / 10; i++) {
      const outcome = await sendWhenLet(rubbish(random))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 10 }, one))
  process.stdout.write(`${JSON.stringify(outcomes)}\n`)
}
