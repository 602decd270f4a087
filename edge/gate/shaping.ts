/**
 * Speed limits: one HTB class per limited client on the way down (LAN) and up (WAN). The packet filter puts the class
 * into the packet's priority, so tc needs no filter per client. Without a class a packet is not shaped. One tc carries
 * the classes of a whole crowd.
 */
import { run } from './kernel.ts'
import type { Limit } from './holdings.ts'

const ROOT = '1:'

/** What tc says about a class, or a whole queue, that is not there. */
const ABSENT = /No such file|Cannot find|Invalid handle|Invalid argument/

export type Shaper = {
  /** Makes or changes these classes. `before`: the limits that are in force. @throws when not all of them could be made. */
  set(limits: Map<number, Limit>, before: Map<number, Limit>): Promise<void>
  clear(clientIds: number[]): Promise<void>
  /** The limits in force, e.g. those an earlier gate left. */
  read(): Promise<Map<number, Limit>>
}

export function createShaper({ lan, wan }: { lan: string; wan: string }): Shaper {
  async function set(limits: Map<number, Limit>, before: Map<number, Limit>): Promise<void> {
    const lines = [...limits].flatMap(([id, { upKbps, downKbps }]) => [
      ...classLines(wan, id, upKbps, before.get(id)?.upKbps),
      ...classLines(lan, id, downKbps, before.get(id)?.downKbps),
    ])
    await run('tc', ['-batch', '-'], lines.join(''))
  }

  return {
    async set(limits, before) {
      if (limits.size === 0) return
      try {
        await set(limits, before)
      } catch {
        // The first limit of all, or the interface was made anew: no queue there, so no class either.
        for (const device of [lan, wan]) await ensureRoot(device)
        await set(limits, new Map())
      }
    },
    async clear(clientIds) {
      if (clientIds.length === 0) return
      const lines = clientIds.flatMap((id) => [wan, lan].map((device) => `class del dev ${device} classid ${classid(id)}\n`))
      try {
        await run('tc', ['-force', '-batch', '-'], lines.join(''))
      } catch (cause) {
        // A direction without a limit has no class; anything else tc would say as well.
        if (!(cause instanceof Error && ABSENT.test(cause.message))) throw cause
      }
    },
    async read() {
      const up = parseClasses(await run('tc', ['class', 'show', 'dev', wan]))
      const down = parseClasses(await run('tc', ['class', 'show', 'dev', lan]))
      const ids = new Set([...up.keys(), ...down.keys()])
      return new Map([...ids].map((id) => [id, { upKbps: up.get(id) ?? 0, downKbps: down.get(id) ?? 0 }]))
    },
  }
}

const KBITS: Record<string, number> = { bit: 0.001, Kbit: 1, Mbit: 1_000, Gbit: 1_000_000 }

/** tc prints classes as text only. @returns kbit/s by client id. */
export function parseClasses(text: string): Map<number, number> {
  const found = text.matchAll(/^class htb 1:([0-9a-f]+) .*?rate (\d+)([KMG]?bit)/gm)
  return new Map([...found].map(([, id, rate, unit]) => [Number.parseInt(id ?? '', 16), Number(rate) * (KBITS[unit ?? ''] ?? 0)]))
}

async function ensureRoot(device: string): Promise<void> {
  const queues = JSON.parse(await run('tc', ['-j', 'qdisc', 'show', 'dev', device, 'root'])) as { kind?: string; handle?: string }[]
  if (queues.some(({ kind, handle }) => kind === 'htb' && handle === ROOT)) return
  await run('tc', ['qdisc', 'replace', 'dev', device, 'root', 'handle', ROOT, 'htb', 'default', '0'])
}

/** A direction without a limit has no class; its packets pass unshaped. */
function classLines(device: string, id: number, kbps: number, before: number | undefined): string[] {
  if (kbps > 0) return [`class replace dev ${device} parent ${ROOT} classid ${classid(id)} htb rate ${kbps}kbit ceil ${kbps}kbit\n`]
  return before ? [`class del dev ${device} classid ${classid(id)}\n`] : []
}

const classid = (id: number): string => `${ROOT}${id.toString(16)}`
