/**
 * RADIUS over loopback: our server beside npm's `radius-server`, each as its own process, in interleaved rounds.
 * The generator shares the machine and signs as many packets as the server does, so requests/s is what both manage
 * together; CPU per request is the server's alone.
 */
import { fork } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sharedSecret } from '#edge/radius/secret.ts'
import { accessRequest, accountingRequest } from '#test/edge/radius/client.ts'
import { fuzz } from './radius-fuzz.ts'
import { hasFreeradius, startFreeradius } from './radius-freeradius.ts'
import { PASSWORD, SECRET, USER, type Ports, type Used } from './radius-server.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 2
const ROUND_MS = 800
const SOCKETS = 8
const WINDOW = 128
/** A request unanswered for so long was dropped; another takes its place. */
const LOST_AFTER_MS = 1000
/** Interims of this many running sessions: a few times a full hotspot. */
const SESSIONS = 500

const secret = sharedSecret(SECRET)

type Server = { ports: Ports; used(): Promise<Used>; kill(): Promise<void> }
type Measured = { perSecond: number; cpuPerRequest: number; lost: number }
type Make = (identifier: number) => Buffer

export async function bench(): Promise<BenchRow[]> {
  if (process.argv.includes('--fuzz')) return fuzz()
  const stateDir = mkdtempSync(join(tmpdir(), 'bench-radius-'))
  const started: Server[] = []
  try {
    const ours = await start('ours', stateDir)
    started.push(ours)
    const npm = await start('npm', stateDir)
    started.push(npm)
    const freeradius = hasFreeradius() ? await startFreeradius(stateDir) : undefined
    if (freeradius) started.push(freeradius)
    else process.stderr.write('  FreeRADIUS is not installed; its rows are left out (Debian package freeradius)\n')
    return await measureAll(ours, npm, freeradius)
  } finally {
    for (const server of started) await server.kill()
    rmSync(stateDir, { recursive: true })
  }
}

async function measureAll(ours: Server, npm: Server, freeradius: Server | undefined): Promise<BenchRow[]> {
  const login: Make = (identifier) => accessRequest({ userName: USER, password: PASSWORD, identifier, secret })
  let sent = 0
  const interim: Make = (identifier) => {
    const session = sent++ % SESSIONS
    const seconds = Math.floor(sent / SESSIONS) * 300
    return accountingRequest({ status: 3, sessionId: `running-${session}`, identifier, seconds, input: sent, output: sent }, secret)
  }
  const begin: Make = (identifier) => accountingRequest({ status: 1, sessionId: `new-${sent++}`, identifier }, secret)

  // Warm: a remembered password and compiled code.
  await firstAnswer(ours.ports.authPort, login)
  await run(ours, ours.ports.authPort, login, 500)
  await run(npm, npm.ports.authPort, login, 500)
  if (freeradius) await firstAnswer(freeradius.ports.authPort, login)

  const results = {
    ours: [] as Measured[],
    npm: [] as Measured[],
    freeradius: [] as Measured[],
    interim: [] as Measured[],
    begin: [] as Measured[],
  }
  for (let round = 0; round < ROUNDS; round++) {
    results.ours.push(await run(ours, ours.ports.authPort, login, ROUND_MS))
    results.npm.push(await run(npm, npm.ports.authPort, login, ROUND_MS))
    if (freeradius) results.freeradius.push(await run(freeradius, freeradius.ports.authPort, login, ROUND_MS))
  }
  await run(ours, ours.ports.acctPort, interim, ROUND_MS)
  await reported(ours)
  for (let round = 0; round < ROUNDS; round++) results.interim.push(await run(ours, ours.ports.acctPort, interim, ROUND_MS))
  // Last, since the outbox goes on with these after their answers.
  results.begin.push(await run(ours, ours.ports.acctPort, begin, ROUND_MS))

  const how = `loopback, ${SOCKETS} sockets, ${WINDOW} outstanding, mean of ${ROUNDS} rounds of ${ROUND_MS} ms, Message-Authenticator in every request`
  const rows: BenchRow[] = []
  const pair = (figure: string, measured: Measured[], method: string): { perSecond: number; cpuPerRequest: number } => {
    const [perSecond, cpuPerRequest] = [mean(measured.map((one) => one.perSecond)), mean(measured.map((one) => one.cpuPerRequest))]
    const lost = measured.reduce((sum, one) => sum + one.lost, 0)
    const note = lost > 0 ? `${method}; ${lost} unanswered` : method
    rows.push(row(`${figure}, requests`, '1/s', perSecond, note), row(`${figure}, CPU per request`, 'us', cpuPerRequest, note))
    return { perSecond, cpuPerRequest }
  }
  const own = pair('PAP, ours', results.ours, `${how}; password verified before by scrypt, now remembered`)
  const peer = pair('PAP, npm radius-server 2.1.4', results.npm, `${how}; static password, same run`)
  rows.push(
    row('PAP, npm CPU / our CPU', 'x', peer.cpuPerRequest / own.cpuPerRequest, 'ratio of the two rows above; over 1 we are cheaper'),
  )
  rows.push(row('PAP, our requests / npm requests', 'x', own.perSecond / peer.perSecond, 'ratio of the two rows above'))
  if (freeradius) {
    const free = pair('PAP, FreeRADIUS users file', results.freeradius, `${how}; same run`)
    rows.push(
      row('PAP, FreeRADIUS CPU / our CPU', 'x', free.cpuPerRequest / own.cpuPerRequest, 'ratio of two rows above; over 1 we are cheaper'),
    )
    rows.push(row('PAP, our requests / FreeRADIUS requests', 'x', own.perSecond / free.perSecond, 'ratio of two rows above'))
  }
  pair('accounting interim, durable', results.interim, `${how}; ${SESSIONS} sessions; answered after the fsync (SQLite WAL, FULL)`)
  pair(
    'accounting start, durable',
    results.begin,
    `as above, one round; every request a new session, its record for central in the outbox as well`,
  )
  return rows
}

const row = (figure: string, unit: string, value: number, method: string): BenchRow => ({
  benchmark: 'radius',
  figure,
  unit,
  value: Number(value.toFixed(2)),
  method,
})

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

async function start(contender: 'ours' | 'npm', stateDir: string): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'radius-server.ts'), [contender, stateDir], { execArgv: ['--no-deprecation'] })
  const died = once(child, 'exit').then(() => {
    throw new Error(`the ${contender} RADIUS server ended`)
  })
  const message = async <T>(): Promise<T> => ((await Promise.race([once(child, 'message'), died])) as [T])[0]
  died.catch(() => undefined)
  const ports = await message<Ports>()
  return {
    ports,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
    used() {
      const answer = message<Used>()
      child.send('used')
      return answer
    },
  }
}

/** Keeps WINDOW requests outstanding for so long, then lets them come in. */
async function run(server: Server, port: number, make: Make, milliseconds: number): Promise<Measured> {
  const generators = await Promise.all(Array.from({ length: SOCKETS }, () => generator(port, make, WINDOW / SOCKETS)))
  const before = await server.used()
  const started = performance.now()
  for (const one of generators) one.go()
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  const answered = generators.reduce((sum, one) => sum + one.answered(), 0)
  const elapsed = performance.now() - started
  const cpu = (await server.used()).cpuMicroseconds - before.cpuMicroseconds
  const lost = generators.reduce((sum, one) => sum + one.lost(), 0)
  await Promise.all(generators.map((one) => one.stop()))
  if (answered === 0) throw new Error(`nothing was answered on port ${port}`)
  return { perSecond: (answered * 1000) / elapsed, cpuPerRequest: cpu / answered, lost }
}

/** Every session told to the outbox once, which goes on after the answers. */
async function reported(server: Server): Promise<void> {
  for (const end = performance.now() + 10 * LOST_AFTER_MS; (await server.used()).recorded < SESSIONS;) {
    if (performance.now() > end) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** One request at a time until one is answered: the first login waits for scrypt. */
async function firstAnswer(port: number, make: Make): Promise<void> {
  const one = await generator(port, make, 1)
  one.go()
  for (const end = performance.now() + 10 * LOST_AFTER_MS; one.answered() === 0;) {
    if (performance.now() > end) throw new Error(`nothing was answered on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await one.stop()
}

type Generator = { go(): void; answered(): number; lost(): number; stop(): Promise<void> }

async function generator(port: number, make: Make, outstanding: number): Promise<Generator> {
  const socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const sentAt = new Map<number, number>()
  let [next, answered, lost, going] = [0, 0, 0, true]
  const sendOne = (): void => {
    while (sentAt.has(next)) next = (next + 1) & 255
    sentAt.set(next, performance.now())
    socket.send(make(next))
    next = (next + 1) & 255
  }
  socket.on('message', (reply) => {
    // Only Access-Accept and Accounting-Response count; a Reject would be a fast wrong answer.
    if (reply[0] !== 2 && reply[0] !== 5) throw new Error(`unexpected reply, code ${reply[0]}`)
    // Already given up as lost.
    if (!sentAt.delete(reply[1]!)) return
    answered++
    if (going) sendOne()
  })
  // A server still starting refuses the packet; it counts as lost and is sent again.
  socket.on('error', () => undefined)
  const patience = setInterval(() => {
    for (const [identifier, at] of sentAt) {
      if (performance.now() - at < LOST_AFTER_MS) continue
      sentAt.delete(identifier)
      lost++
      if (going) sendOne()
    }
  }, 200)
  return {
    go: () => {
      for (let i = 0; i < outstanding; i++) sendOne()
    },
    answered: () => answered,
    lost: () => lost,
    async stop() {
      going = false
      for (const end = performance.now() + LOST_AFTER_MS; sentAt.size > 0 && performance.now() < end;)
        await new Promise((resolve) => setTimeout(resolve, 5))
      clearInterval(patience)
      await new Promise<void>((closed) => socket.close(closed))
    },
  }
}
