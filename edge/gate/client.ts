/** The edge's side of the gate: asks the daemon over its socket and knows at every moment whether it enforces. */
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { plainAddress } from './listing.ts'
import { createNeighbours, parseArpTable } from './neighbours.ts'
import type { Admission, ClientCounter, Gate, GateState, Mac, Stranger } from './port.ts'
import { BLOCK_SECONDS_MAX, type Answer, type GateNotice, type Request, type Unasked } from './protocol.ts'

/** A whole reconcile of a full box takes about a second on a small board. */
const ANSWER_MS_MAX = 15_000

/** First retry and the longest pause between retries, while the daemon is away. */
const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 1_000

/** Counters of every client id there can be are about 4 MB. */
const ANSWER_BYTES_MAX = 16 * 1_048_576

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never
type Ask = Without<Request, 'id'>
type Waiting = { resolve: (value: unknown) => void; reject: (error: Error) => void; timer: NodeJS.Timeout }

type Connect = {
  socket: string
  lan?: string
  onState?: (state: GateState) => void
  /** The packet filter had been lost or edited and was written anew. */
  onNotice?: (notice: GateNotice) => void
}

/** Returns at once, in state `failed`; `onState` tells when the daemon is there and whenever that changes. */
export function connectGate({ socket: path, lan, onState, onNotice }: Connect): Gate {
  const waiting = new Map<number, Waiting>()
  const arp = createNeighbours(async () => parseArpTable(await readFile('/proc/net/arp', 'utf8'), lan))
  let socket: Socket | undefined
  let nextId = 1
  let state: GateState = 'failed'
  let retryMs = RETRY_MS_MIN
  let retry: NodeJS.Timeout | undefined
  let closed = false

  function become(next: GateState): void {
    if (next === state) return
    state = next
    onState?.(next)
  }

  function open(): void {
    const fresh = connect(path)
    fresh.on('connect', () => {
      socket = fresh
      retryMs = RETRY_MS_MIN
    })
    readLines(fresh, heard)
    fresh.on('error', () => {})
    fresh.on('close', () => lost(fresh))
  }

  function lost(old: Socket): void {
    if (socket === old) socket = undefined
    for (const [id, { reject, timer }] of waiting) {
      clearTimeout(timer)
      waiting.delete(id)
      reject(new Error('the gate daemon went away'))
    }
    become('failed')
    if (closed) return
    retry = setTimeout(open, retryMs)
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
  }

  function heard(message: Answer | Unasked): void {
    if ('state' in message) return become(message.state)
    if ('notice' in message) return onNotice?.(message.notice)
    const asked = message.id === null ? undefined : waiting.get(message.id)
    if (!asked || message.id === null) return
    clearTimeout(asked.timer)
    waiting.delete(message.id)
    if (message.ok) asked.resolve(message.value)
    else asked.reject(new Error(`the gate refused: ${message.reason}`))
  }

  function ask(request: Ask): Promise<unknown> {
    const live = socket
    if (!live) return Promise.reject(new Error(`the gate daemon does not answer on ${path}`))
    const id = nextId++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id)
        reject(new Error(`the gate gave no answer to ${request.verb} within ${ANSWER_MS_MAX / 1000} s`))
      }, ANSWER_MS_MAX)
      waiting.set(id, { resolve, reject, timer })
      live.write(`${JSON.stringify({ id, ...request })}\n`)
    })
  }

  open()
  return {
    admit: async (admission) => void (await ask({ verb: 'admit', ...plainAdmission(admission) })),
    evict: async (mac) => void (await ask({ verb: 'evict', mac })),
    limit: async ({ clientId, upKbps, downKbps }) => void (await ask({ verb: 'limit', clientId, upKbps, downKbps })),
    counters: async () => (await ask({ verb: 'counters' })) as ClientCounter[],
    block: async (devices) => void (await ask({ verb: 'block', devices: devices.map(plainBlock) })),
    forgetGarden: async () => void (await ask({ verb: 'forget-garden' })),
    strangers: async () => (await ask({ verb: 'strangers' })) as Stranger[],
    reconcile: async (admissions) => {
      return (await ask({ verb: 'reconcile', admissions: admissions.map(plainAdmission) })) as { added: number; removed: number }
    },
    async whoHas(given) {
      const address = plainAddress(given)
      // The table of IPv4 anybody may read: asking the daemon for it would cost more than the page it is for.
      const near = address.includes(':') ? undefined : await arp.find(address)
      return near ?? (socket ? (((await ask({ verb: 'who-has', address })) as string | null) ?? undefined) : undefined)
    },
    state: () => state,
    async close() {
      closed = true
      clearTimeout(retry)
      socket?.destroy()
    },
  }
}

/** What the daemon asked for and nothing else: an edge may carry more in an admission than the gate knows. */
function plainAdmission({ mac, clientId, seconds, addresses, rate }: Admission): Admission {
  return {
    mac,
    clientId,
    seconds,
    ...(addresses && addresses.length > 0 && { addresses }),
    ...(rate && { rate: { upKbps: rate.upKbps, downKbps: rate.downKbps } }),
  }
}

/** The daemon takes a bound; a longer block is told again before it is over. */
function plainBlock({ mac, seconds }: { mac: Mac; seconds: number }): { mac: Mac; seconds: number } {
  return { mac, seconds: Math.min(Math.ceil(seconds), BLOCK_SECONDS_MAX) }
}

function readLines(socket: Socket, onLine: (message: Answer | Unasked) => void): void {
  let pending: Buffer[] = []
  let bytes = 0
  socket.on('data', (chunk) => {
    bytes += chunk.length
    pending.push(chunk)
    if (bytes > ANSWER_BYTES_MAX) return void socket.destroy(new Error('an answer of the gate is too long'))
    if (!chunk.includes(10)) return
    const whole = Buffer.concat(pending)
    const end = whole.lastIndexOf(10)
    pending = [whole.subarray(end + 1)]
    bytes = whole.length - end - 1
    for (const line of whole.subarray(0, end).toString('utf8').split('\n')) onLine(JSON.parse(line) as Answer | Unasked)
  })
}
