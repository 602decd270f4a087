/** A bounded load for the portal's benchmark, in a process of its own so that its work is not counted as the server's. */
import { Agent, request } from 'node:http'

export type Load = { port: number; path: string; host: string; headers: Record<string, string>; seconds: number; connections: number }
export type LoadResult = { requests: number; seconds: number; bytes: number; statuses: Record<string, number>; p99Milliseconds: number }

if (process.send) {
  process.once('message', (load: Load) => {
    void run(load).then((result) => process.send?.(result, () => process.disconnect()))
  })
}

async function run(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections })
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  let bytes = 0
  const began = performance.now()
  const end = began + load.seconds * 1000

  const one = () =>
    new Promise<void>((resolve, reject) => {
      const started = performance.now()
      const { port, path, headers, host } = load
      const asked = request({ agent, host: '127.0.0.1', port, path, headers: { ...headers, host } }, (answer) => {
        answer.on('data', (chunk: Buffer) => (bytes += chunk.length))
        answer.on('end', () => {
          statuses[answer.statusCode ?? 0] = (statuses[answer.statusCode ?? 0] ?? 0) + 1
          latencies.push(performance.now() - started)
          resolve()
        })
      })
      asked.on('error', reject)
      asked.end()
    })
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      while (performance.now() < end) await one()
    }),
  )
  agent.destroy()
  latencies.sort((a, b) => a - b)
  const p99Milliseconds = latencies[Math.floor(latencies.length * 0.99)] ?? 0
  return { requests: latencies.length, seconds: (performance.now() - began) / 1000, bytes, statuses, p99Milliseconds }
}
