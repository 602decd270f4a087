/** What really passes an interface in the lab: frames put there by hand, and packets counted by the kernel as they arrive. */
import { join } from 'node:path'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'

const SENDER = join(import.meta.dirname, 'send-frames.pl')

/** Long enough for the largest flood of a test at its slowest rate. */
const SEND_MS_MAX = 60_000

/** @param perSecond 0 = as fast as they go. @returns how many the interface took. */
export async function sendFrames(lab: Lab, where: Place, frames: readonly Buffer[], perSecond = 0): Promise<number> {
  const input = frames.map((frame) => `${frame.toString('hex')}\n`).join('')
  const { code, stdout, stderr } = await lab.exec(where, ['perl', SENDER, 'eth0', String(perSecond)], { input, timeoutMs: SEND_MS_MAX })
  if (code !== 0) throw new Error(`frames could not be sent from ${where}: ${stderr}`)
  return (JSON.parse(stdout) as { sent: number }).sent
}

export type Counted<Name extends string> = {
  /** Packets since the beginning, by name. */
  packets(): Promise<Record<Name, number>>
}

/**
 * Counts what arrives on eth0 there, before that place's own network stack sees it.
 * @param matches name → an nft match, e.g. `udp sport 67`; names in lower-case letters.
 */
export async function countArrivals<Name extends string>(lab: Lab, where: Place, matches: Record<Name, string>): Promise<Counted<Name>> {
  const names = Object.keys(matches) as Name[]
  const ruleset = `table netdev watch
delete table netdev watch
table netdev watch {
${names.map((name) => `  counter ${name} { }`).join('\n')}
  chain arrive {
    type filter hook ingress device "eth0" priority -100; policy accept;
${names.map((name) => `    ${matches[name]} counter name "${name}"`).join('\n')}
  }
}
`
  const { code, stderr } = await lab.exec(where, ['nft', '-f', '-'], { input: ruleset })
  if (code !== 0) throw new Error(`nothing can be counted at ${where}: ${stderr}`)
  return {
    async packets() {
      const { stdout } = await lab.exec(where, ['nft', '-j', 'list', 'counters', 'table', 'netdev', 'watch'])
      const { nftables } = JSON.parse(stdout) as { nftables: { counter?: { name: Name; packets: number } }[] }
      const counted = nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : []))
      return Object.fromEntries(counted) as Record<Name, number>
    },
  }
}
