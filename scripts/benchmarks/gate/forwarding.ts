/** What passes through the box: iperf3 over TCP, from one device of the crowd to the internet. */
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'

/** About half a second: many short turns lie closer together than few long ones, whatever else the machine does. */
const OCTETS = '600M'
const PORT = 5201

export type Line = { lab: Lab; from: string }

/** Gbit/s of each line, one after the other in every round, so that what else the machine does hits all alike. */
export async function forward<Name extends string>(lines: Record<Name, Line>, rounds: number): Promise<Record<Name, number[]>> {
  const entries = Object.entries(lines) as [Name, Line][]
  const servers = await Promise.all(entries.map(([, { lab }]) => serve(lab)))
  const rates = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, line] of entries) rates[name].push(await gigabits(line))
  }
  for (const server of servers) server.kill()
  return rates
}

async function serve(lab: Lab) {
  const server = lab.spawn('internet', ['iperf3', '--server', '--port', String(PORT)])
  await until('iperf3', async () => (await lab.exec('internet', ['ss', '-Hltn', 'sport', '=', `:${PORT}`])).stdout.trim() !== '')
  return server
}

async function gigabits({ lab, from }: Line): Promise<number> {
  const target = ['--client', lab.addresses.internet.v4, '--port', String(PORT), '--bind', from]
  const { stdout } = await lab.exec('phone1', ['iperf3', ...target, '--bytes', OCTETS, '--json'], { timeoutMs: 20_000 })
  const { end, error } = JSON.parse(stdout) as { end: { sum_received?: { bits_per_second: number } }; error?: string }
  if (!end?.sum_received) throw new Error(`iperf3 through ${from}: ${error ?? stdout.slice(0, 200)}`)
  return end.sum_received.bits_per_second / 1e9
}
