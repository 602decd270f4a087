/** What passes through the box: iperf3 over TCP, from several devices of the crowd to the internet at once. */
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'

/** Many short turns lie closer together than few long ones, whatever else the machine does. */
const SECONDS = 1
const FIRST_PORT = 5_201

/** As many as keep both cores of a small machine busy: one alone is bound by its sender's core, not by the box. */
export const SENDERS = 4

/** `from`: SENDERS addresses. */
export type Line = { lab: Lab; from: string[] }

/** Gbit/s of each line, one after the other in every round, so that what else the machine does hits all alike. */
export async function forward<Name extends string>(lines: Record<Name, Line>, rounds: number): Promise<Record<Name, number[]>> {
  const entries = Object.entries(lines) as [Name, Line][]
  const servers = (
    await Promise.all(entries.map(([, { lab, from }]) => Promise.all(from.map((_, index) => serve(lab, FIRST_PORT + index)))))
  ).flat()
  const rates = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, { lab, from }] of entries) {
      const each = await Promise.all(from.map((address, index) => gigabits(lab, address, FIRST_PORT + index)))
      rates[name].push(each.reduce((sum, rate) => sum + rate, 0))
    }
  }
  for (const server of servers) server.kill()
  return rates
}

async function serve(lab: Lab, port: number) {
  const server = lab.spawn('internet', ['iperf3', '--server', '--port', String(port)])
  await until('iperf3', async () => (await lab.exec('internet', ['ss', '-Hltn', 'sport', '=', `:${port}`])).stdout.trim() !== '')
  return server
}

async function gigabits(lab: Lab, from: string, port: number): Promise<number> {
  const target = ['--client', lab.addresses.internet.v4, '--port', String(port), '--bind', from]
  const { stdout } = await lab.exec('phone1', ['iperf3', ...target, '--time', String(SECONDS), '--json'], { timeoutMs: 20_000 })
  const { end, error } = JSON.parse(stdout) as { end: { sum_received?: { bits_per_second: number } }; error?: string }
  if (!end?.sum_received) throw new Error(`iperf3 through ${from}: ${error ?? stdout.slice(0, 200)}`)
  return end.sum_received.bits_per_second / 1e9
}
