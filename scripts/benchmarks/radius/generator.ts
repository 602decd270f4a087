/**
 * An access point that keeps so many requests outstanding, as a process of its own on a core of its own. Packets are signed
 * before the clock starts, so that what is measured is the server and not the signing.
 * Over IPC: a `Load` in, a `Measured` out.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { sharedSecret } from '#edge/radius/secret.ts'
import { accessRequest, accountingRequest } from '#test/edge/radius/client.ts'
import { PASSWORD, SECRET, USER } from './facts.ts'

export type Load = {
  kind: 'pap' | 'interim' | 'start'
  port: number
  milliseconds: number
  /** Requests outstanding, over all sockets. */
  window: number
  /** At most so many requests per second; absent = as many as are answered. */
  perSecond?: number
  /** Tells sessions and counters of one run from those of another. */
  run: number
}
export type Measured = { answered: number; seconds: number; lost: number; p50: number; p99: number }

const SOCKETS = 8
/** A request unanswered for so long was dropped; another takes its place. */
const LOST_AFTER_MS = 1_000
const LOOK_MS = 100
/** Interims of this many running sessions: a few times a full hotspot. */
const SESSIONS = 500
/** More than any server here answers in a second. */
const PACKETS_PER_SECOND = 60_000
const PREPARED_MAX = 150_000

const secret = sharedSecret(SECRET)

if (process.argv[1] === import.meta.filename) {
  process.on('message', (load: Load) => {
    void run(load).then((measured) => process.send!(measured))
  })
  process.on('disconnect', () => process.exit(0))
}

async function run(load: Load): Promise<Measured> {
  const count = Math.min(PREPARED_MAX, Math.ceil((PACKETS_PER_SECOND * load.milliseconds) / 1000))
  const packets = Array.from({ length: count }, (_, i) => packetOf(load, i))
  const latencies: number[] = []
  const lines = await Promise.all(Array.from({ length: SOCKETS }, (_, i) => line(load, packets, i, latencies)))
  const began = performance.now()
  for (const one of lines) one.go()
  await new Promise((resolve) => setTimeout(resolve, load.milliseconds))
  const answered = lines.reduce((sum, one) => sum + one.answered(), 0)
  const seconds = (performance.now() - began) / 1000
  const lost = lines.reduce((sum, one) => sum + one.lost(), 0)
  await Promise.all(lines.map((one) => one.stop()))
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? Infinity
  return { answered, seconds, lost, p50: at(0.5), p99: at(0.99) }
}

/** Packet i goes out by socket i % SOCKETS, with the next identifier of that socket. */
function packetOf({ kind, run: number }: Load, i: number): Buffer {
  const identifier = Math.floor(i / SOCKETS) & 255
  if (kind === 'pap') return accessRequest({ userName: USER, password: PASSWORD, identifier, secret })
  if (kind === 'start') return accountingRequest({ status: 1, sessionId: `new-${number}-${i}`, identifier }, secret)
  const seconds = (number * 1_000 + Math.floor(i / SESSIONS)) * 300
  return accountingRequest(
    {
      status: 3,
      sessionId: `running-${i % SESSIONS}`,
      identifier,
      seconds: seconds % 31_000_000,
      input: number * 1_000_000 + i,
      output: i,
    },
    secret,
  )
}

async function line({ port, window, perSecond }: Load, packets: readonly Buffer[], index: number, latencies: number[]) {
  const socket: Socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) })
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setRecvBufferSize(4 * 1024 * 1024)
  const sentAt = new Float64Array(256).fill(-1)
  let next = index
  let [answered, lost, outstanding] = [0, 0, 0]
  let going = false
  let pacing: NodeJS.Timeout | undefined

  const sendOne = (): void => {
    const packet = packets[next]
    if (!going || packet === undefined) return
    next += SOCKETS
    sentAt[packet[1]!] = performance.now()
    outstanding++
    socket.send(packet)
  }
  socket.on('message', (reply) => {
    // Only Access-Accept and Accounting-Response count; a Reject would be a fast wrong answer.
    if (reply[0] !== 2 && reply[0] !== 5) throw new Error(`unexpected reply, code ${reply[0]}`)
    const at = sentAt[reply[1]!]!
    // Already given up as lost.
    if (at < 0) return
    sentAt[reply[1]!] = -1
    outstanding--
    answered++
    latencies.push(performance.now() - at)
    if (perSecond === undefined) sendOne()
  })
  // A server still starting refuses the packet; it counts as lost and another is sent.
  socket.on('error', () => undefined)
  const patience = setInterval(() => {
    const now = performance.now()
    for (let identifier = 0; identifier < 256; identifier++) {
      if (sentAt[identifier]! < 0 || now - sentAt[identifier]! < LOST_AFTER_MS) continue
      sentAt[identifier] = -1
      outstanding--
      lost++
      if (perSecond === undefined) sendOne()
    }
  }, LOOK_MS)
  return {
    go() {
      going = true
      if (perSecond === undefined) for (let i = 0; i < window / SOCKETS; i++) sendOne()
      else pacing = paced(perSecond / SOCKETS, () => outstanding < window / SOCKETS && sendOne())
    },
    answered: () => answered,
    lost: () => lost,
    async stop() {
      going = false
      clearInterval(pacing)
      for (const end = performance.now() + LOST_AFTER_MS; sentAt.some((at) => at >= 0) && performance.now() < end;)
        await new Promise((resolve) => setTimeout(resolve, 5))
      clearInterval(patience)
      await new Promise<void>((closed) => socket.close(closed))
    },
  }
}

/** Calls so often per second, in steps of a few milliseconds. */
function paced(perSecond: number, call: () => void): NodeJS.Timeout {
  const began = performance.now()
  let done = 0
  return setInterval(() => {
    for (const due = ((performance.now() - began) / 1000) * perSecond; done < due; done++) call()
  }, 2)
}
