import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import type { WelcomeDeps } from '#edge/welcome/app.ts'
import type { Patience } from '#edge/welcome/server-options.ts'
import { startWelcome } from '#edge/welcome/server.ts'
import { ticketStore } from '#edge/welcome/store.ts'
import { createTickets } from '#edge/welcome/tickets.ts'
import { memoryGate } from '../sessions/memory-gate.ts'
import { testClock, visitorBox } from '../sessions/box.ts'
import { ORIGIN, testPortal } from './box.ts'

/** For the bounds of time, so that a test need not wait for the shipped ones. */
export const HASTE: Patience = {
  requestMilliseconds: 300,
  checkMilliseconds: 50,
  connectionMilliseconds: 600,
  keepAliveMilliseconds: 200,
  handshakeMilliseconds: 300,
}

type Change = Partial<WelcomeDeps> & { tls?: WelcomeDeps['config']['welcome']['tls'] }

/** Its clock stands still; certificates made during the test are older than it all the same. */
const AHEAD_SECONDS = 3_600

/** The welcome server listening on loopback, by today's date; every visitor comes from the address they connect from. */
export async function listen(t: TestContext, { tls, ...change }: Change = {}) {
  const clock = testClock()
  clock.jump((Date.now() - clock.now().at) / 1000 + AHEAD_SECONDS)
  const box = visitorBox(t, { gate: memoryGate('no-firewall'), clock })
  const state = { uplinkDown: false }
  const log: string[] = []
  const server = await startWelcome({
    config: {
      node: 'n0001',
      hotspot: { name: 'Alun-alun', area: 'Kartoharjo' },
      welcome: { host: '127.0.0.1', port: 0, origin: ORIGIN, watchSeconds: 30, sessionSeconds: 3600, ...(tls ? { tls } : {}) },
    },
    portal: testPortal(),
    sessions: box.sessions(),
    tickets: createTickets({ store: ticketStore(box.db()), recorder: box.outbox, now: box.clock.now }),
    gate: box.gate,
    key: box.key,
    now: box.clock.now,
    clockTrusted: () => true,
    uplinkDown: () => state.uplinkDown,
    log: (line) => void log.push(line),
    requestsPerMinute: 1_000_000,
    ...change,
  })
  t.after(() => server.close())
  return { ...server, box, log, state, base: `http://127.0.0.1:${server.port}` }
}

/** A server that says nothing for this long is not going to. */
const SILENCE_MS = 1_000

/** Sends raw bytes and gives what came back; resolves when the server is done with the connection or has stayed silent for long enough. */
export function raw(port: number, bytes: string | Buffer, silenceMs = SILENCE_MS): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setTimeout(silenceMs, () => socket.destroy())
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      // One answer is enough; a kept connection would otherwise stay open.
      socket.end()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    socket.write(bytes)
  })
}
