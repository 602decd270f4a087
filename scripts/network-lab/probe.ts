/**
 * What a phone gets when it tries to reach things. Runs on the phone:
 *   node probe.ts '[{"kind":"tcp","address":"198.51.100.10","port":22}]'  ->  one answer per target, in order
 */
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { join } from 'node:path'

export type Target = {
  kind: 'tcp' | 'http' | 'udp' | 'icmp'
  address: string
  port?: number
  /** Own address to use, for devices that have several. */
  from?: string
}
/** The words that came back, or how it failed: an error code, `silent` when nothing at all came. */
export type Reached = { answer: string } | { failed: string }

/** Neighbours are one millisecond away; what has not come by then was dropped. */
const SILENT_MS = 1_500

export function probe({ kind, address, port = 0, from }: Target): Promise<Reached> {
  if (kind === 'icmp') return probeIcmp(address)
  return kind === 'udp' ? probeUdp(address, port, from) : probeTcp(kind, address, port, from)
}

function probeTcp(kind: 'tcp' | 'http', address: string, port: number, from?: string): Promise<Reached> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, ...(from !== undefined && { localAddress: from }) })
    let words = ''
    socket.setTimeout(SILENT_MS, () => socket.destroy(Object.assign(new Error('silent'), { code: 'silent' })))
    if (kind === 'http') socket.on('connect', () => socket.write('GET /hello HTTP/1.1\r\nHost: probe.test\r\n\r\n'))
    socket.on('data', (chunk) => (words += chunk.toString('utf8')))
    socket.on('end', () => socket.destroy())
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ failed: error.code ?? error.message }))
    socket.on('close', () => resolve(words === '' ? { failed: 'empty' } : { answer: words }))
  })
}

function probeUdp(address: string, port: number, from?: string): Promise<Reached> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    const finish = (reached: Reached): void => {
      clearTimeout(timer)
      resolve(reached)
      socket.close()
    }
    const timer = setTimeout(() => finish({ failed: 'silent' }), SILENT_MS)
    socket.once('error', (error: NodeJS.ErrnoException) => finish({ failed: error.code ?? error.message }))
    socket.once('message', (message) => finish({ answer: message.toString('utf8') }))
    // Connected, so that an ICMP refusal comes back as an error.
    const ask = (): void => socket.connect(port, address, () => socket.send('are you there?'))
    if (from === undefined) ask()
    else socket.bind(0, from, ask)
  })
}

function probeIcmp(address: string): Promise<Reached> {
  return new Promise((resolve, reject) => {
    execFile('perl', [join(import.meta.dirname, 'echo-request.pl'), address], { timeout: 3 * SILENT_MS }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr, { cause: error }))
      else resolve(stdout.trim() === 'reply' ? { answer: 'reply' } : { failed: stdout.trim() })
    })
  })
}

if (import.meta.main) {
  const targets = JSON.parse(process.argv[2] ?? '[]') as Target[]
  process.stdout.write(JSON.stringify(await Promise.all(targets.map(probe))))
}
