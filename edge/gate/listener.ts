/** The gate's unix socket: lines in, lines out, every line judged by protocol.ts before anything happens. */
import { chmodSync, existsSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { parseNeighbours, plainAddress } from './listing.ts'
import { createNeighbours, parseArpTable } from './neighbours.ts'
import { readArpTable, readNeighbours6 } from './kernel.ts'
import { reasonOf, type Keeper } from './keeper.ts'
import type { GateState, Mac } from './port.ts'
import { LINE_BYTES_MAX, parseRequest, type Answer, type GateNotice, type Request, type Unasked } from './protocol.ts'

/** The edge, an admin's tool, and a connection that is just being replaced. */
const CONNECTIONS_MAX = 8

/** A crowd leaving a stadium's gate at once; each waits for the same few nft runs. */
const REQUESTS_IN_FLIGHT_MAX = 2_000

/** A reader that lets this much pile up is gone. */
const UNREAD_BYTES_MAX = 32 * 1_048_576

export type Listener = { say(state: GateState): void; notify(notice: GateNotice): void; close(): Promise<void> }

export async function listen(path: string, keeper: Keeper, lan: string): Promise<Listener> {
  await clearStaleSocket(path)
  const sockets = new Set<Socket>()
  const whoHas = createWhoHas(lan)
  const server = createServer((socket) => {
    if (sockets.size >= CONNECTIONS_MAX) return void socket.destroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    send(socket, { state: keeper.state() })
    serve(socket, keeper, whoHas)
  })
  await new Promise<void>((resolve, reject) => {
    // Nobody may connect between bind and chmod.
    const before = process.umask(0o117)
    server.once('error', reject)
    server.listen(path, resolve)
    process.umask(before)
  })
  chmodSync(path, 0o660)
  return {
    say: (state) => sockets.forEach((socket) => send(socket, { state })),
    notify: (notice) => sockets.forEach((socket) => send(socket, { notice })),
    close: () => close(server, sockets),
  }
}

/** @throws when another gate answers there. */
async function clearStaleSocket(path: string): Promise<void> {
  if (!existsSync(path)) return
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => resolve(true))
    probe.once('error', () => resolve(false))
    probe.once('connect', () => probe.destroy())
  })
  if (alive) throw new Error(`another gate already listens on ${path}`)
  unlinkSync(path)
}

function close(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  return new Promise((resolve) => server.close(() => resolve()))
}

function send(socket: Socket, message: Answer | Unasked): void {
  if (socket.destroyed) return
  socket.write(`${JSON.stringify(message)}\n`)
  if (socket.writableLength > UNREAD_BYTES_MAX) socket.destroy()
}

function serve(socket: Socket, keeper: Keeper, whoHas: WhoHas): void {
  let pending = Buffer.alloc(0)
  let inFlight = 0

  async function answer(line: string): Promise<void> {
    const parsed = parseRequest(line)
    if (!parsed.ok) return send(socket, { id: parsed.id, ok: false, reason: parsed.reason })
    const { id } = parsed.request
    if (inFlight >= REQUESTS_IN_FLIGHT_MAX) return send(socket, { id, ok: false, reason: 'too many requests at once' })
    inFlight += 1
    try {
      const value = await obey(parsed.request, keeper, whoHas)
      send(socket, { id, ok: true, ...(value !== undefined && { value }) })
    } catch (cause) {
      send(socket, { id, ok: false, reason: reasonOf(cause) })
    } finally {
      inFlight -= 1
    }
  }

  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (let end = pending.indexOf(10); end !== -1; end = pending.indexOf(10)) {
      const line = pending.subarray(0, end)
      pending = pending.subarray(end + 1)
      if (line.length > LINE_BYTES_MAX) return refuseLongLine(socket)
      void answer(line.toString('utf8'))
    }
    if (pending.length > LINE_BYTES_MAX) refuseLongLine(socket)
  })
}

function refuseLongLine(socket: Socket): void {
  socket.removeAllListeners('data')
  socket.end(`${JSON.stringify({ id: null, ok: false, reason: `a line may hold ${LINE_BYTES_MAX} bytes` })}\n`)
}

async function obey(request: Request, keeper: Keeper, whoHas: WhoHas): Promise<unknown> {
  switch (request.verb) {
    case 'admit':
      return keeper.admit(request)
    case 'evict':
      return keeper.evict(request.mac)
    case 'limit':
      return keeper.limit(request)
    case 'block':
      return keeper.block(request.devices)
    case 'forget-garden':
      return keeper.forgetGarden()
    case 'strangers':
      return keeper.strangers()
    case 'counters':
      return keeper.counters()
    case 'reconcile':
      return keeper.reconcile(request.admissions)
    case 'who-has':
      return whoHas(request.address)
    case 'state':
      return { state: keeper.state(), admitted: keeper.admitted() }
  }
}

type WhoHas = (given: string) => Promise<Mac | null>

/** Both families' neighbours; the file is the kernel's own, the tool is started for IPv6 only. */
function createWhoHas(lan: string): WhoHas {
  const arp = createNeighbours(async () => parseArpTable(await readArpTable(), lan))
  const neighbours6 = createNeighbours(async () => parseNeighbours(await readNeighbours6(lan)))
  return async (given) => {
    const address = plainAddress(given)
    return (await (address.includes(':') ? neighbours6 : arp).find(address)) ?? null
  }
}
