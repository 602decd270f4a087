/**
 * The embedded broker's listeners: plain TCP for programs on this machine, TLS for boxes. Both give their sockets to the
 * broker, within bounds on how many there are and on how large a packet may become in memory.
 */
import { once } from 'node:events'
import { createServer, isIP, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import type { Aedes } from 'aedes'
import { PACKET_BYTES_MAX } from '#edge/wire/envelope.ts'
import { StartProblem } from '../../platform/db/newer.ts'
import type { OwnCertificate } from '../../pki/own-certificate.ts'
import type { BrokerHandlers } from './broker-port.ts'
import { watchFrames } from './frame-watch.ts'

/** A packet's topic, packet id and CONNECT's fields beside the payload. */
const FRAME_BYTES_MAX = PACKET_BYTES_MAX + 1_024
/** The planned fleet is a tenth of it. */
const CONNECTIONS_MAX = 20_000
/** Sockets that have not said who they are: a few seconds of a whole city's boxes coming back at once. */
const STRANGERS_MAX = 2_000
/** Of a thousand boxes that come back at once the last has its handshake after four seconds. */
const HANDSHAKE_MILLISECONDS = 20_000
/** What is no handshake of ours, or was broken off by who saw our certificate; not a line that broke. */
const HANDSHAKE_FAULT = /^ERR_SSL_/

export type Place = { host: string; port: number }
export type SecurePlace = Place & { certificate: () => Promise<OwnCertificate> }
export type Doors = {
  open(): Promise<void>
  /** Boxes that come from now on are shown the certificate that is in force now. */
  renew(): Promise<void>
  port(): number | undefined
  securePort(): number | undefined
  isOpen(): boolean
  close(): void
  /** After the broker has let go of its clients. */
  destroy(): void
}

/** @throws StartProblem when token logins would be open to other machines. */
export function createDoors(aedes: Aedes, at: { plain: Place | undefined; secure: SecurePlace | undefined }, deps: BrokerHandlers): Doors {
  if (at.plain && !isLoopback(at.plain.host)) {
    throw new StartProblem(
      `Tokens over plain TCP are for this machine only, and ${at.plain.host} is not loopback (127.0.0.1, ::1). Boxes elsewhere come in by certificate: --mqtts-host, --mqtts-port.`,
    )
  }
  const hall = createHall(aedes, deps)
  const plain = at.plain && createServer(hall.enterPlain)
  let shown: OwnCertificate | undefined
  let context: SecureContext | undefined
  const secure = at.secure && createServer((socket) => hall.enterSecure(socket, context!))

  async function renew(): Promise<void> {
    const next = await at.secure?.certificate()
    if (!next || next === shown) return
    shown = next
    context = createSecureContext({
      ...next,
      minVersion: 'TLSv1.2',
      // Without it OpenSSL resumes no session that began with a client certificate. Who resumes one is judged again all the same.
      sessionIdContext: 'broadband-city',
    })
  }

  return {
    async open() {
      await renew()
      if (plain) await listen(plain, at.plain!)
      if (secure) await listen(secure, at.secure!)
    },
    renew,
    port: () => portOf(plain),
    securePort: () => portOf(secure),
    isOpen: () => [plain, secure].some((server) => server?.listening),
    close() {
      plain?.close()
      secure?.close()
    },
    destroy: hall.destroy,
  }
}

async function listen(server: Server, { port, host }: Place): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}

/** 127.0.0.0/8 and ::1, and the name every machine gives them. */
function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address()
  return address && typeof address === 'object' ? address.port : undefined
}

/** Everybody who is in, counted from the TCP connection on. */
function createHall(aedes: Aedes, deps: BrokerHandlers) {
  const sockets = new Set<Socket>()
  const strangers = new Set<Socket>()

  /** False when it was turned away. */
  function enter(socket: Socket): boolean {
    if (strangers.size >= STRANGERS_MAX || sockets.size >= CONNECTIONS_MAX) {
      socket.destroy()
      return false
    }
    sockets.add(socket)
    strangers.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      strangers.delete(socket)
    })
    return true
  }

  /** @param road what MQTT travels on: the socket, or TLS over it. */
  function speak(road: Socket, socket: Socket): void {
    const client = aedes.handle(road)
    let known = false
    client.once('connected', () => {
      known = true
      strangers.delete(socket)
    })
    const fits = watchFrames(FRAME_BYTES_MAX)
    // aedes reads on `readable`; `data` then fires with each chunk it reads, before it sees it.
    road.on('data', (chunk: Buffer) => {
      if (road.destroyed || fits(chunk)) return
      const reason = `packet is over ${PACKET_BYTES_MAX} bytes or has no length`
      deps.onRefused({ node: known ? client.id : null, topic: '', payload: chunk, reason })
      road.destroy()
    })
  }

  return {
    enterPlain(socket: Socket): void {
      if (enter(socket)) speak(socket, socket)
    },
    enterSecure(socket: Socket, secureContext: SecureContext): void {
      // Before the handshake: it is the handshake that costs.
      if (!enter(socket)) return
      // What is shown is judged in login.ts and not here, so that it can be said what is wrong with it.
      const road = new TLSSocket(socket, { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false })
      const late = setTimeout(() => road.destroy(), HANDSHAKE_MILLISECONDS)
      let greeted = false
      road.once('close', () => clearTimeout(late))
      road.on('error', (error: NodeJS.ErrnoException) => {
        road.destroy()
        if (greeted || !HANDSHAKE_FAULT.test(error.code ?? '')) return
        deps.onRefused({ node: null, topic: '', payload: new Uint8Array(), reason: `handshake: ${error.code ?? ''}` })
      })
      road.once('secure', () => {
        greeted = true
        clearTimeout(late)
        speak(road, socket)
      })
    },
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
