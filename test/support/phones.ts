/** What a test does on a lab phone: tries to reach things, downloads, watches what still arrives. */
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import type { Reached, Target } from '#scripts/network-lab/probe.ts'
import { until } from '#scripts/network-lab/waiting.ts'

const PROBE = join(import.meta.dirname, '..', '..', 'scripts', 'network-lab', 'probe.ts')

/** Nothing for this long, at the rates the lab sends, means that it stopped. */
const STILL_MS = 400

export async function probeFrom(lab: Lab, where: Place, targets: Target[]): Promise<{ target: Target; reached: Reached }[]> {
  const { code, stdout, stderr } = await lab.exec(where, [process.execPath, PROBE, JSON.stringify(targets)])
  if (code !== 0) throw new Error(`the probe on ${where} failed: ${stderr}`)
  return (JSON.parse(stdout) as Reached[]).map((reached, index) => ({ target: targets[index]!, reached }))
}

export async function reaches(lab: Lab, where: Place, target: Target): Promise<boolean> {
  const [only] = await probeFrom(lab, where, [target])
  return only !== undefined && 'answer' in only.reached
}

/** Every way out of the hotspot that a visitor may try, with somebody answering at the other end of each. */
export function waysOut(lab: Lab): Target[] {
  return [lab.addresses.internet.v4, lab.addresses.internet.v6].flatMap((address): Target[] => [
    { kind: 'tcp', address, port: 22 },
    { kind: 'http', address, port: 80 },
    { kind: 'tcp', address, port: 443 },
    { kind: 'http', address, port: 8080 },
    { kind: 'udp', address, port: 123 },
    { kind: 'udp', address, port: 443 },
    { kind: 'udp', address, port: 51_820 },
    { kind: 'icmp', address },
  ])
}

/** A download that would take minutes, at a rate that leaves the machine to the others. */
export function longDownload(lab: Lab, where: Place, address: string): ChildProcess {
  const host = address.includes(':') ? `[${address}]` : address
  return lab.spawn(where, [
    'curl',
    '--silent',
    '--limit-rate',
    '2M',
    '--max-time',
    '60',
    '--output',
    '/dev/null',
    `http://${host}:8080/big`,
  ])
}

export async function receivedOctets(lab: Lab, where: Place): Promise<number> {
  const { stdout } = await lab.exec(where, ['cat', '/sys/class/net/eth0/statistics/rx_bytes'])
  return Number(stdout)
}

export async function untilArriving(lab: Lab, where: Place, octets = 20_000): Promise<void> {
  const start = await receivedOctets(lab, where)
  await until(`${octets} octets to arrive at ${where}`, async () => (await receivedOctets(lab, where)) > start + octets)
}

/** Between two looks STILL_MS apart next to nothing came (neighbour discovery goes on). */
export async function untilStill(lab: Lab, where: Place, withinMs: number): Promise<void> {
  let before = await receivedOctets(lab, where)
  let since = performance.now()
  await until(
    `silence at ${where}`,
    async () => {
      const now = await receivedOctets(lab, where)
      if (now - before > 1_000) [before, since] = [now, performance.now()]
      return performance.now() - since > STILL_MS
    },
    { withinMs },
  )
}

export async function curl(lab: Lab, where: Place, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(where, ['curl', '--silent', '--show-error', '--max-time', '10', ...args])
  return code === 0 ? stdout : `curl ${code}: ${stderr.trim()}`
}
