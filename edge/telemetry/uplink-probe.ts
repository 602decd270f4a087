/** Whether the world behind the box answers, measured as people feel it: the time to open a TCP connection. */
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

/** Nobody waits longer for a page; and it must end well before the next sample. */
const PROBE_TIMEOUT_MILLISECONDS = 5_000

/**
 * @param target `host:port` or `[v6]:port`
 * @returns milliseconds, null when there was no answer in time. Never rejects.
 */
export async function tcpConnectMilliseconds(target: string, timeoutMilliseconds = PROBE_TIMEOUT_MILLISECONDS): Promise<number | null> {
  const address = parseTarget(target)
  if (!address) return null
  const { promise, resolve } = Promise.withResolvers<number | null>()
  const begun = performance.now()
  const socket = connect(address)
  // A timer of our own: the socket's timeout starts only once a name has been resolved.
  const timer = setTimeout(() => resolve(null), timeoutMilliseconds)
  socket.once('connect', () => resolve(Math.round((performance.now() - begun) * 10) / 10))
  socket.once('error', () => resolve(null))
  const answer = await promise
  clearTimeout(timer)
  socket.destroy()
  return answer
}

export function parseTarget(target: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(target)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}
